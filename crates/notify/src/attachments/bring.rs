//! Brings the files of a notification, or says what becomes of it instead.

use jobs::Taken;
use types::ids::NotificationId;

use super::fetch::{Files, Trouble};
use super::sql;
use crate::{COMPOSED, Notify};
use gateways::{EmailResult, HandOver, Holdup};

/// The files that go with an e-mail. E-mail without files stands in other lines and has none.
///
/// To be called before the attempt is written down: nothing has been handed over yet. The error is what
/// becomes of the e-mail instead of a hand-over.
pub(crate) async fn bring(
    app: &Notify,
    taken: &Taken,
    id: NotificationId,
) -> Result<Files, HandOver<EmailResult>> {
    if taken.lane != COMPOSED.0 {
        return Ok(Files::none());
    }
    let links = app
        .store()
        .read(move |tx| sql::of_notification(tx, id))
        .await
        .map_err(|error| store_failed(&error))?;
    if links.is_empty() {
        return Ok(Files::none());
    }
    let count = links.len();
    let fetched = app.porter().fetch(&links, app.clock().now()).await;
    let (bytes, note) = match &fetched {
        Ok(files) => (files.bytes, Some(("files fetched", format!("{count} files, {} bytes", files.bytes)))),
        Err(Trouble::Passing { .. }) => (0, None),
        Err(trouble) => (0, Some(("files not fetched", trouble.to_string()))),
    };
    if let Some((cause, detail)) = note {
        let now = app.clock().now();
        let work = move |tx: &mut store::Tx<'_>| sql::note(tx, id, bytes, (cause, &detail), now);
        app.store().write(work).await.map_err(|error| store_failed(&error))?;
    }
    fetched.map_err(|trouble| instead(&trouble))
}

fn store_failed(error: &store::Error) -> HandOver<EmailResult> {
    later(format!("the files cannot be looked up: {error}"), None)
}

fn later(cause: String, after: Option<std::time::Duration>) -> HandOver<EmailResult> {
    HandOver::TryLater { after, cause: Holdup::Passing(cause) }
}

fn instead(trouble: &Trouble) -> HandOver<EmailResult> {
    let detail = trouble.to_string();
    match trouble {
        Trouble::Refused(_) | Trouble::RunOut | Trouble::NotCalled => {
            HandOver::Refused { result: EmailResult::FailedInvalidSasUrl, detail }
        }
        Trouble::TooLarge(_) => HandOver::Refused { result: EmailResult::FailedPayloadTooLarge, detail },
        Trouble::Passing { after, .. } => later(detail, *after),
    }
}
