//! Mail servers that say what a test wants, and tell what they heard.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use auth::Authority;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use types::time::Clock;

use crate::SOON;

/// A server that takes everything of one connection; then says what it heard.
pub(super) async fn scripted(ehlo: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"220 plain.example\r\n").await.expect("it reads");
        let (mut heard, mut seen) = (String::new(), 0);
        let mut piece = [0; 4096];
        loop {
            let read = tokio::time::timeout(SOON, stream.read(&mut piece)).await;
            let Ok(Ok(length @ 1..)) = read else { return heard };
            heard.push_str(&String::from_utf8_lossy(&piece[..length]));
            let in_data = heard.contains("DATA\r\n") && !heard.contains("\r\n.\r\n");
            if in_data && seen >= heard.find("DATA\r\n").unwrap_or(usize::MAX) + 6 || !heard.ends_with("\r\n")
            {
                continue;
            }
            let command = heard[seen..].to_owned();
            seen = heard.len();
            let reply = match command.split([' ', '\r']).next() {
                Some("EHLO") => ehlo,
                Some("DATA") => "354 Go on",
                _ => "250 OK",
            };
            if stream.write_all(format!("{reply}\r\n").as_bytes()).await.is_err()
                || heard.contains("\r\n.\r\n")
            {
                return heard;
            }
        }
    });
    (addr, task)
}

/// A relay that demands TLS, with a certificate of an authority of its own.
pub(super) struct Encrypted {
    pub(super) addr: SocketAddr,
    pub(super) root: String,
    said: std::sync::mpsc::Receiver<String>,
}

impl Encrypted {
    /// What the first connection said, once it has ended.
    pub(super) fn said(&self) -> String {
        self.said.recv_timeout(SOON).expect("a connection that ends")
    }
}

pub(super) fn encrypted_relay() -> Encrypted {
    let authority = Authority::generate(Clock::system()).expect("an authority");
    let credential = authority.issue_server(&["localhost".to_owned()]).expect("a certificate");
    let chain = credential.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivatePkcs8KeyDer::from(credential.key.pkcs8_der().reveal().clone());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from(key))
        .expect("a certificate and its key");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("an address");
    let (tell, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        stream.set_read_timeout(Some(SOON)).expect("a time limit");
        tell.send(serve_encrypted(stream, config)).expect("somebody listens");
    });
    Encrypted { addr, root: authority.root_pem(), said }
}

fn serve_encrypted(mut stream: std::net::TcpStream, config: rustls::ServerConfig) -> String {
    let mut heard = String::new();
    let greeting = "220 tls.example\r\n".to_owned();
    answer_lines(&mut stream, greeting, &mut heard, |line| match line {
        "STARTTLS" => Next::Last("220 Go on\r\n"),
        _ => Next::Say("250-tls.example\r\n250 STARTTLS\r\n"),
    });
    let mut tls = rustls::ServerConnection::new(Arc::new(config)).expect("TLS");
    let mut stream = rustls::Stream::new(&mut tls, &mut stream);
    let mut in_data = false;
    answer_lines(&mut stream, String::new(), &mut heard, |line| {
        match (in_data, line) {
            (true, ".") => return Next::Last("250 2.0.0 OK queued as 1\r\n"),
            (true, _) => return Next::Say(""),
            _ => {}
        }
        in_data = line == "DATA";
        Next::Say(match line.split(' ').next() {
            Some("EHLO") => "250-tls.example\r\n250 AUTH PLAIN\r\n",
            Some("AUTH") => "235 2.7.0 OK\r\n",
            Some("DATA") => "354 Go on\r\n",
            _ => "250 2.0.0 OK\r\n",
        })
    });
    heard
}

enum Next {
    Say(&'static str),
    Last(&'static str),
}

/// Answers line by line until told that this was the last, or the other side has gone.
fn answer_lines(
    stream: &mut (impl Read + Write),
    greeting: String,
    heard: &mut String,
    mut reply: impl FnMut(&str) -> Next,
) {
    let mut say = greeting;
    let mut line = Vec::new();
    loop {
        if stream.write_all(say.as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
        line.clear();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => line.push(byte[0]),
                _ => return,
            }
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        heard.push_str(&text);
        match reply(text.trim_end()) {
            Next::Say(text) => text.clone_into(&mut say),
            Next::Last(text) => {
                // The other side may be gone already; what it said is what counts.
                let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
                return;
            }
        }
    }
}
