//! Files that go with an e-mail, as parts of a multipart message (RFC 2183).

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType};
use lettre::message::{Body, SinglePart};

use crate::Attachment;
use crate::email::message::one_line;

/// The file as a part of its own: base64, so that every byte arrives as it was, its name as RFC 2231 wants it.
pub(super) fn part(file: &Attachment) -> Result<SinglePart, ContentTransferEncoding> {
    let encoding = ContentTransferEncoding::Base64;
    let content = Body::new_with_encoding(file.content.to_vec(), encoding).map_err(|_| encoding)?;
    Ok(SinglePart::builder()
        .header(ContentDisposition::attachment(&name(&file.filename)))
        .header(kind(&file.mime_type))
        .body(content))
}

/// A media type that cannot be read says nothing, so the file goes as bytes.
fn kind(mime_type: &str) -> ContentType {
    let bytes = || ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN);
    ContentType::parse(mime_type).unwrap_or_else(|_| bytes())
}

/// One line, no folder: a mail program must not be told where to put the file.
fn name(filename: &str) -> String {
    let plain = one_line(filename);
    let last = plain.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.is_empty() { "file".to_owned() } else { last.to_owned() }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn written(filename: &str, mime_type: &str, content: &'static [u8]) -> String {
        let content = Bytes::from_static(content);
        let file = Attachment { filename: filename.to_owned(), mime_type: mime_type.to_owned(), content };
        String::from_utf8(part(&file).expect("a part").formatted()).expect("text")
    }

    fn header_names(part: &str) -> Vec<&str> {
        let (head, _) = part.split_once("\r\n\r\n").expect("a header");
        let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.filter_map(|line| line.split_once(':')).map(|(name, _)| name).collect()
    }

    #[test]
    fn a_file_keeps_its_name_kind_and_bytes() {
        let part = written("vedtak.pdf", "application/pdf", b"a\nb\r\n\xff");
        assert!(part.contains("Content-Disposition: attachment; filename=\"vedtak.pdf\"\r\n"), "{part}");
        assert!(part.contains("Content-Type: application/pdf\r\n"), "{part}");
        assert!(part.contains("Content-Transfer-Encoding: base64\r\n"), "{part}");
        assert!(part.ends_with("\r\n\r\nYQpiDQr/\r\n"), "{part}");
    }

    #[test]
    fn a_name_beyond_ascii_is_written_as_rfc_2231_wants_it() {
        let part = written("vedtak om båt.pdf", "application/pdf", b"a");
        assert!(part.contains("utf-8''vedtak%20om%20b%C3%A5t.pdf"), "{part}");
    }

    #[test]
    fn no_name_makes_a_header_or_a_path() {
        for nasty in ["a\r\nBcc: ola@fjord.example\r\n\r\nb.pdf", "a\"; x=\"\r\nBcc: y.pdf", "../../b\\c.pdf"]
        {
            let part = written(nasty, "application/pdf", b"a");
            assert_eq!(
                header_names(&part),
                ["Content-Disposition", "Content-Type", "Content-Transfer-Encoding"],
                "{part}"
            );
            assert!(!part.contains("..") && !part.contains("b\\\\c"), "{part}");
        }
    }

    #[test]
    fn an_unreadable_kind_becomes_bytes() {
        let part = written("a.x", "x\r\nBcc: y", b"a");
        assert!(part.contains("Content-Type: application/octet-stream\r\n"), "{part}");
    }
}
