//! The stores that every behaviour is shown on.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use store::{Engine, Options, PostgresConfig, Store};

use crate::again;
use crate::postgres::{Cluster, shared};

/// Chooses what [`temporary`] gives: `sqlite` (also when it is not set) or `postgres`.
pub const CHOICE: &str = "BUDSTIKKE_TEST_STORE";

/// An empty store on the engine that [`CHOICE`] names; it vanishes with its last clone.
pub fn temporary() -> Store {
    temporary_with(in_a_hurry())
}

/// The same with options of the test's own.
pub fn temporary_with(options: Options) -> Store {
    match chosen() {
        Engine::Sqlite => sqlite(options),
        Engine::Postgres => postgres(&options),
    }
}

/// The engine that [`CHOICE`] names.
///
/// # Panics
/// When it names something else.
pub fn chosen() -> Engine {
    match std::env::var(CHOICE).as_deref() {
        Err(_) | Ok("" | "sqlite") => Engine::Sqlite,
        Ok("postgres") => Engine::Postgres,
        Ok(other) => panic!("{CHOICE}={other}: say sqlite or postgres"),
    }
}

/// Options for tests that do not pull the plug.
pub fn in_a_hurry() -> Options {
    Options { readers: 2, full_sync: false, ..Options::default() }
}

/// An embedded store in a folder of its own.
pub fn sqlite(options: Options) -> Store {
    Store::temporary_with(options).expect("a temporary store")
}

/// A store in a database of its own on this process's throw-away PostgreSQL.
pub fn postgres(options: &Options) -> Store {
    Database::new().connect(options)
}

/// An empty database with the present schema, for as many nodes as connect to it. It vanishes with
/// this and the last store that is connected to it.
#[derive(Clone)]
pub struct Database(Arc<Owned>);

struct Owned {
    url: String,
}

impl Database {
    /// Makes it on this process's throw-away PostgreSQL.
    pub fn new() -> Self {
        again::end_with_whoever_started_us();
        let url = shared().database_from(|url| {
            Store::connect(&config(url), &in_a_hurry()).expect("a store that makes its schema");
        });
        Self(Arc::new(Owned { url }))
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The server it is on.
    pub fn cluster(&self) -> &'static Cluster {
        shared()
    }

    /// One more node.
    pub fn connect(&self, options: &Options) -> Store {
        self.connect_by(&config(self.url()), options)
    }

    /// One more node with a configuration of its own; the address should be this database's.
    pub fn connect_by(&self, config: &PostgresConfig, options: &Options) -> Store {
        let store = Store::connect(config, options).expect("a store");
        let held = self.clone();
        // What listens lives as long as the store does.
        store.on_announcement(move |_| {
            let _ = &held;
        });
        store
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new()
    }
}

/// Few connections, for many tests share the server.
fn config(url: &str) -> PostgresConfig {
    PostgresConfig { writers: 4, readers: 2, ..PostgresConfig::at(format!("{url}?sslmode=disable")) }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let url = std::mem::take(&mut self.url);
        let cleaner = cleaner().lock().unwrap_or_else(PoisonError::into_inner);
        let _ = cleaner.send(url);
    }
}

/// Drops databases beside the tests, which need not wait for it.
fn cleaner() -> &'static Mutex<Sender<String>> {
    static CLEANER: OnceLock<Mutex<Sender<String>>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let (send, urls) = channel::<String>();
        thread::spawn(move || urls.iter().for_each(|url| shared().drop_database(&url)));
        Mutex::new(send)
    })
}

/// Runs each function once for every engine: `…::sqlite` and `…::postgres`.
///
/// The function takes a freshly made, empty [`Store`].
#[macro_export]
macro_rules! on_every_store {
    ($($(#[$meta:meta])* async fn $name:ident($store:ident: Store) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn behaviour($store: store::Store) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                if !$crate::again::is_second_run() {
                    behaviour($crate::stores::sqlite($crate::stores::in_a_hurry())).await;
                }
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if !$crate::again::is_second_run() {
                    behaviour($crate::stores::postgres(&$crate::stores::in_a_hurry())).await;
                }
            }
        }
    )+};
}
