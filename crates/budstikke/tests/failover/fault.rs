//! What happens to the leading database.

use std::time::{Duration, Instant};

use testkit::patroni::{Member, Trio};
use trials::{Sheet, Trial};

use crate::{BACK_AGAIN, accept_more};

/// Longer than a statement may take at our nodes, and shorter than Patroni waits for a follower.
const WITHOUT_FOLLOWERS: Duration = Duration::from_secs(8);

/// A way to lose the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It dies.
    Killed,
    /// It stands still, with everybody's connections, and wakes when another leads.
    StoodStill,
    /// Its followers stand still, so that it has rows that nobody else has. Then it dies, and they lead.
    KilledAlone,
}

impl Fault {
    pub const ALL: [Self; 3] = [Self::Killed, Self::StoodStill, Self::KilledAlone];

    const fn name(self) -> &'static str {
        match self {
            Self::Killed => "leader killed",
            Self::StoodStill => "leader stood still",
            Self::KilledAlone => "leader killed alone",
        }
    }

    /// Strikes, waits until another leads and orders are accepted again, mends what is broken, and waits
    /// until all three are alike.
    pub async fn strike(self, trio: &Trio, trial: &Trial, sheet: &mut Sheet) {
        let (leader, followers) = (trio.wait_for_leader(), trio.followers());
        let struck = Instant::now();
        match self {
            Self::Killed => trio.kill(leader),
            Self::StoodStill => trio.pause(leader),
            Self::KilledAlone => {
                for follower in followers {
                    trio.pause_database(follower);
                }
                tokio::time::sleep(WITHOUT_FOLLOWERS).await;
                trio.kill(leader);
                for follower in followers {
                    trio.resume(follower);
                }
            }
        }
        let next = another_than(leader, trio);
        let until = format!("{:.1} s", struck.elapsed().as_secs_f64());
        sheet.count(&format!("{}: until another led", self.name()), until);
        sheet.broken((next == leader).then(|| format!("{}: nobody else led", self.name())));
        accept_more(trial).await;
        let until = format!("{:.1} s", struck.elapsed().as_secs_f64());
        sheet.count(&format!("{}: until all was well", self.name()), until);
        match self {
            Self::StoodStill => trio.resume(leader),
            Self::Killed | Self::KilledAlone => trio.start_member(leader),
        }
        trio.wait_until_whole();
    }
}

fn another_than(leader: Member, trio: &Trio) -> Member {
    let begun = Instant::now();
    loop {
        let next = trio.wait_for_leader();
        if next != leader || begun.elapsed() > BACK_AGAIN {
            return next;
        }
    }
}
