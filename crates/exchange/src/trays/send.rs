//! Sends what a client has put into its tray.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{AT_ONCE, TrayConfig, TrayError, client};
use crate::Exchange;
use crate::outbox::{self, Accepted, Enclosed};
use crate::problem::Problem;
use crate::transports::folder::content::{FileSource, Load};
use crate::transports::folder::layout::Listed;
use crate::transports::folder::put::Outlet;
use crate::transports::folder::take::{Claim, DropError, Inlet};

/// The file in which the id of a claimed message is kept.
const ID: &str = ".message-id";
/// Where answers are.
const SENT: &str = "sent";
/// What a message is refused with whose id is used already.
const EXISTS: &str = "MessageAlreadyExistsException";

/// A claimed message, read.
struct Draft {
    /// Whether an earlier try may have come as far as storing it.
    tried: bool,
    envelope: Value,
    files: Vec<(Listed, FileSource)>,
}

/// Everything that is whole; answers how much that was.
pub(super) async fn look(app: &Exchange, tray: &TrayConfig) -> Result<usize, TrayError> {
    let Some(send) = &tray.send else { return Ok(0) };
    let (inlet, this_try) = (Inlet::new(send), app.random().uuid_v4());
    let claiming = inlet.clone();
    let claims = tokio::task::spawn_blocking(move || claiming.claim(this_try)).await??;
    let mut done = 0;
    for claim in claims.into_iter().take(AT_ONCE) {
        match send_one(app, tray, &inlet, claim).await {
            Ok(settled) => done += usize::from(settled),
            Err(error) => tracing::warn!(tray = tray.name, %error, "a message in a tray waits"),
        }
    }
    Ok(done)
}

/// Answers whether the message has left the tray.
async fn send_one(app: &Exchange, tray: &TrayConfig, inlet: &Inlet, claim: Claim) -> Result<bool, TrayError> {
    let (mut claim, fresh) = (claim, app.random().uuid_v4());
    let reading = move || {
        let draft = read(&mut claim, fresh);
        (claim, draft)
    };
    let (claim, draft) = tokio::task::spawn_blocking(reading).await?;
    let draft = match draft {
        Ok(draft) => draft,
        Err(DropError::Wrong(reason)) => return reject(inlet, claim, reason).await,
        Err(DropError::Io(error)) => return Err(error.into()),
    };
    let (tried, sbd) = (draft.tried, draft.envelope.to_string());
    let message_id = id_in(&draft.envelope);
    let enclosed = draft.files.into_iter().map(|(listed, source)| Enclosed {
        name: listed.filename,
        title: listed.title,
        media_type: listed.mimetype,
        source: Arc::new(source),
    });
    let posted = outbox::send_as_one(app, client(app, tray), sbd.as_bytes(), enclosed.collect()).await;
    let accepted = match posted {
        Ok(accepted) => accepted,
        // The process ended after it was stored and before it was taken out of here.
        Err(problem) if tried && problem.is(EXISTS) => {
            Accepted { message_id, conversation_id: None, answer: draft.envelope }
        }
        Err(problem) if problem.is_temporary() => return Err(problem.into()),
        Err(problem) => return reject(inlet, claim, told(&problem)).await,
    };
    let Accepted { message_id, conversation_id, answer } = accepted;
    let answer = json!({ "messageId": message_id, "conversationId": conversation_id, "sbd": answer });
    let (inlet, this_try) = (inlet.clone(), app.random().uuid_v4());
    let settled = tokio::task::spawn_blocking(move || {
        let answers = Outlet::new(inlet.root());
        answers.put_file(
            &[SENT],
            &format!("{}.json", claim.name),
            this_try,
            answer.to_string().as_bytes(),
        )?;
        inlet.done(&claim)
    });
    settled.await??;
    Ok(true)
}

async fn reject(inlet: &Inlet, claim: Claim, reason: String) -> Result<bool, TrayError> {
    let inlet = inlet.clone();
    tokio::task::spawn_blocking(move || inlet.reject(&claim, &reason)).await??;
    Ok(true)
}

fn told(problem: &Problem) -> String {
    serde_json::to_string(&problem.body()).unwrap_or_else(|_| problem.exception())
}

/// Reads a claimed message and gives it an id that every try finds again.
fn read(claim: &mut Claim, fresh: Uuid) -> Result<Draft, DropError> {
    let content = claim.open()?;
    let Load::Files(files) = content.load else {
        let reason = "a message to be sent holds its files as they are, not a container";
        return Err(DropError::Wrong(reason.to_owned()));
    };
    let envelope = serde_json::from_slice(&content.envelope.unwrap_or_default());
    let mut envelope: Value = envelope.map_err(|error| DropError::Wrong(format!("sbd.json: {error}")))?;
    let (id, tried) = keep_id(claim, fresh)?;
    let pointer = "/standardBusinessDocumentHeader/documentIdentification";
    if let Some(Value::Object(identification)) = envelope.pointer_mut(pointer)
        && identification.get("instanceIdentifier").is_none_or(Value::is_null)
    {
        identification.insert("instanceIdentifier".to_owned(), id.to_string().into());
    }
    Ok(Draft { tried, envelope, files })
}

/// The id that an earlier try wrote down, or this one; answers whether there was an earlier try.
fn keep_id(claim: &mut Claim, fresh: Uuid) -> Result<(Uuid, bool), DropError> {
    let (text, tried) = claim.keep(ID, &fresh.to_string())?;
    Ok((text.trim().parse().unwrap_or(fresh), tried))
}

fn id_in(envelope: &Value) -> String {
    let pointer = "/standardBusinessDocumentHeader/documentIdentification/instanceIdentifier";
    envelope.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
