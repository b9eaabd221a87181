//! `GET /broker/api/v1/filetransfer/{id}` and `…/details`: a transfer and how far it has come.

use axum::Json;
use axum::extract::{Path, State};
use http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use types::ids::FileTransferId;

use super::Broker;
use super::access::{READ, Seen, WRITE, accepts_json, transfer_id};
use super::model::Recipient;
use super::problem::Problem;
use super::sql::{self, Noted};

/// Null members are written out; clients of the hosted broker expect them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransferBody {
    file_transfer_id: FileTransferId,
    resource_id: String,
    file_name: String,
    senders_file_transfer_reference: Option<String>,
    checksum: Option<String>,
    use_virus_scan: bool,
    file_transfer_size: u64,
    file_transfer_status: &'static str,
    file_transfer_status_text: String,
    file_transfer_status_changed: String,
    created: String,
    expiration_time: String,
    sender: String,
    recipients: Vec<RecipientBody>,
    property_list: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecipientBody {
    recipient: String,
    current_recipient_file_transfer_status_code: &'static str,
    current_recipient_file_transfer_status_text: &'static str,
    current_recipient_file_transfer_status_changed: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OverviewBody {
    #[serde(flatten)]
    transfer: TransferBody,
    published: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DetailsBody {
    #[serde(flatten)]
    transfer: TransferBody,
    file_transfer_status_history: Vec<StatusBody>,
    recipient_file_transfer_status_history: Vec<RecipientStatusBody>,
}

#[derive(Serialize)]
struct StatusBody {
    #[serde(rename = "fileTransferStatus")]
    status: String,
    #[serde(rename = "fileTransferStatusText")]
    text: String,
    #[serde(rename = "fileTransferStatusChanged")]
    changed: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecipientStatusBody {
    recipient: String,
    recipient_file_transfer_status_code: String,
    recipient_file_transfer_status_text: String,
    recipient_file_transfer_status_changed: String,
}

pub(super) async fn overview(
    State(broker): State<Broker>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<OverviewBody>, Problem> {
    accepts_json(&headers)?;
    let caller = broker.caller(&headers, &[READ, WRITE]).await?;
    let id = transfer_id(&id)?;
    let seen = broker.0.store.read(move |tx| Seen::find(tx, id, caller.org)).await?;
    let published = seen.transfer.published.map(moment);
    Ok(Json(OverviewBody { transfer: seen.into(), published }))
}

pub(super) async fn details(
    State(broker): State<Broker>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<DetailsBody>, Problem> {
    accepts_json(&headers)?;
    let caller = broker.caller(&headers, &[READ, WRITE]).await?;
    let id = transfer_id(&id)?;
    let read = move |tx: &mut store::Tx<'_>| {
        Ok::<_, Problem>((Seen::find(tx, id, caller.org)?, sql::history(tx, id)?))
    };
    let (seen, history) = broker.0.store.read(read).await?;
    let mut body = DetailsBody {
        transfer: seen.into(),
        file_transfer_status_history: Vec::new(),
        recipient_file_transfer_status_history: Vec::new(),
    };
    for noted in history {
        body.add(noted);
    }
    Ok(Json(body))
}

impl DetailsBody {
    fn add(&mut self, noted: Noted) {
        let Noted { recipient, status, text, changed } = noted;
        let changed = moment(changed);
        let Some(org) = recipient else {
            self.file_transfer_status_history.push(StatusBody { status, text, changed });
            return;
        };
        self.recipient_file_transfer_status_history.push(RecipientStatusBody {
            recipient: format!("0192:{org}"),
            recipient_file_transfer_status_code: status,
            recipient_file_transfer_status_text: text,
            recipient_file_transfer_status_changed: changed,
        });
    }
}

impl From<Seen> for TransferBody {
    fn from(seen: Seen) -> Self {
        let transfer = seen.transfer;
        let text = transfer.status_text.unwrap_or_else(|| transfer.status.text().to_owned());
        Self {
            file_transfer_id: transfer.id,
            resource_id: transfer.resource,
            file_name: transfer.file_name,
            senders_file_transfer_reference: transfer.senders_reference,
            checksum: transfer.checksum,
            use_virus_scan: transfer.use_virus_scan,
            file_transfer_size: transfer.bytes.unwrap_or(0),
            file_transfer_status: transfer.status.as_str(),
            file_transfer_status_text: text,
            file_transfer_status_changed: moment(transfer.status_changed),
            created: moment(transfer.created),
            expiration_time: moment(transfer.expires),
            sender: format!("0192:{}", transfer.sender),
            recipients: seen.recipients.iter().map(RecipientBody::from).collect(),
            property_list: transfer.properties,
        }
    }
}

impl From<&Recipient> for RecipientBody {
    fn from(recipient: &Recipient) -> Self {
        Self {
            recipient: format!("0192:{}", recipient.org),
            current_recipient_file_transfer_status_code: recipient.status.as_str(),
            current_recipient_file_transfer_status_text: recipient.status.text(),
            current_recipient_file_transfer_status_changed: moment(recipient.changed),
        }
    }
}

/// With an offset and six decimals, as Java clients parse it.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}
