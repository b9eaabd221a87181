//! What the files say of a notification: columns and cells. Pure.

use super::sql::Ended;
use super::table::{Cell, Column, Holds};
use crate::orders::kept;
use types::erasure::ERASED;

/// The columns of the file about SMS. `ShipmentId` is the notification's id, as readers know it.
pub(super) const SMS: &[Column] = &[
    ("SmsId", Holds::Text),
    ("ShipmentId", Holds::Text),
    ("SendersReference", Holds::MaybeText),
    ("RequestedSendTime", Holds::Moment),
    ("CreatorName", Holds::Text),
    ("ResourceId", Holds::MaybeText),
    ("Result", Holds::Text),
    ("GatewayReference", Holds::MaybeText),
    ("Rate", Holds::Text),
    ("MobileNumberPrefix", Holds::Text),
    ("AltinnSmsCount", Holds::MaybeNumber),
    ("AltinnSmsBodyLength", Holds::MaybeNumber),
    ("AltinnSmsCustomBodyLength", Holds::MaybeNumber),
];

/// The columns of the file about e-mail.
pub(super) const EMAIL: &[Column] = &[
    ("EmailId", Holds::Text),
    ("ShipmentId", Holds::Text),
    ("SendersReference", Holds::MaybeText),
    ("RequestedSendTime", Holds::Moment),
    ("CreatorName", Holds::Text),
    ("ResourceId", Holds::MaybeText),
    ("Result", Holds::Text),
    ("OperationId", Holds::MaybeText),
];

/// The cells of an e-mail; those of an SMS begin with the same.
pub(super) fn email(ended: &Ended) -> Vec<Cell> {
    let id = || Cell::Text(Some(ended.id.to_string()));
    vec![
        id(),
        id(),
        Cell::Text(ended.senders_reference.clone()),
        Cell::Moment(ended.requested.as_microsecond()),
        Cell::Text(Some(ended.creator.to_string())),
        Cell::Text(ended.resource.clone()),
        Cell::Text(Some(ended.result.clone())),
        Cell::Text(ended.reference.clone()),
    ]
}

/// The cells of an SMS.
pub(super) fn sms(ended: &Ended) -> Vec<Cell> {
    // Of a number that has been erased nothing is told.
    let number = ended.destination.trim().trim_start_matches(ERASED);
    let body = kept::read_texts(&ended.texts).and_then(|texts| texts.sms);
    let mut cells = email(ended);
    cells.extend([
        Cell::Text(Some(rate(number).to_owned())),
        Cell::Text(Some(number.chars().take(4).collect())),
        Cell::Number(ended.parts),
        Cell::Number(body.map(|sms| characters(sms.body.reveal()))),
        Cell::Number(ended.own_body.as_deref().map(characters)),
    ]);
    cells
}

/// Norwegian, foreign, or nobody's.
fn rate(number: &str) -> &'static str {
    if number.is_empty() {
        "n/a"
    } else if number.starts_with("+47") || number.starts_with("0047") {
        "innland"
    } else {
        "utland"
    }
}

fn characters(text: &str) -> i32 {
    i32::try_from(text.chars().count()).unwrap_or(i32::MAX)
}
