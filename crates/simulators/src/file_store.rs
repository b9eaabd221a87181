//! A store of files that senders of composed e-mail point at, with links that carry their own permission.
//!
//! `GET /{anything}` gives a small file, if the query has a shared access signature: `se` that has not
//! passed, `sp` with `r`, `sr=b` and any `sig`. Other calls get 403, as at Azure. What else may happen is
//! decided by the file's name, listed in [`MAGIC_FILES`].

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{Stream, stream};
use http::{HeaderMap, StatusCode, Uri, header};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use types::time::Clock;

use crate::captured::Captured;

/// What a file's name, without its extension, makes happen.
pub const MAGIC_FILES: [(&str, &str); 8] = [
    ("status-403", "the status named, here 403"),
    ("busy", "503 the first time, then the file"),
    ("limited", "429 with Retry-After the first time, then the file"),
    ("bytes-1000000", "a file of so many bytes"),
    ("endless", "a file without end, whose length is not announced"),
    ("cut-off", "more is announced than comes"),
    ("slow", "the file, after half a second"),
    ("redirect", "302 to the metadata address of clouds"),
];

const HALF_A_SECOND: Duration = Duration::from_millis(500);
const PIECE: usize = 64 * 1024;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// When it came.
    pub at: Timestamp,
    /// Which file was wanted.
    pub path: String,
    /// Whether its link allowed it.
    pub allowed: bool,
    /// Names of the headers that came along.
    pub headers: Vec<String>,
}

/// The store. Clones are the same store.
#[derive(Clone)]
pub struct FileStore(Arc<Shelves>);

struct Shelves {
    clock: Clock,
    calls: Captured<Fetch>,
    seen: Mutex<HashMap<String, u32>>,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("calls", &self.0.calls.total()).finish_non_exhaustive()
    }
}

impl FileStore {
    /// A store that remembers the newest `keep` calls.
    pub fn new(clock: Clock, keep: usize) -> Self {
        Self(Arc::new(Shelves {
            clock,
            calls: Captured::keeping(keep),
            seen: Mutex::default(),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }))
    }

    /// Every call.
    pub fn calls(&self) -> &Captured<Fetch> {
        &self.0.calls
    }

    /// How many calls were answered at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }

    /// What it answers over HTTP.
    pub fn router(&self) -> Router {
        Router::new().fallback(get(fetch)).with_state(self.clone())
    }

    /// How often a file was wanted before.
    fn seen(&self, path: &str) -> u32 {
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let count = seen.entry(path.to_owned()).or_default();
        *count += 1;
        *count - 1
    }
}

/// Counts a call that is being answered.
struct UnderWay<'a>(&'a Shelves);

impl<'a> UnderWay<'a> {
    fn begin(shelves: &'a Shelves) -> Self {
        let now = shelves.now.fetch_add(1, Ordering::SeqCst) + 1;
        shelves.most.fetch_max(now, Ordering::SeqCst);
        Self(shelves)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn fetch(State(store): State<FileStore>, uri: Uri, headers: HeaderMap) -> Response {
    let _under_way = UnderWay::begin(&store.0);
    let at = store.0.clock.now();
    let allowed = is_allowed(&uri, at);
    let path = uri.path().to_owned();
    let headers = headers.keys().map(ToString::to_string).collect();
    store.0.calls.push(Fetch { at, path: path.clone(), allowed, headers });
    if !allowed {
        return StatusCode::FORBIDDEN.into_response();
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_first = matches!(stem, "busy" | "limited") && store.seen(&path) == 0;
    give(stem, name, is_first).await
}

fn is_allowed(uri: &Uri, now: Timestamp) -> bool {
    let pairs: HashMap<_, _> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).collect();
    let has = |name: &str, wanted: fn(&str) -> bool| pairs.get(name).is_some_and(|value| wanted(value));
    let ends = pairs.get("se").and_then(|text| ends(text));
    ends.is_some_and(|ends| now < ends)
        && has("sp", |value| value.contains('r'))
        && has("sr", |value| value == "b")
        && has("sig", |value| !value.is_empty())
}

fn ends(text: &str) -> Option<Timestamp> {
    let in_utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(|| in_utc(text.parse().ok()?))
}

async fn give(stem: &str, name: &str, is_first: bool) -> Response {
    let content = || format!("This is the file {name}.\n");
    if let Some(status) = stem.strip_prefix("status-").and_then(|code| code.parse::<StatusCode>().ok()) {
        return status.into_response();
    }
    if let Some(bytes) = stem.strip_prefix("bytes-").and_then(|count| count.parse::<usize>().ok()) {
        let length = [(header::CONTENT_LENGTH, bytes.to_string())];
        return (length, Body::from_stream(zeros(bytes))).into_response();
    }
    match stem {
        "busy" if is_first => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        "limited" if is_first => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "7")]).into_response()
        }
        "endless" => Body::from_stream(zeros(usize::MAX)).into_response(),
        "cut-off" => {
            let piece = Ok(Bytes::from_static(b"less than was said"));
            let gone = Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            ([(header::CONTENT_LENGTH, "100000")], Body::from_stream(stream::iter([piece, gone])))
                .into_response()
        }
        "slow" => {
            tokio::time::sleep(HALF_A_SECOND).await;
            content().into_response()
        }
        "redirect" => (StatusCode::FOUND, [(header::LOCATION, "http://169.254.169.254/latest/meta-data/")])
            .into_response(),
        _ => content().into_response(),
    }
}

fn zeros(bytes: usize) -> impl Stream<Item = io::Result<Bytes>> {
    static ZEROS: [u8; PIECE] = [0; PIECE];
    stream::unfold(bytes, |left| async move {
        let piece = ZEROS.get(..left.min(PIECE)).filter(|piece| !piece.is_empty())?;
        Some((Ok(Bytes::from_static(piece)), left - piece.len()))
    })
}
