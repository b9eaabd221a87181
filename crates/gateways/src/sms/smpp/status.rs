//! What a message centre's command statuses mean for a message. Pure.

use serde::Deserialize;

use crate::SmsResult;

/// It has the message.
pub(super) const OK: u32 = 0x00;
/// What we sent was not understood at all.
pub(super) const INVALID_COMMAND: u32 = 0x03;
/// It asks for a slower pace.
pub(super) const THROTTLED: u32 = 0x58;
/// What a receiver answers that wants the receipt once more.
pub(super) const TEMPORARY: u32 = 0x64;

/// What a status says about the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Never, for no closer reason (`Failed`).
    Refused,
    /// Never, and it is our own mistake, so that somebody must be told.
    OurMistake,
    /// Never to this recipient (`Failed_InvalidRecipient`).
    InvalidRecipient,
    /// Refused by the operator (`Failed_Rejected`).
    Rejected,
    /// Later.
    Passing,
    /// Later, but not more than three times.
    PassingThreeTimes,
    /// Later, and slower.
    RateLimited,
    /// The account is wrong.
    Misconfigured,
    /// The session is not what we think it is; later, over a new one.
    Rebind,
}

impl Verdict {
    /// The meaning of a status other than 0, by the specification.
    pub(super) const fn of(status: u32) -> Self {
        match status {
            0x01..=0x03 | 0x61 | 0x62 => Self::OurMistake,
            0x04 | 0x05 => Self::Rebind,
            0x08 | TEMPORARY => Self::Passing,
            0x0B | 0x50 | 0x51 => Self::InvalidRecipient,
            0x0D | 0x0E | 0x0F | 0x53 => Self::Misconfigured,
            0x14 | THROTTLED => Self::RateLimited,
            // source address, its type and plan; errors in single fields; "permanently" of a receiver
            0x0A | 0x48 | 0x49 | 0x06 | 0x07 | 0x15 | 0x40..=0x44 | 0x54 | 0x63 | 0x65 | 0xC0..=0xC4 => {
                Self::Refused
            }
            0x66 => Self::Rejected,
            _ => Self::PassingThreeTimes,
        }
    }

    /// The final result, where there is one.
    pub(super) const fn result(self) -> Option<SmsResult> {
        match self {
            Self::Refused | Self::OurMistake => Some(SmsResult::Failed),
            Self::InvalidRecipient => Some(SmsResult::FailedInvalidRecipient),
            Self::Rejected => Some(SmsResult::FailedRejected),
            _ => None,
        }
    }
}

/// The specification's name of a status, for people.
pub(super) fn name(status: u32) -> String {
    let name = match status {
        0x01 => "ESME_RINVMSGLEN",
        0x02 => "ESME_RINVCMDLEN",
        0x03 => "ESME_RINVCMDID",
        0x04 => "ESME_RINVBNDSTS",
        0x05 => "ESME_RALYBND",
        0x08 => "ESME_RSYSERR",
        0x0A => "ESME_RINVSRCADR",
        0x0B => "ESME_RINVDSTADR",
        0x0D => "ESME_RBINDFAIL",
        0x0E => "ESME_RINVPASWD",
        0x0F => "ESME_RINVSYSID",
        0x14 => "ESME_RMSGQFUL",
        0x45 => "ESME_RSUBMITFAIL",
        0x48 => "ESME_RINVSRCTON",
        0x49 => "ESME_RINVSRCNPI",
        0x50 => "ESME_RINVDSTTON",
        0x51 => "ESME_RINVDSTNPI",
        0x53 => "ESME_RINVSYSTYP",
        THROTTLED => "ESME_RTHROTTLED",
        0x61 => "ESME_RINVSCHED",
        0x62 => "ESME_RINVEXPIRY",
        TEMPORARY => "ESME_RX_T_APPN",
        0x65 => "ESME_RX_P_APPN",
        0x66 => "ESME_RX_R_APPN",
        0x400..=0x4FF => "vendor-specific",
        _ => "unlisted",
    };
    format!("the message centre answered 0x{status:02x} ({name})")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of section 3.4 of the providers' contract.
    #[test]
    fn every_status_of_the_table_has_its_meaning() {
        use Verdict::*;
        let table = [
            (&[0x01, 0x02, 0x03, 0x61, 0x62][..], OurMistake, Some(SmsResult::Failed)),
            (&[0x04, 0x05], Rebind, None),
            (&[0x08, 0x64], Passing, None),
            (&[0x0A, 0x48, 0x49], Refused, Some(SmsResult::Failed)),
            (&[0x0B, 0x50, 0x51], InvalidRecipient, Some(SmsResult::FailedInvalidRecipient)),
            (&[0x0D, 0x0E, 0x0F, 0x53], Misconfigured, None),
            (&[0x14, 0x58], RateLimited, None),
            (&[0x45, 0x400, 0x4A7, 0x4FF, 0xFF, 0x1234_5678], PassingThreeTimes, None),
        ];
        for (statuses, verdict, result) in table {
            for status in statuses {
                assert_eq!(Verdict::of(*status), verdict, "{status:#x}");
                assert_eq!(verdict.result(), result, "{status:#x}");
            }
        }
    }

    #[test]
    fn a_status_is_named_for_people() {
        assert_eq!(name(0x58), "the message centre answered 0x58 (ESME_RTHROTTLED)");
        assert_eq!(name(0x401), "the message centre answered 0x401 (vendor-specific)");
    }
}
