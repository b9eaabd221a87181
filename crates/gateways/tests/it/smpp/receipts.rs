//! Receipts, and answers that are waited for.

use super::*;

/// Covers: NP-52
#[tokio::test]
async fn receipts_are_matched_early_and_across_bases() {
    let formats = [
        (Ids::Decimal, IdFormat::Same),
        (Ids::HexThenDecimal, IdFormat::HexToDec),
        (Ids::DecimalThenHex, IdFormat::DecToHex),
    ];
    for (ids, receipt_id) in formats {
        let centre = centre(Settings { ids, ..settings() }).await;
        let gateway = Gateway::start(SmppConfig { receipt_id, ..config(centre.addr) }).bound().await;

        let early = reference(gateway.send("+4799990009", "Hei").await);
        let later = reference(gateway.send("+4799990003", "Hei").await);

        let report = gateway.kept.about(&early).await;
        assert_eq!(report.reported, Reported::Sms(SmsResult::Delivered), "{ids:?}");
        let report = gateway.kept.about(&later).await;
        assert_eq!(report.reported, Reported::Sms(SmsResult::FailedExpired), "{ids:?}");
    }
}

#[tokio::test]
async fn a_receipt_is_answered_only_when_it_is_kept() {
    let centre = centre(settings()).await;
    let gateway = Gateway::start(config(centre.addr)).bound().await;
    *gateway.kept.refusals.lock().expect("no panic") = 2;

    let reference = reference(gateway.send("+4799990001", "Hei").await);

    gateway.kept.about(&reference).await;
    until(|| async { centre.smsc.brought().total() == 3 }).await;
    let taken: Vec<_> = centre.smsc.brought().all().iter().map(|brought| brought.was_taken).collect();
    assert_eq!(taken, [false, false, true]);
    // Under way is no result, and is answered without troubling anybody.
    gateway.send("+4799990016", "Hei").await;
    until(|| async { centre.smsc.brought().total() == 5 }).await;
    assert_eq!(gateway.kept.count(), 2);
}

#[tokio::test]
async fn an_answer_that_came_too_late_is_told_to_who_asks() {
    let centre = centre(Settings { slow: Duration::from_millis(1500), ..settings() }).await;
    let gateway = Gateway::start(SmppConfig { response_seconds: 1, ..config(centre.addr) }).bound().await;
    let attempt = AttemptId::new(Uuid::from_u128(8));
    let slow = OutgoingSms { attempt, ..sms("+4799990015", "Hei") };

    let outcome = gateway.smpp.send(&slow).await;

    assert!(matches!(outcome, HandOver::Unknown { .. }), "{outcome:?}");
    let arrived = centre.smsc.captured().all()[0].clone();
    let taken = LookUp::Taken { gateway_reference: arrived.message_id.clone() };
    until(|| async { gateway.smpp.look_up(attempt).await == taken }).await;
    assert_eq!(gateway.smpp.look_up(AttemptId::new(Uuid::from_u128(9))).await, LookUp::CannotTell);
}

#[tokio::test]
async fn before_leaving_answers_are_waited_for() {
    let centre = centre(Settings { answer_after: Duration::from_millis(300), ..settings() }).await;
    let gateway = Gateway::start(config(centre.addr)).bound().await;
    let smpp = Arc::clone(&gateway.smpp);
    let sending = tokio::spawn(async move { smpp.send(&sms("+4799990008", "Hei")).await });
    assert!(centre.smsc.captured().wait_for_total(1, SOON).await);

    gateway.end().await;

    assert!(matches!(sending.await.expect("no panic"), HandOver::Accepted { .. }));
}
