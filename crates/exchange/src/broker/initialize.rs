//! `POST /broker/api/v1/filetransfer`: announces a file.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use jiff::SignedDuration;
use jobs::Due;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use types::OrgNumber;
use types::ids::FileTransferId;

use super::access::{WRITE, accepts_json, organization};
use super::model::{Transfer, TransferStatus};
use super::problem::Problem;
use super::purge::Purge;
use super::{Broker, LANE, sql, usage};

/// The largest announcement, in bytes: ten properties of 3000 characters and their surroundings.
const LARGEST_BODY: usize = 1 << 20;

/// Names are matched in any letter case, and unknown members are ignored.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "lowercase")]
struct AnnouncementBody {
    filename: Option<String>,
    resourceid: Option<String>,
    sendersfiletransferreference: Option<String>,
    sender: Option<String>,
    recipients: Option<Vec<String>>,
    propertylist: Option<BTreeMap<String, String>>,
    checksum: Option<String>,
    disablevirusscan: Option<bool>,
}

/// The answer of announcement and upload.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TransferIdBody {
    pub file_transfer_id: FileTransferId,
}

/// An announcement without mistakes.
struct Announcement {
    file_name: String,
    resource: String,
    reference: Option<String>,
    sender: OrgNumber,
    recipients: Vec<OrgNumber>,
    properties: BTreeMap<String, String>,
    checksum: Option<String>,
    wants_scan: bool,
}

pub(super) async fn handle(
    State(broker): State<Broker>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<TransferIdBody>, Problem> {
    accepts_json(&headers)?;
    let caller = broker.caller(&headers, &[WRITE]).await?;
    let announced = check(read(body).await?)?;
    if announced.sender != caller.org {
        return Err(Problem::NoAccess);
    }
    if !broker.0.config.has_resource(&announced.resource) {
        return Err(Problem::UnknownResource);
    }
    let id = broker.keep(announced).await?;
    Ok(Json(TransferIdBody { file_transfer_id: id }))
}

impl Broker {
    async fn keep(&self, announced: Announcement) -> Result<FileTransferId, Problem> {
        let inner = &self.0;
        let now = inner.clock.now();
        let life = SignedDuration::from_hours(24 * i64::from(inner.config.time_to_live_days));
        let id = FileTransferId::new(inner.random.uuid_v7(now));
        let transfer = Transfer {
            id,
            sender: announced.sender,
            resource: announced.resource,
            file_name: announced.file_name,
            senders_reference: announced.reference,
            checksum: announced.checksum,
            properties: serde_json::json!(announced.properties),
            use_virus_scan: announced.wants_scan && inner.config.scan_delay_seconds > 0,
            created: now,
            expires: now.checked_add(life).unwrap_or(jiff::Timestamp::MAX),
            status: TransferStatus::Initialized,
            status_text: None,
            status_changed: now,
            published: None,
            bytes: None,
            upload: None,
            stored: false,
            purge_at: None,
        };
        let job = inner.random.uuid_v7(now);
        let recipients = announced.recipients;
        let config = inner.config.clone();
        let keep = move |tx: &mut store::Tx<'_>| {
            sql::insert(tx, &transfer, &recipients)?;
            usage::open(tx, transfer.sender, &config)?;
            let due = Due::at(LANE, &transfer.sender, transfer.expires);
            Ok::<_, Problem>(jobs::enqueue::<Self, _>(tx, job, &Purge { transfer: id }, &due, now)?)
        };
        inner.store.write(keep).await?;
        Ok(id)
    }
}

async fn read(body: Body) -> Result<AnnouncementBody, Problem> {
    let wrong = |why: String| Problem::field("$", why);
    let bytes = web::body::read(body, LARGEST_BODY).await.map_err(|why| wrong(why.to_string()))?;
    let members: Map<String, Value> =
        serde_json::from_slice(&bytes).map_err(|why| wrong(format!("not a JSON object: {why}")))?;
    let members: Map<String, Value> =
        members.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    serde_json::from_value(Value::Object(members)).map_err(|why| wrong(why.to_string()))
}

/// Collects every mistake, so that the caller hears of all of them at once.
#[derive(Default)]
struct Mistakes(BTreeMap<String, Vec<String>>);

impl Mistakes {
    fn demand(&mut self, fine: bool, field: &str, why: &str) {
        if !fine {
            self.0.entry(field.to_owned()).or_default().push(why.to_owned());
        }
    }
}

fn check(body: AnnouncementBody) -> Result<Announcement, Problem> {
    let mut mistakes = Mistakes::default();
    let length = |text: &str| text.chars().count();
    let file_name = body.filename.unwrap_or_default();
    let fits = (1..=255).contains(&length(&file_name)) && !file_name.contains('\0');
    mistakes.demand(fits, "FileName", "must have 1 to 255 characters, NUL not among them");
    let resource = resource(&body.resourceid.unwrap_or_default());
    mistakes.demand(resource.is_some(), "ResourceId", "must have 1 to 255 characters and no colon");
    let reference = body.sendersfiletransferreference;
    let fits = |text: &str| (1..=4096).contains(&length(text)) && !text.contains('\0');
    let fits = reference.as_deref().is_none_or(fits);
    let why = "must have 1 to 4096 characters, NUL not among them";
    mistakes.demand(fits, "SendersFileTransferReference", why);
    let sender = body.sender.as_deref().and_then(organization);
    mistakes.demand(sender.is_some(), "Sender", "must be an organization, such as 0192:991825827");
    let recipients = recipients(&body.recipients.unwrap_or_default());
    mistakes.demand(recipients.is_some(), "Recipients", "must be at least one organization");
    let properties = body.propertylist.unwrap_or_default();
    let fit = properties.iter().all(|(key, value)| length(key) <= 50 && length(value) <= 3000);
    mistakes.demand(
        fit && properties.len() <= 10,
        "PropertyList",
        "holds at most 10 entries, keys of at most 50 and values of at most 3000 characters",
    );
    let checksum = body.checksum.filter(|text| !text.trim().is_empty());
    let fits = checksum.as_deref().is_none_or(is_md5);
    mistakes.demand(fits, "Checksum", "must be MD5 in 32 lower-case hexadecimal digits");
    match (resource, sender, recipients) {
        (Some(resource), Some(sender), Some(recipients)) if mistakes.0.is_empty() => Ok(Announcement {
            file_name,
            resource,
            reference,
            sender,
            recipients,
            properties,
            checksum,
            wants_scan: !body.disablevirusscan.unwrap_or(false),
        }),
        _ => Err(Problem::Invalid(mistakes.0)),
    }
}

/// The resource's own name; the prefix of its URN form is dropped.
pub(super) fn resource(text: &str) -> Option<String> {
    let name = text.strip_prefix("urn:altinn:resource:").unwrap_or(text);
    let fits = (1..=255).contains(&name.chars().count()) && !name.contains([':', '\0']);
    fits.then(|| name.to_owned())
}

/// Everybody once.
fn recipients(texts: &[String]) -> Option<Vec<OrgNumber>> {
    let mut recipients = texts.iter().map(|text| organization(text)).collect::<Option<Vec<_>>>()?;
    recipients.sort_unstable();
    recipients.dedup();
    (!recipients.is_empty()).then_some(recipients)
}

fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parse(json: &'static str) -> Result<Announcement, Problem> {
        check(read(Body::from(json)).await?)
    }

    fn mistakes(outcome: Result<Announcement, Problem>) -> Vec<String> {
        match outcome {
            Err(Problem::Invalid(errors)) => errors.into_keys().collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => Vec::new(),
        }
    }

    #[tokio::test]
    async fn names_in_any_case_nulls_and_unknown_members_are_taken() {
        let announced = parse(
            r#"{"FileName":"sbd.zip","RESOURCEID":"urn:altinn:resource:r","sender":"0192:310000001",
                "recipients":["0192:310000002","urn:altinn:organization:identifier-no:310000002"],
                "checksum":"","propertyList":null,"disableVirusScan":null,"more":1}"#,
        )
        .await
        .expect("no mistakes");

        assert_eq!((announced.file_name.as_str(), announced.resource.as_str()), ("sbd.zip", "r"));
        assert_eq!(announced.recipients.len(), 1);
        assert_eq!(announced.checksum, None);
    }

    #[tokio::test]
    async fn every_mistake_is_named() {
        let wrong = parse(
            r#"{"fileName":"","resourceId":"a:b","sendersFileTransferReference":"","sender":"310000001",
                "recipients":[],"checksum":"9A0364B9E99BB480DD25E1F0284C8555"}"#,
        )
        .await;

        let expected =
            ["Checksum", "FileName", "Recipients", "ResourceId", "Sender", "SendersFileTransferReference"];
        assert_eq!(mistakes(wrong), expected);
        assert_eq!(mistakes(parse("[1]").await), ["$"]);
    }
}
