//! [`Store`]: what features hold in their hands.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};

use crate::checkpoint::Checkpointer;
use crate::data_dir::for_owner_only;
use crate::error::{Error, Result};
use crate::faults::Faults;
use crate::migrate;
use crate::sqlite::{self, Finished, Role, Work};
use crate::tx::Tx;

/// How much work may wait before callers have to.
const WAITING: usize = 4_096;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that read beside the writer.
    pub readers: usize,
    /// Whether a commit waits for the disk. Only throw-away stores of tests do not.
    pub full_sync: bool,
    /// Faults that tests let strike.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self { readers: cores.clamp(2, 8), full_sync: true, faults: Faults::default() }
    }
}

/// The rows. Cheap to clone; the last clone to go closes the database.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    writer: Option<mpsc::Sender<Work>>,
    readers: Option<mpsc::Sender<Work>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    temporary: Option<PathBuf>,
}

impl Store {
    /// Opens the database in `file`, makes it if it is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::History`] when a newer version has been at it; [`Error::ReadOnly`] and
    /// [`Error::Full`] as they say.
    pub fn open(file: &Path, options: Options) -> Result<Self> {
        // SQLite gives the log beside it the same permissions.
        for_owner_only()
            .create(true)
            .truncate(false)
            .open(file)
            .map_err(|error| Error::ReadOnly(error.to_string()))?;
        let connection = sqlite::connect(file, Role::Write, options.full_sync)?;
        migrate::run(&connection)?;
        let readers = (0..options.readers.max(1))
            .map(|_| sqlite::connect(file, Role::Read, options.full_sync))
            .collect::<Result<Vec<_>>>()?;

        let checkpointer = Checkpointer::start(file)?;
        let (writer, write_queue) = mpsc::channel(WAITING);
        let (reader, read_queue) = mpsc::channel(WAITING);
        let mut threads = vec![sqlite::start_writer(connection, write_queue, checkpointer, options.faults)];
        threads.extend(sqlite::start_readers(readers, read_queue));
        Ok(Self(Arc::new(Inner {
            writer: Some(writer),
            readers: Some(reader),
            threads: Mutex::new(threads),
            temporary: None,
        })))
    }

    /// A store in a folder of its own that vanishes with it. For tests.
    pub fn temporary() -> Result<Self> {
        Self::temporary_with(Options { readers: 2, full_sync: false, faults: Faults::default() })
    }

    /// The same with options of the test's own.
    pub fn temporary_with(options: Options) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("budstikke-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).map_err(|error| Error::ReadOnly(error.to_string()))?;
        let mut store = Self::open(&folder.join("budstikke.db"), options)?;
        Arc::get_mut(&mut store.0).expect("nobody else has it yet").temporary = Some(folder);
        Ok(store)
    }

    /// Runs `work` on the writer and answers when its rows are on disk.
    ///
    /// # Errors
    /// Whatever `work` returns (its changes are then taken back), or a store error when the commit
    /// that carried it failed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(self.0.writer.as_ref(), work).await
    }

    /// Runs `work` beside the writer, on one consistent snapshot.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(self.0.readers.as_ref(), work).await
    }
}

async fn run<T, E, F>(queue: Option<&mpsc::Sender<Work>>, work: F) -> Result<T, E>
where
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    let boxed: Work = Box::new(move |tx| {
        let result = match tx {
            Ok(tx) => {
                catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or_else(|_| Err(Error::Panicked.into()))
            }
            Err(error) => Err(error.into()),
        };
        let keep = result.is_ok();
        let answer = move |committed: Result<()>| {
            // A caller that has gone away needs no answer.
            let _ = tell.send(result.and_then(|value| committed.map(|()| value).map_err(E::from)));
        };
        Finished { keep, answer: Box::new(answer) }
    });
    let queue = queue.expect("the queue is open as long as the store is");
    queue.send(boxed).await.map_err(|_| Error::Closed)?;
    told.await.unwrap_or_else(|_| Err(Error::Closed.into()))
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.writer = None;
        self.readers = None;
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // The last clone may be dropped by work that runs on one of these threads.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
        if let Some(folder) = &self.temporary {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
