//! Buckets in a folder. The crate behind them looks and then writes, and lists no uploads; here
//! conditional writes of a key go one after the other, and uploads are remembered.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output, MultipartUpload, PutObjectInput,
    PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::sync::OwnedMutexGuard;

type Answer<T> = S3Result<S3Response<T>>;

/// An upload in parts that has been begun.
struct Begun {
    bucket: String,
    key: String,
    at: SystemTime,
}

/// What has happened so far.
#[derive(Default)]
pub(super) struct Counts {
    /// By upload id.
    uploads: Mutex<BTreeMap<String, Begun>>,
    received: AtomicU64,
    asked_for: AtomicU64,
    /// Whether `If-None-Match` is ignored where an object is put, as old services do.
    pub(super) careless_puts: AtomicBool,
    /// The same where an upload in parts is completed.
    pub(super) careless_ends: AtomicBool,
}

impl Counts {
    pub(super) fn unfinished(&self) -> usize {
        self.uploads().len()
    }

    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::SeqCst)
    }

    pub(super) fn asked_for(&self) -> u64 {
        self.asked_for.load(Ordering::SeqCst)
    }

    fn uploads(&self) -> MutexGuard<'_, BTreeMap<String, Begun>> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(counter: &AtomicU64, bytes: Option<i64>) {
    counter.fetch_add(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0), Ordering::SeqCst);
}

/// All buckets: folders in one folder.
pub(super) struct Folder {
    root: PathBuf,
    files: FileSystem,
    counts: Arc<Counts>,
    /// One lock for each key that is written on a condition.
    keys: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Folder {
    pub(super) fn new(folder: &Path, counts: Arc<Counts>) -> Self {
        let files = FileSystem::new(folder).expect("a folder for buckets");
        Self { root: folder.to_owned(), files, counts, keys: Mutex::default() }
    }

    /// The crate behind makes buckets by itself; S3 does not.
    fn must_have(&self, bucket: &str) -> S3Result<()> {
        if self.root.join(bucket).is_dir() { Ok(()) } else { Err(s3_error!(NoSuchBucket)) }
    }

    /// The crate behind forbids what it does not know; S3 says that it does not know it.
    fn must_go_on(&self, upload: &str) -> S3Result<()> {
        if self.counts.uploads().contains_key(upload) { Ok(()) } else { Err(s3_error!(NoSuchUpload)) }
    }

    async fn hold(&self, bucket: &str, key: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(keys.entry(format!("{bucket}/{key}")).or_default())
        };
        lock.lock_owned().await
    }
}

#[async_trait]
impl S3 for Folder {
    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.files.head_bucket(request).await
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        self.files.head_object(request).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        self.must_have(&request.input.bucket)?;
        let answer = self.files.get_object(request).await?;
        add(&self.counts.asked_for, answer.output.content_length);
        Ok(answer)
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        self.files.delete_object(request).await
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        self.files.list_objects_v2(request).await
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        self.must_have(&request.input.bucket)?;
        let _alone = self.hold(&request.input.bucket, &request.input.key).await;
        if self.counts.careless_puts.load(Ordering::SeqCst) {
            request.input.if_none_match = None;
        }
        self.files.put_object(request).await
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        self.must_have(&request.input.bucket)?;
        let (bucket, key) = (request.input.bucket.clone(), request.input.key.clone());
        let answer = self.files.create_multipart_upload(request).await?;
        if let Some(id) = &answer.output.upload_id {
            self.counts.uploads().insert(id.clone(), Begun { bucket, key, at: SystemTime::now() });
        }
        Ok(answer)
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        self.must_go_on(&request.input.upload_id)?;
        let bytes = request.input.content_length;
        let answer = self.files.upload_part(request).await?;
        add(&self.counts.received, bytes);
        Ok(answer)
    }

    async fn complete_multipart_upload(
        &self,
        mut request: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let _alone = self.hold(&request.input.bucket, &request.input.key).await;
        if self.counts.careless_ends.load(Ordering::SeqCst) {
            request.input.if_none_match = None;
        }
        let id = request.input.upload_id.clone();
        self.must_go_on(&id)?;
        let answer = self.files.complete_multipart_upload(request).await?;
        self.counts.uploads().remove(&id);
        Ok(answer)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        let id = request.input.upload_id.clone();
        self.must_go_on(&id)?;
        let answer = self.files.abort_multipart_upload(request).await?;
        self.counts.uploads().remove(&id);
        Ok(answer)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> Answer<ListMultipartUploadsOutput> {
        let (bucket, prefix) = (request.input.bucket, request.input.prefix.unwrap_or_default());
        let begun = self.counts.uploads();
        let asked = begun.iter().filter(|(_, it)| it.bucket == bucket && it.key.starts_with(&prefix));
        let uploads = asked.map(|(id, it)| MultipartUpload {
            key: Some(it.key.clone()),
            upload_id: Some(id.clone()),
            initiated: Some(it.at.into()),
            ..MultipartUpload::default()
        });
        let uploads = Some(uploads.collect());
        let output = ListMultipartUploadsOutput { uploads, is_truncated: Some(false), ..Default::default() };
        Ok(S3Response::new(output))
    }
}
