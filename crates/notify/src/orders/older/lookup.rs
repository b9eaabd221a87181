//! What the answer says about recipients that had to be looked up. Nothing of it is kept.

use serde::Serialize;
use utoipa::ToSchema;

use crate::Notify;
use crate::openapi::words::LookupStatus;
use crate::orders::Content;
use crate::problem::{Code, Problem};
use crate::recipients::{ChannelSchema, Contacts, Phase, Recipient, look_up};

/// Whether those who were looked up can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Status {
    Success,
    PartialSuccess,
    Failed,
}

/// `recipientLookup`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecipientLookup)]
#[serde(rename_all = "camelCase")]
pub(super) struct LookupBody {
    #[schema(value_type = LookupStatus)]
    status: Status,
    is_reserved: Vec<String>,
    missing_contact: Vec<String>,
}

/// Looks up the recipients that have no address of their own; `None` when all have one.
pub(super) async fn of(notify: &Notify, content: &Content) -> Result<Option<LookupBody>, Problem> {
    let wanted: Vec<&Recipient> =
        content.recipients.iter().filter(|recipient| number_of(recipient).is_some()).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let contacts = look_up(notify.contacts(), wanted.iter().copied(), Phase::Registration).await;
    let contacts = contacts.map_err(|error| {
        tracing::warn!(%error, "cannot look up recipients while an order is placed");
        Problem::from(Code::DependencyUnavailable)
    })?;
    Ok(Some(said_of(&wanted, &contacts, content.schema)))
}

fn number_of(recipient: &Recipient) -> Option<String> {
    match recipient {
        Recipient::Person { id, .. } => Some(id.reveal().to_owned()),
        Recipient::Organization { number, .. } => Some(number.to_string()),
        Recipient::Direct { .. } | Recipient::External(_) => None,
    }
}

/// Each number is named once, in the order of the request.
fn said_of(wanted: &[&Recipient], contacts: &Contacts, schema: ChannelSchema) -> LookupBody {
    let (mut reached, mut missed) = (false, false);
    let (mut is_reserved, mut missing_contact) = (Vec::new(), Vec::new());
    let mut seen = std::collections::HashSet::new();
    for recipient in wanted {
        let Some(number) = number_of(recipient) else { continue };
        if !seen.insert(number.clone()) {
            continue;
        }
        let reachable = contacts.is_reachable(recipient, schema);
        if reachable {
            reached = true;
        } else {
            missed = true;
        }
        if contacts.has_declined(recipient) {
            is_reserved.push(number);
        } else if !reachable {
            missing_contact.push(number);
        }
    }
    let status = match (reached, missed) {
        (_, false) => Status::Success,
        (true, true) => Status::PartialSuccess,
        (false, true) => Status::Failed,
    };
    LookupBody { status, is_reserved, missing_contact }
}
