//! Carries reports to the mail server of their return path.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::warn;

/// Reports that wait at most; a simulator need not remember more.
const MOST_WAITING: usize = 100_000;
/// Reports under way at once.
const CARRIERS: usize = 8;
/// Pauses between tries to carry one report, in seconds.
const AGAIN_AFTER: [u64; 4] = [1, 2, 4, 8];
/// For each step.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose return paths reports are carried to, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportsTo {
    /// The domain of the return paths.
    pub domain: String,
    /// The mail server of that domain.
    pub at: SocketAddr,
}

/// A report on its way.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) to: String,
    pub(super) raw: Bytes,
}

/// Reports that wait, and whoever waits for them.
#[derive(Debug, Default)]
pub(super) struct Post {
    state: Mutex<State>,
    arrived: Notify,
    carried: Notify,
}

#[derive(Debug, Default)]
struct State {
    target: Option<ReportsTo>,
    waiting: VecDeque<Letter>,
    under_way: usize,
}

impl Post {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn aim(&self, target: Option<ReportsTo>) {
        self.state().target = target;
    }

    /// Whether reports to an address are carried, and not kept here.
    pub(super) fn carries_to(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map(|(_, domain)| domain);
        let state = self.state();
        let target = state.target.as_ref();
        target.is_some_and(|target| domain.is_some_and(|domain| domain.eq_ignore_ascii_case(&target.domain)))
    }

    pub(super) fn send(&self, letter: Letter) {
        let mut state = self.state();
        if state.waiting.len() >= MOST_WAITING {
            warn!("too many reports wait to be carried; one is lost");
            return;
        }
        state.waiting.push_back(letter);
        drop(state);
        self.arrived.notify_one();
    }

    /// Waits until nothing is on its way, but not for ever.
    pub(super) async fn is_empty(&self) {
        let emptied = async {
            loop {
                let carried = self.carried.notified();
                let is_empty = {
                    let state = self.state();
                    state.waiting.is_empty() && state.under_way == 0
                };
                if is_empty {
                    return;
                }
                carried.await;
            }
        };
        let _ = timeout(Duration::from_secs(5), emptied).await;
    }

    /// Carries until the task is ended.
    pub(super) async fn carry(self: Arc<Self>) {
        let mut carriers = JoinSet::new();
        for _ in 0..CARRIERS {
            carriers.spawn(carrier(Arc::clone(&self)));
        }
        while carriers.join_next().await.is_some() {}
    }

    async fn next(&self) -> (Letter, SocketAddr) {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut state = self.state();
                if let Some(at) = state.target.as_ref().map(|target| target.at)
                    && let Some(letter) = state.waiting.pop_front()
                {
                    state.under_way += 1;
                    if !state.waiting.is_empty() {
                        self.arrived.notify_one();
                    }
                    return (letter, at);
                }
            }
            arrived.await;
        }
    }

    fn done(&self) {
        self.state().under_way -= 1;
        self.carried.notify_waiters();
    }
}

async fn carrier(post: Arc<Post>) {
    let mut connection: Option<Connection> = None;
    loop {
        let (letter, at) = post.next().await;
        for pause in AGAIN_AFTER.into_iter().map(Some).chain([None]) {
            match hand_in(&mut connection, at, &letter).await {
                Ok(()) => break,
                Err(error) => {
                    connection = None;
                    match pause {
                        Some(pause) if error.kind() != io::ErrorKind::PermissionDenied => {
                            tokio::time::sleep(Duration::from_secs(pause)).await;
                        }
                        _ => {
                            warn!(%error, "a report could not be carried to its return path");
                            break;
                        }
                    }
                }
            }
        }
        post.done();
    }
}

async fn hand_in(connection: &mut Option<Connection>, at: SocketAddr, letter: &Letter) -> io::Result<()> {
    let current = match connection {
        Some(current) => current,
        None => connection.insert(Connection::open(at).await?),
    };
    current.bring(letter).await
}

/// A conversation with the mail server of the return paths.
#[derive(Debug)]
struct Connection(BufReader<TcpStream>);

impl Connection {
    async fn open(at: SocketAddr) -> io::Result<Self> {
        let stream = timeout(PATIENCE, TcpStream::connect(at)).await??;
        stream.set_nodelay(true)?;
        let mut connection = Self(BufReader::new(stream));
        connection.expect('2').await?;
        connection.say(b"EHLO sink.example\r\n").await?;
        connection.expect('2').await?;
        Ok(connection)
    }

    async fn bring(&mut self, letter: &Letter) -> io::Result<()> {
        self.say(format!("MAIL FROM:<>\r\nRCPT TO:<{}>\r\nDATA\r\n", letter.to).as_bytes()).await?;
        self.expect('2').await?;
        self.expect('2').await?;
        self.expect('3').await?;
        self.say(&stuffed(&letter.raw)).await?;
        self.expect('2').await
    }

    async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(PATIENCE, self.0.get_mut().write_all(bytes)).await?
    }

    /// Reads a reply that should begin with this digit. A refusal for good is no permission.
    async fn expect(&mut self, first: char) -> io::Result<()> {
        loop {
            let mut line = String::new();
            if timeout(PATIENCE, self.0.read_line(&mut line)).await?? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line.as_bytes().get(3) == Some(&b'-') {
                continue;
            }
            let kind = match line.chars().next() {
                Some(digit) if digit == first => return Ok(()),
                Some('5') => io::ErrorKind::PermissionDenied,
                _ => io::ErrorKind::ConnectionRefused,
            };
            return Err(io::Error::new(kind, line.trim_end().to_owned()));
        }
    }
}

/// The message with a dot before each line that begins with one (RFC 5321, section 4.5.2), and the last one.
fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len() + 16);
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            bytes.push(b'.');
        }
        bytes.extend_from_slice(line);
    }
    if !bytes.ends_with(b"\r\n") {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b".\r\n");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_begin_with_a_dot_get_another() {
        assert_eq!(stuffed(b"a\r\n.b\r\n..\r\n"), b"a\r\n..b\r\n...\r\n.\r\n");
        assert_eq!(stuffed(b"a"), b"a\r\n.\r\n");
    }
}
