//! E-mail addresses, by the rule of the published notification contract.

use std::fmt;
use std::str::FromStr;

use crate::mask;

/// An e-mail address to which one message goes. Prints itself masked.
///
/// The rule is the reference service's, not RFC 5321: Norwegian letters pass, quoted local parts,
/// slashes and lists do not. White space around the address is kept for showing
/// ([`EmailAddress::as_given`]) and left out of what is sent to ([`EmailAddress::reveal`]).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// A text that is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address: expected something like name@example.no")]
pub struct EmailAddressError;

impl EmailAddress {
    /// The address to send to.
    pub fn reveal(&self) -> &str {
        self.0.trim()
    }

    /// The address as the caller wrote it.
    pub fn as_given(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, domain) = text.trim().split_once('@').ok_or(EmailAddressError)?;
        if local.split('.').all(is_atom) && (is_domain(domain) || is_dotted_quad(domain)) {
            return Ok(Self(text.to_owned()));
        }
        Err(EmailAddressError)
    }
}

fn is_atom(text: &str) -> bool {
    const SIGNS: &str = "!#$%&'*+-=?^_{|}~`;";
    let allowed = |c: char| is_letter_or_digit(c) || SIGNS.contains(c);
    !text.is_empty() && text.chars().all(allowed)
}

/// One to nine labels, then a top-level label of 2 to 14 ASCII letters.
fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let Some((top, rest)) = labels.split_last() else {
        return false;
    };
    let top_fits = (2..=14).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphabetic());
    top_fits && (1..=9).contains(&rest.len()) && rest.iter().all(|label| is_label(label))
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.chars().count())
        && text.chars().all(|c| is_letter_or_digit(c) || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Four groups of one to three digits; the reference does not check their range.
fn is_dotted_quad(text: &str) -> bool {
    let groups: Vec<&str> = text.split('.').collect();
    let is_group = |g: &&str| (1..=3).contains(&g.len()) && g.bytes().all(|b| b.is_ascii_digit());
    groups.len() == 4 && groups.iter().all(is_group)
}

fn is_letter_or_digit(c: char) -> bool {
    c.is_ascii_alphanumeric() || "æøåÆØÅ".contains(c)
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask::email(self.reveal()))
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_masked_and_sends_trimmed() {
        let address: EmailAddress = " kari@fjord.example ".parse().expect("an address");
        assert_eq!(format!("{address:?}"), "EmailAddress(k***@***.example)");
        assert_eq!(address.reveal(), "kari@fjord.example");
        assert_eq!(address.as_given(), " kari@fjord.example ");
    }

    #[test]
    fn norwegian_letters_plus_signs_and_dotted_quads_pass() {
        for text in ["kari.nordmann+varsel@eksempel.no", "øse_ås@fjord.example", "a@999.1.1.1"] {
            assert!(text.parse::<EmailAddress>().is_ok(), "{text}");
        }
    }

    /// Appendix A of the providers' contract.
    ///
    /// Covers: NP-83
    #[test]
    fn the_contracts_vectors_are_judged_as_it_says() {
        let nine_labels = "a@a.b.c.d.e.f.g.h.i.no";
        let accepted = [
            "a@b.no",
            "o'hara+x=y@c.no",
            "ærlig@blåbær.no",
            "a@bb.no",
            "a@b.museum",
            nine_labels,
            " a@b.no ",
            "a;b@c.no",
            "&quot;x&quot;@c.no",
            "a@10.0.0.999",
        ];
        let long_top = format!("a@b.{}", "n".repeat(15));
        let refused = [
            "",
            "a@b",
            "a b@c.no",
            "a/b@c.no",
            "a..b@c.no",
            ".a@c.no",
            "a@-b.no",
            "a@b-.no",
            "a@[10.0.0.1]",
            "a@a.b.c.d.e.f.g.h.i.j.no",
            &long_top,
            "a@xn--p1ai.xn--p1ai",
            "\"a b\"@c.no",
        ];
        for text in accepted {
            assert!(text.parse::<EmailAddress>().is_ok(), "{text}");
        }
        for text in refused {
            assert!(text.parse::<EmailAddress>().is_err(), "{text}");
        }
        assert!(format!("a@b.{}", "n".repeat(14)).parse::<EmailAddress>().is_ok());
    }

    #[test]
    fn what_the_contract_lists_as_wrong_is_refused() {
        let wrong = [
            ".kari@eksempel.no",
            "kari.@eksempel.no",
            "ka..ri@eksempel.no",
            "kari@eksempel..no",
            "kari@eks!empel.no",
            "kari",
            "kari@",
            "@eksempel.no",
            "a@b.no;c@d.no",
            "a@b.no,c@d.no",
            "",
            "ka ri@b.no",
            "ka/ri@b.no",
            "\"kari\"@b.no",
            "kari@-b.no",
            "kari@b-.no",
            "kari@b.n",
            "kari@b.abcdefghijklmno",
            "kari@no",
            "kari@1.2.3",
            "kari@@b.no",
        ];
        for text in wrong {
            assert!(text.parse::<EmailAddress>().is_err(), "{text}");
        }
    }
}
