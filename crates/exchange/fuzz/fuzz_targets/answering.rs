//! A server that answers every request with bytes of a stranger's.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use url::Url;

/// Requests are shorter than this; what is behind it is not read.
const REQUEST: usize = 8 << 10;

/// The server, and the runtime that it and its callers live on.
pub struct Answering {
    pub runtime: Runtime,
    pub url: Url,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Answering {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let bodies = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let shared = Arc::clone(&bodies);
        runtime.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, Arc::clone(&shared)));
            }
        });
        Self { runtime, url: format!("http://{address}/").parse().expect("a URL"), bodies }
    }

    /// Answers from now on: these in turn, and the last one again and again.
    pub fn with(&self, mut bodies: Vec<Vec<u8>>) {
        bodies.reverse();
        *self.bodies.lock().unwrap_or_else(PoisonError::into_inner) = bodies;
    }
}

/// So many bodies, with a byte between them that no text has.
pub fn parts(bytes: &[u8], many: usize) -> Vec<Vec<u8>> {
    let mut parts: Vec<_> = bytes.splitn(many, |byte| *byte == 0xff).map(<[u8]>::to_vec).collect();
    parts.resize(many, Vec::new());
    parts
}

async fn answer(mut connection: TcpStream, bodies: Arc<Mutex<Vec<Vec<u8>>>>) {
    let mut request = vec![0; REQUEST];
    while connection.read(&mut request).await.is_ok_and(|read| read > 0) {
        let body = {
            let mut left = bodies.lock().unwrap_or_else(PoisonError::into_inner);
            if left.len() > 1 { left.pop() } else { left.last().cloned() }
        };
        let body = body.unwrap_or_default();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let whole = [head.as_bytes(), &body].concat();
        if connection.write_all(&whole).await.is_err() {
            return;
        }
    }
}
