//! Names of files in a container: relative, and harmless wherever they are written.

use crate::error::NameError;

/// The folder that belongs to the format.
pub(crate) const META_INF: &str = "META-INF/";
/// The first entry, which says what the file is.
pub(crate) const MIMETYPE: &str = "mimetype";
/// The eFormidling manifest.
pub(crate) const MANIFEST: &str = "manifest.xml";

/// Whether an entry of this name may be read.
pub(crate) fn check(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.len() > usize::from(u16::MAX) {
        return Err(NameError::TooLong);
    }
    if name.chars().any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')) {
        return Err(NameError::Control);
    }
    if name.contains('\\') {
        return Err(NameError::Backslash);
    }
    if name.starts_with('/') || has_drive(name) {
        return Err(NameError::Absolute);
    }
    let path = name.strip_suffix('/').unwrap_or(name);
    if path.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(NameError::Segment);
    }
    if name.ends_with('/') {
        return Err(NameError::Folder);
    }
    Ok(())
}

/// Whether a document of this name may be packed.
pub(crate) fn check_document(name: &str) -> Result<(), NameError> {
    check(name)?;
    if is_metadata(name) {
        return Err(NameError::Reserved);
    }
    if name == MIMETYPE || name == MANIFEST {
        return Err(NameError::Taken);
    }
    Ok(())
}

/// Whether the name lies in the folder of the format, however it is capitalised.
pub(crate) fn is_metadata(name: &str) -> bool {
    name.get(..META_INF.len()).is_some_and(|start| start.eq_ignore_ascii_case(META_INF))
}

/// A Windows drive letter in front.
fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// Undoes percent-encoding, and with `form` also `+` for a space; `None` when there is none.
pub(crate) fn percent_decode(text: &str, form: bool) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' if form => b' ',
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_fine() {
        for name in ["brev.pdf", "mappe/vedlegg 1.pdf", "Søknad (æøå).docx", "..a", "a..b", "日本"] {
            assert_eq!(check_document(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for (name, reason) in [
            ("", NameError::Empty),
            ("/etc/passwd", NameError::Absolute),
            ("C:evil", NameError::Absolute),
            ("../x", NameError::Segment),
            ("a/../x", NameError::Segment),
            ("a/..", NameError::Segment),
            ("a//b", NameError::Segment),
            ("./x", NameError::Segment),
            ("a\\b", NameError::Backslash),
            ("a\0b", NameError::Control),
            ("a\nb", NameError::Control),
            ("a/", NameError::Folder),
        ] {
            assert_eq!(check(name), Err(reason), "{name:?}");
        }
    }

    #[test]
    fn names_of_the_format_are_not_for_documents() {
        assert_eq!(check_document("META-INF/x"), Err(NameError::Reserved));
        assert_eq!(check_document("meta-inf/x"), Err(NameError::Reserved));
        assert_eq!(check_document("mimetype"), Err(NameError::Taken));
        assert_eq!(check_document("manifest.xml"), Err(NameError::Taken));
    }

    #[test]
    fn encoded_names_are_decoded_both_ways() {
        assert_eq!(percent_decode("a%20b+c", false).as_deref(), Some("a b+c"));
        assert_eq!(percent_decode("a%20b+c", true).as_deref(), Some("a b c"));
        assert_eq!(percent_decode("%C3%A6", false).as_deref(), Some("æ"));
        assert_eq!(percent_decode("100%", false), None);
    }
}
