//! Look-ups of many at the same time share calls.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use http::StatusCode;
use notify::recipients::registers::{EmbeddedRegister, PersonsFrom, RegistersConfig};
use serde_json::json;
use testkit::stepped_clock;
use types::NationalId;

use crate::{clients, simulated};

fn ids(count: u32) -> Vec<NationalId> {
    (0..count).map(|number| format!("{number:011}").parse().expect("a number")).collect()
}

#[tokio::test]
async fn three_hundred_look_ups_at_once_are_one_call_and_each_gets_its_own_answer() {
    let clock = stepped_clock();
    let persons: Vec<_> = ids(300)
        .iter()
        .map(|id| json!({ "nationalIdentityNumber": id.reveal(), "email": format!("p{}@fjord.example", id.reveal()) }))
        .collect();
    let (simulated, server) = simulated(&json!({ "persons": persons }).to_string(), &clock).await;
    let embedded = EmbeddedRegister::new(testkit::stores::temporary(), clock.clone());
    // All are asked for before the first answer is waited for, so the window's length does not matter.
    let config = RegistersConfig {
        persons: PersonsFrom::Profile,
        gather_milliseconds: 50,
        ..RegistersConfig::default()
    };
    let register = clients(config, &server, &embedded, &clock);
    let ask = |id: NationalId, use_stale: bool| {
        let register = Arc::clone(&register);
        async move { (id.clone(), register.persons(&[id], use_stale).await) }
    };

    let answers = join_all(ids(300).into_iter().map(|id| ask(id, true))).await;

    for (id, found) in answers {
        let found = found.expect("an answer");
        assert_eq!(found.iter().map(|found| &found.id).collect::<Vec<_>>(), [&id]);
    }
    assert_eq!(simulated.requests(), 1);
    let fresh = join_all(ids(10).into_iter().map(|id| ask(id, false))).await;
    assert!(fresh.iter().all(|(_, found)| found.as_ref().is_ok_and(Vec::is_empty)), "another question");
    assert_eq!(simulated.requests(), 2);

    simulated.outage(Some(StatusCode::BAD_GATEWAY));
    let down = join_all(ids(3).into_iter().map(|id| ask(id, true))).await;
    assert!(down.iter().all(|(_, found)| found.is_err()), "an outage is everybody's");
}

#[tokio::test]
async fn one_who_goes_away_takes_nothing_from_the_others() {
    let clock = stepped_clock();
    let file = json!({ "persons": [{ "nationalIdentityNumber": "00000000001" }] }).to_string();
    let (simulated, server) = simulated(&file, &clock).await;
    let embedded = EmbeddedRegister::new(testkit::stores::temporary(), clock.clone());
    let config = RegistersConfig {
        persons: PersonsFrom::Profile,
        gather_milliseconds: 20,
        ..RegistersConfig::default()
    };
    let register = clients(config, &server, &embedded, &clock);
    let all = ids(2);

    let (first, second) = (register.persons(&all[..1], true), register.persons(&all[1..], true));
    let gone = tokio::time::timeout(Duration::ZERO, first);
    let (gone, stayed) = tokio::join!(gone, second);

    assert!(gone.is_err(), "it was the first to ask");
    assert_eq!(stayed.expect("an answer").len(), 1);
    assert_eq!(simulated.requests(), 1);
}
