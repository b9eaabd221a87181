//! Compares what was accepted with what was handed over.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::book::Asked;
use crate::{Book, Kind, Sheet};

/// Instant messages that were answered at once although their end is not on record. None where the
/// server only dies; where its disk or database fails it between hand-over and record, they may be.
pub const ANSWERED_UNKNOWN: &str = "instant, answered, end unknown";

/// Orders of which the ledger said, at some time, that nobody knew.
pub const IN_DOUBT: &str = "in doubt, said so in the ledger";

/// What was lost, what was doubled, and what nobody can know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    handed_over: usize,
    unknown: usize,
    repeated: usize,
    answered_unknown: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    strangers: Vec<String>,
}

impl Tally {
    /// Compares orders with hand-overs by text. Nothing may go out more than once, except that an
    /// e-mail is repeated where the ledger said that nobody knew.
    pub(crate) fn of(
        orders: &BTreeMap<u64, Asked>,
        hand_overs: &HashMap<String, usize>,
        doubted: &HashMap<String, usize>,
    ) -> Self {
        let mut tally = Self { handed_over: hand_overs.values().sum(), ..Self::default() };
        for (number, asked) in orders {
            let times = hand_overs.get(&Book::text(*number)).copied().unwrap_or_default();
            let doubts = asked.shipment.as_ref().and_then(|id| doubted.get(id)).copied();
            tally.add(*number, asked, times, doubts.unwrap_or_default());
        }
        let known: HashSet<String> = orders.keys().map(|number| Book::text(*number)).collect();
        let strangers = hand_overs.keys().filter(|text| !known.contains(*text));
        tally.strangers = strangers.map(|text| format!("{text} went out, but nobody asked for it")).collect();
        tally
    }

    fn add(&mut self, number: u64, asked: &Asked, times: usize, doubts: usize) {
        let story = format!("order {number} ({:?}) went out {times} times, {doubts} in doubt", asked.kind);
        self.unknown += usize::from(doubts > 0);
        self.repeated += usize::from(times > 1);
        let at_once = asked.kind == Kind::Instant && asked.at_once();
        self.answered_unknown += usize::from(at_once && (times, doubts) != (1, 0));
        let allowed = if asked.kind == Kind::Email { 1 + doubts } else { 1 };
        if times > allowed {
            self.doubled.push(story);
        } else if times == 0 && doubts == 0 && asked.shipment.is_some() {
            self.lost.push(story);
        }
    }

    /// Writes everything down; so many are unknown to this day.
    pub(crate) fn write(self, still_unknown: usize, sheet: &mut Sheet) {
        sheet.number("handed over", self.handed_over);
        sheet.number(IN_DOUBT, self.unknown);
        sheet.number("  of these unknown to this day", still_unknown);
        sheet.number("  e-mail repeated because of that", self.repeated);
        sheet.number(ANSWERED_UNKNOWN, self.answered_unknown);
        sheet.number("orders lost", self.lost.len());
        sheet.number("orders doubled", self.doubled.len());
        sheet.broken(self.lost);
        sheet.broken(self.doubled);
        sheet.broken(self.strangers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An SMS, an e-mail and an instant SMS, all accepted at once.
    fn orders() -> BTreeMap<u64, Asked> {
        let book = Book::default();
        for _ in 0..3 {
            let (number, _) = book.next();
            book.accepted(number, format!("shipment {number}"));
        }
        book.orders()
    }

    fn tally(times: [usize; 3], doubts: [usize; 3]) -> Tally {
        let texts = (0..).zip(times).filter(|(_, times)| *times > 0);
        let hand_overs = texts.map(|(number, times)| (Book::text(number), times)).collect();
        let doubted = (0..).zip(doubts).filter(|(_, doubts)| *doubts > 0);
        let doubted = doubted.map(|(number, doubts)| (format!("shipment {number}"), doubts)).collect();
        Tally::of(&orders(), &hand_overs, &doubted)
    }

    #[test]
    fn what_went_out_once_is_neither_lost_nor_doubled() {
        assert_eq!(tally([1, 1, 1], [0, 0, 0]), Tally { handed_over: 3, ..Tally::default() });
    }

    #[test]
    fn what_never_went_out_is_lost_unless_the_ledger_says_so() {
        assert_eq!(tally([0, 1, 1], [0, 0, 0]).lost.len(), 1);
        let told = tally([0, 1, 1], [1, 0, 0]);
        assert_eq!((told.lost.len(), told.unknown), (0, 1));
    }

    #[test]
    fn an_sms_is_doubled_whatever_the_ledger_says_and_an_email_only_without_doubt() {
        assert_eq!(tally([2, 1, 1], [1, 0, 0]).doubled.len(), 1);
        assert_eq!(tally([1, 2, 1], [0, 0, 0]).doubled.len(), 1);
        let repeated = tally([1, 2, 1], [0, 1, 0]);
        assert_eq!((repeated.doubled.len(), repeated.repeated), (0, 1));
        assert_eq!(tally([1, 3, 1], [0, 1, 0]).doubled.len(), 1);
    }

    #[test]
    fn an_instant_message_that_was_answered_has_its_end_on_record() {
        assert_eq!(tally([1, 1, 1], [0, 0, 1]).answered_unknown, 1);
    }

    #[test]
    fn what_nobody_asked_for_is_told() {
        let strange = HashMap::from([("noe annet".to_owned(), 1)]);
        assert_eq!(Tally::of(&orders(), &strange, &HashMap::new()).strangers.len(), 1);
    }
}
