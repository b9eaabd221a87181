//! A link to a file, which is a secret.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use types::Secret;
use url::Url;

use super::FileHost;

/// A file that goes with an e-mail, still at its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLink {
    /// What the recipient sees. No path.
    pub filename: String,
    /// One of [`super::media_types`].
    pub mime_type: String,
    /// Where it is.
    pub url: SasUrl,
}

/// A link with a shared access signature: whoever has it can read the file. Prints its host alone.
#[derive(Clone, PartialEq, Eq)]
pub struct SasUrl {
    text: Secret,
    host: String,
}

/// What is wrong with a link. Never says what the link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No URL, or a relative one, or another scheme.
    #[error("must be an absolute https address")]
    NotHttps,
    /// At a host that files are not fetched from.
    #[error("must be at a host that files are fetched from")]
    Host,
    /// Without a signature, or one for something else than a file.
    #[error("must carry se, sp, sig and sr=b")]
    Signature,
    /// The end of its life is no date.
    #[error("se must be a date and time")]
    Expiry,
    /// Its holder may not read.
    #[error("sp must allow reading (r)")]
    Permission,
}

impl SasUrl {
    /// Checks a link by the contract's rules, in its order: the first fault of the form is the only one,
    /// faults of expiry and permission are told together.
    pub fn check(url: &Url, hosts: &[FileHost]) -> Result<Self, Vec<LinkError>> {
        let is_own = hosts.iter().any(|host| host.is_origin_of(url));
        if url.scheme() != "https" && !is_own {
            return Err(vec![LinkError::NotHttps]);
        }
        if !is_own && !hosts.iter().any(|host| host.is_suffix_of(url)) {
            return Err(vec![LinkError::Host]);
        }
        let has = |name: &str| parameter(url, name).is_some_and(|value| !value.is_empty());
        let is_file = parameter(url, "sr").is_some_and(|value| value.eq_ignore_ascii_case("b"));
        if !(is_file && ["se", "sp", "sig"].into_iter().all(has)) {
            return Err(vec![LinkError::Signature]);
        }
        let link = Self::kept(url.clone());
        let mut faults = Vec::new();
        if link.ends().is_none() {
            faults.push(LinkError::Expiry);
        }
        if !parameter(url, "sp").is_some_and(|value| value.contains('r')) {
            faults.push(LinkError::Permission);
        }
        if faults.is_empty() { Ok(link) } else { Err(faults) }
    }

    /// A link that was checked when it came in.
    pub(super) fn kept(url: Url) -> Self {
        let host = url.host_str().unwrap_or_default().to_owned();
        Self { text: Secret::new(url.into()), host }
    }

    /// The link itself. Only for the call and the store.
    pub(super) fn reveal(&self) -> &str {
        self.text.reveal()
    }

    /// When it runs out, as far as it says.
    pub fn ends(&self) -> Option<Timestamp> {
        ends(&Url::parse(self.reveal()).ok()?)
    }
}

/// When a link runs out; without a zone, in UTC.
pub(super) fn ends(url: &Url) -> Option<Timestamp> {
    let text = parameter(url, "se")?;
    let in_utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(|| in_utc(text.parse().ok()?))
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
}

impl fmt::Debug for SasUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SasUrl({}/…)", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "https://konto.blob.core.windows.net/ut/vedtak.pdf?sr=b&sp=r&se=2026-09-02T08%3A00%3A00Z&sig=hemmelig";

    fn checked(text: &str) -> Result<SasUrl, Vec<LinkError>> {
        SasUrl::check(&Url::parse(text).expect("a URL"), &[FileHost::azure()])
    }

    #[test]
    fn the_first_fault_of_the_form_is_told_alone_and_the_others_together() {
        assert!(checked(GOOD).is_ok());
        let changed = |from: &str, to: &str| checked(&GOOD.replacen(from, to, 1)).expect_err("a fault");
        assert_eq!(changed("https", "http"), [LinkError::NotHttps]);
        assert_eq!(changed("blob.core.windows.net", "example.com"), [LinkError::Host]);
        assert_eq!(changed(".net/", ".net.evil.example/"), [LinkError::Host]);
        for from in ["&sig=hemmelig", "sr=b", "sp=r", "&se=2026-09-02T08%3A00%3A00Z"] {
            assert_eq!(changed(from, "&x=y"), [LinkError::Signature], "{from}");
        }
        assert_eq!(changed("sr=b", "sr=c"), [LinkError::Signature]);
        assert_eq!(changed("sig=hemmelig", "sig="), [LinkError::Signature]);
        assert_eq!(changed("sp=r", "sp=w"), [LinkError::Permission]);
        assert_eq!(changed("2026-09-02T08%3A00%3A00Z", "soon"), [LinkError::Expiry]);
        let both = GOOD.replace("sp=r", "sp=w").replace("2026-09-02T08%3A00%3A00Z", "soon");
        assert_eq!(checked(&both).expect_err("faults"), [LinkError::Expiry, LinkError::Permission]);
        assert!(checked(&GOOD.replace("sr=b", "SR=B")).is_ok());
    }

    #[test]
    fn the_end_may_be_written_as_azure_writes_it() {
        let ends = |se: &str| {
            let text = GOOD.replace("2026-09-02T08%3A00%3A00Z", se);
            checked(&text).ok().and_then(|link| link.ends()).map(|at| at.to_string())
        };
        let at = |text: &str| Some(text.to_owned());
        assert_eq!(ends("2026-09-02T10%3A00%3A00%2B02%3A00"), at("2026-09-02T08:00:00Z"));
        assert_eq!(ends("2026-09-02T08%3A00Z"), at("2026-09-02T08:00:00Z"));
        assert_eq!(ends("2026-09-02"), at("2026-09-02T00:00:00Z"));
    }

    #[test]
    fn a_link_prints_its_host_alone() {
        let link = FileLink {
            filename: "vedtak.pdf".to_owned(),
            mime_type: "application/pdf".to_owned(),
            url: checked(GOOD).expect("a link"),
        };
        let printed = format!("{link:?}");
        assert!(printed.contains("SasUrl(konto.blob.core.windows.net/…)"), "{printed}");
        assert!(!printed.contains("hemmelig") && !printed.contains("/ut/"), "{printed}");
    }
}
