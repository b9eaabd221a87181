//! What consumers were shown and what they took, and whether anything came twice or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::Sheet;

/// The life of one message among its consumers.
#[derive(Default)]
struct Story {
    /// When a peek that showed it was asked, and when it was answered.
    shown: Vec<(Instant, Instant)>,
    /// When deletions were answered with success.
    taken: Vec<Instant>,
    /// Deletions whose answer nobody heard.
    in_doubt: u32,
    /// Deletions asked for after the lock had run out.
    late: u32,
    /// What deletions within the lock were answered instead of success.
    refused: Vec<String>,
}

/// Everything that consumers saw.
#[derive(Default)]
pub(crate) struct Takings {
    stories: BTreeMap<String, Story>,
    popped: usize,
    left: usize,
    strange: Vec<String>,
}

impl Takings {
    fn story(&mut self, id: &str) -> &mut Story {
        self.stories.entry(id.to_owned()).or_default()
    }

    /// A peek that was asked then has just shown it.
    pub(crate) fn shown(&mut self, id: &str, asked: Instant) {
        self.story(id).shown.push((asked, Instant::now()));
    }

    /// A deletion was answered with success.
    pub(crate) fn taken(&mut self, id: &str) {
        self.story(id).taken.push(Instant::now());
    }

    /// The answer to a deletion is not known.
    pub(crate) fn in_doubt(&mut self, id: &str) {
        self.story(id).in_doubt += 1;
    }

    /// A deletion is asked for although the lock has run out.
    pub(crate) fn late(&mut self, id: &str) {
        self.story(id).late += 1;
    }

    /// A deletion within the lock was refused.
    pub(crate) fn refused(&mut self, id: &str, answer: String) {
        self.story(id).refused.push(answer);
    }

    /// Somebody does not go on with it.
    pub(crate) fn left(&mut self, _id: &str) {
        self.left += 1;
    }

    /// Files came, or the answer that there are none.
    pub(crate) const fn popped(&mut self) {
        self.popped += 1;
    }

    /// Something that must never happen.
    pub(crate) fn strange(&mut self, what: String) {
        self.strange.push(what);
    }

    /// Every message was taken by one consumer, held by one at a time, and not seen again afterwards.
    pub(crate) fn judge(&self, sent: &BTreeSet<String>, lock: Duration, sheet: &mut Sheet) {
        let unheard = sent.iter().filter(|id| self.stories.get(*id).is_none_or(Story::is_lost));
        let (mut doubled, mut shared, mut ghosts, mut refused) = (0, 0, 0, Vec::new());
        for (id, story) in &self.stories {
            doubled += usize::from(story.taken.len() > 1);
            shared += usize::from(story.was_shared(lock));
            ghosts += usize::from(story.was_shown_after_it_was_taken() || !sent.contains(id));
            // Who deletes late, or twice because of a lost answer, deletes what another has just locked.
            let by_another = story.late > 0 || story.in_doubt > 0;
            let why = story.refused.first().filter(|_| !by_another);
            refused.extend(why.map(|why| format!("{id} was locked and could not be deleted: {why}")));
        }
        sheet.number("messages", sent.len());
        sheet.number("  shown", self.stories.values().map(|story| story.shown.len()).sum());
        sheet.number("  popped", self.popped);
        sheet.number("  left until the lock ran out", self.left);
        let late = self.stories.values().map(|story| story.late as usize).sum();
        sheet.number("  deleted after the lock had run out", late);
        let doubts = self.stories.values().filter(|story| story.in_doubt > 0).count();
        sheet.number("  deleted with an answer that nobody heard", doubts);
        sheet.number("messages lost", unheard.count());
        sheet.number("messages taken twice", doubled);
        sheet.number("messages that two had at once", shared);
        sheet.number("messages shown after they were taken", ghosts);
        for what in ["lost", "taken twice", "that two had at once", "shown after they were taken"] {
            sheet.must_be_none(&format!("messages {what}"));
        }
        sheet.broken(refused.into_iter().chain(self.strange.iter().cloned()));
    }
}

impl Story {
    /// Nobody has it, and nobody may have it.
    const fn is_lost(&self) -> bool {
        self.taken.is_empty() && self.in_doubt == 0
    }

    /// Whether it was shown while the lock of an earlier peek must still have held.
    fn was_shared(&self, lock: Duration) -> bool {
        let mut shown = self.shown.clone();
        shown.sort_unstable();
        // It was locked after the earlier peek was asked, so its lock cannot have run out before that.
        shown.windows(2).any(|pair| pair[1].1 < pair[0].0 + lock)
    }

    fn was_shown_after_it_was_taken(&self) -> bool {
        let Some(taken) = self.taken.iter().min() else { return false };
        self.shown.iter().any(|(asked, _)| asked > taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: Duration = Duration::from_secs(3);

    fn judged(tell: impl FnOnce(&mut Takings)) -> bool {
        let (mut takings, mut sheet) = (Takings::default(), Sheet::new("a test"));
        tell(&mut takings);
        takings.judge(&BTreeSet::from(["a".to_owned()]), LOCK, &mut sheet);
        sheet.holds()
    }

    #[test]
    fn one_who_peeks_and_deletes_is_fine() {
        assert!(judged(|takings| {
            takings.shown("a", Instant::now());
            takings.taken("a");
        }));
    }

    #[test]
    fn nobody_nor_two_may_have_it() {
        assert!(!judged(|_| {}));
        assert!(!judged(|takings| takings.shown("a", Instant::now())));
        assert!(!judged(|takings| {
            takings.shown("a", Instant::now());
            takings.taken("a");
            takings.taken("a");
        }));
    }

    #[test]
    fn it_may_not_be_shown_while_it_is_locked_nor_when_it_is_gone() {
        assert!(!judged(|takings| {
            takings.shown("a", Instant::now());
            takings.shown("a", Instant::now());
            takings.taken("a");
        }));
        assert!(!judged(|takings| {
            takings.shown("a", Instant::now());
            takings.taken("a");
            std::thread::sleep(Duration::from_millis(2));
            takings.shown("a", Instant::now() + LOCK);
        }));
    }
}
