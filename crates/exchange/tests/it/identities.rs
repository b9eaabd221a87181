//! Certificates that are replaced while messages travel.

use std::time::Duration;

use asic::UnixTime;
use auth::Authority;
use auth::authority::{Profile, Subject};
use exchange::identities::{Identities, ReloadFailure, Standing};
use types::time::Clock;

use crate::app::{A, B, arkivmelding, clock, files, identity, identity_of, org, signers, world};
use crate::trust::Issuing;

const DAY: Duration = Duration::from_secs(86_400);

fn at(clock: &Clock) -> UnixTime {
    UnixTime(u64::try_from(clock.now().as_second()).expect("after 1970"))
}

#[tokio::test]
async fn a_replaced_certificate_opens_what_was_encrypted_to_it_and_the_new_one_signs() {
    let world = world().await;
    let before = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    // The registry still tells A of B's old certificate.
    world.b.exchange.identities().replace(vec![identity_of(2), identity_of(1)]).expect("two");
    world.a.exchange.identities().replace(vec![identity_of(3), identity_of(0)]).expect("two");

    let after = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;

    let mut signed = Vec::new();
    for id in [&before, &after] {
        assert_eq!(world.b.peek().await.as_ref(), Some(id));
        signed.push(signers(world.b.get(&format!("api/messages/in/pop/{id}")).await.bytes).remove(0));
    }
    assert_eq!(signed, [identity_of(0), identity_of(3)].map(|identity| identity.certificate().clone()));
}

#[test]
fn a_new_certificate_waits_until_it_holds_and_takes_over_by_itself() {
    let clock = clock();
    let authority = Authority::generate(clock.clone()).expect("an authority");
    let subject = |number| Subject { org: org(number), name: "Etat".to_owned(), profile: Profile::Newer };
    let current = identity(&authority.issue(&subject(A)).expect("a certificate"));
    let beginning = clock.now();
    clock.advance(DAY * 20);
    let next = identity(&authority.issue(&subject(B)).expect("a certificate"));
    let turned = Clock::stepped(beginning);
    let identities = Identities::new(vec![next.clone(), current.clone()]).expect("two");
    let standings = |clock: &Clock| {
        let shown = identities.overview(clock.now()).certificates;
        shown.iter().map(|own| (own.standing, own.days_left)).collect::<Vec<_>>()
    };

    assert_eq!(identities.signing(at(&turned)).certificate(), current.certificate());
    assert_eq!(standings(&turned), [(Standing::Waiting, 750), (Standing::Signing, 730)]);
    let opening = identities.opening(at(&turned));
    assert_eq!(opening[0].certificate(), current.certificate(), "the one that signs is tried first");
    assert_eq!(opening[1].certificate(), next.certificate());

    turned.advance(DAY * 20);
    assert_eq!(identities.signing(at(&turned)).certificate(), next.certificate());
    assert_eq!(standings(&turned), [(Standing::Signing, 730), (Standing::InReserve, 710)]);

    turned.advance(DAY * 720);
    assert_eq!(standings(&turned), [(Standing::Signing, 10), (Standing::Expired, -10)]);
    assert_eq!(identities.overview(turned.now()).alarm(), Some(14));
    turned.advance(DAY * 20);
    assert_eq!(identities.overview(turned.now()).alarm(), Some(0), "nobody can sign");
}

/// Covers: ET-85
#[tokio::test]
async fn operators_are_warned_thirty_days_before_and_nothing_is_sent_to_a_certificate_that_has_run_out() {
    let world = world().await;
    let lasting = Issuing::start().await.identity(1);
    world.a.exchange.identities().replace(vec![lasting]).expect("one");
    world.b.exchange.replace_trust(None);
    let alarm = || world.b.exchange.identities().overview(world.clock.now()).alarm();

    world.clock.advance(DAY * 700);
    assert_eq!(alarm(), None);
    world.clock.advance(DAY);
    assert_eq!(alarm(), Some(30));
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "SENDT", "MOTTATT"], "it still holds");

    world.clock.advance(DAY * 30);
    assert_eq!(alarm(), Some(0));
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET"], "it is tried again");
    world.clock.advance(DAY * 2);
    world.settle().await;
    assert_eq!(world.a.statuses(&id).await, ["OPPRETTET", "LEVETID_UTLOPT"], "until its deadline");
}

#[test]
fn a_failure_is_shown_until_something_good_comes() {
    let identities = Identities::new(vec![identity_of(0)]).expect("one");
    let failure = ReloadFailure { since: clock().now(), reason: "key and certificate differ".to_owned() };

    identities.set_failure(Some(failure.clone()));
    assert_eq!(identities.overview(clock().now()).failure, Some(failure));
    assert!(identities.replace(Vec::new()).is_err());
    assert!(identities.overview(clock().now()).failure.is_some(), "nothing came");
    identities.replace(vec![identity_of(3)]).expect("one");
    assert_eq!(identities.overview(clock().now()).failure, None);
}
