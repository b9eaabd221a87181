//! Enough of MIME to show a message: subject, texts and attachments decoded (RFC 2045 to 2047).
//!
//! What cannot be decoded is shown as it came; nothing here refuses a message.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Serialize;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
/// Parts inside parts are followed this deep.
const DEEPEST: usize = 8;

/// What a message says, for people.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// The subject.
    pub subject: Option<String>,
    /// The `From` header.
    pub from: Option<String>,
    /// The `To` header.
    pub to: Option<String>,
    /// The `Message-ID` header.
    pub message_id: Option<String>,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML text.
    pub html: Option<String>,
    /// Everything else.
    pub attachments: Vec<Attachment>,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content(…, {} attachments)", self.attachments.len())
    }
}

/// A part that is not the message's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Its file name.
    pub name: Option<String>,
    /// Its media type.
    pub content_type: String,
    /// Its size, decoded, in bytes.
    pub bytes: usize,
}

/// Decodes a message.
pub(super) fn content(raw: &[u8]) -> Content {
    let (headers, body) = split(raw);
    let mut content = Content {
        subject: header(&headers, "subject").map(|value| words(&value)),
        from: header(&headers, "from").map(|value| words(&value)),
        to: header(&headers, "to").map(|value| words(&value)),
        message_id: header(&headers, "message-id"),
        ..Content::default()
    };
    part(&headers, body, 0, &mut |headers, body| sort(headers, body, &mut content));
    content
}

/// The headers in their order, unfolded, with encoded words as they came.
pub(super) fn headers(raw: &[u8]) -> Vec<(String, String)> {
    split(raw).0
}

/// The decoded bytes of an attachment, counted from zero as in [`Content::attachments`].
pub(super) fn attachment(raw: &[u8], index: usize) -> Option<Vec<u8>> {
    let (headers, body) = split(raw);
    let (mut content, mut found) = (Content::default(), None);
    part(&headers, body, 0, &mut |headers, body| {
        sort(headers, body, &mut content);
        if content.attachments.len() == index + 1 && found.is_none() {
            found = Some(decode(&header(headers, "content-transfer-encoding").unwrap_or_default(), body));
        }
    });
    found
}

type Headers = Vec<(String, String)>;

/// Headers, unfolded, with names in lower case; and the body.
fn split(raw: &[u8]) -> (Headers, &[u8]) {
    let mut headers: Headers = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        let line = lossy(line.trim_ascii_end());
        if line.is_empty() {
            break;
        }
        match (line.starts_with([' ', '\t']), headers.last_mut()) {
            (true, Some((_, value))) => value.push_str(&line),
            (false, _) => {
                if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
            (true, None) => {}
        }
    }
    (headers, rest)
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    let found = headers.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.clone())
}

/// Goes through every part that has no parts of its own.
fn part(headers: &Headers, body: &[u8], depth: usize, leaf: &mut dyn FnMut(&Headers, &[u8])) {
    let kind = header(headers, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let boundary = param(&kind, "boundary").filter(|_| media.starts_with("multipart/"));
    if let Some(boundary) = boundary.filter(|_| depth < DEEPEST) {
        for raw in parts(body, &boundary) {
            let (headers, body) = split(raw);
            part(&headers, body, depth + 1, leaf);
        }
        return;
    }
    leaf(headers, body);
}

/// Puts a part where it belongs: among the texts, or among the attachments.
fn sort(headers: &Headers, body: &[u8], content: &mut Content) {
    let kind = header(headers, "content-type").unwrap_or_else(|| "text/plain".to_owned());
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let encoding = header(headers, "content-transfer-encoding").unwrap_or_default();
    let bytes = decode(&encoding, body);
    let disposition = header(headers, "content-disposition").unwrap_or_default();
    let name = param(&disposition, "filename").or_else(|| param(&kind, "name"));
    let attached = disposition.to_ascii_lowercase().starts_with("attachment") || name.is_some();
    let text = || charset(&param(&kind, "charset").unwrap_or_default(), &bytes);
    match media.as_str() {
        "text/plain" if !attached && content.text.is_none() => content.text = Some(text()),
        "text/html" if !attached && content.html.is_none() => content.html = Some(text()),
        _ => content.attachments.push(Attachment {
            name: name.map(|name| words(&name)),
            content_type: media,
            bytes: bytes.len(),
        }),
    }
}

/// What stands between the boundaries of a multipart body.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let (mut parts, mut from, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        let after = bare.strip_prefix(delimiter.as_bytes());
        if let Some(after) = after.filter(|after| after.is_empty() || *after == b"--") {
            if let Some(from) = from {
                parts.push(without_line_break(&body[from..at]));
            }
            from = after.is_empty().then_some(at + line.len());
        }
        at += line.len();
    }
    if let Some(from) = from {
        parts.push(&body[from..]);
    }
    parts
}

fn without_line_break(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

/// A parameter of a header; for extended ones (RFC 2231) only the single, encoded form.
fn param(value: &str, name: &str) -> Option<String> {
    let parts = value.split(';').skip(1).filter_map(|part| part.split_once('='));
    let mut plain = None;
    for (found, value) in parts {
        let found = found.trim().to_ascii_lowercase();
        let value = value.trim().trim_matches('"');
        if found.strip_suffix('*').is_some_and(|found| found == name) {
            let encoded = value.rsplit('\'').next().unwrap_or_default();
            return Some(lossy(&percent(encoded)));
        }
        if found == name {
            plain = Some(value.to_owned());
        }
    }
    plain
}

fn percent(text: &str) -> Vec<u8> {
    escaped(text.as_bytes(), b'%')
}

fn decode(encoding: &str, body: &[u8]) -> Vec<u8> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => base64(body).unwrap_or_else(|| body.to_vec()),
        "quoted-printable" => quoted_printable(body),
        _ => body.to_vec(),
    }
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    LENIENT.decode(digits).ok()
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        if let Some(soft) = bare.strip_suffix(b"=") {
            joined.extend_from_slice(soft);
            continue;
        }
        joined.extend_from_slice(bare);
        if line.ends_with(b"\n") {
            joined.extend_from_slice(b"\r\n");
        }
    }
    escaped(&joined, b'=')
}

/// Replaces `=41` or `%41` by the byte it names; what is no escape stays.
fn escaped(bytes: &[u8], sign: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == sign);
        if let Some(named) = digits.and_then(hexadecimal) {
            out.push(named);
            rest = &after[2..];
        } else {
            out.push(byte);
            rest = after;
        }
    }
    out
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digits.iter().try_fold(0, |value, byte| Some(value * 16 + digit(*byte)?))?;
    u8::try_from(value).ok()
}

/// Encoded words (RFC 2047): `=?utf-8?q?bl=C3=A5?=`. White space between two of them is dropped.
fn words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(begin) = rest.find("=?") {
        let between = &rest[..begin];
        let Some((word, after)) = word(&rest[begin..]) else {
            out.push_str(&rest[..begin + 2]);
            rest = &rest[begin + 2..];
            after_word = false;
            continue;
        };
        if !(after_word && between.trim().is_empty()) {
            out.push_str(between);
        }
        out.push_str(&word);
        rest = after;
        after_word = true;
    }
    out + rest
}

fn word(text: &str) -> Option<(String, &str)> {
    let mut pieces = text.strip_prefix("=?")?.splitn(3, '?');
    let (name, encoding, rest) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let (encoded, after) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => base64(encoded.as_bytes())?,
        "Q" | "q" => escaped(encoded.replace('_', " ").as_bytes(), b'='),
        _ => return None,
    };
    Some((charset(name, &bytes), after))
}

fn charset(name: &str, bytes: &[u8]) -> String {
    match name.to_ascii_lowercase().as_str() {
        "iso-8859-1" | "latin1" | "windows-1252" => bytes.iter().copied().map(char::from).collect(),
        _ => lossy(bytes),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_put_together_from_encoded_words() {
        let raw = b"Subject: =?utf-8?b?QmzDpWLDpnI=?=\r\n =?iso-8859-1?q?_p=E5_br=F8d?= i dag\r\nFrom: Kari <kari@fjord.example>\r\n\r\nHei\r\n";
        let content = content(raw);
        assert_eq!(content.subject.as_deref(), Some("Blåbær på brød i dag"));
        assert_eq!(content.text.as_deref(), Some("Hei\r\n"));
        assert_eq!(words("=?not one"), "=?not one");
    }

    #[test]
    fn quoted_printable_joins_soft_lines() {
        assert_eq!(quoted_printable(b"bl=C3=A5=\r\nb=c3=a6r =3D\r\nx=zz"), "blåbær =\r\nx=zz".as_bytes());
    }

    #[test]
    fn texts_and_attachments_of_nested_parts_are_found() {
        let raw = "Content-Type: multipart/mixed; boundary=\"a\"\r\n\r\npreamble\r\n--a\r\n\
            Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nYmzDpQ==\r\n--b\r\n\
            Content-Type: text/html\r\n\r\n<b>bl\u{e5}</b>\r\n--b--\r\n--a\r\n\
            Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''bl%C3%A5.pdf\r\n\r\n%PDF\r\n--a--\r\n";
        let content = content(raw.as_bytes());
        assert_eq!(content.text.as_deref(), Some("blå"));
        assert_eq!(content.html.as_deref(), Some("<b>blå</b>"));
        let pdf = Attachment {
            name: Some("blå.pdf".to_owned()),
            content_type: "application/pdf".to_owned(),
            bytes: 4,
        };
        assert_eq!(content.attachments, [pdf]);
        assert_eq!(attachment(raw.as_bytes(), 0).as_deref(), Some(&b"%PDF"[..]));
        assert_eq!(attachment(raw.as_bytes(), 1), None);
        assert_eq!(headers(raw.as_bytes())[0].0, "content-type");
    }

    #[test]
    fn rubbish_is_shown_as_it_came() {
        assert_eq!(content(b"").text.as_deref(), Some(""));
        assert_eq!(content(b"\r\n\xff\xfe").text.as_deref(), Some("\u{fffd}\u{fffd}"));
    }
}
