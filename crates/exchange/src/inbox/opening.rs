//! Makes what an arrival carries into a container for clients: opened and verified when somebody has
//! sealed it, packed by us when the files came loose.

use std::sync::Arc;

use asic::Limits;
use store::blobs::BlobKey;
use tokio::task::JoinError;

use super::model::Container;
use super::receive::{CONTAINER, TakeError};
use crate::Exchange;
use crate::message::Message;
use crate::packaging::open::{self, Opened, Opening, Wrapped};
use crate::packaging::seal::{self, Form, Sealing};
use crate::transports::{Loose, Transport};
use crate::trust::Doubt;

/// Decrypts and verifies. The inner error is why the container is not believed.
pub(super) async fn open_container(
    app: &Exchange,
    transport: &dyn Transport,
    wrapped: &Wrapped,
    message: &Message,
) -> Result<Result<Option<Container>, String>, TakeError> {
    let blob = BlobKey::new(CONTAINER, app.random().uuid_v7(app.now()));
    let at = app.unix_now();
    let opening = Opening {
        identities: app.0.identities.opening(at),
        trust: app.0.trust.anchors(),
        limits: limits(app),
        at,
    };
    let (blobs, from, into) = (Arc::clone(app.blobs()), wrapped.clone(), blob.clone());
    let work = move || open::open_container(&blobs, &from, &into, &opening);
    let opened = match tokio::task::spawn_blocking(work).await {
        Ok(opened) => opened,
        Err(interrupted) => return interrupted_by(&interrupted).map(Err),
    };
    match opened {
        Ok(None) => Ok(Ok(None)),
        Ok(Some(Opened { bytes, signatures })) => {
            let judged = app.0.trust.judge(&message.facts, transport.service(), &signatures, at).await;
            let Err(doubt) = judged else { return Ok(Ok(Some(Container { blob, bytes }))) };
            app.drop_blobs(vec![blob]).await;
            match doubt {
                Doubt::Refused(reason) => Ok(Err(reason)),
                Doubt::Unknown(reason) => Err(TakeError::Doubtful(reason)),
            }
        }
        Err(error) => {
            app.drop_blobs(vec![blob]).await;
            if error.is_ours() { Err(TakeError::Ours(error)) } else { Ok(Err(error.to_string())) }
        }
    }
}

/// Packs files that came loose into a container with our signature, which is what clients read. The inner
/// error is why they cannot be packed.
pub(super) async fn pack(
    app: &Exchange,
    documents: &[Loose],
) -> Result<Result<Container, String>, TakeError> {
    let blob = BlobKey::new(CONTAINER, app.random().uuid_v7(app.now()));
    let sealing = Sealing {
        form: Form::Plain,
        parties: None,
        documents: documents.to_vec(),
        signer: app.identity(),
        signed_at: app.unix_now(),
    };
    let (blobs, into) = (Arc::clone(app.blobs()), blob.clone());
    match tokio::task::spawn_blocking(move || seal::seal(&blobs, sealing, &into)).await {
        Ok(Ok(bytes)) => Ok(Ok(Container { blob, bytes })),
        Ok(Err(error)) if error.is_temporary() => Err(TakeError::Packing(error)),
        Ok(Err(error)) => Ok(Err(error.to_string())),
        Err(interrupted) => interrupted_by(&interrupted).map(Err),
    }
}

pub(super) fn limits(app: &Exchange) -> Limits {
    Limits { total_bytes: app.config().receive_limit_bytes, ..Limits::default() }
}

/// A package that makes the reader panic would do so every time, so that is a reason not to believe it.
pub(super) fn interrupted_by(error: &JoinError) -> Result<String, TakeError> {
    if error.is_panic() {
        Ok("reading it failed inside this program".to_owned())
    } else {
        Err(TakeError::Stopping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_tells_against_the_package_and_a_stop_does_not() {
        let panicked = tokio::task::spawn_blocking(|| panic!("as a reader might")).await;
        let pending = tokio::spawn(std::future::pending::<()>());
        pending.abort();

        assert!(interrupted_by(&panicked.expect_err("a panic")).is_ok());
        assert!(interrupted_by(&pending.await.expect_err("a stop")).is_err());
    }
}
