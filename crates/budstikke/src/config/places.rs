//! Where rows and blobs are kept, and what this node does.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use store::blobs::S3Location;
use types::{Roles, Secret};

/// Where rows are kept: `sqlite`, or the address of a PostgreSQL.
#[derive(Clone, Debug)]
pub(crate) enum StorePlace {
    /// A file in the data directory, for one process.
    Embedded,
    /// A database that any number of nodes share; the address may hold a password.
    Shared(Secret),
}

impl FromStr for StorePlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sqlite" => Ok(Self::Embedded),
            url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Shared(Secret::new(url.to_owned())))
            }
            _ => Err("store is \"sqlite\" (in the data directory) or postgres://user:password@host/database"),
        }
    }
}

/// Where blobs are kept: `folder`, or `s3://bucket/prefix`.
#[derive(Clone, Debug)]
pub(crate) enum BlobPlace {
    /// `blobs` in the data directory.
    Folder,
    /// A bucket that every node reaches.
    Bucket(S3Location),
}

impl FromStr for BlobPlace {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "folder" => Ok(Self::Folder),
            other => other
                .parse()
                .map(Self::Bucket)
                .map_err(|_| "blobs is \"folder\" (in the data directory) or s3://bucket/prefix"),
        }
    }
}

macro_rules! from_text {
    ($($place:ty)+) => {$(
        impl<'de> Deserialize<'de> for $place {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

from_text! { StorePlace BlobPlace }

/// A part of the work that this node takes on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Answers requests.
    Api,
    /// Hands queued things to the outside.
    Deliver,
    /// Asks the channels for what has come in.
    Receive,
    /// Numbers, expires and cleans up.
    Sweep,
}

impl Role {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Api, Self::Deliver, Self::Receive, Self::Sweep];
}

/// The same as switches.
pub(crate) fn roles(listed: &[Role]) -> Roles {
    let has = |role| listed.contains(&role);
    Roles {
        api: has(Role::Api),
        deliver: has(Role::Deliver),
        receive: has(Role::Receive),
        sweep: has(Role::Sweep),
    }
}
