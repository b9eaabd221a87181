//! [`Store`]: what features hold in their hands.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use meter::Meter;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use types::time::Clock;

use crate::data_dir::for_owner_only;
use crate::error::{Error, Result};
use crate::faults::Faults;
use crate::migrate;
use crate::postgres::{self, Companion, Connector, Kind, PostgresConfig};
use crate::sqlite::{self, Checkpointer, Role};
use crate::tx::{Engine, Tx};
use crate::work::{Call, Piece, Work};

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
    /// The other nodes; none on the embedded engine.
    companion: Option<Companion>,
    /// Where everybody who holds this store counts.
    meter: Meter,
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
        migrate::run_embedded(&connection)?;
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
            companion: None,
            meter: Meter::default(),
        })))
    }

    /// Opens the shared database, brings its schema up to date, and joins the other nodes there.
    ///
    /// # Errors
    /// [`Error::Configuration`] for an address that cannot be used, [`Error::Unavailable`] when no server
    /// answers, [`Error::History`] when a newer version has been at it.
    pub fn connect(config: &PostgresConfig, options: &Options) -> Result<Self> {
        let connector = Connector::new(config, options.full_sync)?;
        // A thread of its own, since this one may belong to a runtime.
        thread::scope(|scope| scope.spawn(|| postgres::bring_up_to_date(&connector)).join())
            .unwrap_or(Err(Error::Panicked))?;
        let companion = Companion::start(connector.clone())?;
        let (writer, write_queue) = mpsc::channel(WAITING);
        let (reader, read_queue) = mpsc::channel(WAITING);
        let faults = &options.faults;
        let mut threads = postgres::start(&connector, Kind::Write, config.writers, write_queue, faults);
        threads.extend(postgres::start(&connector, Kind::Read, config.readers, read_queue, faults));
        Ok(Self(Arc::new(Inner {
            writer: Some(writer),
            readers: Some(reader),
            threads: Mutex::new(threads),
            temporary: None,
            companion: Some(companion),
            meter: Meter::default(),
        })))
    }

    /// Where the parts of this node count what they do.
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// Which database is below.
    pub fn engine(&self) -> Engine {
        if self.0.companion.is_some() { Engine::Postgres } else { Engine::Sqlite }
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

    /// The clock that everybody who shares this store agrees on.
    pub fn clock(&self) -> Clock {
        self.0.companion.as_ref().map_or_else(Clock::system, |nodes| Clock::corrected(nodes.correction()))
    }

    /// Runs `work` on a writer and answers when its rows are on disk. Work whose transaction came to
    /// nothing may be run again, so it has no effect but its rows.
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
        run(self.0.writer.as_ref(), self.0.meter.clone(), work).await
    }

    /// Runs `work` beside the writers, on one consistent snapshot.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        run(self.0.readers.as_ref(), Meter::default(), work).await
    }

    /// Queues a piece of work for a writer.
    pub(crate) async fn submit(&self, piece: Box<dyn Piece>) -> Result<()> {
        let queue = self.0.writer.as_ref().expect("the queue is open as long as the store is");
        queue.send(piece).await.map_err(|_| Error::Closed)
    }

    /// Tells the other nodes something, soon and without waiting; to be called after the commit that it
    /// is about. It may get lost, so they must also look by themselves now and then. At most 7,000 bytes.
    pub fn announce(&self, text: impl Into<String>) {
        if let Some(nodes) = &self.0.companion {
            nodes.announce(text.into());
        }
    }

    /// Hears what other nodes announce. `hear` must return at once.
    pub fn on_announcement(&self, hear: impl Fn(&str) + Send + Sync + 'static) {
        if let Some(nodes) = &self.0.companion {
            nodes.on_announcement(Box::new(hear));
        }
    }

    /// Runs `work` whenever this node leads `task`, until told to stop. At any time at most one node
    /// believes that it leads, except for one that stood still and has not noticed yet; so what a leader
    /// does must be safe to do twice. The token that `work` is given ends with the lead; `work` is then
    /// waited for. Returns when `work` ends by itself.
    pub async fn lead<F>(
        &self,
        task: &'static str,
        stop: CancellationToken,
        work: impl Fn(CancellationToken) -> F,
    ) where
        F: Future<Output = ()>,
    {
        let Some(nodes) = &self.0.companion else { return work(stop).await };
        let mut leads = nodes.ask_for(task);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                asked = leads.wait_for(|leads| *leads) => if asked.is_err() { return },
            }
            let term = stop.child_token();
            let ended = async {
                // An error means that the store is being closed.
                let _ = leads.wait_for(|leads| !*leads).await;
                term.cancel();
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = work(term.clone()) => {}
                () = ended => {}
            }
            if !term.is_cancelled() || stop.is_cancelled() {
                return; // the work itself has come to its end
            }
        }
    }
}

async fn run<T, E, F>(queue: Option<&mpsc::Sender<Work>>, meter: Meter, work: F) -> Result<T, E>
where
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (call, told): (_, oneshot::Receiver<Result<T, E>>) = Call::new(meter, work);
    let queue = queue.expect("the queue is open as long as the store is");
    queue.send(call).await.map_err(|_| Error::Closed)?;
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
