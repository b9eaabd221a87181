//! A few statements from a test, whatever runtime it has or has not.

use std::thread;
use std::time::Duration;

use tokio_postgres::config::Host;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, SimpleQueryMessage, Socket};

/// How long a statement may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs statements on a connection of their own; the rows as text, with "" for null.
///
/// # Panics
/// With the statements and what the server said.
pub fn run(url: &str, statements: &str) -> Vec<Vec<String>> {
    attempt(url, statements).unwrap_or_else(|error| panic!("{error} from {statements}"))
}

/// The same, for statements that may fail; the error in words.
pub fn attempt(url: &str, statements: &str) -> Result<Vec<Vec<String>>, String> {
    // A thread of its own, for the caller may be inside a runtime that must not be blocked on.
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(ask(url, statements))
        });
        asking.join().expect("a thread that does not panic")
    })
}

async fn ask(url: &str, statements: &str) -> Result<Vec<Vec<String>>, String> {
    let config: Config = url.parse().map_err(|error| format!("{url}: {error}"))?;
    let mut refusals = Vec::new();
    for (number, host) in config.get_hosts().iter().enumerate() {
        let one = only(&config, host, number);
        let limit = *one.get_connect_timeout().unwrap_or(&PATIENCE);
        // A server that stands still takes connections, and says nothing.
        match tokio::time::timeout(limit, one.connect(NoTls)).await {
            Ok(Ok((client, connection))) => return ask_on(client, connection, statements).await,
            Ok(Err(error)) => refusals.push(format!("{host:?}: {error:?}")),
            Err(_) => refusals.push(format!("{host:?}: no answer")),
        }
    }
    Err(refusals.join("; "))
}

/// The configuration for one of its hosts.
fn only(config: &Config, host: &Host, number: usize) -> Config {
    let mut one = Config::new();
    if let Host::Tcp(name) = host {
        one.host(name);
    }
    let ports = config.get_ports();
    one.port(*ports.get(number).or(ports.first()).unwrap_or(&5432));
    one.user(config.get_user().unwrap_or_default()).dbname(config.get_dbname().unwrap_or_default());
    one.target_session_attrs(config.get_target_session_attrs());
    one.connect_timeout(config.get_connect_timeout().copied().unwrap_or(PATIENCE));
    one
}

async fn ask_on(
    client: Client,
    connection: Connection<Socket, NoTlsStream>,
    statements: &str,
) -> Result<Vec<Vec<String>>, String> {
    let driver = tokio::spawn(connection);
    let messages = tokio::time::timeout(PATIENCE, client.simple_query(statements)).await;
    let messages = messages.map_err(|_| "no answer in time".to_owned())?;
    let messages = messages.map_err(|error| format!("{error:?}"))?;
    drop(client);
    // The server has forgotten us before the next one asks who is connected.
    let _ = tokio::time::timeout(PATIENCE, driver).await;
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect())
        }
        _ => None,
    };
    Ok(messages.iter().filter_map(row).collect())
}
