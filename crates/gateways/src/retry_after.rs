//! How long a server wants to be left in peace.

use std::time::Duration;

use http::{HeaderMap, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a moment by the server's own clock; where it does
/// not show that, by ours.
pub(crate) fn retry_after(headers: &HeaderMap, now: Option<Timestamp>) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text: &str| rfc2822::parse(text).ok().map(|moment| moment.timestamp());
    let until = moment(text)?;
    let theirs = headers.get(header::DATE).and_then(|date| moment(date.to_str().ok()?));
    Some(Duration::try_from(until.duration_since(theirs.or(now)?)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(retry: &str, date: Option<&str>, now: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, retry.parse().expect("a value"));
        if let Some(date) = date {
            headers.insert(header::DATE, date.parse().expect("a value"));
        }
        let now = now.map(|now| now.parse().expect("a moment"));
        retry_after(&headers, now).map(|after| after.as_secs())
    }

    #[test]
    fn seconds_and_moments_say_the_same() {
        let at = "Thu, 20 Nov 2025 14:06:00 GMT";
        assert_eq!(after("20", None, None), Some(20));
        assert_eq!(after(at, Some("Thu, 20 Nov 2025 14:05:40 GMT"), Some("2025-11-20T15:00:00Z")), Some(20));
        assert_eq!(after(at, None, Some("2025-11-20T14:05:00Z")), Some(60));
        assert_eq!(after(at, None, Some("2025-11-20T14:07:00Z")), Some(0));
        assert_eq!(after(at, None, None), None);
        for odd in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(after(odd, None, Some("2025-11-20T14:07:00Z")), None, "{odd}");
        }
    }
}
