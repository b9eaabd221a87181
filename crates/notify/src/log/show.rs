//! `GET /future/log?dialogId=`: what a service owner has sent about a dialog. An addition of ours; the
//! endpoint for end users needs a login that knows who may see a dialog.

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use types::ids::NotificationId;
use utoipa::ToSchema;
use uuid::Uuid;

use super::sql::{self, Logged};
use crate::access::{self, Policy};
use crate::api::{Api, query, shown};
use crate::openapi::words::{DeliveryStatus, LogChannel, ShipmentType};
use crate::problem::Problem;
use crate::recipients::Channel;

#[derive(Serialize, ToSchema)]
#[schema(as = LoggedNotification)]
#[serde(rename_all = "camelCase")]
struct LoggedBody {
    #[schema(value_type = Uuid)]
    notification_id: NotificationId,
    dialog_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transmission_id: Option<String>,
    #[serde(rename = "type")]
    #[schema(value_type = ShipmentType)]
    kind: &'static str,
    #[schema(value_type = LogChannel)]
    channel: &'static str,
    destination: String,
    #[schema(value_type = DeliveryStatus)]
    status: String,
    requested_send_time: Timestamp,
    last_update_time: Timestamp,
}

impl From<Logged> for LoggedBody {
    fn from(logged: Logged) -> Self {
        Self {
            notification_id: logged.notification,
            dialog_id: logged.dialog,
            transmission_id: logged.transmission,
            kind: logged.kind.wire(),
            channel: match logged.standing.channel() {
                Channel::Email => "Email",
                Channel::Sms => "Sms",
            },
            destination: logged.destination,
            status: logged.standing.wire(),
            requested_send_time: logged.requested,
            last_update_time: logged.changed,
        }
    }
}

/// Shows the caller's own rows about a dialog.
#[utoipa::path(get, path = "/future/log", operation_id = "readLog", tag = "Status",
    params(
        ("dialogId" = Uuid, Query, description = "The dialog."),
        ("transmissionId" = Option<String>, Query, description = "Only about this transmission."),
    ),
    responses((status = 200, body = Vec<LoggedBody>), (status = 400)))]
pub(crate) async fn show(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    let granted = access::allow(api.notify.verifier(), request.headers(), Policy::ReadShipments).await?;
    let query = query(request.uri());
    let given = |name: &str| {
        query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    };
    let dialog: Option<Uuid> = given("dialogId").and_then(|text| text.parse().ok());
    let dialog = dialog.ok_or_else(|| Problem::wrong("dialogId", "must be a UUID"))?;
    let transmission = given("transmissionId").filter(|text| !text.is_empty());
    if transmission.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(Problem::wrong("transmissionId", "must not have the character U+0000"));
    }
    let creator = granted.creator()?;
    let read = move |tx: &mut Tx<'_>| {
        sql::about(tx, &creator, &dialog.hyphenated().to_string(), transmission.as_deref())
    };
    let found: Result<Vec<Logged>, store::Error> = api.notify.store().read(read).await;
    Ok(shown(&found?.into_iter().map(LoggedBody::from).collect::<Vec<_>>()))
}
