//! Three PostgreSQL that Patroni keeps alike, with one etcd to agree in, all from Debian's packages: for
//! tests of what happens when the leader dies.
//!
//! A commit is answered when a second server has it (synchronous mode). Nothing is left behind, as with
//! [`postgres`](crate::postgres).

mod config;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::ports;
use crate::postgres::{ADMINISTRATOR, OWNER, programs, sql};
use crate::watchdog::Watchdog;

/// Where the three are.
pub const HOSTS: [&str; 3] = ["127.0.0.11", "127.0.0.12", "127.0.0.13"];
const HOW_TO_INSTALL: &str = "this test needs Patroni and etcd; on Debian: \
    `apt-get install -y --no-install-recommends postgresql patroni etcd-server`";
/// How long something that is bound to happen may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// One of the three, by its place in [`HOSTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member(usize);

/// The three and their etcd; dropping it stops them and removes their folder.
pub struct Trio {
    watchdog: Mutex<Watchdog>,
    port: u16,
}

impl Trio {
    /// Starts them; they have a leader and two followers when this returns.
    ///
    /// # Panics
    /// When the packages are not installed, or when the three do not find each other; with the logs.
    pub fn start() -> Self {
        let there = |name: &str| Command::new(name).arg("--version").output().is_ok();
        assert!(["patroni", "etcd"].into_iter().all(there), "{HOW_TO_INSTALL}");
        let folder = std::env::temp_dir().join(format!("budstikke-patroni-{}", Uuid::new_v4().simple()));
        let script = include_str!("cluster.sh");
        let watchdog = Mutex::new(Watchdog::start(script, &folder, programs::user(), Vec::new()));
        let etcd = ports::free(&["127.0.0.1"]);
        let trio = Self { watchdog, port: ports::free(&HOSTS) };
        trio.tell(&format!("etcd {etcd} {}", ports::free(&["127.0.0.1"])));
        trio.configure(&folder, etcd);
        for member in trio.members() {
            trio.start_member(member);
        }
        trio.wait_until_whole();
        trio.administer(&format!("CREATE ROLE {OWNER} LOGIN"));
        trio.administer(&format!("CREATE DATABASE {OWNER} OWNER {OWNER}"));
        trio
    }

    fn configure(&self, folder: &PathBuf, etcd: u16) {
        let (programs, web) = (programs::directory(), ports::free(&HOSTS));
        for (number, host) in (1..).zip(HOSTS) {
            let place = config::Place { folder, programs: &programs, host, number };
            let text = config::of(&place, self.port, web, etcd);
            let file = folder.join(format!("member{number}.yml"));
            fs::write(file, text).expect("a configuration");
        }
    }

    /// All three.
    pub fn members(&self) -> [Member; 3] {
        [Member(0), Member(1), Member(2)]
    }

    /// The address of the database, wherever it leads at the moment.
    pub fn url(&self) -> String {
        let hosts = HOSTS.map(|host| format!("{host}:{}", self.port)).join(",");
        let options = "target_session_attrs=read-write&connect_timeout=3&sslmode=disable";
        format!("postgres://{OWNER}@{hosts}/{OWNER}?{options}")
    }

    /// The one that can be written to; a paused one is passed over.
    pub fn leader(&self) -> Option<Member> {
        let leads = |member: &Member| {
            let rows = sql::attempt(&self.url_of(*member), "SELECT pg_is_in_recovery()");
            rows.is_ok_and(|rows| rows == [["f"]])
        };
        self.members().into_iter().find(leads)
    }

    /// SIGKILL to everything of one member, its Patroni first.
    pub fn kill(&self, member: Member) {
        self.tell(&format!("kill {}", member.0 + 1));
    }

    /// Starts a member that was killed.
    pub fn start_member(&self, member: Member) {
        self.tell(&format!("member {}", member.0 + 1));
    }

    /// SIGSTOP to everything of one member: connections to it stay, and nobody answers.
    pub fn pause(&self, member: Member) {
        self.tell(&format!("pause {}", member.0 + 1));
    }

    /// SIGSTOP to the database only; its Patroni goes on.
    pub fn pause_database(&self, member: Member) {
        self.tell(&format!("pause_database {}", member.0 + 1));
    }

    /// Lets a member go on that was paused in either way.
    pub fn resume(&self, member: Member) {
        self.tell(&format!("resume {}", member.0 + 1));
    }

    /// Waits until there is a leader that two others follow, one of them before every answer.
    pub fn wait_until_whole(&self) {
        self.wait_for("a leader with two followers", || {
            let leader = self.leader()?;
            let sql = "SELECT count(*), count(*) FILTER (WHERE sync_state = 'sync') FROM pg_stat_replication
                WHERE state = 'streaming'";
            let rows = sql::attempt(&self.url_of(leader), sql).ok()?;
            (rows == [["2", "1"]]).then_some(())
        });
    }

    /// Waits until somebody leads, and tells who.
    pub fn wait_for_leader(&self) -> Member {
        self.wait_for("a leader", || self.leader())
    }

    /// Runs statements in the database, as its owner, on the leader.
    pub fn query(&self, statements: &str) -> Vec<Vec<String>> {
        sql::run(&self.url(), statements)
    }

    /// The two that do not lead.
    pub fn followers(&self) -> [Member; 2] {
        let leader = self.wait_for_leader();
        let [first, second, third] = self.members();
        if leader == first {
            [second, third]
        } else if leader == second {
            [first, third]
        } else {
            [first, second]
        }
    }

    fn administer(&self, statements: &str) {
        let leader = self.wait_for_leader();
        sql::run(&self.url_of(leader), statements);
    }

    fn url_of(&self, member: Member) -> String {
        format!("postgres://{ADMINISTRATOR}@{}:{}/postgres?connect_timeout=2", HOSTS[member.0], self.port)
    }

    fn wait_for<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < until, "waited in vain for {what}\n{}", self.logs());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// The ends of all logs.
    pub fn logs(&self) -> String {
        let watchdog = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner);
        let names = ["log", "etcd.log", "member1.log", "member2.log", "member3.log"];
        names.map(|name| format!("== {name}\n{}", watchdog.log(name))).join("\n")
    }

    fn tell(&self, command: &str) {
        let done = self.watchdog.lock().unwrap_or_else(PoisonError::into_inner).tell(command);
        assert!(done, "`{command}` failed\n{}", self.logs());
    }
}
