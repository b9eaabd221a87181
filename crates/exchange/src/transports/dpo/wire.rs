//! What goes to the broker and comes from it. Answers are read leniently: a state that is newer than
//! we are is no reason to lose a message.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::OrgNumber;

use super::progress::Progress;

/// All eight members are written, nulls included, as the reference does.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnnouncementBody<'a> {
    pub file_name: &'a str,
    pub resource_id: &'a str,
    pub senders_file_transfer_reference: &'a str,
    pub sender: String,
    pub recipients: [String; 1],
    pub property_list: BTreeMap<&'a str, String>,
    pub checksum: Option<&'a str>,
    pub disable_virus_scan: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TransferIdBody {
    pub file_transfer_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OverviewBody {
    pub file_transfer_id: String,
    pub senders_file_transfer_reference: Option<String>,
    pub checksum: Option<String>,
    pub file_transfer_size: Option<u64>,
    pub file_transfer_status: Option<String>,
    pub file_transfer_status_text: Option<String>,
    pub file_transfer_status_changed: Option<Timestamp>,
    pub created: Timestamp,
    pub published: Option<Timestamp>,
    pub sender: Option<String>,
    #[serde(default)]
    pub recipients: Vec<RecipientBody>,
    pub property_list: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecipientBody {
    pub recipient: String,
    pub current_recipient_file_transfer_status_code: Option<String>,
}

/// An error answer; whatever part of it is there.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProblemBody {
    pub title: Option<String>,
    pub detail: Option<String>,
    pub code: Option<String>,
}

impl OverviewBody {
    fn status(&self) -> &str {
        self.file_transfer_status.as_deref().unwrap_or_default()
    }

    /// Whether the bytes have not come: an upload may still be begun.
    pub fn awaits_upload(&self) -> bool {
        matches!(self.status(), "Initialized" | "UploadStarted")
    }

    /// How far it has come for its sender.
    pub fn progress(&self) -> Progress {
        match self.status() {
            "Published" => Progress::Available,
            "AllConfirmedDownloaded" => Progress::Confirmed,
            "Purged" if self.recipients.iter().all(RecipientBody::has_confirmed) => Progress::Confirmed,
            "Purged" => Progress::Failed("the broker deleted it before it was fetched".to_owned()),
            "Failed" | "Cancelled" => {
                let text = self.file_transfer_status_text.as_deref().unwrap_or_default();
                Progress::Failed(text.replace('\0', "\u{fffd}"))
            }
            _ => Progress::UnderWay,
        }
    }

    /// The moment by which the broker orders what is published.
    pub fn published_at(&self) -> Timestamp {
        self.published.or(self.file_transfer_status_changed).unwrap_or(self.created)
    }

    /// Whether this recipient needs it no more.
    pub fn is_done_for(&self, org: OrgNumber) -> bool {
        let own = self.recipients.iter().find(|recipient| number(&recipient.recipient) == Some(org));
        matches!(self.status(), "AllConfirmedDownloaded" | "Purged")
            || own.is_some_and(RecipientBody::has_confirmed)
    }
}

impl RecipientBody {
    fn has_confirmed(&self) -> bool {
        self.current_recipient_file_transfer_status_code.as_deref() == Some("DownloadConfirmed")
    }
}

/// The number after the last colon.
pub(super) fn number(organization: &str) -> Option<OrgNumber> {
    organization.rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overview(status: &str, recipient: &str) -> OverviewBody {
        serde_json::from_value(serde_json::json!({
            "fileTransferId": "3f1c0f0a-8a2e-4bb7-9f0f-3a6c9d0a5e21", "fileTransferStatus": status,
            "fileTransferStatusText": "Malware scan failed", "created": "2026-03-02T09:15:27.0041133+00:00",
            "recipients": [ { "recipient": "0192:310000002",
                "currentRecipientFileTransferStatusCode": recipient } ] }))
        .expect("an overview")
    }

    #[test]
    fn states_are_understood_and_unknown_ones_are_under_way() {
        let progress = |status| overview(status, "Initialized").progress();

        assert_eq!(progress("Published"), Progress::Available);
        assert_eq!(progress("AllConfirmedDownloaded"), Progress::Confirmed);
        assert_eq!(progress("Failed"), Progress::Failed("Malware scan failed".to_owned()));
        assert!(matches!(progress("Purged"), Progress::Failed(_)));
        assert_eq!(overview("Purged", "DownloadConfirmed").progress(), Progress::Confirmed);
        assert_eq!(progress("SomethingNewer"), Progress::UnderWay);
    }

    #[test]
    fn a_recipient_is_done_when_it_has_confirmed() {
        let org: OrgNumber = "310000002".parse().expect("nine digits");
        let other: OrgNumber = "310000003".parse().expect("nine digits");

        assert!(overview("Published", "DownloadConfirmed").is_done_for(org));
        assert!(!overview("Published", "DownloadConfirmed").is_done_for(other));
        assert!(!overview("Published", "DownloadStarted").is_done_for(org));
        assert!(overview("Purged", "DownloadStarted").is_done_for(org));
    }

    /// Covers: ET-37
    #[test]
    fn an_announcement_has_all_eight_members() {
        let body = AnnouncementBody {
            file_name: "sbd.zip",
            resource_id: "eformidling-dpo-meldingsutveksling",
            senders_file_transfer_reference: "8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c11",
            sender: "0192:310000001".to_owned(),
            recipients: ["0192:310000002".to_owned()],
            property_list: BTreeMap::new(),
            checksum: None,
            disable_virus_scan: None,
        };

        let expected = serde_json::json!({ "fileName": "sbd.zip",
            "resourceId": "eformidling-dpo-meldingsutveksling",
            "sendersFileTransferReference": "8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c11",
            "sender": "0192:310000001", "recipients": ["0192:310000002"],
            "propertyList": {}, "checksum": null, "disableVirusScan": null });
        assert_eq!(serde_json::to_value(body).expect("JSON"), expected);
    }
}
