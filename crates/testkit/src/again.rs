//! The same tests again, with PostgreSQL below.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Once;
use std::thread;
use std::time::{Duration, Instant};

use crate::stores::CHOICE;

/// How long a whole test program may take.
const LIMIT: Duration = Duration::from_secs(900);
const SECOND_RUN: &str = "BUDSTIKKE_TEST_SECOND_RUN";

/// Makes a test that runs all tests of this program again with PostgreSQL below
/// [`stores::temporary`](crate::stores::temporary), and fails with their output if one of them does.
#[macro_export]
macro_rules! again_on_postgres {
    () => {
        #[test]
        fn again_on_postgres() {
            $crate::again::all_on_postgres();
        }
    };
}

/// Whether this process was started by [`again_on_postgres!`](crate::again_on_postgres).
pub fn is_second_run() -> bool {
    std::env::var_os(SECOND_RUN).is_some()
}

/// Runs all tests of this program again, unless this is already that run, or one that somebody asked
/// to be on PostgreSQL.
///
/// # Panics
/// With all output when a test failed, when none ran, or when it took too long.
pub fn all_on_postgres() {
    if is_second_run() || std::env::var(CHOICE).is_ok_and(|choice| choice == "postgres") {
        return;
    }
    match on_postgres(&[]) {
        Ok(output) => println!("on PostgreSQL: {}", result_line(&output)),
        Err(output) => panic!("on PostgreSQL:\n{output}"),
    }
}

/// Runs tests of this program again with further arguments for it; what they printed, as an error
/// when something failed.
pub fn on_postgres(arguments: &[&str]) -> Result<String, String> {
    let mut output = tempfile::tempfile().expect("a file for the output");
    let status = run(arguments, &output);
    output.rewind().expect("the beginning");
    let mut text = Vec::new();
    output.read_to_end(&mut text).expect("the output");
    let text = String::from_utf8_lossy(&text).into_owned();
    let result = result_line(&text);
    let none_ran = result.is_empty() || result.contains("ok. 0 passed");
    match status {
        None => Err(format!("{text}\nnot done after {} s, and stopped", LIMIT.as_secs())),
        Some(status) if !status.success() => Err(text),
        Some(_) if none_ran => Err(format!("{text}\nno test ran")),
        Some(_) => Ok(text),
    }
}

fn result_line(output: &str) -> &str {
    output.lines().rfind(|line| line.starts_with("test result:")).unwrap_or_default()
}

/// The end of it; none when it had to be stopped.
fn run(arguments: &[&str], output: &File) -> Option<ExitStatus> {
    let copy = || Stdio::from(output.try_clone().expect("a second handle"));
    // Each test has a store with a dozen connections, and there are other programs on the machine.
    let threads = thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(arguments)
        .arg(format!("--test-threads={threads}"))
        .env(CHOICE, "postgres")
        .env(SECOND_RUN, "yes")
        .stdin(Stdio::piped())
        .stdout(copy())
        .stderr(copy())
        .spawn()
        .expect("this program, again");
    let until = Instant::now() + LIMIT;
    loop {
        match child.try_wait().expect("its state") {
            Some(status) => return Some(status),
            None if Instant::now() > until => {
                child.kill().expect("to kill it");
                child.wait().expect("its end");
                return None;
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// In a second run: ends this process when the first one is gone, however it went.
pub(crate) fn end_with_whoever_started_us() {
    static WATCHING: Once = Once::new();
    if is_second_run() {
        WATCHING.call_once(|| {
            thread::spawn(|| {
                let _ = std::io::stdin().read_to_end(&mut Vec::new());
                std::process::exit(1);
            });
        });
    }
}
