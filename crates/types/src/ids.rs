//! One typed UUID for each kind of thing, so that mixing up two ids does not compile.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])+ $name:ident;)+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this value.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The plain UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A chain: a main order and its reminders, registered together (`notificationOrderId`).
    ChainId;
    /// One order of a chain (`shipmentId` in the newer endpoints, `id` in the older ones).
    OrderId;
    /// One e-mail to one address or one SMS to one number.
    NotificationId;
    /// One try to hand something to the outside world.
    AttemptId;
    /// A file on its way through the broker.
    FileTransferId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_what_it_writes() {
        let text = "a8d4b6a2-8a54-4b7a-b1cf-6f8e2a7b9c11";
        assert_eq!(text.parse::<OrderId>().expect("a UUID").to_string(), text);
        assert_eq!(
            serde_json::to_string(&text.parse::<OrderId>().expect("a UUID")).expect("JSON"),
            format!("\"{text}\"")
        );
    }
}
