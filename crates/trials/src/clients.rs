//! Clients as they should be: each order has a key of its own, and is asked for again until there is
//! an answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Answer, Book, PATIENCE};

/// How much is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Clients that ask at the same time.
    pub clients: usize,
    /// How long each pauses after a receipt.
    pub pause: Duration,
}

/// The ways to the APIs of one organization's servers, and what opens them.
#[derive(Clone)]
pub struct Ways {
    doors: Arc<Vec<SocketAddr>>,
    next: Arc<AtomicUsize>,
    token: String,
    password: String,
    http: reqwest::Client,
}

impl Ways {
    /// Ways through these doors in turn.
    pub fn new(doors: Vec<SocketAddr>, token: &str, password: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().expect("a client");
        Self {
            doors: Arc::new(doors),
            next: Arc::default(),
            token: token.to_owned(),
            password: password.to_owned(),
            http,
        }
    }

    /// The same ways for somebody else, with connections of his own.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self::new(self.doors.to_vec(), &self.token, &self.password)
    }

    fn door(&self) -> SocketAddr {
        self.doors[self.next.fetch_add(1, Ordering::Relaxed) % self.doors.len()]
    }

    /// A request to the Notify API.
    pub fn notify(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}/notifications/api/v1{path}", self.door());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// A request to the Exchange API.
    pub fn exchange(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}/api{path}", self.door());
        self.http.request(method, url).basic_auth("budstikke", Some(&self.password))
    }

    /// Asks in vain for a while, then panics: a server that is up must answer.
    pub async fn get(&self, path: &str) -> Answer {
        let begun = Instant::now();
        loop {
            match Answer::of(self.notify(Method::GET, path)).await {
                Ok(answer) if answer.status < 500 => return answer,
                other => assert!(begun.elapsed() < PATIENCE, "{path}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Clients at work.
pub struct Clients {
    book: Arc<Book>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Clients {
    /// Lets clients ask until they are told to stop.
    pub fn start(book: &Arc<Book>, ways: &Ways, pace: Pace) -> Self {
        book.rest();
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        for _ in 0..pace.clients {
            let (book, ways, stop) = (Arc::clone(book), ways.clone(), stop.clone());
            tasks.spawn(async move {
                while !stop.is_cancelled() {
                    ask(&book, &ways, &stop).await;
                    tokio::time::sleep(pace.pause).await;
                }
            });
        }
        Self { book: Arc::clone(book), stop, tasks }
    }

    /// Begins nothing new, and waits until everything that was asked for has been answered.
    pub async fn finish(self) {
        self.stop.cancel();
        self.tasks.join_all().await;
        self.book.rest();
    }
}

/// Asks for one thing until it is accepted.
async fn ask(book: &Book, ways: &Ways, stop: &CancellationToken) {
    let (number, kind) = book.next();
    let body = Book::body(number);
    let (mut first, mut told_to_stop) = (true, None);
    loop {
        match Answer::of(ways.notify(Method::POST, kind.path()).json(&body)).await {
            Ok(answer) if matches!(answer.status, 200 | 201) => {
                if first && answer.status == 200 {
                    book.strange(format!("order {number} was known before anybody asked for it"));
                }
                return book.accepted(number, answer.shipment());
            }
            Ok(answer) if answer.status >= 500 || answer.status == 429 => book.refused(number),
            Ok(answer) => return book.strange(format!("order {number} got {answer:?}")),
            Err(_) => book.unanswered(number),
        }
        first = false;
        if stop.is_cancelled() {
            let since = *told_to_stop.get_or_insert_with(Instant::now);
            assert!(since.elapsed() < PATIENCE, "order {number} gets no answer although all is well");
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}
