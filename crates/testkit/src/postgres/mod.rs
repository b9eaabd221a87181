//! A throw-away PostgreSQL from Debian's package, in a folder and on a port of its own.
//!
//! Nothing on the machine is touched, several processes may do this at once, and nothing is left
//! behind, also when the process is killed.

pub(crate) mod programs;
pub(crate) mod sql;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use uuid::Uuid;

use crate::ports;
use crate::watchdog::Watchdog;

/// Who owns the databases: an ordinary user, as a careful operator would have it.
pub const OWNER: &str = "budstikke";
pub(crate) const ADMINISTRATOR: &str = "postgres";

/// How a server is set up.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether commits wait for the disk and survive everything; tests about faults need it, others
    /// would only wait.
    pub durable: bool,
    /// Further settings as in `postgresql.conf`, `name=value` without spaces; they win.
    pub settings: Vec<String>,
}

/// A running server; dropping it stops it and removes its folder.
pub struct Cluster {
    watchdog: Mutex<Watchdog>,
    folder: PathBuf,
    port: u16,
    databases: AtomicU64,
    template: OnceLock<()>,
}

/// The server that this process's tests share; started when the first asks for it.
pub fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start)
}

/// Runs statements in any database, on a connection of their own; the rows as text, with "" for null.
///
/// # Panics
/// With what the server said, when it did not like them, or did not answer.
pub fn query(url: &str, statements: &str) -> Vec<Vec<String>> {
    sql::run(url, statements)
}

impl Cluster {
    /// A fast one that forgets everything when it is killed.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or cannot be started; the text says why, and what to do.
    pub fn start() -> Self {
        Self::start_with(&Options::default())
    }

    /// One with options of the test's own.
    pub fn start_with(options: &Options) -> Self {
        let folder = place(options).join(format!("budstikke-pg-{}", Uuid::new_v4().simple()));
        let settings = settings(options).into_iter().flat_map(|setting| ["-c".to_owned(), setting]);
        let arguments = [programs::directory().into()].into_iter().chain(settings.map(Into::into));
        let script = include_str!("server.sh");
        let mut watchdog = Watchdog::start(script, &folder, programs::user(), arguments.collect());
        assert!(watchdog.tell("init"), "initdb failed:\n{}", watchdog.log("log"));
        let free = || ports::free(&["127.0.0.1"]);
        let port = (0..20).map(|_| free()).find(|port| watchdog.tell(&format!("start {port}")));
        let port = port.unwrap_or_else(|| panic!("PostgreSQL does not start:\n{}", watchdog.log("log")));
        let (databases, template) = (AtomicU64::new(0), OnceLock::new());
        let cluster = Self { watchdog: Mutex::new(watchdog), folder, port, databases, template };
        cluster.administer(&format!("CREATE ROLE {OWNER} LOGIN"));
        cluster
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where everything of it is, also the file `log`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The address of a database here, in the words of its owner.
    pub fn url(&self, database: &str) -> String {
        self.url_as(OWNER, database)
    }

    fn url_as(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database; its URL.
    pub fn database(&self) -> String {
        self.database_like("template1")
    }

    /// Makes a database that has in it what `make` puts there, given the URL of an empty one. Only the
    /// first call's `make` runs; later databases are copies, which is much faster.
    pub fn database_from(&self, make: impl FnOnce(&str)) -> String {
        const TEMPLATE: &str = "made_once";
        self.template.get_or_init(|| {
            self.administer(&format!("CREATE DATABASE {TEMPLATE} OWNER {OWNER}"));
            make(&self.url(TEMPLATE));
            // A database somebody is connected to cannot be copied.
            self.administer(&format!("ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false"));
            self.disconnect(TEMPLATE);
        });
        self.database_like(TEMPLATE)
    }

    fn database_like(&self, template: &str) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        // Copying files is twice as fast here as writing all of them to the log.
        self.administer(&format!(
            "CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy"
        ));
        self.url(&name)
    }

    /// Drops the database with this URL, whoever is connected to it.
    pub fn drop_database(&self, url: &str) {
        let name = url.rsplit('/').next().unwrap_or_default();
        let name = name.split('?').next().unwrap_or_default();
        self.administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    /// Ends every connection to a database, as an impatient administrator would.
    pub fn disconnect(&self, database: &str) {
        self.administer(&format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{database}'"
        ));
    }

    /// Runs statements as the administrator, in no database in particular; the rows as text, with ""
    /// for null.
    ///
    /// # Panics
    /// With what the server said, when it did not like them.
    pub fn administer(&self, statements: &str) -> Vec<Vec<String>> {
        sql::run(&self.url_as(ADMINISTRATOR, "postgres"), statements)
    }

    /// Runs statements in the database with this URL; see [`query`].
    pub fn query(&self, url: &str, statements: &str) -> Vec<Vec<String>> {
        query(url, statements)
    }

    /// Stops it in an orderly way, but without waiting for anybody's transaction.
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Starts it again on the same port, after [`Cluster::stop`] or [`Cluster::kill`].
    pub fn start_again(&self) {
        self.tell(&format!("start {}", self.port));
    }

    /// Stops it and starts it again.
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// SIGKILL to every process of it.
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// SIGSTOP to every process of it: connections stay, and nobody answers.
    pub fn pause(&self) {
        self.tell("pause");
    }

    /// Lets it go on after [`Cluster::pause`].
    pub fn resume(&self) {
        self.tell("resume");
    }

    fn tell(&self, command: &str) {
        let mut watchdog = self.watchdog();
        assert!(watchdog.tell(command), "`{command}` failed; the log:\n{}", watchdog.log("log"));
    }

    fn watchdog(&self) -> MutexGuard<'_, Watchdog> {
        self.watchdog.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn settings(options: &Options) -> Vec<String> {
    const ALWAYS: [&str; 7] = [
        "listen_addresses=127.0.0.1",
        "max_connections=400",
        "shared_buffers=64MB",
        "jit=off",
        "timezone=UTC",
        "lc_messages=C",
        // Shared memory as files in the folder, which go with it.
        "dynamic_shared_memory_type=mmap",
    ];
    const FORGETFUL: [&str; 8] = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        // The folder is in memory, if it can be.
        "min_wal_size=32MB",
        "max_wal_size=128MB",
        // It would spend its time walking through hundreds of small databases.
        "autovacuum=off",
    ];
    let forgetful: &[&str] = if options.durable { &[] } else { &FORGETFUL };
    let ours = ALWAYS.iter().chain(forgetful).map(|&setting| setting.to_owned());
    ours.chain(options.settings.iter().cloned()).collect()
}

/// Where the folder goes. A database is hundreds of files; on a busy disk it takes half a second to make
/// them, and in memory a fiftieth of that.
fn place(options: &Options) -> PathBuf {
    const ROOMY: u64 = 2 * 1024 * 1024; // KiB
    let memory = Path::new("/dev/shm");
    let free = || {
        let told = Command::new("df").arg("-Pk").arg(memory).output().ok()?;
        let told = String::from_utf8(told.stdout).ok()?;
        told.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()
    };
    let in_memory = !options.durable && free().is_some_and(|free| free > ROOMY);
    if in_memory { memory.to_owned() } else { std::env::temp_dir() }
}
