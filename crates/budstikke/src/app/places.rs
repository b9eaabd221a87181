//! Opens the store and the blobs that the configuration names.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use store::blobs::{Blobs, FileBlobs, S3Blobs};
use store::{DataDir, Options, PostgresConfig, Store};

use crate::config::{BlobPlace, Config, StorePlace};
use crate::embedded::Places;

/// Opens both.
pub(crate) async fn open(config: &Config, data_dir: &DataDir) -> Result<Places> {
    let store = open_store(config, data_dir)?;
    Ok(Places { store, blobs: open_blobs(config, data_dir).await? })
}

/// Opens the rows only.
pub(crate) fn open_store(config: &Config, data_dir: &DataDir) -> Result<Store> {
    open_store_at(config, data_dir.path())
}

/// The same for somebody who may not be the only one in the data directory.
pub(crate) fn open_store_at(config: &Config, data_dir: &Path) -> Result<Store> {
    match &config.store {
        StorePlace::Embedded => Store::open(&data_dir.join("budstikke.db"), Options::default())
            .with_context(|| format!("the database in {}", data_dir.display())),
        StorePlace::Shared(url) => {
            let shared = PostgresConfig { url: url.clone(), ..config.postgres.clone() };
            Store::connect(&shared, &Options::default()).context("the shared database (store)")
        }
    }
}

async fn open_blobs(config: &Config, data_dir: &DataDir) -> Result<Arc<dyn Blobs>> {
    match &config.blobs {
        BlobPlace::Folder => {
            Ok(Arc::new(FileBlobs::open(&data_dir.join("blobs")).context("the folder for blobs")?))
        }
        BlobPlace::Bucket(location) => {
            let bucket = S3Blobs::connect(location, &config.s3).context("the bucket for blobs (blobs)")?;
            bucket.check().await.context("the bucket for blobs (blobs)")?;
            Ok(Arc::new(bucket))
        }
    }
}
