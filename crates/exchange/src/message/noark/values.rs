//! Texts of elements, as XML Schema writes them.

use jiff::civil::{Date, DateTime};

/// Which texts an element takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Any.
    Text,
    /// A date, perhaps with an offset.
    Date,
    /// A date and time, perhaps with an offset.
    DateTime,
    /// Either of them.
    Moment,
    /// A whole number.
    Integer,
    /// One of 32 bits.
    Int,
    /// One that is not negative.
    Natural,
    /// A UUID, perhaps in braces.
    Guid,
    /// One of these.
    Code(Vec<String>),
}

impl Value {
    /// By the name it has in the tables.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "moment" => Self::Moment,
            "integer" => Self::Integer,
            "int" => Self::Int,
            "natural" => Self::Natural,
            "guid" => Self::Guid,
            _ => return None,
        })
    }

    /// What is wrong with a text; nothing of it is repeated, since it may be somebody's name.
    pub(super) fn fault(&self, text: &str) -> Option<String> {
        // White space around anything but texts and codes means nothing.
        let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
        let (fits, wanted) = match self {
            Self::Text => (true, ""),
            Self::Date => (is_date(trimmed), "a date, yyyy-MM-dd"),
            Self::DateTime => (is_date_time(trimmed), "a date and time, yyyy-MM-ddTHH:mm:ss"),
            Self::Moment => (is_date(trimmed) || is_date_time(trimmed), "a date, with or without time"),
            Self::Integer => (is_integer(trimmed), "a whole number"),
            Self::Int => (trimmed.parse::<i32>().is_ok(), "a whole number of 32 bits"),
            Self::Natural => (is_integer(trimmed) && !is_negative(trimmed), "a number that is not negative"),
            Self::Guid => (is_guid(text), "a UUID"),
            Self::Code(codes) => {
                let fits = codes.iter().any(|code| code == text);
                return (!fits).then(|| format!("must be one of: {}", codes.join("; ")));
            }
        };
        (!fits).then(|| format!("must be {wanted}"))
    }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_negative(text: &str) -> bool {
    text.starts_with('-') && text.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

fn is_guid(text: &str) -> bool {
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    bare.len() == 36 && uuid::Uuid::parse_str(bare).is_ok()
}

/// Without the offset that may stand behind it: `Z`, `+hh:mm` or `-hh:mm`.
fn without_offset(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_suffix('Z') {
        return Some(rest);
    }
    let Some((at, _)) = text.char_indices().rev().nth(5) else { return Some(text) };
    let (rest, offset) = text.split_at(at);
    let Some(offset) = offset.strip_prefix(['+', '-']).filter(|_| offset.as_bytes()[3] == b':') else {
        return Some(text);
    };
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok())?;
    let (hours, minutes) = (number(&offset[..2])?, number(&offset[3..])?);
    (hours < 14 && minutes < 60 || hours == 14 && minutes == 0).then_some(rest)
}

fn is_date(text: &str) -> bool {
    let Some(date) = without_offset(text) else { return false };
    date.len() == 10 && date.parse::<Date>().is_ok()
}

fn is_date_time(text: &str) -> bool {
    let Some(text) = without_offset(text) else { return false };
    let Some((date, time)) = text.split_once('T') else { return false };
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fits = date.len() == 10
        && whole.len() == 8
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    // Midnight at the end of a day has two spellings.
    let whole = if whole == "24:00:00" { "00:00:00" } else { whole };
    fits && format!("{date}T{whole}").parse::<DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_those_of_xml_schema() {
        for good in ["2026-02-28", "2026-02-28Z", "2026-02-28+01:00", " 2026-02-28\n"] {
            assert_eq!(Value::Date.fault(good), None, "{good}");
        }
        for bad in
            ["", "2026-02-29", "28.02.2026", "2026-2-28", "2026-02-28T10:00:00", "2026-02-28+15:00", "å"]
        {
            assert!(Value::Date.fault(bad).is_some(), "{bad}");
        }
        for good in [
            "2026-02-28T10:15:00",
            "2026-02-28T10:15:00.123Z",
            "2026-02-28T24:00:00",
            "2026-02-28T10:15:00-05:30",
        ] {
            assert_eq!(Value::DateTime.fault(good), None, "{good}");
        }
        for bad in [
            "2026-02-28",
            "2026-02-28 10:15:00",
            "2026-02-28T10:15",
            "2026-02-28T25:00:00",
            "2026-02-28T10:15:00.",
        ] {
            assert!(Value::DateTime.fault(bad).is_some(), "{bad}");
        }
        assert_eq!(Value::Moment.fault("2026-02-28"), None);
    }

    #[test]
    fn numbers_ids_and_codes_are_told_from_other_texts() {
        assert_eq!(Value::Integer.fault("+0012345678901234567890"), None);
        assert!(Value::Integer.fault("1.0").is_some());
        assert!(Value::Int.fault("2147483648").is_some());
        assert_eq!(Value::Natural.fault("-0"), None);
        assert!(Value::Natural.fault("-1").is_some());
        assert_eq!(Value::Guid.fault("{43FBE161-7aac-4c9f-a888-d8167aab4144}"), None);
        assert!(Value::Guid.fault("43fbe1617aac4c9fa888d8167aab4144").is_some());
        let codes = Value::Code(vec!["Avsluttet".to_owned()]);
        assert_eq!(codes.fault("Avsluttet"), None);
        assert_eq!(codes.fault("avsluttet").expect("a fault"), "must be one of: Avsluttet");
    }
}
