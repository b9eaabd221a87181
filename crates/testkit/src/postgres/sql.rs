//! A few statements from a test, whatever runtime it has or has not.

use std::thread;
use std::time::Duration;

use tokio_postgres::{Config, NoTls, SimpleQueryMessage};

/// How long a statement may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs statements on a connection of their own; the rows as text, with "" for null.
///
/// # Panics
/// With the statements and what the server said.
pub fn run(url: &str, statements: &str) -> Vec<Vec<String>> {
    attempt(url, statements).unwrap_or_else(|error| panic!("{error:?} from {statements}"))
}

/// The same, for statements that may fail.
pub fn attempt(url: &str, statements: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
    // A thread of its own, for the caller may be inside a runtime that must not be blocked on.
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(ask(url, statements))
        });
        asking.join().expect("a thread that does not panic")
    })
}

async fn ask(url: &str, statements: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
    let mut config: Config = url.parse()?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    let (client, connection) = config.connect(NoTls).await?;
    let driver = tokio::spawn(connection);
    let messages = tokio::time::timeout(PATIENCE, client.simple_query(statements)).await;
    let messages = messages.expect("an answer in time")?;
    drop(client);
    // The server has forgotten us before the next one asks who is connected.
    let _ = driver.await;
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect())
        }
        _ => None,
    };
    Ok(messages.iter().filter_map(row).collect())
}
