//! The throw-away Postfix.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::postfix::{Options, Postfix};

fn options() -> Options {
    Options { route: ("bounce.example".to_owned(), ([127, 0, 0, 1], 9).into()), certificate: None }
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < until, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Processes that have this folder among their arguments or as their root of work.
fn processes_of(folder: &Path) -> usize {
    let folder = folder.display().to_string();
    let all = fs::read_dir("/proc").expect("the processes").flatten();
    let concerned = all.filter(|process| {
        let path = process.path();
        let arguments = fs::read(path.join("cmdline")).unwrap_or_default();
        let place = fs::read_link(path.join("cwd")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(&folder) || place.starts_with(&folder)
    });
    concerned.count()
}

fn send(postfix: &Postfix, to: &str, text: &str) {
    let stream = TcpStream::connect(postfix.addr()).expect("a connection");
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut writer = stream;
    let lines = [
        "HELO test.example".to_owned(),
        "MAIL FROM:<a@local.example>".to_owned(),
        format!("RCPT TO:<{to}>"),
        "DATA".to_owned(),
        format!("Subject: Hei\r\n\r\n{text}\r\n."),
        "QUIT".to_owned(),
    ];
    let mut reply = String::new();
    reader.read_line(&mut reply).expect("a greeting");
    for line in lines {
        writer.write_all(format!("{line}\r\n").as_bytes()).expect("it reads");
        reply.clear();
        reader.read_line(&mut reply).expect("a reply");
        assert!(reply.starts_with(['2', '3']), "{line}: {reply}");
    }
}

#[test]
fn postfix_delivers_to_its_mailboxes_and_is_gone_afterwards() {
    let postfix = Postfix::start(&options());
    let folder = postfix.folder().to_owned();
    send(&postfix, "kari@local.example", "Hei på deg");
    eventually("a delivery", || !postfix.mailbox("kari").is_empty());
    assert!(postfix.mailbox("kari")[0].contains("Hei på deg"), "{}", postfix.log());
    assert!(postfix.mailbox("ola").is_empty() && processes_of(&folder) > 0);

    drop(postfix);

    assert!(!folder.exists(), "{} is left", folder.display());
    assert_eq!(processes_of(&folder), 0);
}

/// Not a test: the process that the next one kills.
#[test]
fn postfix_of_a_process_that_will_be_killed() {
    if std::env::var_os("BUDSTIKKE_TEST_TO_BE_KILLED").is_some() {
        let postfix = Postfix::start(&options());
        println!("folder {}", postfix.folder().display());
        thread::sleep(Duration::from_secs(120));
    }
}

#[test]
fn postfix_goes_when_the_test_is_killed() {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "postfix::postfix_of_a_process_that_will_be_killed", "--nocapture"])
        .env("BUDSTIKKE_TEST_TO_BE_KILLED", "yes")
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program, again");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let folder = lines.find_map(|line| line.split_once("folder ").map(|(_, folder)| folder.to_owned()));
    let folder = folder.expect("a folder");
    let folder = Path::new(folder.trim());
    assert!(folder.exists() && processes_of(folder) > 0);

    child.kill().expect("to kill it");
    child.wait().expect("its end");

    eventually("the folder to go", || !folder.exists());
    eventually("the processes to go", || processes_of(folder) == 0);
}
