//! Moving blobs from one place to another: only those that are missing.

use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::MoveError;
use crate::blobs::{BlobError, BlobKey, Blobs};

/// Blobs on their way at a time.
const AT_ONCE: usize = 8;

/// How many blobs there were, and where they are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlobsMoved {
    /// Blobs in the source.
    pub found: u64,
    /// Blobs that were copied.
    pub copied: u64,
    /// Bytes that were copied.
    pub bytes: u64,
}

/// Copies every blob of these kinds that the target has not, and tells after each how far it has come.
///
/// # Errors
/// [`MoveError::OtherBlob`] when the target has a blob of the same key and another length.
pub async fn move_blobs(
    from: &dyn Blobs,
    to: &dyn Blobs,
    kinds: &[&str],
    tell: &mut (dyn FnMut(BlobsMoved) + Send),
) -> Result<BlobsMoved, MoveError> {
    let mut moved = BlobsMoved::default();
    for kind in kinds {
        let keys = from.older_than(kind, 0, usize::MAX).await?;
        let there: HashSet<_> = to.older_than(kind, 0, usize::MAX).await?.into_iter().collect();
        moved.found += keys.len() as u64;
        tell(moved);
        let mut copies = stream::iter(keys)
            .map(|key| {
                let known = there.contains(&key);
                async move { if known { same(from, to, key).await } else { copy(from, to, &key).await } }
            })
            .buffer_unordered(AT_ONCE);
        while let Some(bytes) = copies.try_next().await? {
            if let Some(bytes) = bytes {
                (moved.copied, moved.bytes) = (moved.copied + 1, moved.bytes + bytes);
                tell(moved);
            }
        }
    }
    Ok(moved)
}

/// A blob that is there is whole, since blobs appear whole; only its length may tell of a mix-up.
async fn same(from: &dyn Blobs, to: &dyn Blobs, key: BlobKey) -> Result<Option<u64>, MoveError> {
    let (wanted, found) = (from.size(&key).await?, to.size(&key).await?);
    if wanted == found { Ok(None) } else { Err(MoveError::OtherBlob { key, found, wanted }) }
}

/// Nothing when the blob was removed meanwhile, or somebody else has copied it.
async fn copy(from: &dyn Blobs, to: &dyn Blobs, key: &BlobKey) -> Result<Option<u64>, MoveError> {
    let mut pieces = match from.read(key, None).await {
        Ok(pieces) => pieces,
        Err(BlobError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut writer = match to.create(key).await {
        Err(BlobError::Exists(key)) => return same(from, to, key).await,
        created => created?,
    };
    while let Some(piece) = pieces.try_next().await? {
        writer.write(piece).await?;
    }
    match writer.finish().await {
        Err(BlobError::Exists(key)) => same(from, to, key).await,
        finished => Ok(Some(finished?)),
    }
}
