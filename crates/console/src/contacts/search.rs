//! `GET /console/contacts` and `POST /console/contacts/search`: who is registered under a number.
//!
//! What is sought travels in the body, so that it stands in no address and no log.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use notify::recipients::registers::{
    AccountRecord, OrganizationRecord, PersonRecord, RegisterError, UserRecord,
};
use serde::Deserialize;
use types::{EmailAddress, NationalId, OrgNumber, PhoneNumber, mask};

use super::words::ContactWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::page;
use crate::posted::Posted;
use crate::role::Role;
use crate::visitor::Visitor;

#[derive(Deserialize)]
pub(super) struct Sought {
    sought: String,
}

#[derive(Template)]
#[template(path = "contacts.html")]
struct Page {
    frame: Frame,
    own: &'static ContactWords,
    /// What is registered; `None` before anything was sought.
    found: Option<Vec<Fact>>,
    /// What is said of something that was just done, and how it went.
    said: Option<(String, &'static str)>,
    may_import: bool,
    may_export: bool,
}

struct Fact {
    label: &'static str,
    value: String,
    mood: &'static str,
}

pub(super) async fn show(visitor: Visitor) -> Response {
    shown(&visitor, None, None)
}

/// The page, saying how something went.
pub(super) fn said(visitor: &Visitor, text: &str, mood: &'static str) -> Response {
    shown(visitor, None, Some((text.to_owned(), mood)))
}

pub(super) async fn search(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<Sought>,
) -> Response {
    match look_up(&console, ContactWords::of(visitor.lang), form.sought.trim()).await {
        Ok(found) => shown(&visitor, Some(found), None),
        Err(error) => page::failed(&error),
    }
}

fn shown(visitor: &Visitor, found: Option<Vec<Fact>>, said: Option<(String, &'static str)>) -> Response {
    page::html(&Page {
        frame: visitor.frame(Section::Contacts),
        own: ContactWords::of(visitor.lang),
        found,
        said,
        may_import: visitor.role >= Role::Operate,
        may_export: visitor.role >= Role::Administer,
    })
}

async fn look_up(
    console: &Console,
    words: &'static ContactWords,
    sought: &str,
) -> Result<Vec<Fact>, RegisterError> {
    let facts = Facts { words, all: Vec::new() };
    if let Ok(id) = sought.parse::<NationalId>() {
        let found = console.register().person_records(&[id]).await?.pop();
        return Ok(found.map(|found| facts.person(&found)).unwrap_or_default());
    }
    if let Ok(number) = sought.parse::<OrgNumber>() {
        let found = console.register().organization_records(&[number]).await?.pop();
        return Ok(found.map(|found| facts.organization(&found)).unwrap_or_default());
    }
    let found = console.register().account_records(&[sought.to_owned()]).await?.pop();
    Ok(found.map(|found| facts.account(&found)).unwrap_or_default())
}

/// What is known, a line at a time.
struct Facts {
    words: &'static ContactWords,
    all: Vec<Fact>,
}

impl Facts {
    fn person(mut self, person: &PersonRecord) -> Vec<Fact> {
        let words = self.words;
        let (email_confirmed, mobile_confirmed) = person.confirmed();
        self.add(words.name, person.name.as_deref().map(initials).unwrap_or_default());
        self.add(words.reserved, if person.reserved { words.yes } else { words.no }.to_owned());
        let since = |at: Option<Timestamp>| match at {
            Some(at) => format!("{} {}", words.confirmed, at.strftime("%Y-%m-%d")),
            None => words.never_confirmed.to_owned(),
        };
        self.email(person.email.as_deref(), &since(email_confirmed));
        self.mobile(person.mobile.as_deref(), &since(mobile_confirmed));
        self.all
    }

    fn organization(mut self, organization: &OrganizationRecord) -> Vec<Fact> {
        let words = self.words;
        self.add(words.name, organization.name.clone().unwrap_or_default());
        self.add(words.party, organization.party().to_string());
        if let Some(main) = organization.main_unit {
            self.add(words.main_unit, main.to_string());
        }
        organization.emails.iter().flatten().for_each(|email| self.email(Some(email), ""));
        organization.mobiles.iter().flatten().for_each(|mobile| self.mobile(Some(mobile), ""));
        organization.users.iter().for_each(|user| self.user(user));
        self.all
    }

    fn account(mut self, account: &AccountRecord) -> Vec<Fact> {
        self.email(account.email.as_deref(), "");
        self.mobile(account.mobile.as_deref(), "");
        self.all
    }

    fn user(&mut self, user: &UserRecord) {
        let id = user.user_id.map(|id| id.to_string()).unwrap_or_default();
        let resources = user.resources.as_ref().map(|resources| resources.join(", "));
        let resources = resources.unwrap_or_else(|| self.words.everything.to_owned());
        self.add(self.words.user, format!("{id} {resources}"));
        self.email(user.email.as_deref(), "");
        self.mobile(user.mobile.as_deref(), "");
    }

    fn email(&mut self, address: Option<&str>, note: &str) {
        let Some(address) = address else { return };
        let usable = address.parse::<EmailAddress>().is_ok();
        self.address(self.words.email, &mask::email(address), note, usable);
    }

    fn mobile(&mut self, number: Option<&str>, note: &str) {
        let Some(number) = number else { return };
        let usable = PhoneNumber::from_register(number).is_ok();
        self.address(self.words.mobile, &mask::middle(number, 4, 2), note, usable);
    }

    fn address(&mut self, label: &'static str, masked: &str, note: &str, usable: bool) {
        let unusable = if usable { "" } else { self.words.unusable };
        let value = [masked, note, unusable].join(" ").trim().to_owned();
        self.all.push(Fact { label, value, mood: if usable { "" } else { "bad" } });
    }

    fn add(&mut self, label: &'static str, value: String) {
        self.all.push(Fact { label, value, mood: "" });
    }
}

/// Enough to recognize somebody one knows.
fn initials(name: &str) -> String {
    name.split_whitespace().map(|part| mask::middle(part, 1, 0)).collect::<Vec<_>>().join(" ")
}
