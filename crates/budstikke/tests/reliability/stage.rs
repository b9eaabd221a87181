//! One server on SQLite, behind a door, with everything around it.

use std::time::Duration;

use trials::{Chance, Door, Ledger, OtherParty, Outside, Pace, Place, Server, Sheet, Trial, Ways};

use crate::asked::Asked;

/// What a trial of one server needs.
pub struct Stage {
    pub place: Place,
    pub door: Door,
    pub chance: Chance,
    pub sheet: Sheet,
    outside: Outside,
    other: OtherParty,
    ways: Ways,
}

impl Stage {
    /// Prepares a trial; no server of ours runs yet.
    pub async fn new(run: &str, asked: &Asked) -> Self {
        let (outside, other) = (Outside::start().await, OtherParty::start().await);
        let mut place = Place::new();
        Trial::furnish(&mut place, &outside, &other);
        let door = Door::to(&[]).await;
        outside.report_to(&door.address().to_string());
        let ways = other.ways_to_us(vec![door.address()]).await;
        let chance = Chance::new(asked.seed);
        let mut sheet = Sheet::new(run);
        sheet.count("store", "SQLite");
        sheet.count("seed", chance.seed());
        println!("--seed {} repeats its chance", chance.seed());
        Self { place, door, chance, sheet, outside, other, ways }
    }

    /// Starts a server, which the door then leads to.
    pub async fn start(&self) -> Server {
        let server = self.place.start_without_token().await;
        self.door.lead_to(&[&server.api]);
        server
    }

    /// Begins the load.
    pub fn begin(self) -> (Play, Trial) {
        let Self { place, door, chance, sheet, outside, other, ways } = self;
        let pace = Pace { clients: 12, pause: Duration::from_millis(10) };
        (Play { place, door, chance, sheet }, Trial::begin(outside, other, ways, pace))
    }
}

/// A trial that is under way.
pub struct Play {
    pub place: Place,
    pub door: Door,
    pub chance: Chance,
    pub sheet: Sheet,
}

impl Play {
    /// Starts a server again, which the door then leads to.
    pub async fn start(&self) -> Server {
        let server = self.place.start_without_token().await;
        self.door.lead_to(&[&server.api]);
        server
    }

    /// Judges the trial while the last server runs, and stops that.
    pub async fn end(mut self, trial: Trial, server: Server) -> Sheet {
        trial.outside.slow_down(Duration::ZERO);
        let ledger = Ledger::Sqlite(server.data.join("budstikke.db"));
        trial.judge(&ledger, &mut self.sheet).await;
        server.stop().await;
        let panicked = self.place.log().lines().filter(|line| line.contains("panicked")).count();
        self.sheet.broken((panicked > 0).then(|| format!("the server panicked {panicked} times")));
        self.sheet
    }
}
