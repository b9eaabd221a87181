//! Whether what came out is what a page shows.

/// What stands for anything.
const ANYTHING: &str = "…";

/// Whether the lines are those that are shown, all of them.
pub(super) fn is(shown: &str, out: &str) -> bool {
    let lines =
        |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    all(&lines(shown), &lines(out))
}

/// Whether the lines that are shown come in this order among those that came out.
pub(super) fn is_among(shown: &str, out: &str) -> bool {
    let mut came = out.lines();
    let wanted = shown.lines().map(str::trim_end).filter(|line| !line.is_empty() && *line != ANYTHING);
    wanted.into_iter().all(|line| came.any(|one| fits(line, one.trim_end())))
}

fn all(shown: &[String], out: &[String]) -> bool {
    match shown {
        [] => out.is_empty(),
        [line, rest @ ..] if line.trim() == ANYTHING => {
            (0..=out.len()).any(|skipped| all(rest, &out[skipped..]))
        }
        [line, rest @ ..] => {
            out.split_first().is_some_and(|(first, others)| fits(line, first) && all(rest, others))
        }
    }
}

/// Whether a line is what is shown.
fn fits(shown: &str, line: &str) -> bool {
    let mut parts = shown.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn three_dots_stand_for_anything_and_nothing_else_does() {
    assert!(is("{\"id\":\"…\",\"at\":\"…Z\"}\n", "{\"id\":\"7\",\"at\":\"now Z\"}"));
    assert!(!is("{\"id\":\"…\"}", "{\"id\":\"7\"} and more"));
    assert!(is("a\n…\nz", "a\nb\nc\nz") && is("a\n…\nz", "a\nz") && !is("a\n…\nz", "a\nb"));
    assert!(!is("a", "a\nb") && !is("a\nb", "a") && is("", ""));
    assert!(is_among("one …\nthree", "zero\none x\ntwo\nthree\nfour") && !is_among("two\none", "one\ntwo"));
}
