//! Load over HTTP/1.1, as lean as can be: on a small machine every microsecond that the client uses is
//! taken from the server that is measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::figure::per_second;

/// Makes the next request, whole, as it goes over the wire.
pub(super) type Requests = Arc<dyn Fn() -> Vec<u8> + Send + Sync>;

/// Who is asked, by how many, for how long.
#[derive(Clone)]
pub(super) struct Load {
    /// Host and port of the server.
    pub address: String,
    pub connections: usize,
    pub time: Duration,
    /// The status that every answer must have.
    pub expected: u16,
    /// Time between two requests of a connection; with none, each follows its answer at once.
    pub every: Option<Duration>,
    pub requests: Requests,
}

/// What a load saw.
pub(super) struct Seen {
    pub rate: f64,
    pub took: Vec<Duration>,
}

impl Load {
    /// Runs on a thread of its own, so that nothing else of this process is in the way.
    pub(super) async fn run(self) -> Result<Seen> {
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::Builder::new().name("load".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let seen = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(self.send()));
            // Whoever asked may have given up.
            let _ = tell.send(seen);
        })?;
        told.await.context("the load ended without a word")?
    }

    async fn send(self) -> Result<Seen> {
        let mut connections = JoinSet::new();
        let begun = Instant::now();
        for _ in 0..self.connections {
            connections.spawn(self.clone().connection(begun + self.time));
        }
        let mut took = Vec::new();
        while let Some(ended) = connections.join_next().await {
            took.extend(ended??);
        }
        Ok(Seen { rate: per_second(took.len(), begun.elapsed()), took })
    }

    async fn connection(self, until: Instant) -> Result<Vec<Duration>> {
        let mut stream = TcpStream::connect(&self.address).await.context("the server does not listen")?;
        stream.set_nodelay(true)?;
        let mut took = Vec::new();
        let mut buffer = Vec::with_capacity(64 << 10);
        let mut pace = self.every.map(tokio::time::interval);
        if let Some(pace) = &mut pace {
            pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
        }
        while Instant::now() < until {
            if let Some(pace) = &mut pace {
                pace.tick().await;
            }
            let request = (self.requests)();
            let begun = Instant::now();
            stream.write_all(&request).await?;
            let status = answer(&mut stream, &mut buffer).await?;
            took.push(begun.elapsed());
            ensure!(
                status == self.expected,
                "expected {}, got {}",
                self.expected,
                String::from_utf8_lossy(&buffer)
            );
        }
        Ok(took)
    }
}

/// A request of HTTP/1.1 with a token and, where there is one, a JSON body.
pub(super) fn request(method: &str, path: &str, host: &str, token: &str, body: &str) -> Vec<u8> {
    let body_headers = match body.len() {
        0 => String::new(),
        length => format!("content-type: application/json\r\ncontent-length: {length}\r\n"),
    };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n{body_headers}\r\n{body}"
    )
    .into_bytes()
}

/// Reads one answer into `buffer` and gives its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
    };
    let (status, length) = read_head(&buffer[..head])?;
    while buffer.len() < head + length {
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
    }
    Ok(status)
}

fn read_head(head: &[u8]) -> Result<(u16, usize)> {
    let head = std::str::from_utf8(head).context("an answer without a readable head")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    match (status, length) {
        (Some(status), Some(length)) => Ok((status, length)),
        _ => bail!("an answer without status or length: {head}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answers_head_gives_status_and_length() {
        let head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\ncontent-length: 17\r\n\r\n";
        assert_eq!(read_head(head).expect("a head"), (201, 17));
        assert!(read_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }

    #[tokio::test]
    async fn a_load_asks_until_its_time_is_up_and_fails_on_another_status() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut read = [0; 1_024];
                    while stream.read(&mut read).await.is_ok_and(|count| count > 0) {
                        let answer = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n";
                        if stream.write_all(answer).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        let host = address.clone();
        let load = Load {
            address,
            connections: 2,
            time: Duration::from_millis(50),
            expected: 204,
            every: None,
            requests: Arc::new(move || request("GET", "/", &host, "token", "")),
        };
        let seen = load.clone().run().await.expect("every answer is as expected");
        assert!(seen.rate > 0.0 && !seen.took.is_empty());
        assert!(Load { expected: 200, ..load }.run().await.is_err());
    }
}
