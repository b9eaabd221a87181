//! The PSWin XML protocol: requests written, answers read.

use std::fmt::Write as _;

use bytes::Bytes;
use types::Secret;

use super::xml::{self, NotXml, Step};

/// How a text is written into a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WireText {
    /// As characters; the gateway chooses among those of its own alphabet.
    Characters(String),
    /// As hexadecimal digits of UTF-16BE (`OP` 9).
    Unicode(String),
}

impl WireText {
    /// Hexadecimal digits of a text.
    pub(super) fn unicode(text: &str) -> Self {
        let mut digits = String::with_capacity(text.len() * 4);
        for unit in text.encode_utf16() {
            let _ = write!(digits, "{unit:04X}");
        }
        Self::Unicode(digits)
    }
}

/// A request with one message. Holds the password, so it does not print itself.
pub(super) struct Request<'r> {
    pub(super) client: &'r str,
    pub(super) password: &'r Secret,
    /// Our own words about the request, up to 200 characters.
    pub(super) data: &'r str,
    pub(super) text: &'r WireText,
    pub(super) sender: &'r str,
    /// Digits only.
    pub(super) receiver: &'r str,
    pub(super) ttl_minutes: Option<u64>,
}

/// The one message's number within its request.
const ID: &str = "1";

impl Request<'_> {
    /// The document: pure ASCII, every other character a numbered reference, so that no character set
    /// can spoil it.
    pub(super) fn to_xml(&self) -> Bytes {
        let mut xml = String::with_capacity(512);
        xml.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SESSION>");
        field(&mut xml, "CLIENT", self.client);
        field(&mut xml, "PW", self.password.reveal());
        field(&mut xml, "SD", self.data);
        xml.push_str("<MSGLST><MSG>");
        field(&mut xml, "ID", ID);
        match self.text {
            WireText::Characters(text) => field(&mut xml, "TEXT", text),
            WireText::Unicode(digits) => field(&mut xml, "TEXT", digits),
        }
        field(&mut xml, "SND", self.sender);
        field(&mut xml, "RCV", self.receiver);
        if matches!(self.text, WireText::Unicode(_)) {
            field(&mut xml, "OP", "9");
        }
        if let Some(minutes) = self.ttl_minutes {
            field(&mut xml, "TTL", &minutes.to_string());
        }
        xml.push_str("</MSG></MSGLST></SESSION>");
        Bytes::from(xml)
    }
}

fn field(xml: &mut String, name: &str, value: &str) {
    let _ = write!(xml, "<{name}>");
    for c in value.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            ' '..='~' => xml.push(c),
            c => {
                let _ = write!(xml, "&#{};", u32::from(c));
            }
        }
    }
    let _ = write!(xml, "</{name}>");
}

/// Whether XML 1.0 can carry a character, also as a reference (section 2.2).
pub(super) const fn can_carry(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What the gateway says about our message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was taken.
    Accepted {
        /// The gateway's name for it, where the account has references.
        reference: Option<String>,
    },
    /// It was not.
    Refused {
        /// The gateway's words.
        info: String,
    },
    /// Nothing was looked at.
    LogonFailed {
        /// The gateway's words.
        reason: String,
    },
    /// The answer does not mention our message.
    NotMentioned,
}

#[derive(Default)]
struct Entry {
    id: String,
    reference: String,
    status: String,
    info: String,
}

/// Reads an answer to [`Request`]. Messages are found by their number, not their place.
pub fn read_answer(text: &str) -> Result<Answer, NotXml> {
    let (mut logon, mut reason, mut entries) = (None, String::new(), Vec::<Entry>::new());
    xml::walk(text, |step| match step {
        Step::Open(["SESSION", "MSGLST", "MSG"]) => entries.push(Entry::default()),
        Step::Close(["SESSION", "LOGON"], value) => logon = Some((*value).to_owned()),
        Step::Close(["SESSION", "REASON"], value) => (*value).clone_into(&mut reason),
        Step::Close(["SESSION", "MSGLST", "MSG", field], value) => {
            if let Some(entry) = entries.last_mut() {
                entry.set(field, value);
            }
        }
        _ => {}
    })?;
    match logon.as_deref() {
        None => return Err(NotXml),
        Some("OK") => {}
        Some(_) => return Ok(Answer::LogonFailed { reason }),
    }
    Ok(entries.into_iter().find(|entry| entry.id == ID).map_or(Answer::NotMentioned, Entry::into_answer))
}

impl Entry {
    fn set(&mut self, field: &str, value: &str) {
        let place = match field {
            "ID" => &mut self.id,
            "REF" => &mut self.reference,
            "STATUS" => &mut self.status,
            "INFO" => &mut self.info,
            _ => return,
        };
        value.clone_into(place);
    }

    fn into_answer(self) -> Answer {
        match self.status.as_str() {
            "OK" => Answer::Accepted { reference: Some(self.reference).filter(|text| !text.is_empty()) },
            "FAIL" => Answer::Refused { info: self.info },
            _ => Answer::NotMentioned,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &WireText, ttl_minutes: Option<u64>) -> String {
        let password = Secret::new("h&m <1>".to_owned());
        let request = Request {
            client: "demo-account",
            password: &password,
            data: "0192f0c1",
            text,
            sender: "Altinn",
            receiver: "4740000000",
            ttl_minutes,
        };
        String::from_utf8(request.to_xml().to_vec()).expect("ASCII")
    }

    /// Covers: NP-23, NP-24
    #[test]
    fn a_request_is_written_in_ascii_to_the_letter() {
        let text = WireText::Characters("æøåÆØÅ€ & <b> ]]> \"'\r\n\t".to_owned());
        let expected = concat!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
            "<SESSION><CLIENT>demo-account</CLIENT><PW>h&amp;m &lt;1&gt;</PW><SD>0192f0c1</SD><MSGLST><MSG>",
            "<ID>1</ID><TEXT>&#230;&#248;&#229;&#198;&#216;&#197;&#8364; &amp; &lt;b&gt; ]]&gt; \"'&#13;&#10;&#9;",
            "</TEXT><SND>Altinn</SND><RCV>4740000000</RCV><TTL>2880</TTL></MSG></MSGLST></SESSION>",
        );
        assert_eq!(written(&text, Some(2880)), expected);
    }

    /// Covers: NP-29
    #[test]
    fn a_unicode_text_goes_as_hexadecimal_utf16() {
        let text = WireText::unicode("Hei ł");
        assert_eq!(text, WireText::Unicode("00480065006900200142".to_owned()));
        let xml = written(&text, None);
        assert!(xml.contains("<TEXT>00480065006900200142</TEXT>") && xml.contains("<OP>9</OP>"));
        assert!(!xml.contains("TTL"));
    }

    fn session(messages: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<SESSION>\n <LOGON>OK</LOGON>\n <REASON></REASON>\n <MSGLST>{messages}</MSGLST></SESSION>"
        )
    }

    #[test]
    fn an_answer_is_matched_by_number_and_not_by_place() {
        let answer = session(
            "<MSG><ID>2</ID><REF>b</REF><STATUS>FAIL</STATUS></MSG>\n<MSG><STATUS>OK</STATUS><REF>a</REF><ID>1</ID></MSG>",
        );
        assert_eq!(read_answer(&answer), Ok(Answer::Accepted { reference: Some("a".to_owned()) }));
        assert_eq!(
            read_answer(&session("<MSG><ID>7</ID><STATUS>OK</STATUS></MSG>")),
            Ok(Answer::NotMentioned)
        );
        let without = session("<MSG><ID>1</ID><REF/><STATUS>OK</STATUS><INFO/></MSG>");
        assert_eq!(read_answer(&without), Ok(Answer::Accepted { reference: None }));
    }

    #[test]
    fn a_failed_logon_needs_no_messages() {
        let answer = "<SESSION><LOGON>FAIL</LOGON><REASON>Wrong &amp; bad</REASON></SESSION>";
        assert_eq!(read_answer(answer), Ok(Answer::LogonFailed { reason: "Wrong & bad".to_owned() }));
    }

    #[test]
    fn what_is_not_an_answer_is_refused() {
        for text in ["", "<h1>It works!", "hello", "<SESSION/>", "<SESSION><LOGON>OK</SESSION>", "{}"] {
            assert_eq!(read_answer(text), Err(NotXml), "{text}");
        }
        assert_eq!(read_answer("<SESSION><LOGON>&boom;</LOGON></SESSION>"), Err(NotXml));
    }

    proptest! {
        #[test]
        fn arbitrary_texts_are_answers_or_none(text in any::<String>()) {
            let _ = read_answer(&text);
        }

        #[test]
        fn odd_documents_are_answers_or_none(
            text in "(<(/)?(SESSION|LOGON|MSGLST|MSG|ID|STATUS|!DOCTYPE a|!\\[CDATA\\[)(/)?>|OK|FAIL|1|&#0;|&lt;|&a;|\\]\\]>){0,24}"
        ) {
            let _ = read_answer(&text);
            let _ = read_answer(&session(&text));
        }

        #[test]
        fn any_text_that_xml_can_carry_reads_back(text in any::<String>()) {
            prop_assume!(text.chars().all(can_carry) && text.trim() == text);
            let mut xml = String::from("<SESSION><LOGON>FAIL</LOGON>");
            field(&mut xml, "REASON", &text);
            xml.push_str("</SESSION>");
            prop_assert_eq!(read_answer(&xml), Ok(Answer::LogonFailed { reason: text }));
        }
    }

    #[test]
    fn xml_carries_all_but_control_characters() {
        assert!(['\n', 'å', '😀', '\u{fffd}'].into_iter().all(can_carry));
        assert!(!['\0', '\u{c}', '\u{1b}', '\u{fffe}'].into_iter().any(can_carry));
    }
}
