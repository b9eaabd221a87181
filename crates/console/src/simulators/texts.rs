//! Captured SMS as telephones would show them: one telephone for each recipient, parts joined. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ::simulators::{SmsGateway, Smsc, sms_gateway, smsc};
use gateways::sms::{Encoding, SmsParts};
use jiff::Timestamp;

use crate::moment::when;

/// One SMS on a telephone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bubble {
    /// When it came to the gateway; of several parts, the first.
    pub at: Timestamp,
    /// Who it seems to come from.
    pub sender: String,
    /// What it says, as far as its parts have come.
    pub text: String,
    /// Parts that it was, or would be, sent in.
    pub parts: usize,
    /// Parts that have not come.
    pub missing: usize,
    /// Whether it needs the dearer alphabet, and which characters force that.
    pub offending: Vec<char>,
    /// Whether the dearer alphabet was used.
    pub dear: bool,
    /// Whether the gateway took it; otherwise it never reached the telephone.
    pub taken: bool,
    /// Shown at once and not kept.
    pub flash: bool,
    /// What the gateway has reported about it, each state once.
    pub reports: Vec<&'static str>,
}

impl Bubble {
    /// When it came, for people.
    pub(super) fn when(&self) -> String {
        when(self.at)
    }
}

/// What one recipient got, the latest last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Telephone {
    /// The number, as the gateway was given it.
    pub number: String,
    /// The latest ones.
    pub bubbles: Vec<Bubble>,
    /// How many more there are that are not shown.
    pub earlier: usize,
}

/// Telephones on the page, and SMS on each, at most.
const TELEPHONES: usize = 24;
const BUBBLES: usize = 20;

/// What everybody got whose number holds these digits, whoever got something last first.
pub(super) fn telephones(all: Vec<(String, Bubble)>, sought: &str) -> Vec<Telephone> {
    let digits: String = sought.chars().filter(char::is_ascii_digit).collect();
    let mut by_number: BTreeMap<String, Vec<Bubble>> = BTreeMap::new();
    for (number, bubble) in all {
        if number.contains(&digits) && (sought.is_empty() || !digits.is_empty()) {
            by_number.entry(number).or_default().push(bubble);
        }
    }
    let mut telephones: Vec<Telephone> = by_number
        .into_iter()
        .map(|(number, mut bubbles)| {
            bubbles.sort_by_key(|bubble| bubble.at);
            let earlier = bubbles.len().saturating_sub(BUBBLES);
            Telephone { number, bubbles: bubbles.split_off(earlier), earlier }
        })
        .collect();
    telephones.sort_by_key(|telephone| std::cmp::Reverse(telephone.bubbles.last().map(|last| last.at)));
    telephones.truncate(TELEPHONES);
    telephones
}

/// What came to the gateway that speaks XML.
pub(super) fn of_gateway(gateway: &SmsGateway) -> Vec<(String, Bubble)> {
    let mut reported: HashMap<String, Vec<&'static str>> = HashMap::new();
    for pushed in gateway.pushed().all() {
        note(reported.entry(pushed.reference.clone()).or_default(), pushed.state.wire());
    }
    let bubble = |sms: Arc<sms_gateway::Sms>| {
        let measured = SmsParts::of(&sms.text);
        let reports = sms.reference.as_ref().and_then(|reference| reported.get(reference));
        let bubble = Bubble {
            at: sms.at,
            sender: sms.sender.clone(),
            text: sms.text.clone(),
            parts: measured.parts,
            missing: 0,
            dear: measured.encoding == Encoding::Ucs2,
            offending: measured.offending,
            taken: sms.taken,
            flash: sms.class.as_deref() == Some("0"),
            reports: reports.cloned().unwrap_or_default(),
        };
        (sms.receiver.clone(), bubble)
    };
    gateway.captured().all().into_iter().map(bubble).collect()
}

/// What came to the message centre; parts of one text are joined.
pub(super) fn of_centre(centre: &Smsc) -> Vec<(String, Bubble)> {
    let mut reported: HashMap<String, Vec<&'static str>> = HashMap::new();
    for brought in centre.brought().all() {
        note(reported.entry(brought.message_id.clone()).or_default(), brought.state.wire());
    }
    let captured: Vec<smsc::Sms> = centre.captured().all().iter().map(|sms| (**sms).clone()).collect();
    joined(&captured, &reported)
}

/// What parts of one text have in common: receiver, sender, reference and total.
type Key = (String, String, u16, u8);

/// Joins parts, by receiver and reference; a part that comes once more replaces itself.
fn joined(captured: &[smsc::Sms], reported: &HashMap<String, Vec<&'static str>>) -> Vec<(String, Bubble)> {
    let mut whole: Vec<(String, Bubble)> = Vec::new();
    let mut pieces: HashMap<Key, (usize, BTreeMap<u8, String>)> = HashMap::new();
    for sms in captured {
        let reports = sms.message_id.as_ref().and_then(|id| reported.get(id));
        let reports = reports.cloned().unwrap_or_default();
        let alone = Bubble { reports: reports.clone(), ..of_part(sms) };
        let Some((reference, total, number)) = sms.part.filter(|_| sms.taken) else {
            whole.push((sms.receiver.clone(), alone));
            continue;
        };
        let key = (sms.receiver.clone(), sms.sender.clone(), reference, total);
        let is_new = pieces.get(&key).is_none_or(|(_, known)| known.len() == usize::from(total));
        if is_new {
            pieces.insert(key.clone(), (whole.len(), BTreeMap::new()));
            whole.push((sms.receiver.clone(), alone));
        }
        let Some((place, known)) = pieces.get_mut(&key) else { continue };
        known.insert(number, sms.text.clone());
        let bubble = &mut whole[*place].1;
        bubble.text = known.values().map(String::as_str).collect();
        bubble.parts = usize::from(total);
        bubble.missing = usize::from(total).saturating_sub(known.len());
        bubble.offending = SmsParts::of(&bubble.text).offending;
        for report in reports {
            note(&mut bubble.reports, report);
        }
    }
    whole
}

fn of_part(sms: &smsc::Sms) -> Bubble {
    /// The bits of `data_coding` that say UCS-2.
    const UCS2: u8 = 0x08;
    let measured = SmsParts::of(&sms.text);
    Bubble {
        at: sms.at,
        sender: sms.sender.clone(),
        text: sms.text.clone(),
        parts: measured.parts,
        missing: 0,
        dear: sms.data_coding & 0x0C == UCS2,
        offending: measured.offending,
        taken: sms.taken,
        flash: sms.data_coding & 0xF3 == 0x10,
        reports: Vec::new(),
    }
}

/// Each state once, in the order in which they were told.
fn note(reports: &mut Vec<&'static str>, state: &'static str) {
    if !reports.contains(&state) {
        reports.push(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u8, of: (u16, u8), text: &str, receiver: &str) -> smsc::Sms {
        smsc::Sms {
            at: Timestamp::from_second(i64::from(number)).expect("a moment"),
            bind: 1,
            taken: true,
            message_id: Some(format!("{receiver}-{number}")),
            sender: "Fjord".to_owned(),
            sender_kind: (5, 0),
            receiver: receiver.to_owned(),
            text: text.to_owned(),
            part: Some((of.0, of.1, number)),
            esm_class: 0x40,
            data_coding: 0,
            registered_delivery: 1,
            validity: String::new(),
        }
    }

    #[test]
    fn parts_are_joined_in_their_order_and_what_is_missing_is_counted() {
        let captured = [
            part(2, (7, 3), "to ", "4791"),
            part(1, (7, 3), "en ", "4791"),
            part(1, (7, 3), "en ", "4792"),
            part(3, (7, 3), "tre", "4791"),
        ];
        let reported = HashMap::from([
            ("4791-1".to_owned(), vec!["DELIVRD"]),
            ("4791-2".to_owned(), vec!["DELIVRD"]),
            ("4791-3".to_owned(), vec!["UNDELIV"]),
        ]);
        let found = telephones(joined(&captured, &reported), "4791");
        assert_eq!(found.len(), 1);
        let [bubble] = found[0].bubbles.as_slice() else { panic!("{found:?}") };
        assert_eq!((bubble.text.as_str(), bubble.parts, bubble.missing), ("en to tre", 3, 0));
        assert_eq!(bubble.reports, ["DELIVRD", "UNDELIV"]);
        let other = telephones(joined(&captured, &reported), "+47 92");
        assert_eq!((other[0].bubbles[0].text.as_str(), other[0].bubbles[0].missing), ("en ", 2));
    }

    #[test]
    fn a_reference_that_comes_around_again_is_another_text() {
        let captured = [part(1, (7, 1), "en", "4791"), part(1, (7, 1), "to", "4791")];
        let found = telephones(joined(&captured, &HashMap::new()), "");
        let texts: Vec<_> = found[0].bubbles.iter().map(|bubble| bubble.text.as_str()).collect();
        assert_eq!(texts, ["en", "to"]);
    }

    #[test]
    fn whoever_got_something_last_comes_first_and_old_texts_are_counted() {
        let bubble = |second| of_part(&part(second, (1, 1), "a", "x"));
        let mut all: Vec<_> = (0..30).map(|second| ("4791".to_owned(), bubble(second))).collect();
        all.push(("4792".to_owned(), bubble(40)));
        let found = telephones(all.clone(), "");
        assert_eq!((found[0].number.as_str(), found[1].earlier, found[1].bubbles.len()), ("4792", 10, 20));
        assert!(telephones(all, "nobody").is_empty());
    }
}
