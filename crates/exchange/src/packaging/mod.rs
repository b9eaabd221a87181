//! Between blobs and `asic`: streams, and blocking work kept off the async threads.

pub(crate) mod open;
pub(crate) mod seal;

use std::error::Error;
use std::io;

use store::blobs::BlobError;

/// Whether a failure comes from our disk, not from what was packed or opened: a blob that could not be
/// written or read, or an error of the operating system anywhere behind it.
fn is_about_the_machine(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(blob) = error.downcast_ref::<BlobError>() {
            return !matches!(blob, BlobError::NotFound(_));
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            if io.raw_os_error().is_some() || io.kind() == io::ErrorKind::StorageFull {
                return true;
            }
            // What travelled inside an I/O error is not always told as its source.
            if let Some(inside) = io.get_ref() {
                cause = Some(inside);
                continue;
            }
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use asic::error::{EnvelopeError, PackError};

    use super::*;

    #[test]
    fn a_full_disk_is_ours_and_a_wrong_envelope_is_not() {
        let full = || io::Error::from_raw_os_error(28);
        let pack =
            PackError::Document { name: "a".to_owned(), source: io::Error::other(BlobError::from(full())) };
        assert!(is_about_the_machine(&seal::SealError::Pack(pack)));
        assert!(is_about_the_machine(&open::OpenError::Envelope(EnvelopeError::Io(full()))));
        assert!(is_about_the_machine(&open::OpenError::Blob(BlobError::Full)));
        assert!(!is_about_the_machine(&open::OpenError::Envelope(EnvelopeError::Undecryptable)));
        assert!(!is_about_the_machine(&open::OpenError::TooLarge { limit: 1 }));
    }
}
