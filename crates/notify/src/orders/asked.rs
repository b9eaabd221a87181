//! Asks an order's send condition and does what follows from the answer.

use jobs::Taken;
use store::Tx;
use types::ids::OrderId;

use super::expand::put_off;
use super::model::{Order, State};
use super::sql;
use crate::Notify;
use crate::send_condition::{Answer, Asked, Decision, FailurePolicy, decide};
use crate::sending::RecordError;
use crate::sending::hours::email_expiry;
use crate::status::{record, timeline};

/// Whether processing goes on now. If not, the order has ended or been put off.
pub(super) async fn goes_on(app: &Notify, taken: &Taken, order: &Order) -> Result<bool, RecordError> {
    let Some(url) = &order.content.condition else {
        return Ok(true);
    };
    let answer = app.conditions().ask(url).await;
    let policy = order.content.condition_failure;
    let asked = Asked {
        tries: order.tries,
        pauses: &app.config().condition_again_after_seconds,
        policy,
        is_over: app.clock().now() >= email_expiry(order.requested),
    };
    match decide(&answer, asked) {
        Decision::Send => note(app, order.id, &answer, policy).await.map(|()| true),
        Decision::DoNotSend => do_not_send(app, taken, order.id, &answer, policy).await.map(|()| false),
        Decision::AskAgain(pause) => {
            let why = format!("the send condition gave no answer: {}", describe(&answer, policy));
            put_off(app, taken, order.id, pause, why).await.map(|()| false)
        }
    }
}

fn describe(answer: &Answer, policy: FailurePolicy) -> String {
    match answer {
        Answer::Met { status } => format!("yes ({status})"),
        Answer::NotMet { status } => format!("no ({status})"),
        Answer::Inconclusive(doubt) => format!("{doubt}; conditionFailurePolicy {}", policy.as_str()),
    }
}

async fn note(app: &Notify, id: OrderId, answer: &Answer, policy: FailurePolicy) -> Result<(), RecordError> {
    let (now, detail) = (app.clock().now(), describe(answer, policy));
    let cause =
        if matches!(answer, Answer::Met { .. }) { "condition met" } else { "condition unknown, sent anyway" };
    let written: Result<(), store::Error> =
        app.store().write(move |tx| timeline::record(tx, id, cause, Some(&detail), now)).await;
    Ok(written?)
}

async fn do_not_send(
    app: &Notify,
    taken: &Taken,
    id: OrderId,
    answer: &Answer,
    policy: FailurePolicy,
) -> Result<(), RecordError> {
    let (now, detail, taken) = (app.clock().now(), describe(answer, policy), taken.clone());
    let cause = match answer {
        Answer::Inconclusive(_) => "condition unknown, dropped",
        _ => "condition not met",
    };
    let work = move |tx: &mut Tx<'_>| {
        taken.finish::<RecordError>(tx)?;
        // The order before its timeline, as everybody does.
        if sql::advance(tx, id, State::Processing, State::SendConditionNotMet, now)? {
            timeline::record(tx, id, cause, Some(&detail), now)?;
            record::ended(tx, id, now)?;
        }
        Ok(())
    };
    app.store().write(work).await.inspect(|()| app.ring_feed())
}
