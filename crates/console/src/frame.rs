//! What is around every page: navigation, languages, who is signed in.

use crate::assets::{HTMX_AT, SCRIPT_AT, STYLE_AT};
use crate::language::Language;
use crate::role::Role;
use crate::visitor::Visitor;
use crate::{PAGES, sign_in};

/// A place in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// How everything does.
    Overview,
    /// Search, and the timelines that it leads to.
    Search,
    /// Gateways and routes.
    Routes,
    /// The contact register.
    Contacts,
    /// Webhooks.
    Webhooks,
    /// What the simulators got.
    Simulators,
    /// Trying it out.
    TryIt,
    /// What is kept for how long, and erasing what there is about one recipient.
    Retention,
    /// The audit log.
    Audit,
    /// Those who may sign in.
    Users,
    /// One's own account, which stands beside the navigation.
    Account,
}

impl Section {
    /// All, in the order of the navigation.
    const ALL: [Self; 10] = [
        Self::Overview,
        Self::Search,
        Self::Routes,
        Self::Contacts,
        Self::Webhooks,
        Self::Simulators,
        Self::TryIt,
        Self::Retention,
        Self::Audit,
        Self::Users,
    ];

    /// Where its first page is.
    pub const fn home(self) -> &'static str {
        match self {
            Self::Overview => "/console",
            Self::Search => "/console/search",
            Self::Routes => "/console/routes",
            Self::Contacts => "/console/contacts",
            Self::Webhooks => "/console/webhooks",
            Self::Simulators => "/console/simulators",
            Self::TryIt => "/console/try-it",
            Self::Retention => "/console/retention",
            Self::Audit => "/console/audit",
            Self::Users => "/console/users",
            Self::Account => crate::users::OWN,
        }
    }

    /// Whether it has pages.
    pub(crate) fn is_there(self) -> bool {
        PAGES.iter().any(|family| family.section == Some(self))
    }

    /// Who sees it.
    const fn needs(self) -> Role {
        match self {
            Self::TryIt => Role::Operate,
            Self::Audit | Self::Users => Role::Administer,
            _ => Role::Read,
        }
    }

    const fn label(self, lang: Language) -> &'static str {
        match self {
            Self::Overview => lang.of("Overview", "Oversikt"),
            Self::Search => lang.of("Search", "Søk"),
            Self::Routes => lang.of("Routes", "Ruter"),
            Self::Contacts => lang.of("Contacts", "Kontakter"),
            Self::Webhooks => "Webhooks",
            Self::Simulators => lang.of("Simulators", "Simulatorer"),
            Self::TryIt => lang.of("Try it", "Prøv selv"),
            Self::Retention => lang.of("Retention", "Oppbevaring"),
            Self::Audit => lang.of("Audit", "Revisjon"),
            Self::Users => lang.of("Users", "Brukere"),
            Self::Account => lang.of("Account", "Konto"),
        }
    }
}

/// What is around a page; templates that extend `frame.html` hold one as `frame`.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language of the page.
    pub lang: Language,
    /// What a form sends along as `csrf`.
    pub csrf: String,
    pub(crate) words: &'static FrameWords,
    pub(crate) links: Vec<Link>,
    /// Who is signed in, and as what; `None` before that.
    pub(crate) who: Option<(String, &'static str)>,
    /// This page in the other language.
    pub(crate) switch: String,
    pub(crate) is_trial: bool,
    pub(crate) style: &'static str,
    pub(crate) htmx: &'static str,
    pub(crate) script: &'static str,
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub href: &'static str,
    pub label: &'static str,
    pub is_here: bool,
}

/// The frame's own words.
#[derive(Debug)]
pub(crate) struct FrameWords {
    pub skip: &'static str,
    pub sections: &'static str,
    pub sign_out: &'static str,
    pub test_only: &'static str,
}

const ENGLISH: FrameWords = FrameWords {
    skip: "Skip to content",
    sections: "Sections",
    sign_out: "Sign out",
    test_only: "Embedded services and the test certificate authority are for development and trial only.",
};

const BOKMAL: FrameWords = FrameWords {
    skip: "Gå til innholdet",
    sections: "Deler",
    sign_out: "Logg ut",
    test_only: "Innebygde tjenester og testutstederen av sertifikater er bare til utvikling og utprøving.",
};

impl Frame {
    /// Around a page of somebody's.
    pub(crate) fn of(visitor: &Visitor, section: Section) -> Self {
        let lang = visitor.lang;
        let shown = Section::ALL
            .into_iter()
            .filter(|section| section.is_there())
            .filter(|to| visitor.role >= to.needs());
        let link = |to: Section| Link { href: to.home(), label: to.label(lang), is_here: to == section };
        Self {
            csrf: visitor.csrf().to_owned(),
            links: shown.map(link).collect(),
            who: Some((visitor.name.clone(), visitor.role.word(lang))),
            switch: switched(visitor.here().unwrap_or(section.home()), lang.other()),
            ..Self::bare(lang, visitor.is_trial())
        }
    }

    /// Around a page for anybody.
    pub(crate) fn bare(lang: Language, is_trial: bool) -> Self {
        Self {
            lang,
            csrf: String::new(),
            words: lang.of(&ENGLISH, &BOKMAL),
            links: Vec::new(),
            who: None,
            switch: switched(sign_in::HOME, lang.other()),
            is_trial,
            style: &STYLE_AT,
            htmx: HTMX_AT,
            script: &SCRIPT_AT,
        }
    }
}

/// An address, asking for another language.
pub(crate) fn switched(here: &str, lang: Language) -> String {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let mut to = url::form_urlencoded::Serializer::new(String::new());
    let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "lang");
    to.extend_pairs(kept).append_pair("lang", lang.code());
    format!("{path}?{}", to.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_page_in_another_language_keeps_what_was_asked_for() {
        let there = switched("/console/webhooks?of=7&lang=en&after=a%26b", Language::Bokmal);
        assert_eq!(there, "/console/webhooks?of=7&after=a%26b&lang=nb");
        assert_eq!(switched("/console", Language::English), "/console?lang=en");
    }

    #[test]
    fn every_section_of_the_navigation_has_one_family() {
        for section in Section::ALL {
            let families = PAGES.iter().filter(|family| family.section == Some(section)).count();
            assert!(families <= 1, "{section:?}");
        }
    }
}
