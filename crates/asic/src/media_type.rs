//! Media types: guessed from the file name where nobody said, and what they tell about packing.

const UNKNOWN: &str = "application/octet-stream";

/// Extensions of files that public bodies exchange.
const BY_EXTENSION: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("eml", "message/rfc822"),
    ("gif", "image/gif"),
    ("gml", "application/gml+xml"),
    ("gz", "application/gzip"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("ifc", "application/x-step"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("msg", "application/vnd.ms-outlook"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// The media type to state for a document: the given one, or, when that says nothing, the one
/// that belongs to the text after the last dot of the name.
pub fn media_type<'a>(name: &str, given: Option<&'a str>) -> &'a str {
    let given = given.map(str::trim).filter(|given| !given.is_empty());
    match given {
        Some(given) if !given.eq_ignore_ascii_case(UNKNOWN) => given,
        _ => by_extension(name).unwrap_or(UNKNOWN),
    }
}

fn by_extension(name: &str) -> Option<&'static str> {
    let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
    let found = BY_EXTENSION.binary_search_by_key(&extension.as_str(), |(known, _)| known).ok()?;
    Some(BY_EXTENSION[found].1)
}

/// Whether files of this type are compressed already.
pub(crate) fn is_compressed(media_type: &str) -> bool {
    let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("video/")
        || kind.contains("openxmlformats")
        || kind.contains("opendocument")
        || kind.ends_with("+zip")
        || matches!(
            kind.as_str(),
            "application/zip"
                | "application/gzip"
                | "application/x-7z-compressed"
                | "audio/mpeg"
                | "image/gif"
                | "image/jpeg"
                | "image/png"
                | "image/webp"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers: ET-5
    #[test]
    fn a_missing_or_meaningless_type_is_derived_from_the_extension() {
        assert_eq!(media_type("a.b.PDF", None), "application/pdf");
        assert_eq!(media_type("a.xml", Some("application/octet-stream")), "application/xml");
        assert_eq!(media_type("a.xml", Some("")), "application/xml");
        assert_eq!(media_type("a.xml", Some("text/xml")), "text/xml");
        assert_eq!(media_type("noextension", None), UNKNOWN);
    }

    #[test]
    fn the_list_is_in_order_so_that_it_can_be_searched() {
        assert!(BY_EXTENSION.is_sorted_by_key(|(extension, _)| *extension));
    }
}
