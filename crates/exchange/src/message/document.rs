//! One attached file: what it is called, what it is, and where its bytes are.

use store::blobs::BlobKey;

/// A file of an outgoing message.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its place, from 1, in the order of adding.
    pub number: u32,
    /// Its name, as the client gave it.
    pub name: String,
    /// Its title.
    pub title: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Where its bytes are.
    pub blob: BlobKey,
}

/// Types by extension where the contract's table differs from common practice.
const CONTRACT: [(&str, &str); 6] = [
    ("xml", "text/xml"),
    ("zip", "application/octet-stream"),
    ("odf", "application/vnd.oasis.opendocument.formula"),
    ("fods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("fodp", "application/vnd.oasis.opendocument.presentation"),
    ("fodg", "application/vnd.oasis.opendocument.graphics"),
];

/// The media type to store for a file: the given one, or, when that says nothing, the one that
/// belongs to its extension.
pub fn media_type(name: &str, given: Option<&str>) -> String {
    let given = given.map(str::trim).filter(|given| !given.is_empty());
    if let Some(given) = given.filter(|given| *given != "application/octet-stream") {
        return given.to_owned();
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    if extension.as_deref() == Some("xltx") {
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.template".to_owned();
    }
    let special = CONTRACT.iter().find(|(known, _)| extension.as_deref() == Some(known));
    special.map_or_else(|| asic::media_type(name, None).to_owned(), |(_, kind)| (*kind).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: IP-101, IP-102
    #[test]
    fn a_type_that_says_nothing_is_derived_from_the_extension_and_any_other_is_kept() {
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(media_type("a.DOCX", Some("application/octet-stream")), word);
        assert_eq!(media_type("a.docx", Some("application/x-own")), "application/x-own");
        assert_eq!(media_type("a.xml", None), "text/xml");
        assert_eq!(media_type("a.jpg", Some(" ")), "image/jpeg");
        assert_eq!(media_type("a.unknown", None), "application/octet-stream");
    }
}
