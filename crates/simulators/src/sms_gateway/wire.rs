//! The PSWin XML protocol: requests read. See [`super::answers`] for what is written.

use std::borrow::Cow;

use http::{HeaderMap, header};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// Messages in one request at most.
const MOST_MESSAGES: usize = 100;
/// A text is cut after this many characters, without an error.
const LONGEST_TEXT: usize = 16 * 134;
/// A sender with letters is cut after this many characters.
const LONGEST_SENDER: usize = 11;

/// A request as it was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) client: String,
    pub(super) password: String,
    pub(super) data: Option<String>,
    pub(super) messages: Vec<WireMessage>,
}

/// One `MSG` as it was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct WireMessage {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) sender: String,
    pub(super) receiver: String,
    pub(super) operation: Option<String>,
    pub(super) ttl: Option<String>,
    pub(super) class: Option<String>,
}

/// Why a request is not one of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedRequest {
    /// Bytes that are not of the declared character set, or a set that is not known.
    #[error("the request is not in UTF-8 or ISO-8859-1 as declared")]
    Charset,
    /// Not well-formed XML.
    #[error("the request is not well-formed XML")]
    NotXml,
    /// Something other than a `SESSION` with messages.
    #[error("the request is not a SESSION with a MSGLST")]
    NotASession,
    /// More messages than fit in one request.
    #[error("the request has more than 100 messages")]
    TooManyMessages,
}

/// The text of a request: the header's character set wins over the one in the XML declaration.
pub(super) fn decode<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, str>, MalformedRequest> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let declared = content_type.and_then(|value| after(value, "charset=")).or_else(|| {
        let prolog = body.get(..body.len().min(100))?;
        let prolog = prolog.split(|byte| *byte == b'>').next()?;
        after(std::str::from_utf8(prolog).ok()?, "encoding=")
    });
    match declared.as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii") => {
            let text = std::str::from_utf8(body).map_err(|_| MalformedRequest::Charset)?;
            Ok(Cow::Borrowed(text.trim_start_matches('\u{feff}')))
        }
        Some("iso-8859-1" | "latin1") => Ok(body.iter().map(|byte| char::from(*byte)).collect()),
        Some(_) => Err(MalformedRequest::Charset),
    }
}

/// The quoted or plain value that follows a word, in lower case.
fn after(text: &str, word: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let value = &lower[lower.find(word)? + word.len()..];
    let value = value.trim_start_matches(['"', '\'']);
    let end = value.find(['"', '\'', ';', ' ', '?']).unwrap_or(value.len());
    Some(value[..end].to_owned())
}

/// Reads a request. Elements we do not know are skipped, as gateways do.
pub(super) fn read(text: &str) -> Result<Session, MalformedRequest> {
    let mut reader = Reader::from_str(text);
    let mut session = Session::default();
    let (mut path, mut value, mut seen_list) = (Vec::<String>::new(), String::new(), false);
    loop {
        match reader.read_event().map_err(|_| MalformedRequest::NotXml)? {
            Event::Start(tag) => {
                path.push(tag.name().as_ref().to_owned());
                value.clear();
                seen_list |= path == ["SESSION", "MSGLST"];
                if path == ["SESSION", "MSGLST", "MSG"] {
                    session.messages.push(WireMessage::default());
                    if session.messages.len() > MOST_MESSAGES {
                        return Err(MalformedRequest::TooManyMessages);
                    }
                }
            }
            Event::End(_) => {
                take(&mut session, &path, &mut value);
                path.pop();
                value.clear();
            }
            Event::Text(text) => value.push_str(&text),
            Event::CData(text) => value.push_str(&text),
            Event::GeneralRef(reference) => value.push_str(&resolve(&reference)?),
            Event::Eof => break,
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    if !path.is_empty() {
        return Err(MalformedRequest::NotXml);
    }
    seen_list.then_some(session).ok_or(MalformedRequest::NotASession)
}

/// Numbered characters and the five named ones; others are never expanded.
fn resolve(reference: &BytesRef<'_>) -> Result<String, MalformedRequest> {
    let malformed = MalformedRequest::NotXml;
    if let Some(character) = reference.resolve_char_ref().map_err(|_| malformed)? {
        return Ok(character.to_string());
    }
    resolve_predefined_entity(reference).map(str::to_owned).ok_or(malformed)
}

fn take(session: &mut Session, path: &[String], value: &mut String) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let value = std::mem::take(value);
    match names.as_slice() {
        ["SESSION", "CLIENT"] => session.client = value,
        ["SESSION", "PW"] => session.password = value,
        ["SESSION", "SD"] => session.data = Some(value),
        ["SESSION", "MSGLST", "MSG", field] => {
            let Some(message) = session.messages.last_mut() else {
                return;
            };
            match *field {
                "ID" => message.id = value,
                "TEXT" => message.text = value,
                "SND" => message.sender = value,
                "RCV" => message.receiver = value,
                "OP" => message.operation = Some(value),
                "TTL" => message.ttl = Some(value),
                "CLASS" => message.class = Some(value),
                _ => {}
            }
        }
        _ => {}
    }
}

/// What a message's fields mean, or the gateway's words of refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Understood {
    pub(super) text: String,
    pub(super) sender: String,
    pub(super) receiver: String,
    pub(super) ttl_minutes: u32,
}

pub(super) fn understand(message: &WireMessage) -> Result<Understood, String> {
    // The documentation wants digits only; a plus sign is tolerated.
    let receiver = message.receiver.trim().trim_start_matches('+');
    if receiver.len() < 9 || !receiver.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid_receiver(&message.receiver));
    }
    let text = match message.operation.as_deref().map(str::trim) {
        None | Some("" | "1" | "8") => message.text.clone(),
        Some("9") => from_utf16_hex(&message.text).ok_or("Invalid TEXT for OP 9.")?,
        Some(_) => return Err("Invalid OP.".to_owned()),
    };
    let ttl_minutes = match message.ttl.as_deref().map(str::trim) {
        None | Some("") => 0,
        Some(ttl) => ttl.parse().map_err(|_| "Invalid TTL.".to_owned())?,
    };
    Ok(Understood {
        text: text.chars().take(LONGEST_TEXT).collect(),
        sender: cut_sender(&message.sender),
        receiver: receiver.to_owned(),
        ttl_minutes,
    })
}

pub(super) fn invalid_receiver(receiver: &str) -> String {
    format!("Invalid RCV '{receiver}'. Receiver number must be at least 9 digits.")
}

fn cut_sender(sender: &str) -> String {
    if sender.bytes().all(|byte| byte.is_ascii_digit()) {
        return sender.to_owned();
    }
    sender.chars().take(LONGEST_SENDER).collect()
}

/// Hexadecimal digits of UTF-16BE.
fn from_utf16_hex(hex: &str) -> Option<String> {
    let digits = hex.trim().as_bytes();
    let hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
    if !hexadecimal || !digits.len().is_multiple_of(4) {
        return None;
    }
    let units = digits.chunks(4).map(|four| {
        let four = std::str::from_utf8(four).ok()?;
        u16::from_str_radix(four, 16).ok()
    });
    let units: Option<Vec<u16>> = units.collect();
    String::from_utf16(&units?).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const SESSION: &str = r#"<?xml version="1.0" encoding="iso-8859-1"?>
        <SESSION><CLIENT>demo</CLIENT><PW>h&amp;m</PW><SD>attempt-1</SD><MSGLST>
        <MSG><ID>1</ID><TEXT>Du har f&#229;tt &lt;et&gt; brev.</TEXT><SND>Altinn</SND><RCV>4740000000</RCV><TTL>2880</TTL></MSG>
        <MSG><ID>2</ID><TEXT><![CDATA[blå & bær]]></TEXT><SND>2100</SND><RCV>+4740000009</RCV></MSG>
        </MSGLST></SESSION>"#;

    #[test]
    fn a_batch_is_read_with_references_and_cdata() {
        let session = read(SESSION).expect("well formed");

        assert_eq!((session.client.as_str(), session.password.as_str()), ("demo", "h&m"));
        assert_eq!(session.data.as_deref(), Some("attempt-1"));
        let understood: Vec<_> = session.messages.iter().map(|m| understand(m).expect("right")).collect();
        assert_eq!(understood[0].text, "Du har fått <et> brev.");
        assert_eq!((understood[0].ttl_minutes, understood[1].ttl_minutes), (2880, 0));
        assert_eq!(understood[1].text, "blå & bær");
        assert_eq!(understood[1].receiver, "4740000009");
    }

    #[test]
    fn the_header_s_character_set_wins_over_the_declared_one() {
        let body = SESSION.as_bytes();
        let utf8 = HeaderMap::from_iter([(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/xml; charset=utf-8"),
        )]);
        assert!(decode(&utf8, body).expect("UTF-8").contains("blå"));
        assert!(decode(&HeaderMap::new(), body).expect("as declared").contains("blÃ¥"));
        assert_eq!(decode(&HeaderMap::new(), b"<?xml encoding='utf-7'?>"), Err(MalformedRequest::Charset));
        assert_eq!(decode(&utf8, b"\xe5"), Err(MalformedRequest::Charset));
    }

    #[test]
    fn unicode_text_is_hexadecimal_utf16() {
        let message = WireMessage {
            text: "00480065006900200142".to_owned(),
            receiver: "4740000000".to_owned(),
            operation: Some("9".to_owned()),
            ..WireMessage::default()
        };
        assert_eq!(understand(&message).expect("right").text, "Hei ł");
        let broken = WireMessage { text: "004".to_owned(), ..message };
        assert!(understand(&broken).is_err());
    }

    #[test]
    fn a_short_number_is_refused_in_the_gateway_s_words() {
        let message = WireMessage { receiver: "12345678".to_owned(), ..WireMessage::default() };
        let words = "Invalid RCV '12345678'. Receiver number must be at least 9 digits.";
        assert_eq!(understand(&message), Err(words.to_owned()));
    }

    #[test]
    fn long_texts_and_senders_are_cut_without_an_error() {
        let message = WireMessage {
            text: "å".repeat(2145),
            sender: "Altinn-tester".to_owned(),
            receiver: "4740000000".to_owned(),
            ..WireMessage::default()
        };
        let understood = understand(&message).expect("right");
        assert_eq!(understood.text.chars().count(), 2144);
        assert_eq!(understood.sender, "Altinn-test");
    }

    #[test]
    fn what_is_not_a_session_is_refused() {
        assert_eq!(read("<SESSION><CLIENT>a</CLIENT></SESSION>"), Err(MalformedRequest::NotASession));
        assert_eq!(read("hello"), Err(MalformedRequest::NotASession));
        assert_eq!(read("<SESSION><MSGLST></SESSION>"), Err(MalformedRequest::NotXml));
        assert_eq!(read("<SESSION><MSGLST>"), Err(MalformedRequest::NotXml));
        assert_eq!(read("<SESSION><MSGLST>&evil;</MSGLST></SESSION>"), Err(MalformedRequest::NotXml));
        let many = format!("<SESSION><MSGLST>{}</MSGLST></SESSION>", "<MSG></MSG>".repeat(101));
        assert_eq!(read(&many), Err(MalformedRequest::TooManyMessages));
    }
}
