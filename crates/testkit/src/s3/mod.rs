//! An S3 server in this process, on a folder that goes away with it, and faults on demand.
//!
//! It checks signatures, honours `If-None-Match` as one step, and lists unfinished uploads, so that
//! what a client promises about S3 can be shown on it. Processes reach it as tests do: by address.

mod bucket;
mod door;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use store::blobs::{S3Blobs, S3Config, S3Location};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use types::secret::Secret;
use url::Url;

use bucket::{Counts, Folder};
pub use door::Door;

const ACCESS_KEY: &str = "budstikke-test";
const SECRET_KEY: &str = "only-for-tests";

/// Knows one key, and answers others as AWS does.
struct OneKey;

#[async_trait]
impl S3Auth for OneKey {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == ACCESS_KEY { Ok(SECRET_KEY.into()) } else { Err(s3_error!(InvalidAccessKeyId)) }
    }
}

/// A running S3 server. It has one door to begin with, and more on demand; all lead to the same buckets.
pub struct S3Server {
    folder: TempDir,
    counts: Arc<Counts>,
    service: S3Service,
    buckets: AtomicU64,
    first: Door,
    /// Taken when the server goes.
    runtime: Option<Runtime>,
}

impl S3Server {
    /// Starts a server with no buckets on a free port of 127.0.0.1.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for buckets");
        let counts = Arc::new(Counts::default());
        let mut service = S3ServiceBuilder::new(Folder::new(folder.path(), Arc::clone(&counts)));
        service.set_auth(OneKey);
        let service = service.build();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let first = Door::open(&runtime, service.clone());
        Self { folder, counts, service, buckets: AtomicU64::new(0), first, runtime: Some(runtime) }
    }

    /// Opens another address for the same buckets, with switches of its own: one for each node that
    /// shall be cut off alone.
    pub fn door(&self) -> Door {
        let runtime = self.runtime.as_ref().expect("the server runs until it is dropped");
        Door::open(runtime, self.service.clone())
    }

    /// Address of the first door, such as `http://127.0.0.1:40123/`.
    pub fn endpoint(&self) -> &Url {
        self.first.endpoint()
    }

    /// Name of the only key.
    pub fn access_key(&self) -> &'static str {
        ACCESS_KEY
    }

    /// The only key.
    pub fn secret_key(&self) -> &'static str {
        SECRET_KEY
    }

    /// Makes a new, empty bucket and answers its name.
    pub fn bucket(&self) -> String {
        let name = format!("bucket-{}", self.buckets.fetch_add(1, Ordering::SeqCst));
        std::fs::create_dir(self.folder.path().join(&name)).expect("a new bucket");
        name
    }

    /// Settings for a client that comes through the first door and does not try for long.
    pub fn config(&self) -> S3Config {
        self.config_through(&self.first)
    }

    /// The same through another door.
    pub fn config_through(&self, door: &Door) -> S3Config {
        S3Config {
            endpoint: Some(door.endpoint().clone()),
            access_key: Some(Secret::new(ACCESS_KEY.to_owned())),
            secret_key: Some(Secret::new(SECRET_KEY.to_owned())),
            allow_http: true,
            retries: 1,
            ..S3Config::default()
        }
    }

    /// A client for a place such as `s3://bucket-0/prefix`. Needs a runtime around it.
    pub fn blobs(&self, place: &str) -> S3Blobs {
        let place: S3Location = place.parse().expect("a place in S3");
        S3Blobs::connect(&place, &self.config()).expect("a client")
    }

    /// Cuts the first door off: see [`Door::cut`].
    pub fn cut(&self) {
        self.first.cut();
    }

    /// Ends [`S3Server::cut`] and [`S3Server::slow`].
    pub fn heal(&self) {
        self.first.heal();
    }

    /// Lets every request through the first door wait before it is looked at.
    pub fn slow(&self, by: Duration) {
        self.first.slow(by);
    }

    /// Takes effect and then closes the connection, for the next so many writes through the first door:
    /// see [`Door::lose_answers`].
    pub fn lose_answers(&self, count: u32) {
        self.first.lose_answers(count);
    }

    /// Overwrites although the client says `If-None-Match: *`, as services do that do not know it: where
    /// objects are put, where uploads in parts are completed, or both.
    pub fn ignore_conditions(&self, of_puts: bool, of_completions: bool) {
        self.counts.careless_puts.store(of_puts, Ordering::SeqCst);
        self.counts.careless_ends.store(of_completions, Ordering::SeqCst);
    }

    /// How many uploads in parts have been begun and neither completed nor ended.
    pub fn unfinished_uploads(&self) -> usize {
        self.counts.unfinished()
    }

    /// How many bytes of parts are stored that have ever been sent.
    pub fn bytes_in_parts(&self) -> u64 {
        self.counts.received()
    }

    /// How many bytes of objects have been asked for.
    pub fn bytes_asked_for(&self) -> u64 {
        self.counts.asked_for()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waiting for it is not allowed where a test is asynchronous.
            runtime.shutdown_background();
        }
    }
}
