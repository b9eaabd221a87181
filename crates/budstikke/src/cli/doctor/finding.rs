//! What a probe has found.

use serde::Serialize;

use crate::catalogue::Whose;
use crate::cli::output::{Paint, harmless, paints};

/// How something does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// As it should be.
    Fine,
    /// Works, and is worth a look.
    Warning,
    /// Does not work.
    Wrong,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    /// What, with the setting that names it.
    pub what: String,
    /// How it does.
    pub verdict: Verdict,
    /// What was seen.
    pub seen: String,
    /// Why, and what to do; nothing where all is fine.
    #[serde(flatten)]
    pub advice: Option<Advice>,
}

/// Why something is not as it should be, what to do, and who can.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Advice {
    pub cause: String,
    pub remedy: String,
    pub whose_move: Whose,
}

impl Advice {
    pub(super) fn new(cause: impl Into<String>, remedy: impl Into<String>, whose_move: Whose) -> Self {
        Self { cause: cause.into(), remedy: remedy.into(), whose_move }
    }
}

impl Finding {
    pub(super) fn fine(what: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { what: what.into(), verdict: Verdict::Fine, seen: seen.into(), advice: None }
    }

    pub(super) fn warning(what: impl Into<String>, seen: impl Into<String>, advice: Advice) -> Self {
        Self { what: what.into(), verdict: Verdict::Warning, seen: seen.into(), advice: Some(advice) }
    }

    pub(super) fn wrong(what: impl Into<String>, seen: impl Into<String>, advice: Advice) -> Self {
        Self { what: what.into(), verdict: Verdict::Wrong, seen: seen.into(), advice: Some(advice) }
    }
}

/// As people read it: a line for what is fine, a paragraph for the rest.
pub(super) fn told(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or_default();
    findings.iter().map(|finding| paragraph(finding, width)).collect()
}

fn paragraph(finding: &Finding, width: usize) -> String {
    let (word, paint) = match finding.verdict {
        Verdict::Fine => ("fine   ", Paint::Good),
        Verdict::Warning => ("warning", Paint::Warning),
        Verdict::Wrong => ("WRONG  ", Paint::Bad),
    };
    let word = if paints() { paint.on(word) } else { word.to_owned() };
    let (what, seen) = (harmless(&finding.what), harmless(&finding.seen));
    let mut text = format!("{word}  {what:width$}  {seen}\n");
    if let Some(Advice { cause, remedy, whose_move }) = &finding.advice {
        let lines = [("why", cause.as_str()), ("what to do", remedy), ("the move is", whose_move.in_words())];
        for (name, words) in lines {
            text.push_str(&format!("           {name:11}  {}\n", harmless(words)));
        }
    }
    text
}
