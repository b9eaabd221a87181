//! Where files may lie.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use url::{Origin, Url};

/// A host, or hosts, that files may be fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileHost {
    /// Every host whose name ends like this, over https. Begins with a dot.
    Suffix(String),
    /// One scheme, host and port, over http, too: a store of one's own.
    Origin(Origin),
}

/// Neither a suffix nor an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a place of files is a suffix such as .blob.core.windows.net, or an origin such as http://127.0.0.1:9000"
)]
pub struct FileHostError;

impl FileHost {
    /// Azure's blob stores.
    pub fn azure() -> Self {
        Self::Suffix(".blob.core.windows.net".to_owned())
    }

    /// Whether this is a plain origin that the link belongs to.
    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        matches!(self, Self::Origin(origin) if *origin == url.origin())
    }

    /// Whether the link's host ends as it should.
    pub(super) fn is_suffix_of(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        matches!(self, Self::Suffix(suffix) if host.ends_with(suffix.as_str()))
    }
}

impl FromStr for FileHost {
    type Err = FileHostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix('.') {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
            let well_formed = !name.is_empty() && name.chars().all(is_name);
            return well_formed.then(|| Self::Suffix(text.to_ascii_lowercase())).ok_or(FileHostError);
        }
        let url = Url::parse(text).map_err(|_| FileHostError)?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        let is_http = matches!(url.scheme(), "http" | "https");
        (is_bare && is_http && url.has_host()).then(|| Self::Origin(url.origin())).ok_or(FileHostError)
    }
}

impl<'de> Deserialize<'de> for FileHost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_suffix_or_an_origin() {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let azure: FileHost = ".Blob.core.windows.net".parse().expect("a suffix");
        assert_eq!(azure, FileHost::azure());
        assert!(azure.is_suffix_of(&url("https://konto.BLOB.core.windows.net/a")));
        assert!(!azure.is_suffix_of(&url("https://blob.core.windows.net/a")));
        let own: FileHost = "http://127.0.0.1:9000".parse().expect("an origin");
        assert!(own.is_origin_of(&url("http://127.0.0.1:9000/a?b")));
        assert!(!own.is_origin_of(&url("https://127.0.0.1:9000/a")));
        assert!(!own.is_origin_of(&url("http://127.0.0.1:9001/a")));
        for wrong in ["", ".", "files.example.no", "http://a.no/path", "ftp://a.no", ". x", "http://a@b.no"] {
            assert_eq!(wrong.parse::<FileHost>(), Err(FileHostError), "{wrong}");
        }
    }
}
