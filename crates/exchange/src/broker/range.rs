//! The `Range` header (RFC 9110 section 14.2), as far as the broker takes it: one range of bytes.

use std::ops::Range;

/// What a request wants of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: no header, or one we do not take.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes beyond its end.
    Unsatisfiable,
}

/// Several ranges and malformed headers are ignored, as the hosted broker does.
pub(super) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    match header.and_then(|header| one_range(header, size)) {
        None => Wanted::Whole,
        Some(range) if range.is_empty() => Wanted::Unsatisfiable,
        Some(range) => Wanted::Part(range),
    }
}

/// The range within a file of this size; empty when it lies beyond the end.
fn one_range(header: &str, size: u64) -> Option<Range<u64>> {
    let (unit, range) = header.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || range.contains(',') {
        return None;
    }
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Some(first.min(size)..last.saturating_add(1).min(size)),
        (Some(first), None) if last.trim().is_empty() => Some(first.min(size)..size),
        (None, Some(last)) if first.trim().is_empty() => Some(size.saturating_sub(last)..size),
        _ => None,
    }
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than fit are a place beyond every end.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_taken_in_its_three_forms() {
        assert_eq!(wanted(Some("bytes=0-3"), 10), Wanted::Part(0..4));
        assert_eq!(wanted(Some("bytes=4-"), 10), Wanted::Part(4..10));
        assert_eq!(wanted(Some("bytes=-3"), 10), Wanted::Part(7..10));
        assert_eq!(wanted(Some("Bytes = 8 - 99"), 10), Wanted::Part(8..10));
        assert_eq!(wanted(Some("bytes=-99"), 10), Wanted::Part(0..10));
    }

    #[test]
    fn what_lies_beyond_the_end_cannot_be_satisfied() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"] {
            assert_eq!(wanted(Some(header), 10), Wanted::Unsatisfiable, "{header}");
        }
    }

    #[test]
    fn several_ranges_and_nonsense_mean_the_whole() {
        for header in ["bytes=0-1,3-4", "bytes=3-1", "bytes=a-b", "lines=1-2", "bytes", "bytes=-", ""] {
            assert_eq!(wanted(Some(header), 10), Wanted::Whole, "{header}");
        }
        assert_eq!(wanted(None, 10), Wanted::Whole);
    }
}
