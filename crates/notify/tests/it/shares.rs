//! How messages are shared between gateways that deliver at different speeds.

use std::sync::Arc;

use notify::config::ReportAccount;
use notify::routes::shown;

use crate::app::{TestApp, sms_order};
use crate::scripted::{Mood, Scripted, route};
use crate::surroundings::account;

/// Two gateways of nearly equal weight, with accounts for reports of their own.
struct Two {
    app: TestApp,
    gateways: [Arc<Scripted>; 2],
    reported: [usize; 2],
    orders: usize,
}

impl Two {
    async fn start() -> Self {
        let gateways = [Scripted::new(Mood::Takes), Scripted::new(Mood::Takes)];
        let routes = [route("first", &gateways[0], 51), route("second", &gateways[1], 49)];
        let outer = TestApp::start_with(|config| {
            let of =
                |name: &str, password| ReportAccount { route: Some(name.to_owned()), ..account(password) };
            config.report_accounts = vec![of("first", "report"), of("second", "next password")];
        });
        let app = outer.await.with_sms(&routes).await;
        Self { app, gateways, reported: [0; 2], orders: 0 }
    }

    /// Sends so many SMS, and lets these gateways report all they have.
    async fn pass(&mut self, orders: usize, reporting: &[usize]) {
        for _ in 0..orders {
            self.orders += 1;
            let body = sms_order(&self.orders.to_string(), "+4740000008");
            self.app.post("/future/orders", &body).await;
        }
        self.app.notify.run_due().await;
        for place in reporting {
            let password = ["report", "next password"][*place];
            for reference in self.reported[*place] + 1..=self.gateways[*place].taken() {
                self.app.report_as(password, &reference.to_string(), "DELIVRD").await;
            }
            self.reported[*place] = self.gateways[*place].taken();
        }
        // Counts are told, and then looked at.
        self.app.notify.run_due().await;
    }

    async fn shares(&self) -> Vec<String> {
        let all = shown(&self.app.notify).await;
        all.into_iter().filter(|route| route.channel == "sms").map(|route| route.share.to_string()).collect()
    }
}

/// Covers: NP-104
#[tokio::test]
async fn points_move_away_from_a_slow_gateway_and_come_back() {
    let mut two = Two::start().await;
    assert_eq!(two.shares().await, ["51", "49"]);
    // Both have reported something; from then on the first is silent.
    two.pass(40, &[0, 1]).await;
    two.pass(40, &[1]).await;
    two.app.turn(299);
    two.pass(0, &[1]).await;
    assert_eq!(two.shares().await, ["51", "49"]);
    two.app.turn(12);
    two.pass(0, &[1]).await;
    assert_eq!(two.shares().await, ["41", "59"]);
    // At most one step in five minutes.
    two.app.turn(240);
    two.pass(0, &[1]).await;
    assert_eq!(two.shares().await, ["41", "59"]);
    two.app.turn(60);
    two.pass(0, &[1]).await;
    assert_eq!(two.shares().await, ["31", "69"]);

    // Its messages grow too old to count; after fifteen quiet minutes the points come back, ten in five minutes.
    for (seconds, first) in [(890, "31"), (10, "41"), (290, "41"), (10, "51")] {
        two.app.turn(seconds);
        two.pass(0, &[]).await;
        assert_eq!(two.shares().await[0], first, "after {seconds} more seconds");
    }
}

/// Covers: NP-104
#[tokio::test]
async fn when_both_gateways_are_slow_nothing_moves() {
    let mut two = Two::start().await;
    two.pass(40, &[0, 1]).await;
    two.pass(40, &[]).await;
    for _ in 0..10 {
        two.app.turn(60);
        two.pass(0, &[]).await;
        assert_eq!(two.shares().await, ["51", "49"]);
    }
}
