//! Errors of the libraries, mapped to entries where they leave the process.

use std::error::Error as Cause;
use std::io::ErrorKind;

use anyhow::Error;
use asic::error::{CertificateError, ContainerError, KeyError, KeyStoreError};
use console::sign_in::AccountError;
use store::DataDirError;
use store::blobs::{BlobError, S3ConfigError, S3LocationError};
use store::copy::CopyError;
use store::copy::moving::MoveError;

use super::entries::{files, other, server, settings, start, stores};
use super::{Entry, Told};

/// The entry of an error: the one that whoever raised it has named, or that of a library's error below it.
pub(crate) fn entry_of(error: &Error) -> &'static Entry {
    if let Some(told) = error.downcast_ref::<Told>() {
        return told.entry;
    }
    error.chain().find_map(known).unwrap_or(other::INTERNAL)
}

type Link<'e> = &'e (dyn Cause + 'static);

fn known(cause: Link<'_>) -> Option<&'static Entry> {
    if let Some(told) = cause.downcast_ref::<Told>() {
        return Some(told.entry);
    }
    of_stores(cause).or_else(|| of_copies(cause)).or_else(|| of_keys(cause)).or_else(|| of_calls(cause))
}

fn of_stores(cause: Link<'_>) -> Option<&'static Entry> {
    if let Some(error) = cause.downcast_ref::<DataDirError>() {
        return Some(data_dir(error));
    }
    if let Some(error) = cause.downcast_ref::<store::Error>() {
        return Some(database(error));
    }
    if let Some(error) = cause.downcast_ref::<BlobError>() {
        return Some(match error {
            BlobError::Full => stores::BLOBS_FULL,
            _ => stores::BLOBS_UNAVAILABLE,
        });
    }
    (cause.is::<S3ConfigError>() || cause.is::<S3LocationError>()).then_some(stores::BLOBS_ADDRESS)
}

const fn data_dir(error: &DataDirError) -> &'static Entry {
    match error {
        DataDirError::InUse(_) => start::DATA_DIR_IN_USE,
        DataDirError::HalfRestored(_) => start::DATA_DIR_HALF_RESTORED,
        DataDirError::Unusable { .. } => start::DATA_DIR_UNUSABLE,
    }
}

const fn database(error: &store::Error) -> &'static Entry {
    match error {
        store::Error::Full => stores::DATABASE_FULL,
        store::Error::ReadOnly(_) => stores::DATABASE_READ_ONLY,
        store::Error::Unavailable(_) | store::Error::NotCommitted(_) | store::Error::Closed => {
            stores::DATABASE_UNAVAILABLE
        }
        store::Error::OutcomeUnknown => stores::DATABASE_UNKNOWN,
        store::Error::History(_) => stores::DATABASE_HISTORY,
        store::Error::Configuration(_) => stores::DATABASE_ADDRESS,
        _ => stores::DATABASE,
    }
}

fn of_copies(cause: Link<'_>) -> Option<&'static Entry> {
    if let Some(error) = cause.downcast_ref::<CopyError>() {
        return Some(match error {
            CopyError::DataDir(error) => data_dir(error),
            CopyError::Database(error) => database(error),
            CopyError::NotEmpty { .. } => files::FILE_EXISTS,
            CopyError::Io { cause, .. } => of_disk(cause.kind()).unwrap_or(files::COPY),
            _ => files::COPY,
        });
    }
    cause.downcast_ref::<MoveError>().map(|error| match error {
        MoveError::DataDir(error) => data_dir(error),
        _ => files::MOVE,
    })
}

fn of_keys(cause: Link<'_>) -> Option<&'static Entry> {
    let of_keys = cause.is::<KeyStoreError>()
        || cause.is::<CertificateError>()
        || cause.is::<KeyError>()
        || cause.is::<auth::signing_key::KeyError>()
        || cause.is::<web::server::TlsError>();
    if of_keys {
        return Some(settings::CERTIFICATE);
    }
    let of_parts = cause.is::<notify::NotifyError>() || cause.is::<exchange::SetupError>();
    if of_parts {
        return Some(settings::PARTS);
    }
    if let Some(error) = cause.downcast_ref::<AccountError>() {
        return Some(match error {
            AccountError::Store(error) => database(error),
            _ => settings::ACCOUNT,
        });
    }
    cause.is::<ContainerError>().then_some(files::CONTAINER)
}

fn of_calls(cause: Link<'_>) -> Option<&'static Entry> {
    if cause.is::<auth::TokenError>() {
        return Some(server::NO_TOKEN);
    }
    if let Some(error) = cause.downcast_ref::<reqwest::Error>() {
        return Some(of_http(error));
    }
    cause.downcast_ref::<std::io::Error>().and_then(|error| of_disk(error.kind()))
}

pub(super) fn of_http(error: &reqwest::Error) -> &'static Entry {
    if error.is_decode() {
        server::NOT_UNDERSTOOD
    } else if error.is_body() {
        server::INTERRUPTED
    } else {
        server::UNREACHABLE
    }
}

fn of_disk(kind: ErrorKind) -> Option<&'static Entry> {
    Some(match kind {
        ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable => start::ADDRESS_TAKEN,
        ErrorKind::NotFound => files::FILE_UNREADABLE,
        ErrorKind::AlreadyExists => files::FILE_EXISTS,
        ErrorKind::PermissionDenied
        | ErrorKind::StorageFull
        | ErrorKind::QuotaExceeded
        | ErrorKind::ReadOnlyFilesystem => files::FILE_UNWRITABLE,
        _ => return None,
    })
}
