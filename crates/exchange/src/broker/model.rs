//! A file in transit and its states; pure.

use jiff::Timestamp;
use store::blobs::BlobKey;
use store::{Column, FromRow, Row, ToValue, Value};
use types::OrgNumber;
use types::ids::FileTransferId;
use uuid::Uuid;

macro_rules! states {
    ($(#[$doc:meta])+ $name:ident { $($(#[$state_doc:meta])+ $state:ident $text:literal,)+ }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $name { $($(#[$state_doc])+ $state,)+ }

        impl $name {
            /// The name on the wire and in the table.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$state => stringify!($state),)+ }
            }

            /// What the state means, in the words of the hosted broker.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$state => $text,)+ }
            }

            /// Reads a name in any letter case, as the hosted broker does.
            pub fn parse(text: &str) -> Option<Self> {
                [$(Self::$state),+].into_iter().find(|state| state.as_str().eq_ignore_ascii_case(text))
            }
        }

        impl ToValue for $name {
            fn to_value(&self) -> Value<'_> {
                Value::Text(self.as_str().into())
            }
        }

        impl Column for $name {
            const WANTED: &'static str = "a state of a file transfer";

            fn from_value(value: Value<'_>) -> Option<Self> {
                String::from_value(value).and_then(|text| Self::parse(&text))
            }
        }
    };
}

states! {
    /// Where a transfer is in its life.
    TransferStatus {
        /// Announced, no bytes yet.
        Initialized "Ready for upload",
        /// Bytes are on their way, or an upload was broken off.
        UploadStarted "Upload started",
        /// The bytes are here and are being looked at.
        UploadProcessing "Processing upload",
        /// Recipients can fetch it.
        Published "Ready for download",
        /// Exists in the protocol only.
        Cancelled "FileTransfer cancelled",
        /// Every recipient has it.
        AllConfirmedDownloaded "All downloaded",
        /// The bytes are gone.
        Purged "FileTransfer has been purged",
        /// The bytes were not what was announced, or not clean.
        Failed "Upload failed",
    }
}

states! {
    /// How far a recipient has come.
    RecipientStatus {
        /// Has done nothing yet.
        Initialized "Initialized",
        /// Has begun to fetch it; the latest such moment counts, also after a confirmation.
        DownloadStarted "Download started",
        /// Has it for good.
        DownloadConfirmed "Download confirmed",
    }
}

/// A file in transit.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    pub id: FileTransferId,
    pub sender: OrgNumber,
    pub resource: String,
    pub file_name: String,
    pub senders_reference: Option<String>,
    /// MD5: announced by the sender, or worked out when the bytes came.
    pub checksum: Option<String>,
    pub properties: serde_json::Value,
    pub use_virus_scan: bool,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub status: TransferStatus,
    /// A more specific text than the status has.
    pub status_text: Option<String>,
    pub status_changed: Timestamp,
    pub published: Option<Timestamp>,
    pub bytes: Option<u64>,
    /// The upload under way, or the one that was kept.
    pub upload: Option<Uuid>,
    /// Whether the bytes of `upload` are there.
    pub stored: bool,
    /// When the bytes go, once everybody has them.
    pub purge_at: Option<Timestamp>,
}

impl FromRow for Transfer {
    fn from_row(row: &Row<'_>) -> store::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            sender: row.get("sender")?,
            resource: row.get("resource")?,
            file_name: row.get("file_name")?,
            senders_reference: row.get("senders_reference")?,
            checksum: row.get("checksum")?,
            properties: row.get("properties")?,
            use_virus_scan: row.get("use_virus_scan")?,
            created: row.get("created")?,
            expires: row.get("expires")?,
            status: row.get("status")?,
            status_text: row.get("status_text")?,
            status_changed: row.get("status_changed")?,
            published: row.get("published")?,
            bytes: row.get("bytes")?,
            upload: row.get("upload")?,
            stored: row.get("stored")?,
            purge_at: row.get("purge_at")?,
        })
    }
}

/// One of those who shall have it.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    pub org: OrgNumber,
    pub status: RecipientStatus,
    pub changed: Timestamp,
}

impl FromRow for Recipient {
    fn from_row(row: &Row<'_>) -> store::Result<Self> {
        Ok(Self {
            org: row.get("recipient")?,
            status: row.get("status")?,
            changed: row.get("status_changed")?,
        })
    }
}

/// Names the blob of an upload.
pub(super) fn blob_of(upload: Uuid) -> BlobKey {
    BlobKey::new(super::BLOB_KIND, upload)
}

/// When the bytes are to go: at the end of the grace period, or when the transfer's time is over.
pub(super) fn purge_due(transfer: &Transfer) -> Timestamp {
    transfer.purge_at.map_or(transfer.expires, |at| at.min(transfer.expires))
}

/// Whether a ranged download notes its beginning: pieces of one download within five minutes count
/// as one, so that many pieces do not make many rows.
pub(super) fn notes_ranged_download(recipient: &Recipient, now: Timestamp) -> bool {
    const PIECES_OF_ONE: i64 = 300;
    recipient.status != RecipientStatus::DownloadStarted
        || now.duration_since(recipient.changed).as_secs() >= PIECES_OF_ONE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_in_any_letter_case() {
        assert_eq!(TransferStatus::parse("published"), Some(TransferStatus::Published));
        assert_eq!(RecipientStatus::parse("DownloadStarted"), Some(RecipientStatus::DownloadStarted));
        assert_eq!(TransferStatus::parse("Gone"), None);
    }

    #[test]
    fn pieces_of_one_download_are_noted_once_in_five_minutes() {
        let now: Timestamp = "2026-03-02T10:15:00Z".parse().expect("a moment");
        let recipient = |status, seconds_ago: i64| Recipient {
            org: "310000002".parse().expect("nine digits"),
            status,
            changed: Timestamp::from_second(now.as_second() - seconds_ago).expect("a moment"),
        };

        assert!(notes_ranged_download(&recipient(RecipientStatus::Initialized, 1), now));
        assert!(!notes_ranged_download(&recipient(RecipientStatus::DownloadStarted, 299), now));
        assert!(notes_ranged_download(&recipient(RecipientStatus::DownloadStarted, 300), now));
        assert!(notes_ranged_download(&recipient(RecipientStatus::DownloadConfirmed, 1), now));
    }
}
