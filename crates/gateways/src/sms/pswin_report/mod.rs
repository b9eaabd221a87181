//! Delivery reports that the PSWin gateway pushes: read, answered, and let in.
//!
//! The endpoint itself belongs to the reports' feature. It asks, in this order: [`is_let_in`] (else
//! 401), [`is_readable`] (else 415), [`parse`] (else 400), stores what it got, and answers with
//! [`answer`]. A push may carry several reports, and is answered for each.

mod envelope;

use std::fmt::{self, Write as _};

use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use types::mask;

use self::envelope::decode;
use super::xml::{self, NotXml, Step};
use crate::SmsResult;

pub use envelope::{PushAccount, is_let_in, is_readable};

/// Bytes that a push may have.
pub const LARGEST_PUSH: usize = 1024 * 1024;
/// Reports in one push at most.
const MOST_REPORTS: usize = 1000;

/// One delivery report.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// Its number within the push, for the answer.
    pub id: String,
    /// The gateway's reference of the message; empty when it sent none.
    pub reference: String,
    /// Who got the message, or did not.
    pub receiver: String,
    /// The gateway's word for what happened.
    pub state: String,
    /// What that means in the contract's vocabulary.
    pub result: SmsResult,
    /// When it was delivered, as written.
    pub delivery_time: Option<String>,
    /// The same as a moment; the gateway writes Norwegian time.
    pub delivered_at: Option<Timestamp>,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver = mask::middle(&self.receiver, 4, 2);
        write!(f, "Report({}, {receiver}, {})", self.reference, self.state)
    }
}

impl Report {
    /// The report as it is kept: the four members that the reference keeps.
    pub fn document(&self) -> serde_json::Value {
        serde_json::json!({
            "reference": self.reference,
            "receiver": self.receiver,
            "state": self.state,
            "deliveryTime": self.delivery_time,
        })
    }
}

/// Why a push cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPush {
    /// Bytes that are not of the declared character set, or a set that is not known.
    #[error("the push is not in the character set it declares")]
    Charset,
    /// Not well-formed XML.
    #[error("the push is not well-formed XML")]
    NotXml,
    /// No reports in it.
    #[error("the push has no MSGLST with a MSG")]
    NoReports,
    /// More than are read.
    #[error("the push has more than 1000 reports")]
    TooMany,
    /// A report without receiver or state.
    #[error("a report in the push has no {0}")]
    Incomplete(&'static str),
}

impl From<NotXml> for MalformedPush {
    fn from(_: NotXml) -> Self {
        Self::NotXml
    }
}

/// Reads a push of one or several reports.
pub fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Vec<Report>, MalformedPush> {
    let text = decode(headers, body)?;
    let mut entries = Vec::<Entry>::new();
    xml::walk(&text, |step| match step {
        Step::Open(["MSGLST", "MSG"]) if entries.len() <= MOST_REPORTS => entries.push(Entry::default()),
        Step::Close(["MSGLST", "MSG", field], value) => {
            if let Some(entry) = entries.last_mut() {
                entry.set(field, value);
            }
        }
        _ => {}
    })?;
    if entries.is_empty() {
        return Err(MalformedPush::NoReports);
    }
    if entries.len() > MOST_REPORTS {
        return Err(MalformedPush::TooMany);
    }
    entries.into_iter().map(Entry::into_report).collect()
}

/// The answer to a push: for each report by its number, whether we have it. The gateway pushes again
/// what we do not have.
pub fn answer<'r>(reports: impl IntoIterator<Item = (&'r Report, bool)>) -> String {
    let mut xml = String::from("<?xml version=\"1.0\"?><MSGLST>");
    for (report, have) in reports {
        let status = if have { "OK" } else { "FAIL" };
        // Whatever stands in an id, only letters and digits go back.
        let id: String = report.id.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        let _ = write!(xml, "<MSG><ID>{id}</ID><STATUS>{status}</STATUS></MSG>");
    }
    xml.push_str("</MSGLST>");
    xml
}

#[derive(Default)]
struct Entry {
    id: String,
    reference: String,
    receiver: String,
    state: String,
    delivery_time: String,
}

impl Entry {
    fn set(&mut self, field: &str, value: &str) {
        let place = match field {
            "ID" => &mut self.id,
            "REF" => &mut self.reference,
            "RCV" => &mut self.receiver,
            "STATE" => &mut self.state,
            "DELIVERYTIME" => &mut self.delivery_time,
            _ => return,
        };
        value.clone_into(place);
    }

    fn into_report(self) -> Result<Report, MalformedPush> {
        if self.receiver.is_empty() {
            return Err(MalformedPush::Incomplete("RCV"));
        }
        if self.state.is_empty() {
            return Err(MalformedPush::Incomplete("STATE"));
        }
        let delivery_time = Some(self.delivery_time).filter(|text| !text.is_empty());
        Ok(Report {
            delivered_at: delivery_time.as_deref().and_then(norwegian_moment),
            result: result_of(&self.state),
            id: self.id,
            reference: self.reference,
            receiver: self.receiver,
            state: self.state,
            delivery_time,
        })
    }
}

fn result_of(state: &str) -> SmsResult {
    match state {
        "DELIVRD" => SmsResult::Delivered,
        "EXPIRED" => SmsResult::FailedExpired,
        "DELETED" => SmsResult::FailedDeleted,
        "UNDELIV" => SmsResult::FailedUndelivered,
        "REJECTD" => SmsResult::FailedRejected,
        "BARRED" | "BARREDA" => SmsResult::FailedBarredReceiver,
        _ => SmsResult::Failed,
    }
}

fn norwegian_moment(text: &str) -> Option<Timestamp> {
    let local = DateTime::strptime("%Y.%m.%d %H:%M:%S", text).ok()?;
    let zone = TimeZone::get("Europe/Oslo").ok()?;
    local.to_zoned(zone).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};
    use proptest::prelude::*;

    use super::*;

    pub(super) fn typed(content_type: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))])
    }

    fn push(messages: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\r\n<!DOCTYPE MSGLST SYSTEM \"http://127.0.0.1:9/x.dtd\">\r\n<MSGLST>{messages}</MSGLST>"
        )
    }

    fn read(messages: &str) -> Result<Vec<Report>, MalformedPush> {
        parse(&typed("application/xml"), push(messages).as_bytes())
    }

    #[test]
    fn every_report_of_a_push_is_read_and_answered() {
        let reports = read(concat!(
            "<MSG><ID>1</ID><REF>a-1</REF><RCV>4740000000</RCV><STATE>DELIVRD</STATE>",
            "<DELIVERYTIME>2025.11.20 14:05:33</DELIVERYTIME></MSG>\n",
            "<MSG><ID>2</ID><REF>a-2</REF><RCV>4740000002</RCV><STATE>UNDELIV</STATE></MSG>",
            "<MSG><RCV>4740000003</RCV><STATE>EXPIRED</STATE></MSG>",
        ))
        .expect("a push");

        let found: Vec<_> = reports.iter().map(|r| (r.reference.as_str(), r.result)).collect();
        let expected = [
            ("a-1", SmsResult::Delivered),
            ("a-2", SmsResult::FailedUndelivered),
            ("", SmsResult::FailedExpired),
        ];
        assert_eq!(found, expected);
        let delivered_at = reports[0].delivered_at.expect("a moment").to_string();
        assert_eq!(delivered_at, "2025-11-20T13:05:33Z");
        assert_eq!(
            answer(reports.iter().zip([true, false, true])),
            "<?xml version=\"1.0\"?><MSGLST><MSG><ID>1</ID><STATUS>OK</STATUS></MSG>\
             <MSG><ID>2</ID><STATUS>FAIL</STATUS></MSG><MSG><ID></ID><STATUS>OK</STATUS></MSG></MSGLST>"
        );
        let document = reports[0].document();
        assert_eq!(document["deliveryTime"], "2025.11.20 14:05:33");
        assert_eq!(document["receiver"], "4740000000");
    }

    /// Covers: NP-36, NP-37
    #[test]
    fn every_state_has_its_result() {
        let table = [
            ("DELIVRD", "Delivered"),
            ("EXPIRED", "Failed_Expired"),
            ("DELETED", "Failed_Deleted"),
            ("UNDELIV", "Failed_Undelivered"),
            ("REJECTD", "Failed_Rejected"),
            ("BARRED", "Failed_BarredReceiver"),
            ("UNKNOWN", "Failed"),
            ("FAILED", "Failed"),
            ("NULL", "Failed"),
            ("BARREDA", "Failed_BarredReceiver"),
            ("ZEROBAL", "Failed"),
            ("SOMETHING", "Failed"),
        ];
        for (state, result) in table {
            let reports = read(&format!("<MSG><ID>1</ID><RCV>47400</RCV><STATE>{state}</STATE></MSG>"));
            assert_eq!(reports.expect(state)[0].result.as_str(), result, "{state}");
        }
    }

    #[test]
    fn an_unreadable_time_is_no_reason_to_refuse_a_report() {
        let reports =
            read("<MSG><RCV>1</RCV><STATE>DELIVRD</STATE><DELIVERYTIME>yesterday</DELIVERYTIME></MSG>");
        assert_eq!(reports.expect("a report")[0].delivered_at, None);
    }

    /// Covers: NP-34
    #[test]
    fn what_is_no_report_is_refused() {
        assert_eq!(read("<MSG><STATE>DELIVRD</STATE></MSG>"), Err(MalformedPush::Incomplete("RCV")));
        assert_eq!(read("<MSG><RCV>1</RCV><STATE/></MSG>"), Err(MalformedPush::Incomplete("STATE")));
        assert_eq!(read(""), Err(MalformedPush::NoReports));
        let body = |text: &str| parse(&typed("text/xml"), text.as_bytes());
        for text in ["", "delivered", "{}", "<MSGLST><MSG>", "<MSGLST></MSG></MSGLST>"] {
            assert_eq!(body(text), Err(MalformedPush::NotXml), "{text}");
        }
        assert_eq!(read(&"<MSG></MSG>".repeat(1001)), Err(MalformedPush::TooMany));
    }

    /// Covers: NP-39
    #[test]
    fn entities_are_never_expanded() {
        let mut bomb = String::from("<!DOCTYPE MSGLST [<!ENTITY a0 \"ha\">");
        for level in 1..=40 {
            let inner = format!("&a{};", level - 1).repeat(10);
            let _ = write!(bomb, "<!ENTITY a{level} \"{inner}\">");
        }
        bomb.push_str("]><MSGLST><MSG><RCV>&a40;</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>");
        assert_eq!(parse(&typed("text/xml"), bomb.as_bytes()), Err(MalformedPush::NotXml));

        let file = "<!DOCTYPE MSGLST [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><MSGLST><MSG><RCV>&x;</RCV><STATE>NULL</STATE></MSG></MSGLST>";
        assert_eq!(parse(&typed("text/xml"), file.as_bytes()), Err(MalformedPush::NotXml));
    }

    /// Covers: NP-40
    #[test]
    fn the_character_set_is_the_headers_else_latin1() {
        let text = push("<MSG><RCV>ø</RCV><STATE>Å</STATE></MSG>");
        let latin1: Vec<u8> = text.chars().filter_map(|c| u8::try_from(c).ok()).collect();
        let state = |content_type, body: &[u8]| {
            parse(&typed(content_type), body).map(|reports| reports[0].state.clone())
        };
        assert_eq!(state("text/plain", &latin1).as_deref(), Ok("Å"));
        assert_eq!(state("text/xml; charset=ISO-8859-1", &latin1).as_deref(), Ok("Å"));
        assert_eq!(state("text/xml; Charset=\"UTF-8\"", text.as_bytes()).as_deref(), Ok("Å"));
        assert_eq!(state("text/xml; charset=utf-8", &latin1), Err(MalformedPush::Charset));
        assert_eq!(state("text/xml; charset=utf-7", &latin1), Err(MalformedPush::Charset));
    }

    proptest! {
        #[test]
        fn arbitrary_bodies_are_pushes_or_none(body in prop::collection::vec(any::<u8>(), 0..400), utf8: bool) {
            let content_type = if utf8 { "text/xml; charset=utf-8" } else { "text/xml" };
            if let Ok(reports) = parse(&typed(content_type), &body) {
                let _ = answer(reports.iter().map(|report| (report, true)));
            }
        }

        #[test]
        fn odd_documents_are_pushes_or_none(
            text in "(<(/)?(MSGLST|MSG|ID|REF|RCV|STATE|DELIVERYTIME|!DOCTYPE a|!--)(/)?>|DELIVRD|47400|&#55;|&a;|-->|å){0,24}"
        ) {
            let _ = parse(&typed("text/plain"), push(&text).as_bytes());
            let _ = parse(&typed("text/plain"), text.as_bytes());
        }
    }
}
