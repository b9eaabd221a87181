//! The throw-away PostgreSQL.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::postgres::{Cluster, Options, shared};

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < until, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn process_of(cluster_folder: &Path) -> PathBuf {
    let file = fs::read_to_string(cluster_folder.join("data/postmaster.pid")).expect("a running server");
    Path::new("/proc").join(file.lines().next().expect("its number"))
}

#[test]
fn two_servers_at_once_know_nothing_of_each_other() {
    let (one, other) = (Cluster::start(), Cluster::start());
    let url = one.database();

    one.query(&url, "CREATE TABLE mine (n BIGINT); INSERT INTO mine VALUES (7)");

    assert_eq!(one.query(&url, "SELECT n FROM mine"), [["7"]]);
    assert!(other.administer("SELECT FROM pg_database WHERE datname LIKE 'test_%'").is_empty());
}

#[test]
fn a_dropped_server_is_gone_with_everything_it_had() {
    let cluster = Cluster::start();
    let (folder, process) = (cluster.folder().to_owned(), process_of(cluster.folder()));
    assert!(folder.exists() && process.exists());

    drop(cluster);

    assert!(!folder.exists(), "{} is left", folder.display());
    assert!(!process.exists(), "the server runs on");
}

#[test]
fn a_killed_and_a_paused_server_go_too() {
    for fault in [Cluster::kill, Cluster::pause, Cluster::stop] {
        let cluster = Cluster::start();
        let (folder, process) = (cluster.folder().to_owned(), process_of(cluster.folder()));
        fault(&cluster);
        drop(cluster);
        assert!(!folder.exists() && !process.exists());
    }
}

/// Not a test: the process that the next one kills.
#[test]
#[ignore = "waits to be killed"]
fn waits_to_be_killed() {
    let cluster = Cluster::start();
    println!("\nfolder {}", cluster.folder().display());
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_server_whose_owner_is_killed_goes_too() {
    let mut owner = Command::new(std::env::current_exe().expect("this program"))
        .args(["--ignored", "--exact", "postgres::waits_to_be_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a second process");
    let mut lines = BufReader::new(owner.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let folder = lines.find_map(|line| line.strip_prefix("folder ").map(PathBuf::from)).expect("a folder");
    let process = process_of(&folder);

    owner.kill().expect("killed");
    owner.wait().expect("its end");

    eventually("the folder to go", || !folder.exists());
    assert!(!process.exists(), "the server runs on");
}

#[test]
fn databases_copied_from_a_made_one_have_what_was_made() {
    let cluster = Cluster::start();
    let made = std::sync::atomic::AtomicU32::new(0);
    let fill = |url: &str| {
        made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        cluster.query(url, "CREATE TABLE things (n BIGINT PRIMARY KEY)");
    };
    let (one, other) = (cluster.database_from(fill), cluster.database_from(fill));

    cluster.query(&one, "INSERT INTO things VALUES (1)");

    assert_eq!(made.into_inner(), 1, "it is made once");
    assert_eq!(cluster.query(&other, "SELECT count(*) FROM things"), [["0"]]);
    cluster.drop_database(&one);
}

#[test]
fn a_durable_server_keeps_what_it_has_when_it_is_killed_and_starts_again() {
    let cluster = Cluster::start_with(&Options { durable: true, ..Options::default() });
    let url = cluster.database();
    cluster.query(&url, "CREATE TABLE kept (n BIGINT)");

    for (n, fault) in [Cluster::kill, Cluster::stop].into_iter().enumerate() {
        cluster.query(&url, &format!("INSERT INTO kept VALUES ({n})"));
        fault(&cluster);
        cluster.start_again();
    }
    cluster.restart();

    assert_eq!(cluster.query(&url, "SELECT n FROM kept ORDER BY n"), [["0"], ["1"]]);
}

#[test]
fn a_paused_server_answers_when_it_goes_on() {
    let cluster = Cluster::start();
    let url = cluster.database();
    cluster.pause();

    thread::scope(|scope| {
        let asking = scope.spawn(|| cluster.query(&url, "SELECT 7"));
        eventually("the server to stand still", || {
            let state = fs::read_to_string(process_of(cluster.folder()).join("stat")).expect("its state");
            state.contains(") T ")
        });
        assert!(!asking.is_finished());
        cluster.resume();
        assert_eq!(asking.join().expect("an answer"), [["7"]]);
    });
}

#[test]
fn texts_do_not_sort_by_code_point_unless_a_column_says_so() {
    let url = shared().database();
    let sorted = "SELECT t FROM (VALUES ('b'), ('B'), ('a'), ('A')) AS v (t) ORDER BY t";

    assert_ne!(shared().query(&url, sorted), [["A"], ["B"], ["a"], ["b"]]);
    assert_eq!(shared().query(&url, &format!("{sorted} COLLATE \"C\"")), [["A"], ["B"], ["a"], ["b"]]);
}
