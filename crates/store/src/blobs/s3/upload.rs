//! A blob on its way in: one conditional PUT, or parts and a conditional end.

use std::io;

use async_trait::async_trait;
use bytes::{Buf, Bytes, BytesMut};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, Error as S3Error, GetOptions, MultipartId, ObjectStore, PutMode,
    PutMultipartOptions, PutOptions,
};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{S3Blobs, config, errors};
use crate::blobs::{BlobError, BlobKey, BlobWriter};

/// Name of the metadata in which a writer leaves its mark.
const MARK: &str = "writer";
/// How often a conditional PUT is sent while its outcome is unknown.
const ATTEMPTS: usize = 3;

/// Collects bytes and sends them a part at a time.
pub(super) struct Upload {
    blobs: S3Blobs,
    key: BlobKey,
    path: Path,
    /// Random; tells this writer's object from another's.
    mark: String,
    filling: BytesMut,
    size: u64,
    /// Begun with the second part's first byte.
    parts: Option<Parts>,
    /// A part was lost; there is nothing to finish.
    broken: bool,
}

/// An upload in parts. Ends itself when dropped.
struct Parts {
    blobs: S3Blobs,
    path: Path,
    id: MultipartId,
    sent: Vec<PartId>,
    on_its_way: Option<JoinHandle<Result<PartId, S3Error>>>,
    completed: bool,
}

/// Whose object stands under a key.
enum Owner {
    Us,
    Another,
    Nobody,
}

impl Upload {
    pub(super) fn begin(blobs: &S3Blobs, key: &BlobKey) -> Self {
        Self {
            blobs: blobs.clone(),
            key: key.clone(),
            path: blobs.path(key.as_str()),
            mark: Uuid::new_v4().to_string(),
            filling: BytesMut::new(),
            size: 0,
            parts: None,
            broken: false,
        }
    }

    /// Takes as many bytes as fit into the part that is filling; answers how many.
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.blobs.part - self.filling.len());
        self.filling.extend_from_slice(&bytes[..taken]);
        self.size += taken as u64;
        taken
    }

    pub(super) fn is_full(&self) -> bool {
        self.filling.len() == self.blobs.part
    }

    /// Sends what has been collected, once the part before it has arrived.
    pub(super) async fn send(&mut self) -> Result<(), BlobError> {
        if self.broken {
            return Err(broken());
        }
        let sent = self.try_send().await;
        self.broken = sent.is_err();
        sent
    }

    async fn try_send(&mut self) -> Result<(), BlobError> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let options = PutMultipartOptions { attributes: marked(&self.mark), ..Default::default() };
                let begun = self.blobs.s3.create_multipart_opts(&self.path, options).await;
                let id = begun.map_err(|error| self.blobs.place.explain(error))?;
                none.insert(Parts::new(&self.blobs, &self.path, id))
            }
        };
        parts.arrive().await?;
        parts.send(self.filling.split().freeze())
    }

    /// Makes the blob visible; answers its size in bytes.
    pub(super) async fn publish(mut self) -> Result<u64, BlobError> {
        if self.broken {
            return Err(broken());
        }
        if self.parts.is_none() {
            return self.put_whole().await;
        }
        self.send().await?;
        match self.parts.take() {
            Some(parts) => self.complete(parts).await,
            None => Err(broken()),
        }
    }

    async fn complete(&self, mut parts: Parts) -> Result<u64, BlobError> {
        parts.arrive().await?;
        let sent = std::mem::take(&mut parts.sent);
        let Err(error) = self.blobs.s3.complete_multipart(&self.path, &parts.id, sent).await else {
            parts.completed = true;
            return Ok(self.size);
        };
        // Whatever the error says: an earlier try of the same request may have had its effect.
        match self.owner().await {
            Ok(Owner::Us) => {
                parts.completed = true;
                Ok(self.size)
            }
            Ok(Owner::Another) => Err(BlobError::Exists(self.key.clone())),
            Ok(Owner::Nobody) | Err(_) => Err(self.blobs.place.explain(error)),
        }
    }

    async fn put_whole(&mut self) -> Result<u64, BlobError> {
        let bytes = self.filling.split().freeze();
        let mut attempt = 1;
        loop {
            let options =
                PutOptions { mode: PutMode::Create, attributes: marked(&self.mark), ..Default::default() };
            let put = self.blobs.s3.put_opts(&self.path, bytes.clone().into(), options).await;
            let Err(error) = put else { return Ok(self.size) };
            if errors::is_refused(&error) {
                match self.owner().await? {
                    Owner::Us => return Ok(self.size),
                    Owner::Another => return Err(BlobError::Exists(self.key.clone())),
                    // Somebody was putting it at the same moment, and failed.
                    Owner::Nobody => {}
                }
            } else if !errors::is_unclear(&error) {
                return Err(self.blobs.place.explain(error));
            }
            if attempt == ATTEMPTS {
                return Err(self.blobs.place.explain(error));
            }
            attempt += 1;
        }
    }

    async fn owner(&self) -> Result<Owner, BlobError> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        match self.blobs.s3.get_opts(&self.path, options).await {
            Ok(found) => {
                let mark = found.attributes.get(&Attribute::Metadata(MARK.into()));
                let is_ours = mark.is_some_and(|mark| mark.as_ref() == self.mark);
                Ok(if is_ours { Owner::Us } else { Owner::Another })
            }
            Err(S3Error::NotFound { .. }) => Ok(Owner::Nobody),
            Err(error) => Err(self.blobs.place.explain(error)),
        }
    }
}

fn marked(mark: &str) -> Attributes {
    Attributes::from_iter([(Attribute::Metadata(MARK.into()), mark.to_owned())])
}

fn broken() -> BlobError {
    BlobError::Io(io::Error::other("an earlier write of this blob failed"))
}

impl Parts {
    fn new(blobs: &S3Blobs, path: &Path, id: MultipartId) -> Self {
        let (blobs, path) = (blobs.clone(), path.clone());
        Self { blobs, path, id, sent: Vec::new(), on_its_way: None, completed: false }
    }

    /// Sends a part beside whatever else goes on. None other may be on its way.
    fn send(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let index = self.sent.len();
        if index == config::PARTS {
            let limit =
                format!("a blob has at most {index} parts of {} bytes: raise part_mib", self.blobs.part);
            return Err(BlobError::Io(io::Error::other(limit)));
        }
        let (s3, path, id) = (self.blobs.s3.clone(), self.path.clone(), self.id.clone());
        let sending = async move { s3.put_part(&path, &id, index, bytes.into()).await };
        self.on_its_way = Some(self.blobs.runtime.spawn(sending));
        Ok(())
    }

    /// Waits for the part that is on its way.
    async fn arrive(&mut self) -> Result<(), BlobError> {
        let Some(task) = &mut self.on_its_way else { return Ok(()) };
        let arrived = task.await;
        self.on_its_way = None;
        match arrived {
            Ok(Ok(part)) => self.sent.push(part),
            Ok(Err(error)) => return Err(self.blobs.place.explain(error)),
            Err(panic) => return Err(BlobError::Io(io::Error::other(panic))),
        }
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        if self.completed {
            return;
        }
        let (s3, path, id) = (self.blobs.s3.clone(), self.path.clone(), self.id.clone());
        let on_its_way = self.on_its_way.take();
        // A part that arrives after the end of its upload would stay.
        self.blobs.runtime.spawn(async move {
            if let Some(task) = on_its_way {
                task.abort();
                let _ = task.await;
            }
            match s3.abort_multipart(&path, &id).await {
                Err(error) if !errors::is_ended(&error) => {
                    tracing::warn!(%error, "could not end an upload that was given up; the sweep will");
                }
                _ => {}
            }
        });
    }
}

#[async_trait]
impl BlobWriter for Upload {
    async fn write(&mut self, mut bytes: Bytes) -> Result<(), BlobError> {
        loop {
            let taken = self.take(&bytes);
            bytes.advance(taken);
            if bytes.is_empty() {
                return if self.broken { Err(broken()) } else { Ok(()) };
            }
            self.send().await?;
        }
    }

    async fn finish(self: Box<Self>) -> Result<u64, BlobError> {
        self.publish().await
    }
}
