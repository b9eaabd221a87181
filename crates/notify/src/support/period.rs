//! From when to when support looks. Pure.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::binding::Moment;
use crate::problem::{Errors, Problem};

/// How far back is looked when nobody says.
const USUAL: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far back may be looked, in calendar years.
const LONGEST_YEARS: i64 = 10;

/// From a moment on, until before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// The period as the query says it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the query is read by `Period::read`; this says what it reads")]
pub(super) struct Window {
    /// From when on, with a zone; a week ago when absent.
    from: Option<Timestamp>,
    /// Until before when, with a zone; now when absent.
    to: Option<Timestamp>,
}

impl Period {
    /// Reads `from` and `to` of a query; names match in any letter case.
    pub(super) fn read(query: &[(String, String)], now: Timestamp) -> Result<Self, Problem> {
        let mut errors = Errors::new();
        let from = moment(query, "from", "From", &mut errors);
        let to = moment(query, "to", "To", &mut errors);
        let mut wrong = |key: &str, message: &str| {
            errors.entry(key.to_owned()).or_default().push(message.to_owned());
        };
        if from.is_some_and(|from| from > now) {
            wrong("From", "must not be in the future");
        }
        if from.is_some_and(|from| from < earliest(now)) {
            wrong("From", "must not be more than ten years ago");
        }
        if to.is_some_and(|to| to > now) {
            wrong("To", "must not be in the future");
        }
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            wrong("From", "must be earlier than to");
        }
        let usual = now.checked_sub(USUAL).unwrap_or(Timestamp::MIN);
        if from.is_none() && to.is_some_and(|to| to <= usual) {
            wrong("To", "must be within the last seven days where from is not given");
        }
        if errors.is_empty() {
            Ok(Self { from: from.unwrap_or(usual), to: to.unwrap_or(now) })
        } else {
            Err(Problem::Validation(errors))
        }
    }
}

fn earliest(now: Timestamp) -> Timestamp {
    let now = now.to_zoned(TimeZone::UTC);
    now.checked_sub(LONGEST_YEARS.years()).map_or(Timestamp::MIN, |then| then.timestamp())
}

fn moment(query: &[(String, String)], name: &str, key: &str, errors: &mut Errors) -> Option<Timestamp> {
    let (_, text) = query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    // A plus sign that was not encoded arrives as a space.
    let message = match Moment::parse(&text.replace(' ', "+")) {
        Some(Moment::At(at)) => return Some(at),
        Some(Moment::WithoutZone) => "needs a zone: Z or an offset",
        None => "must be a date and time with a zone",
    };
    errors.insert(key.to_owned(), vec![message.to_owned()]);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(String, String), Vec<String>> {
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Vec<_>>();
        let period = Period::read(&query, "2026-03-02T10:00:00Z".parse().expect("a moment"));
        period.map(|period| (period.from.to_string(), period.to.to_string())).map_err(|problem| match problem
        {
            Problem::Validation(errors) => errors.into_keys().collect(),
            other => panic!("{other}"),
        })
    }

    fn period(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn a_week_is_looked_at_unless_said_otherwise() {
        assert_eq!(read(""), Ok(period("2026-02-23T10:00:00Z", "2026-03-02T10:00:00Z")));
        let from = "2016-03-02T10:00:00Z";
        assert_eq!(read(&format!("FROM={from}")), Ok(period(from, "2026-03-02T10:00:00Z")));
        let offset = read("from=2026-03-01T00:00:00%2B02:00&to=2026-03-01T00:00:00+01:00");
        assert_eq!(offset, Ok(period("2026-02-28T22:00:00Z", "2026-02-28T23:00:00Z")));
        assert!(read("to=2026-02-23T10:00:01Z").is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, key) in [
            ("from=2026-03-02T10:00:01Z", "From"),
            ("from=2016-03-02T09:59:59Z", "From"),
            ("from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z", "From"),
            ("from=2026-03-01T00:00:00", "From"),
            ("from=yesterday", "From"),
            ("to=2026-03-02T10:00:01Z", "To"),
            ("to=2026-03-01T00:00:00", "To"),
            ("to=2026-02-23T10:00:00Z", "To"),
        ] {
            assert_eq!(read(query), Err(vec![key.to_owned()]), "{query}");
        }
    }
}
