//! Goes along a chain and says where it is broken. Pure, so that anybody can do it with an exported log.

use std::fmt;
use std::str::FromStr;

use crate::chain::{self, Digest};
use crate::model::Link;

/// The end of a chain: the number and the hash of its last link, `0` and zeroes for an empty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many links there are.
    pub number: i64,
    /// The last one's hash.
    pub hash: Digest,
}

/// A head that was written down elsewhere at some time: `number:hash`.
pub type Anchor = Head;

impl Head {
    /// The head of a chain without links.
    pub const EMPTY: Self = Self { number: 0, hash: Digest::ZERO };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.hash)
    }
}

/// A text that is no anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an anchor is the number of a link, a colon and its hash, as `budstikke audit verify` prints it")]
pub struct AnchorError;

impl FromStr for Head {
    type Err = AnchorError;

    fn from_str(text: &str) -> Result<Self, AnchorError> {
        let (number, hash) = text.trim().split_once(':').ok_or(AnchorError)?;
        let number = number.parse().ok().filter(|number| *number >= 0).ok_or(AnchorError)?;
        Ok(Self { number, hash: hash.parse().map_err(|_| AnchorError)? })
    }
}

/// Where and how a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A number is missing, twice there or out of order.
    #[error("link {expected} is missing: after {} comes {found}", expected - 1)]
    Missing {
        /// The number that should have come.
        expected: i64,
        /// The number that came.
        found: i64,
    },
    /// A link is not what it was when it was made, or the one before it is not.
    #[error("link {number} has been changed: its hash does not fit what it says and what stands before it")]
    Changed {
        /// Its number.
        number: i64,
    },
    /// Links are missing at the end, or were added by somebody else.
    #[error("the chain ends at {found}, but its head was {head}")]
    OtherEnd {
        /// Where it ends.
        found: Head,
        /// Where it should end.
        head: Head,
    },
    /// The chain has been made anew since the anchor was written down.
    #[error("the chain does not go through the anchor {anchor}")]
    NotAnchored {
        /// What was written down.
        anchor: Anchor,
    },
}

/// Goes along a chain, link by link.
#[derive(Debug)]
pub struct Checker {
    reached: Head,
    anchors: Vec<Anchor>,
}

impl Checker {
    /// Begins before the first link. The chain must go through every anchor.
    pub fn new(anchors: Vec<Anchor>) -> Self {
        Self { reached: Head::EMPTY, anchors }
    }

    /// Takes the next link.
    ///
    /// # Errors
    /// Says what is wrong with it; a broken chain is not worth going on with.
    pub fn take(&mut self, link: &Link) -> Result<(), Broken> {
        let expected = self.reached.number + 1;
        if link.number != expected {
            return Err(Broken::Missing { expected, found: link.number });
        }
        if chain::digest(&self.reached.hash, link.number, &link.entry) != link.hash {
            return Err(Broken::Changed { number: link.number });
        }
        self.reached = Head { number: link.number, hash: link.hash };
        self.pass_anchors()
    }

    fn pass_anchors(&mut self) -> Result<(), Broken> {
        let reached = self.reached;
        let other = self.anchors.iter().find(|anchor| anchor.number == reached.number && **anchor != reached);
        if let Some(anchor) = other {
            return Err(Broken::NotAnchored { anchor: *anchor });
        }
        self.anchors.retain(|anchor| *anchor != reached);
        Ok(())
    }

    /// Where it has come to.
    pub const fn reached(&self) -> Head {
        self.reached
    }

    /// Ends the walk: the chain must have come to its head, where that is known, and through every anchor.
    ///
    /// # Errors
    /// When it has not.
    pub fn finish(mut self, head: Option<Head>) -> Result<Head, Broken> {
        if self.reached == Head::EMPTY {
            self.pass_anchors()?;
        }
        if let Some(head) = head.filter(|head| *head != self.reached) {
            return Err(Broken::OtherEnd { found: self.reached, head });
        }
        match self.anchors.first() {
            Some(anchor) => Err(Broken::NotAnchored { anchor: *anchor }),
            None => Ok(self.reached),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Action, Entry};

    fn chain(length: u128) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        for n in 0..length {
            let at = "2026-03-02T11:00:00Z".parse().expect("a moment");
            let entry = Entry::new(Uuid::from_u128(n), at, "bym", Action::Operated, &n, "");
            let (number, hash) = links.last().map_or((0, Digest::ZERO), |link| (link.number, link.hash));
            links.push(Link::behind(number, &hash, entry));
        }
        links
    }

    fn head(links: &[Link]) -> Head {
        links.last().map_or(Head::EMPTY, |link| Head { number: link.number, hash: link.hash })
    }

    fn check(links: &[Link], head: Option<Head>, anchors: Vec<Anchor>) -> Result<Head, Broken> {
        let mut checker = Checker::new(anchors);
        links.iter().try_for_each(|link| checker.take(link))?;
        checker.finish(head)
    }

    #[test]
    fn a_whole_chain_leads_to_its_head() {
        for length in [0, 1, 5] {
            let links = chain(length);
            assert_eq!(check(&links, Some(head(&links)), vec![head(&links)]), Ok(head(&links)));
        }
    }

    #[test]
    fn whatever_is_changed_removed_added_or_moved_is_found_where_it_is() {
        let whole = chain(5);
        let mut changed = whole.clone();
        changed[2].entry.detail = "nothing happened".to_owned();
        assert_eq!(check(&changed, None, vec![]), Err(Broken::Changed { number: 3 }));

        let mut removed = whole.clone();
        removed.remove(1);
        assert_eq!(check(&removed, None, vec![]), Err(Broken::Missing { expected: 2, found: 3 }));

        let mut moved = whole.clone();
        moved.swap(1, 2);
        assert_eq!(check(&moved, None, vec![]), Err(Broken::Missing { expected: 2, found: 3 }));

        let mut renumbered = whole.clone();
        renumbered.remove(1);
        renumbered.iter_mut().zip(1..).for_each(|(link, number)| link.number = number);
        assert_eq!(check(&renumbered, None, vec![]), Err(Broken::Changed { number: 2 }));

        let cut = &whole[..3];
        let end = Broken::OtherEnd { found: head(cut), head: head(&whole) };
        assert_eq!(check(cut, Some(head(&whole)), vec![]), Err(end));
    }

    #[test]
    fn a_chain_made_anew_does_not_go_through_an_anchor() {
        let anchor = head(&chain(3));
        let mut other = chain(2);
        let at = "2026-03-03T11:00:00Z".parse().expect("a moment");
        for n in 2..5 {
            let entry = Entry::new(Uuid::from_u128(n), at, "bym", Action::Operated, &n, "");
            other.push(Link::behind(head(&other).number, &head(&other).hash, entry));
        }
        let broken = Err(Broken::NotAnchored { anchor });
        assert_eq!(check(&other, Some(head(&other)), vec![anchor]), broken);
        assert_eq!(check(&other[..1], None, vec![anchor]), broken);
        assert_eq!(check(&chain(5), None, vec![anchor]), Ok(head(&chain(5))));
    }

    #[test]
    fn an_anchor_reads_back_from_what_it_writes() {
        let anchor = head(&chain(3));
        assert_eq!(anchor.to_string().parse(), Ok(anchor));
        assert_eq!("3".parse::<Anchor>(), Err(AnchorError));
        assert_eq!("-1:00".parse::<Anchor>(), Err(AnchorError));
    }
}
