//! Delivery receipts: what a message centre says later about a message it took.
//!
//! Their text is a convention, not a standard: `id:… sub:… dlvrd:… submit date:… done date:… stat:…
//! err:… text:…`. Keys come in any case and order, and most may be missing. Where the optional
//! parameters say the same, they are believed first.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::fields::latin1;
use super::pdu::Delivery;
use crate::SmsResult;

/// How ids in receipts are written, compared with those in answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdFormat {
    /// Alike.
    #[default]
    Same,
    /// Answers are hexadecimal, receipts decimal.
    HexToDec,
    /// Answers are decimal, receipts hexadecimal.
    DecToHex,
}

impl IdFormat {
    /// An id in an answer, in the form in which both compare.
    pub fn of_answer(self, id: &str) -> String {
        match self {
            Self::Same | Self::DecToHex => unpadded(id),
            Self::HexToDec => in_base(id, 16),
        }
    }

    /// An id in a receipt, in the form in which both compare.
    pub fn of_receipt(self, id: &str) -> String {
        match self {
            Self::Same | Self::HexToDec => unpadded(id),
            Self::DecToHex => in_base(id, 16),
        }
    }
}

/// Zeros in front of a number say nothing; some fill up with them on one side only.
fn unpadded(id: &str) -> String {
    let id = id.trim();
    if id.bytes().all(|octet| octet.is_ascii_digit()) {
        let digits = id.trim_start_matches('0');
        return if digits.is_empty() && !id.is_empty() { "0".to_owned() } else { digits.to_owned() };
    }
    id.to_owned()
}

/// A number in decimal; what is none stays as it is.
fn in_base(id: &str, base: u32) -> String {
    let id = id.trim();
    u128::from_str_radix(id, base).map_or_else(|_| id.to_owned(), |number| number.to_string())
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The message centre's name for the message, as written.
    pub id: String,
    /// What that means in the contract's vocabulary; nothing while it is under way.
    pub result: Option<SmsResult>,
    /// The message centre's word for it, with its error where there is one.
    pub state: String,
    /// When, in the zone that the receipts are written in.
    pub done: Option<Timestamp>,
}

impl Receipt {
    /// Reads a receipt; nothing where no message or no state is named.
    pub fn parse(delivery: &Delivery, zone: &TimeZone) -> Option<Self> {
        // Never longer than what the optional parameter can hold, but nothing of use is that far back.
        let content = &delivery.content[..delivery.content.len().min(1024)];
        let text = Text::new(&latin1(content));
        let id = delivery.receipted_id.clone().or_else(|| text.field("id").map(str::to_owned))?;
        let word = delivery.message_state.and_then(word_of_state);
        let word = word.or_else(|| text.field("stat")).map(str::to_ascii_uppercase);
        let word = word.or_else(|| delivery.message_state.map(|state| format!("STATE {state}")))?;
        let error = text.field("err").filter(|error| error.bytes().any(|octet| octet != b'0'));
        let shown = |text: &str| text.chars().filter(char::is_ascii_graphic).take(20).collect::<String>();
        let state = match error {
            Some(error) => format!("{} err:{}", shown(&word), shown(error)),
            None => word.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(20).collect(),
        };
        let done = text.field("done date").and_then(|text| moment(text, zone));
        Some(Self { id, result: result_of(&word), state, done })
    }
}

/// The numbers of the optional parameter, as words.
const fn word_of_state(state: u8) -> Option<&'static str> {
    Some(match state {
        1 => "ENROUTE",
        2 => "DELIVRD",
        3 => "EXPIRED",
        4 => "DELETED",
        5 => "UNDELIV",
        6 => "ACCEPTD",
        7 => "UNKNOWN",
        8 => "REJECTD",
        _ => return None,
    })
}

/// What a word means. Some spell them out, so their beginnings count.
fn result_of(word: &str) -> Option<SmsResult> {
    let begins = |beginning: &str| word.starts_with(beginning);
    match () {
        () if begins("ENROUTE") || begins("ACCEP") => None,
        () if begins("DELIV") => Some(SmsResult::Delivered),
        () if begins("EXPIRE") => Some(SmsResult::FailedExpired),
        () if begins("DELETE") => Some(SmsResult::FailedDeleted),
        () if begins("UNDELIV") => Some(SmsResult::FailedUndelivered),
        () if begins("REJECT") => Some(SmsResult::FailedRejected),
        () => Some(SmsResult::Failed),
    }
}

/// A receipt's text, whose keys may have any case.
struct Text {
    text: String,
    lower: String,
}

impl Text {
    fn new(text: &str) -> Self {
        // ASCII only, so that both keep the same places.
        Self { lower: text.to_ascii_lowercase(), text: text.to_owned() }
    }

    /// What stands behind a key, up to the next space. Nothing is looked for in the message's own
    /// words, which come last.
    fn field(&self, key: &str) -> Option<&str> {
        let end = self.lower.find("text:").unwrap_or(self.lower.len());
        let (lower, text) = (self.lower.get(..end)?, self.text.get(..end)?);
        let mut from = 0;
        while let Some(found) = lower.get(from..)?.find(key) {
            let (start, after) = (from + found, from + found + key.len());
            let stands_alone = lower[..start].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            if stands_alone && let Some(value) = text[after..].trim_start().strip_prefix(':') {
                let value = value.trim_start().split(char::is_whitespace).next().unwrap_or_default();
                return Some(value).filter(|value| !value.is_empty());
            }
            from = after;
        }
        None
    }
}

/// `YYMMDDhhmm` with or without seconds.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if !matches!(text.len(), 10 | 12) || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let two = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
    let year = 2000 + i16::from(two(0)?);
    let second = if text.len() == 12 { two(10)? } else { 0 };
    let local = DateTime::new(year, two(2)?, two(4)?, two(6)?, two(8)?, second, 0).ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn oslo() -> TimeZone {
        TimeZone::get("Europe/Oslo").expect("a zone")
    }

    fn read(text: &str) -> Option<Receipt> {
        let content = text.as_bytes().to_vec();
        Receipt::parse(&Delivery { esm_class: 4, content, ..Delivery::default() }, &oslo())
    }

    /// Covers: NP-53
    #[test]
    fn a_receipt_is_read_whatever_its_keys_look_like() {
        let whole = "id:6F3A9C01 sub:001 dlvrd:001 submit date:2511201359 done date:2511201405 stat:DELIVRD err:000 text:Hei";
        let expected = Receipt {
            id: "6F3A9C01".to_owned(),
            result: Some(SmsResult::Delivered),
            state: "DELIVRD".to_owned(),
            done: Some("2025-11-20T13:05:00Z".parse().expect("a moment")),
        };
        assert_eq!(read(whole), Some(expected.clone()));
        assert_eq!(read(&whole.replace(" text:Hei", "")), Some(expected.clone()));
        assert_eq!(
            read(&whole.replace(" sub:001 dlvrd:001", "").replace(" err:000", "")),
            Some(expected.clone())
        );
        assert_eq!(read("Stat: delivrd  Done Date: 251120140500 ID: 6F3A9C01 Text:"), Some(expected.clone()));
        // What the message itself says is not looked at.
        let sly = read("id:1 stat:UNDELIV err:012 text:id:2 stat:DELIVRD").expect("a receipt");
        assert_eq!((sly.id.as_str(), sly.result), ("1", Some(SmsResult::FailedUndelivered)));
        assert_eq!(sly.state, "UNDELIV err:012");
        assert_eq!(read("submit date:2511201359 stat:DELIVRD"), None);
        assert_eq!(read("id:1 sub:001"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn optional_parameters_are_believed_before_the_text() {
        let delivery = Delivery {
            esm_class: 4,
            content: b"id:1 stat:DELIVRD".to_vec(),
            receipted_id: Some("abc".to_owned()),
            message_state: Some(8),
        };
        let receipt = Receipt::parse(&delivery, &oslo()).expect("a receipt");
        assert_eq!((receipt.id.as_str(), receipt.result), ("abc", Some(SmsResult::FailedRejected)));
        let bare = Delivery { content: Vec::new(), message_state: Some(9), ..delivery };
        let receipt = Receipt::parse(&bare, &oslo()).expect("a receipt");
        assert_eq!((receipt.state.as_str(), receipt.result), ("STATE 9", Some(SmsResult::Failed)));
    }

    #[test]
    fn every_state_has_its_result() {
        let table = [
            (1, "ENROUTE", None),
            (2, "DELIVRD", Some(SmsResult::Delivered)),
            (3, "EXPIRED", Some(SmsResult::FailedExpired)),
            (4, "DELETED", Some(SmsResult::FailedDeleted)),
            (5, "UNDELIV", Some(SmsResult::FailedUndelivered)),
            (6, "ACCEPTD", None),
            (7, "UNKNOWN", Some(SmsResult::Failed)),
            (8, "REJECTD", Some(SmsResult::FailedRejected)),
        ];
        for (number, word, result) in table {
            assert_eq!(
                read(&format!("id:1 stat:{word}")).map(|receipt| receipt.result),
                Some(result),
                "{word}"
            );
            let receipted_id = Some("1".to_owned());
            let delivery = Delivery { receipted_id, message_state: Some(number), ..Delivery::default() };
            let receipt = Receipt::parse(&delivery, &oslo()).expect("a receipt");
            assert_eq!((receipt.state.as_str(), receipt.result), (word, result));
        }
    }

    #[test]
    fn a_date_that_cannot_be_is_no_reason_to_refuse_a_receipt() {
        for date in ["2513201405", "25112014", "never", "251120140x"] {
            let receipt = read(&format!("id:1 done date:{date} stat:EXPIRED")).expect("a receipt");
            assert_eq!((receipt.done, receipt.result), (None, Some(SmsResult::FailedExpired)), "{date}");
        }
    }

    #[test]
    fn ids_compare_across_bases_and_paddings() {
        let alike = [
            (IdFormat::Same, "6F3A9C01", "6F3A9C01"),
            (IdFormat::Same, "0000012345", "12345"),
            (IdFormat::Same, "0", "000"),
            (IdFormat::HexToDec, "6F3A9C01", "1866112001"),
            (IdFormat::HexToDec, "6f3a9c01", "01866112001"),
            (IdFormat::DecToHex, "1866112001", "6f3a9c01"),
            (IdFormat::DecToHex, "1866112001", "006F3A9C01"),
            (IdFormat::HexToDec, "not a number", "not a number"),
        ];
        for (format, answer, receipt) in alike {
            assert_eq!(format.of_answer(answer), format.of_receipt(receipt), "{format:?} {answer} {receipt}");
        }
        assert_ne!(IdFormat::Same.of_answer("6F3A9C01"), IdFormat::Same.of_receipt("1866112001"));
    }

    proptest! {
        /// Covers: NP-53
        #[test]
        fn arbitrary_receipts_are_read_without_panic(
            content in prop::collection::vec(any::<u8>(), 0..600),
            receipted_id: Option<String>,
            message_state: Option<u8>,
        ) {
            let delivery = Delivery { esm_class: 4, content, receipted_id, message_state };
            let _ = Receipt::parse(&delivery, &oslo());
        }

        #[test]
        fn receipts_of_odd_pieces_are_read_without_panic(
            text in "((id|ID|stat|err|done date|text|submit date|æ)( )?(:| |::)([0-9A-Fø]{0,14}|DELIVRD)( |\n)?){0,9}"
        ) {
            let _ = read(&text);
        }

        #[test]
        fn ids_of_any_kind_have_a_form(id in "[0-9a-fA-Fx ]{0,64}") {
            for format in [IdFormat::Same, IdFormat::HexToDec, IdFormat::DecToHex] {
                let (_, _) = (format.of_answer(&id), format.of_receipt(&id));
            }
        }
    }
}
