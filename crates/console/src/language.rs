//! The languages of the console, and which one somebody reads.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// A language that every page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Norwegian (bokmål).
    Bokmal,
}

impl Language {
    /// The code that HTML and addresses carry (BCP 47).
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Bokmal => "nb",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::English => Self::Bokmal,
            Self::Bokmal => Self::English,
        }
    }

    /// What it is called in itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Bokmal => "Norsk",
        }
    }

    /// One of two texts.
    pub const fn of<T: Copy>(self, english: T, bokmal: T) -> T {
        match self {
            Self::English => english,
            Self::Bokmal => bokmal,
        }
    }

    /// The one with a code; other kinds of Norwegian read bokmål, too.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        let code = code.trim();
        let is = |wanted: &str| {
            code.get(..wanted.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(wanted))
                && code.as_bytes().get(wanted.len()).is_none_or(|next| *next == b'-')
        };
        if ["nb", "no", "nn"].into_iter().any(is) {
            return Some(Self::Bokmal);
        }
        is("en").then_some(Self::English)
    }

    /// What was asked for in the address, or before, or else by the browser.
    pub(crate) fn choose(asked: Option<&str>, kept: Option<&str>, headers: &HeaderMap) -> Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let accepted = accepted.into_iter().flat_map(|list| list.split(','));
        let mut wanted = asked.into_iter().chain(kept).chain(accepted);
        wanted.find_map(|wanted| Self::from_code(wanted.split(';').next()?)).unwrap_or(Self::English)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_wins_over_the_last_choice_and_that_over_the_browser() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "sv;q=1, nb-NO;q=0.9,en;q=0.8".parse().expect("a header"));

        assert_eq!(Language::choose(None, None, &headers), Language::Bokmal);
        assert_eq!(Language::choose(None, Some("en"), &headers), Language::English);
        assert_eq!(Language::choose(Some("nb"), Some("en"), &headers), Language::Bokmal);
        assert_eq!(Language::choose(Some("klingon"), None, &HeaderMap::new()), Language::English);
    }
}
