//! Equal servers on one database and one bucket, each with ways of its own to both.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use testkit::postgres::{self, Cluster};
use testkit::s3::S3Server;
use trials::{Door, Ledger, OtherParty, Outside, Pace, Place, Server, Sheet, Trial, Ways};

/// What a node can be cut off from.
#[derive(Clone, Copy, Debug)]
pub enum From {
    Database,
    Bucket,
    Gateway,
}

/// One server, and its ways.
struct Node {
    place: Place,
    server: Option<Server>,
    api: Door,
    to_database: Door,
    to_bucket: Door,
    to_gateway: Door,
}

impl Node {
    /// A node that has not been started.
    async fn new(shared: &Shared, outside: &Outside, other: &OtherParty) -> Self {
        let database = format!("127.0.0.1:{}", shared.cluster.port());
        let bucket = shared.s3.endpoint();
        let bucket = format!("127.0.0.1:{}", bucket.port().expect("a port"));
        let node = Self {
            place: Place::new(),
            server: None,
            api: Door::to(&[]).await,
            to_database: Door::to(&[&database]).await,
            to_bucket: Door::to(&[&bucket]).await,
            to_gateway: Door::to(&[&outside.gateway_address().to_string()]).await,
        };
        node.furnished(shared, outside, other)
    }

    fn furnished(mut self, shared: &Shared, outside: &Outside, other: &OtherParty) -> Self {
        Trial::furnish(&mut self.place, outside, other);
        outside.lead_by(&mut self.place, self.to_gateway.address());
        let (database, bucket) = (self.to_database.address(), self.to_bucket.address());
        let direct = format!("127.0.0.1:{}", shared.cluster.port());
        let text = |text: &str| format!("\"{text}\"");
        for (setting, value) in [
            ("store", text(&shared.url.replace(&direct, &database.to_string()))),
            ("blobs", text(&format!("s3://{}/filer", shared.bucket))),
            ("s3.endpoint", text(&format!("http://{bucket}/"))),
            ("s3.access_key", text(shared.s3.access_key())),
            ("s3.secret_key", text(shared.s3.secret_key())),
            ("s3.region", text("us-east-1")),
            ("s3.allow_http", "true".to_owned()),
            ("s3.connect_timeout_seconds", "2".to_owned()),
            ("s3.timeout_seconds", "3".to_owned()),
            ("s3.retry_seconds", "3".to_owned()),
            ("postgres.statement_timeout_ms", "2000".to_owned()),
            ("postgres.patience_ms", "4000".to_owned()),
        ] {
            self.place.set(setting, value);
        }
        self
    }

    async fn start(&mut self) {
        let server = self.place.start_without_token().await;
        self.api.lead_to(&[&server.api]);
        self.server = Some(server);
    }
}

/// What all nodes share.
struct Shared {
    cluster: Arc<Cluster>,
    url: String,
    s3: S3Server,
    bucket: String,
}

impl Shared {
    fn start() -> Self {
        let options = postgres::Options { durable: true, ..postgres::Options::default() };
        let cluster = Cluster::start_with(&options);
        let (url, s3) = (cluster.database(), S3Server::start());
        let bucket = s3.bucket();
        Self { cluster: Arc::new(cluster), url, s3, bucket }
    }
}

/// All nodes, and a way that leads to any of them.
pub struct Nodes {
    all: Vec<Node>,
    shared: Shared,
    front: Door,
}

impl Nodes {
    /// Starts three, all at once on an empty database, and the load.
    pub async fn begin() -> (Self, Trial) {
        let (outside, other) = (Outside::start().await, OtherParty::start().await);
        let (nodes, ways) = Self::start(3, &outside, &other).await;
        let pace = Pace { clients: 9, pause: Duration::from_millis(40) };
        let trial = Trial::begin(outside, other, ways, pace);
        (nodes, trial)
    }

    /// Starts so many, all at once on an empty database.
    pub async fn start(many: usize, outside: &Outside, other: &OtherParty) -> (Self, Ways) {
        Self::start_with(|_| {}, many, outside, other).await
    }

    /// The same with places that are prepared further.
    pub async fn start_with(
        prepare: impl Fn(&mut Place),
        many: usize,
        outside: &Outside,
        other: &OtherParty,
    ) -> (Self, Ways) {
        let shared = tokio::task::spawn_blocking(Shared::start).await.expect("a database and a bucket");
        let mut nodes = Vec::new();
        for _ in 0..many {
            let mut node = Node::new(&shared, outside, other).await;
            prepare(&mut node.place);
            nodes.push(node);
        }
        futures_util::future::join_all(nodes.iter_mut().map(Node::start)).await;
        let doors: Vec<_> = nodes.iter().map(|node| node.api.address()).collect();
        let targets: Vec<String> = doors.iter().map(ToString::to_string).collect();
        let front = Door::to(&targets.iter().map(String::as_str).collect::<Vec<_>>()).await;
        outside.report_to(&front.address().to_string());
        let ways = other.ways_to_us(doors).await;
        (Self { all: nodes, shared, front }, ways)
    }

    /// One address for all, which passes those by that let nobody in, as a load balancer does.
    pub fn front(&self) -> SocketAddr {
        let running = self.all.iter().filter_map(|node| node.server.as_ref());
        self.front.lead_to(&running.map(|server| server.api.as_str()).collect::<Vec<_>>());
        self.front.address()
    }

    /// Asks one node to stop, waits until it has, and starts another version in its place.
    pub async fn replace(&mut self, one: usize, program: Option<&Path>) {
        self.all[one].server.take().expect("a running node").stop().await;
        self.front();
        self.all[one].place.set_program(program);
        self.all[one].start().await;
        self.front();
    }

    /// Starts another version where a node is to be replaced, which must refuse; answers what it said.
    pub async fn refused(&mut self, one: usize, program: &Path) -> (ExitStatus, String) {
        let node = &mut self.all[one];
        node.server.take().expect("a running node").stop().await;
        let before = node.place.log().len();
        node.place.set_program(Some(program));
        let ended = node.place.launch(&[]).wait().await.expect("its end");
        let said = node.place.log()[before..].to_owned();
        node.place.set_program(None);
        node.start().await;
        self.front();
        (ended, said)
    }

    /// What a query of the database answers.
    pub fn query(&self, sql: &str) -> Vec<Vec<String>> {
        postgres::query(&self.shared.url, sql)
    }

    /// SIGKILL to one node.
    pub async fn kill(&mut self, one: usize) {
        let node = &mut self.all[one];
        node.api.lead_to(&[]);
        node.server.take().expect("a running node").kill().await;
    }

    /// Starts those that were killed, at once.
    pub async fn start_missing(&mut self) {
        let missing = self.all.iter_mut().filter(|node| node.server.is_none());
        futures_util::future::join_all(missing.map(Node::start)).await;
    }

    /// Sends a signal to one node.
    pub async fn signal(&self, one: usize, name: &str) {
        self.all[one].server.as_ref().expect("a running node").signal(name).await;
    }

    /// Cuts one node off from something; silently, or so that it notices.
    pub fn cut(&self, one: usize, from: From, silently: bool) {
        let node = &self.all[one];
        let way = match from {
            From::Database => &node.to_database,
            From::Bucket => &node.to_bucket,
            From::Gateway => &node.to_gateway,
        };
        if silently { way.silence() } else { way.shut() }
    }

    /// One node sees everything again.
    pub fn mend(&self, one: usize) {
        let Node { to_database, to_bucket, to_gateway, .. } = &self.all[one];
        for way in [to_database, to_bucket, to_gateway] {
            way.open();
        }
    }

    /// Does something to the database.
    pub async fn database(&self, act: impl FnOnce(&Cluster) + Send + 'static) {
        let cluster = Arc::clone(&self.shared.cluster);
        tokio::task::spawn_blocking(move || act(&cluster)).await.expect("a database that obeys");
    }

    /// The last lines of every node's log, for whoever has to find out.
    pub fn last_words(&self) -> String {
        let last = |(number, node): (usize, &Node)| {
            let log = node.place.log();
            let lines: Vec<&str> = log.lines().rev().take(8).collect();
            format!("\nnode {number}:\n{}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        self.all.iter().enumerate().map(last).collect()
    }

    /// Judges the trial, and stops everything.
    pub async fn end(self, trial: Trial, mut sheet: Sheet) -> Sheet {
        trial.outside.slow_down(Duration::ZERO);
        let ledger = Ledger::Postgres(self.shared.url.clone());
        trial.judge(&ledger, &mut sheet).await;
        self.stop(&mut sheet).await;
        sheet
    }

    /// Stops everything.
    pub async fn stop(self, sheet: &mut Sheet) {
        for Node { place, server, .. } in self.all {
            if let Some(server) = server {
                server.stop().await;
            }
            let panicked = place.log().lines().filter(|line| line.contains("panicked")).count();
            sheet.broken((panicked > 0).then(|| format!("a server panicked {panicked} times")));
        }
    }
}
