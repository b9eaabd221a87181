//! Binds: made, lost, shared and watched.

use super::*;

#[tokio::test]
async fn wrong_credentials_are_not_the_messages_fault() {
    let centre = centre(settings()).await;
    let password = Secret::new("wrong".to_owned());
    let gateway = Gateway::start(SmppConfig { password, ..config(centre.addr) });

    let outcome = gateway.send("+4799990001", "Hei").await;

    let HandOver::TryLater { cause: Holdup::Misconfigured(detail), after } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(detail.contains("ESME_RINVPASWD"), "{detail}");
    assert!(after.is_some_and(|after| after > Duration::from_secs(290)), "{after:?}");
    assert_eq!((centre.smsc.binds_made(), centre.smsc.captured().total()), (0, 0));
}

#[tokio::test]
async fn where_nobody_listens_the_other_address_is_tried() {
    let centre = centre(settings()).await;
    let failover_address = Some(centre.addr.to_string());
    let gateway = Gateway::start(SmppConfig { failover_address, ..config(nobody().await) });

    let first = gateway.send("+4799990001", "Hei").await;

    assert!(matches!(first, HandOver::TryLater { cause: Holdup::Passing(_), .. }), "{first:?}");
    until(|| async { matches!(gateway.send("+4799990001", "Hei").await, HandOver::Accepted { .. }) }).await;
}

/// Covers: NP-48
#[tokio::test]
async fn being_told_to_slow_down_loses_nothing() {
    let centre = centre(Settings { per_second: Some(8), ..settings() }).await;
    let gateway = Gateway::start(config(centre.addr)).bound().await;
    let texts: Vec<String> = (0..24).map(|number| format!("Nummer {number}")).collect();
    let send = async |text: &String| {
        loop {
            match gateway.send("+4799990001", text).await {
                HandOver::Accepted { .. } => return,
                HandOver::TryLater { after: Some(after), cause: Holdup::RateLimited(_) } => {
                    tokio::time::sleep(after).await;
                }
                other => panic!("{other:?}"),
            }
        }
    };

    tokio::time::timeout(SOON * 3, join_all(texts.iter().map(send))).await.expect("all get through");

    let all = centre.smsc.captured().all();
    let taken: Vec<_> = all.iter().filter(|sms| sms.taken).map(|sms| sms.text.clone()).collect();
    let different: BTreeSet<_> = taken.iter().cloned().collect();
    assert_eq!((taken.len(), different), (24, texts.iter().cloned().collect()));
    let refused = all.len() - taken.len();
    assert!((1..24).contains(&refused), "refused {refused} times");
}

/// Covers: NP-49
#[tokio::test]
async fn a_cut_leaves_exactly_the_unanswered_in_doubt() {
    let centre = centre(Settings { answer_after: Duration::from_secs(60), ..settings() }).await;
    let gateway = Gateway::start(SmppConfig { window: 5, ..config(centre.addr) }).bound().await;
    let sends = (0..8).map(|_| {
        let smpp = Arc::clone(&gateway.smpp);
        tokio::spawn(async move { smpp.send(&sms("+4799990001", "Hei")).await })
    });
    let sends: Vec<_> = sends.collect();
    assert!(centre.smsc.captured().wait_for_total(5, SOON).await);

    centre.smsc.cut();

    let outcomes = join_all(sends).await;
    let count = |fits: fn(&HandOver<SmsResult>) -> bool| {
        outcomes.iter().flatten().filter(|outcome| fits(outcome)).count()
    };
    assert_eq!(count(|outcome| matches!(outcome, HandOver::Unknown { .. })), 5, "{outcomes:?}");
    let unsent = count(|outcome| matches!(outcome, HandOver::TryLater { cause: Holdup::Passing(_), .. }));
    assert_eq!(unsent, 3, "{outcomes:?}");
    assert_eq!(centre.smsc.captured().total(), 5);
    until(|| async { centre.smsc.binds_made() >= 4 }).await;
}

/// Covers: NP-50
#[tokio::test]
async fn no_more_than_the_window_is_unanswered() {
    let centre = centre(Settings { answer_after: Duration::from_millis(30), ..settings() }).await;
    let one_bind = SmppConfig { window: 4, instant_bind: false, instant_share: 1, ..config(centre.addr) };
    let gateway = Gateway::start(one_bind).bound().await;

    let sends = (0..20).map(|_| gateway.send("+4799990001", "Hei"));
    let outcomes = join_all(sends).await;

    assert!(outcomes.iter().all(|outcome| matches!(outcome, HandOver::Accepted { .. })));
    assert_eq!(centre.smsc.most_unanswered(), 3, "one place is kept free");
    let instant = (0..20).map(|_| OutgoingSms { urgency: Urgency::Instant, ..sms("+4799990001", "Kode") });
    let instant: Vec<_> = instant.collect();
    join_all(instant.iter().map(|sms| gateway.smpp.send(sms))).await;
    assert_eq!(centre.smsc.most_unanswered(), 4);
}

#[tokio::test]
async fn instant_messages_have_a_bind_or_a_place_of_their_own() {
    for instant_bind in [true, false] {
        let centre = centre(Settings { answer_after: Duration::from_secs(2), ..settings() }).await;
        let window = SmppConfig { window: 3, instant_share: 1, instant_bind, ..config(centre.addr) };
        let gateway = Gateway::start(window).bound().await;
        let ordinary = (0..6).map(|_| {
            let smpp = Arc::clone(&gateway.smpp);
            tokio::spawn(async move { smpp.send(&sms("+4799990001", "Hei")).await })
        });
        let _ordinary: Vec<_> = ordinary.collect();
        let crowd = if instant_bind { 3 } else { 2 };
        assert!(centre.smsc.captured().wait_for_total(crowd, SOON).await);

        let instant = OutgoingSms { urgency: Urgency::Instant, ..sms("+4799990001", "Kode 1234") };
        let sent = gateway.smpp.send(&instant).await;

        assert!(matches!(sent, HandOver::Accepted { .. }));
        let order: Vec<_> = centre.smsc.captured().all();
        let place = order.iter().position(|sms| sms.text == "Kode 1234").expect("it came");
        assert!(order.iter().take(place).count() <= 3, "before the crowd's second round");
        let binds: BTreeSet<_> = order.iter().map(|sms| sms.bind).collect();
        assert_eq!(binds.len(), if instant_bind { 2 } else { 1 });
    }
}

/// Covers: NP-51
#[tokio::test]
async fn a_silent_message_centre_is_asked_and_then_left() {
    let centre = centre(settings()).await;
    let idle = SmppConfig { enquire_seconds: 1, instant_bind: false, ..config(centre.addr) };
    let gateway = Gateway::start(idle).bound().await;
    until(|| async { centre.smsc.enquiries() >= 2 }).await;
    assert_eq!(centre.smsc.binds_made(), 1, "one that answers is kept");

    centre.smsc.mute(true);

    // A message that is out when the silence is noticed is in doubt.
    let outcome = gateway.send("+4799990001", "Hei").await;
    assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");
    until(|| async { gateway.smpp.probe().await.is_err() }).await;
    centre.smsc.mute(false);
    until(|| async { gateway.smpp.probe().await.is_ok() }).await;
    assert_eq!(centre.smsc.binds_made(), 2);
}
