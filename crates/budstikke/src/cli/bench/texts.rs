//! Texts that no engine can compress, and the requests and rows made of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use types::random::Random;
use uuid::Uuid;

/// Letters in the pool that pieces are cut from.
pub(super) const POOL: usize = 1 << 20;
/// Letters in an e-mail's body: a request is then about 1.6 KB of JSON.
pub(super) const BODY: usize = 1_200;
/// Letters in an SMS: one part.
const SMS: usize = 120;
/// Sixty-four letters, one for six random bits.
const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";

/// A pool of random letters. Clones are the same pool and count on together.
#[derive(Clone)]
pub(super) struct Texts {
    pool: Arc<str>,
    next: Arc<AtomicU64>,
    random: Random,
    /// When everything ordered is to be sent: not while we measure.
    later: Arc<str>,
}

impl Texts {
    pub(super) fn new() -> Self {
        let random = Random::seeded(Uuid::now_v7().as_u64_pair().1);
        let mut pool = String::with_capacity(POOL);
        while pool.len() < POOL {
            pool.extend(random.bytes().map(|byte| char::from(LETTERS[usize::from(byte & 63)])));
        }
        let later = Timestamp::now() + SignedDuration::from_hours(24);
        Self { pool: pool.into(), next: Arc::default(), random, later: later.to_string().into() }
    }

    /// The whole pool.
    pub(super) fn pool(&self) -> &str {
        &self.pool
    }

    /// A number that nobody else got.
    pub(super) fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// A piece of the pool, elsewhere for every number.
    pub(super) fn piece(&self, number: u64, length: usize) -> &str {
        let place = usize::try_from(number.wrapping_mul(7_919)).unwrap_or(0) % (self.pool.len() - length);
        &self.pool[place..place + length]
    }

    /// A number below `end`.
    pub(super) fn below(&self, end: u64) -> u64 {
        let bytes = self.random.bytes();
        let number = u64::from_be_bytes(std::array::from_fn(|place| bytes[place]));
        number % end.max(1)
    }

    /// An order of one e-mail as a sender asks for it, its idempotency id as random as theirs.
    pub(super) fn order(&self) -> String {
        let number = self.number();
        let (id, later, body) = (self.random.uuid_v4(), &self.later, self.piece(number, BODY));
        format!(
            r#"{{"idempotencyId":"{id}","sendersReference":"sak-2026-{number}","requestedSendTime":"{later}","recipient":{{"recipientEmail":{{"emailAddress":"innbygger{number}@fjord.example","emailSettings":{{"subject":"Vedtak i sak {number}","body":"{body}","contentType":"Plain"}}}}}}}}"#
        )
    }

    /// An order of one SMS that is to be sent at once.
    pub(super) fn sms_now(&self) -> String {
        let number = self.number();
        // The simulated gateway delivers to numbers with this ending.
        let phone = format!("+479{:03}0001", number % 1_000);
        let (id, body) = (self.random.uuid_v4(), self.piece(number, SMS));
        format!(
            r#"{{"idempotencyId":"{id}","sendersReference":"sak-2026-{number}","recipient":{{"recipientSms":{{"phoneNumber":"{phone}","smsSettings":{{"sender":"Fjord","body":"{body}","sendingTimePolicy":"Anytime"}}}}}}}}"#
        )
    }

    /// A row for each of the three tables of the raw engine.
    pub(super) fn rows(&self) -> Rows<'_> {
        let number = self.number();
        let (order, notification) = (Uuid::now_v7(), Uuid::now_v7());
        let address = format!("innbygger{number}@fjord.example");
        Rows {
            order,
            notification,
            content: format!(r#"{{"schema":"email","to":[{{"direct":{{"email":"{address}"}}}}]}}"#),
            texts: self.piece(number, BODY),
            entry: entry(order, &address),
            address,
            number: i64::try_from(number).unwrap_or(i64::MAX),
        }
    }
}

/// What the raw engine keeps of an order.
pub(super) struct Rows<'a> {
    pub order: Uuid,
    pub notification: Uuid,
    pub content: String,
    pub texts: &'a str,
    pub entry: String,
    pub address: String,
    pub number: i64,
}

/// An entry of the feed as it is kept.
fn entry(order: Uuid, address: &str) -> String {
    format!(
        r#"{{"shipmentId":"{order}","sendersReference":"sak-2026","shipmentType":"Notification","status":"Order_Completed","lastUpdate":"2026-11-20T10:15:00.123456Z","recipients":[{{"destination":"{address}","status":"Email_Delivered","lastUpdate":"2026-11-20T10:15:00.123456Z"}}]}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_orders_say_the_same_and_each_is_json() {
        let texts = Texts::new();
        let [first, second] = [texts.order(), texts.order()]
            .map(|order| serde_json::from_str::<serde_json::Value>(&order).expect("an order is JSON"));
        assert_ne!(first["idempotencyId"], second["idempotencyId"]);
        let body = |order: &serde_json::Value| {
            order["recipient"]["recipientEmail"]["emailSettings"]["body"].as_str().map(str::to_owned)
        };
        assert_eq!(body(&first).map(|body| body.len()), Some(BODY));
        assert_ne!(body(&first), body(&second));
    }
}
