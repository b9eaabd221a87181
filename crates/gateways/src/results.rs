//! The results of notifications, in the words of the published contract.

use std::fmt;
use std::str::FromStr;

macro_rules! results {
    ($(#[$doc:meta])+ $name:ident, not final: $($open:ident)|+; $($(#[$variant_doc:meta])+ $variant:ident = $wire:literal,)+) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])+ $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As it is written in the API and kept in the store.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)+
                }
            }

            /// Whether nothing is expected to follow.
            pub const fn is_final(self) -> bool {
                !matches!(self, $(Self::$open)|+)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownResult;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($wire => Ok(Self::$variant),)+
                    _ => Err(UnknownResult),
                }
            }
        }

        impl store::ToValue for $name {
            fn to_value(&self) -> store::Value<'_> {
                store::Value::Text(self.as_str().into())
            }
        }

        impl store::Column for $name {
            const WANTED: &'static str = "a result of the contract";

            fn from_value(value: store::Value<'_>) -> Option<Self> {
                <String as store::Column>::from_value(value)?.parse().ok()
            }
        }
    };
}

/// A text that is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a result of the contract's vocabulary")]
pub struct UnknownResult;

results! {
    /// The result of one SMS.
    SmsResult, not final: New | Sending | Accepted;
    /// Waiting to be sent.
    New = "New",
    /// On its way to the gateway.
    Sending = "Sending",
    /// The gateway has it.
    Accepted = "Accepted",
    /// On the handset.
    Delivered = "Delivered",
    /// Failed, without a closer reason.
    Failed = "Failed",
    /// The recipient is barred.
    FailedBarredReceiver = "Failed_BarredReceiver",
    /// Removed by the operator.
    FailedDeleted = "Failed_Deleted",
    /// Its lifetime ran out at the operator.
    FailedExpired = "Failed_Expired",
    /// The number cannot be sent to.
    FailedInvalidRecipient = "Failed_InvalidRecipient",
    /// Cannot be delivered.
    FailedUndelivered = "Failed_Undelivered",
    /// Refused by the operator.
    FailedRejected = "Failed_Rejected",
    /// The person has declined digital communication.
    FailedRecipientReserved = "Failed_RecipientReserved",
    /// Nobody was found, or nobody with a number.
    FailedRecipientNotIdentified = "Failed_RecipientNotIdentified",
    /// We stopped waiting.
    FailedTtl = "Failed_TTL",
}

results! {
    /// The result of one e-mail.
    EmailResult, not final: New | Sending | Succeeded | FailedTransientError;
    /// Waiting to be sent.
    New = "New",
    /// On its way to the mail server.
    Sending = "Sending",
    /// The mail server has it.
    Succeeded = "Succeeded",
    /// In the mailbox.
    Delivered = "Delivered",
    /// Failed, without a closer reason.
    Failed = "Failed",
    /// The person has declined digital communication.
    FailedRecipientReserved = "Failed_RecipientReserved",
    /// Nobody was found, or nobody with an address.
    FailedRecipientNotIdentified = "Failed_RecipientNotIdentified",
    /// The address cannot be sent to.
    FailedInvalidEmailFormat = "Failed_InvalidEmailFormat",
    /// The address is on a list of those no longer sent to. The contract spells it with one "p".
    FailedSupressedRecipient = "Failed_SupressedRecipient",
    /// To be tried again; never shown.
    FailedTransientError = "Failed_TransientError",
    /// Returned by the recipient's mail server.
    FailedBounced = "Failed_Bounced",
    /// Taken for spam.
    FailedFilteredSpam = "Failed_FilteredSpam",
    /// Held back by the recipient's mail server.
    FailedQuarantined = "Failed_Quarantined",
    /// We stopped waiting.
    FailedTtl = "Failed_TTL",
    /// An attachment's link does not lead to it.
    FailedInvalidSasUrl = "Failed_InvalidSasUrl",
    /// Larger than the mail server takes.
    FailedPayloadTooLarge = "Failed_PayloadTooLarge",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_result_reads_back_from_what_it_writes() {
        for result in SmsResult::ALL {
            assert_eq!(result.as_str().parse(), Ok(*result));
        }
        for result in EmailResult::ALL {
            assert_eq!(result.as_str().parse(), Ok(*result));
        }
        assert_eq!("failed".parse::<SmsResult>(), Err(UnknownResult));
    }

    #[test]
    fn only_failures_and_deliveries_are_final() {
        let open = |text: &str| !text.starts_with("Failed") && text != "Delivered";
        for result in SmsResult::ALL {
            assert_eq!(result.is_final(), !open(result.as_str()), "{result}");
        }
        for result in EmailResult::ALL {
            let expected = !open(result.as_str()) && *result != EmailResult::FailedTransientError;
            assert_eq!(result.is_final(), expected, "{result}");
        }
    }
}
