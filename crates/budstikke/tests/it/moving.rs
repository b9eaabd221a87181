//! From SQLite and a folder to PostgreSQL and S3, killed on the way, and back: the API answers the same.

use std::process::Stdio;

use reqwest::Method;
use serde_json::Value;
use testkit::postgres;
use testkit::s3::S3Server;
use trials::{ORG, PATIENCE, Place, Said, Server, budstikke, envelope, eventually, run, sms_order};

use crate::backup::{container, receive_a_message};

/// Rows that take a while to copy.
const MANY: i64 = 120_000;

/// A PostgreSQL database and a bucket.
struct Shared {
    url: String,
    s3: S3Server,
    bucket: String,
}

impl Shared {
    async fn start() -> Self {
        let start = || {
            let (url, s3) = (postgres::shared().database(), S3Server::start());
            let bucket = s3.bucket();
            Self { url, s3, bucket }
        };
        tokio::task::spawn_blocking(start).await.expect("a database and a bucket")
    }

    fn blobs(&self) -> String {
        format!("s3://{}/filer", self.bucket)
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("s3.endpoint", format!("\"{}\"", self.s3.endpoint())),
            ("s3.access_key", format!("\"{}\"", self.s3.access_key())),
            ("s3.secret_key", format!("\"{}\"", self.s3.secret_key())),
            ("s3.allow_http", "true".to_owned()),
        ]
    }

    fn furnish(&self, place: &mut Place) {
        place.set("store", format!("\"{}\"", self.url));
        place.set("blobs", format!("\"{}\"", self.blobs()));
        for (setting, value) in self.settings() {
            place.set(setting, value);
        }
    }

    async fn count(&self, table: &str) -> Option<i64> {
        let (url, table) = (self.url.clone(), table.to_owned());
        let ask = move || {
            let there = format!("SELECT count(*) FROM pg_class WHERE relname = '{table}'");
            let count = format!("SELECT count(*) FROM {table}");
            let cluster = postgres::shared();
            (cluster.query(&url, &there)[0][0] == "1").then(|| cluster.query(&url, &count)[0][0].clone())
        };
        let count = tokio::task::spawn_blocking(ask).await.expect("an answer")?;
        Some(count.parse().expect("a number"))
    }
}

/// What a client sees of everything there is.
#[derive(Debug, PartialEq)]
struct Seen {
    shipments: Vec<Value>,
    feed: Value,
    statuses: Value,
    container: Vec<u8>,
}

async fn look(server: &Server, shipments: &[String], message: &str) -> Seen {
    let json = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.json::<Value>().await.expect("JSON")
    };
    let mut found = Vec::new();
    for id in shipments {
        found.push(json(server.notify(Method::GET, &format!("/future/shipment/{id}"))).await);
    }
    let statuses = server.exchange(Method::GET, &format!("/statuses/{message}?size=100"));
    Seen {
        shipments: found,
        feed: json(server.notify(Method::GET, "/future/shipment/feed?seq=0")).await,
        statuses: json(statuses).await["content"].take(),
        container: container(server, message).await,
    }
}

/// The number of the first status of a new message.
async fn next_number(server: &Server) -> i64 {
    let id = uuid::Uuid::new_v4().to_string();
    let create = server.exchange(Method::POST, "/messages/out").json(&envelope(&id, ORG, ORG));
    assert_eq!(create.send().await.expect("an answer").status(), 200);
    let statuses = server.exchange(Method::GET, &format!("/statuses/{id}"));
    let statuses: Value = statuses.send().await.expect("an answer").json().await.expect("JSON");
    statuses["content"][0]["id"].as_i64().unwrap_or_else(|| panic!("no number in {statuses}"))
}

/// Orders that have come to their end, so that nothing changes any more.
async fn finished_orders(server: &Server) -> Vec<String> {
    let mut shipments = Vec::new();
    for number in 0..20 {
        let key = format!("nøkkel-{number}");
        let answer = server.post("/future/orders", &sms_order(&key, "+4799999901", &key)).await;
        shipments.push(answer.shipment());
    }
    for id in &shipments {
        eventually("the end of an order", || async {
            (server.recipient_status(id).await? == "SMS_Delivered").then_some(())
        })
        .await;
    }
    eventually("everything in the feed", || async {
        let feed = server.get("/future/shipment/feed?seq=0").await.json();
        (feed.as_array().expect("a list").len() == shipments.len()).then_some(())
    })
    .await;
    shipments
}

fn add_rows(place: &Place) {
    let database = rusqlite::Connection::open(place.data().join("budstikke.db")).expect("the database");
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO notify_timeline (order_id, number, at, cause, detail)
        SELECT randomblob(16), i, i, 'prøve', 'på norsk ' || i FROM n";
    database.execute(sql, [MANY]).expect("rows");
}

/// The command line of a move from the first to the second.
fn arguments(from: &str, to: &str, more: &[&str], shared: &Shared) -> Vec<String> {
    let mut arguments: Vec<String> = ["move", "--from", from, "--to", to].map(str::to_owned).into();
    arguments.extend(more.iter().map(|&text| text.to_owned()));
    for (setting, value) in shared.settings() {
        arguments.extend(["--set".to_owned(), format!("{setting}={value}")]);
    }
    arguments
}

async fn run_move(place: &Place, arguments: &[String]) -> Said {
    run(place.folder(), &arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// A server that has had its share of work, and what clients saw there at the end.
struct Past {
    shipments: Vec<String>,
    message: String,
    seen: Seen,
    password: String,
    number: i64,
}

impl Past {
    async fn live_through(server: &Server) -> Self {
        let (message, _) = receive_a_message(server).await;
        let shipments = finished_orders(server).await;
        eventually("the last status", || async {
            let seen = look(server, &[], &message).await;
            seen.statuses.as_array()?.iter().any(|one| one["status"] == "MOTTATT").then_some(())
        })
        .await;
        let seen = look(server, &shipments, &message).await;
        let (password, number) = (server.password.clone(), next_number(server).await);
        Self { shipments, message, seen, password, number }
    }

    /// Clients see the same on another server, and numbers go on.
    async fn goes_on(&mut self, server: &Server) {
        assert_eq!(look(server, &self.shipments, &self.message).await, self.seen);
        assert_eq!(server.password, self.password, "the password has not come along");
        let number = next_number(server).await;
        assert!(number > self.number, "{number} was given before");
        self.number = number;
    }
}

/// Starts a move and kills it when the first rows are over.
async fn kill_on_the_way(place: &Place, arguments: &[String], shared: &Shared) {
    let mut killed = budstikke(place.folder());
    let mut killed = killed.args(arguments).stderr(Stdio::null()).spawn().expect("a move");
    let on_the_way = eventually("rows on the way", || async {
        shared.count("notify_timeline").await.filter(|count| *count > 0)
    })
    .await;
    killed.kill().await.expect("a process to kill");
    assert!(on_the_way < MANY, "the move was over before it could be killed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_to_postgresql_and_s3_though_killed_on_the_way_and_back() {
    let shared = Shared::start().await;
    let mut place = Place::new();
    let server = place.start().await;
    let mut past = Past::live_through(&server).await;
    let data = place.data().display().to_string();
    let there = arguments(&data, &shared.url, &["--blobs-to", &shared.blobs()], &shared);
    let refused = run_move(&place, &there).await;
    assert!(!refused.status.success() && refused.err.contains("another running"), "{}", refused.err);
    // What the log beside the database holds must come along too.
    server.kill().await;
    add_rows(&place);

    kill_on_the_way(&place, &there, &shared).await;
    shared.furnish(&mut place);
    let too_early = too_early(&place).await;
    assert!(too_early.contains("budstikke move"), "{too_early}");
    let said = run_move(&place, &there).await;
    assert!(said.status.success(), "{}", said.err);
    assert!(said.err.contains("going on") && said.out.contains("equal on both sides"), "{}", said.out);
    let mut elsewhere = Place::new();
    shared.furnish(&mut elsewhere);
    let server = elsewhere.start().await;
    past.goes_on(&server).await;
    server.stop().await;
    let again = run_move(&place, &there).await;
    assert!(!again.status.success() && again.err.contains("not empty"), "{}", again.err);

    let home = Place::new();
    let back = home.data().display().to_string();
    let back = arguments(&shared.url, &back, &["--blobs-from", &shared.blobs()], &shared);
    let said = run_move(&home, &back).await;
    assert!(said.status.success(), "{}", said.err);
    let server = home.start().await;
    past.goes_on(&server).await;
    server.stop().await;
}

/// What a server says that is started on a half-made target.
async fn too_early(place: &Place) -> String {
    let arguments = place.arguments();
    let started = budstikke(place.folder()).arg("serve").args(arguments).output();
    let said = tokio::time::timeout(PATIENCE, started).await.expect("an end in time").expect("a server");
    assert!(!said.status.success());
    String::from_utf8_lossy(&said.stderr).into_owned()
}
