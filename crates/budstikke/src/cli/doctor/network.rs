//! How far one comes on the way to another machine: its name, its port, TLS, an answer.
//!
//! Each step that fails has its own cause and is somebody else's move, which is why they are taken one by one.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::Url;

use super::finding::{Advice, Finding};
use crate::catalogue::Whose;

/// For a name and a connection; each is a part of a probe.
const STEP: Duration = Duration::from_secs(4);

/// What is to be reached.
#[derive(Clone)]
pub(super) struct Goal {
    /// What it is, with the setting that names it.
    pub what: String,
    /// The setting that names its address.
    pub setting: &'static str,
    /// Who runs it.
    pub whose: Whose,
}

/// Takes the steps to a port. The finding is why one of them failed.
pub(super) async fn port(goal: &Goal, host: &str, port: u16) -> Result<(), Finding> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let named = match timeout(STEP, lookup_host((bare, port))).await {
        Ok(Ok(found)) => found.collect::<Vec<_>>(),
        Ok(Err(error)) => return Err(nameless(goal, bare, &error.to_string())),
        Err(_) => return Err(nameless(goal, bare, "the resolver does not answer")),
    };
    let mut last = None;
    for address in named {
        match timeout(STEP, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => last = Some(Some(error)),
            Err(_) => last = Some(None),
        }
    }
    Err(match last {
        None => nameless(goal, bare, "the name has no address"),
        Some(Some(error)) if error.kind() == ErrorKind::ConnectionRefused => refused(goal, bare, port),
        Some(Some(error)) => silent(goal, bare, port, &error.to_string()),
        Some(None) => silent(goal, bare, port, "no answer to a connection"),
    })
}

fn nameless(goal: &Goal, host: &str, seen: &str) -> Finding {
    let advice = Advice::new(
        format!("This machine's resolver does not know {host}."),
        format!(
            "Look for a typing error in {}; try `getent hosts {host}`, and ask your network for the name.",
            goal.setting
        ),
        Whose::Network,
    );
    Finding::wrong(&goal.what, format!("{host}: {seen}"), advice)
}

fn refused(goal: &Goal, host: &str, port: u16) -> Finding {
    let advice = Advice::new(
        format!("The machine is there, but nobody listens on port {port}."),
        format!("Check the port in {}; if it is right, whoever runs it must start it.", goal.setting),
        goal.whose,
    );
    Finding::wrong(&goal.what, format!("{host}:{port} refuses connections"), advice)
}

fn silent(goal: &Goal, host: &str, port: u16, seen: &str) -> Finding {
    let advice = Advice::new(
        "A firewall drops the packets, there is no route, or the machine is down.",
        format!("Open {host}:{port} outwards for this machine; if it is open, ask whoever runs it."),
        Whose::Network,
    );
    Finding::wrong(&goal.what, format!("{host}:{port}: {seen}"), advice)
}

/// The way to the port of a URL.
pub(super) async fn port_of(goal: &Goal, url: &Url) -> Result<(), Finding> {
    let (Some(host), Some(number)) = (url.host_str(), url.port_or_known_default()) else {
        let advice =
            Advice::new("It names no host.", format!("Write a whole URL in {}.", goal.setting), Whose::Yours);
        return Err(Finding::wrong(&goal.what, format!("{url} cannot be called"), advice));
    };
    port(goal, host, number).await
}

/// Whatever is answered to a GET, down to a connection that broke.
pub(super) async fn get(goal: &Goal, url: &Url) -> Result<Response, Finding> {
    port_of(goal, url).await?;
    let client = web::plain_client().map_err(|error| broken(goal, &error.to_string()))?;
    let answer = client.get(url.clone()).send().await;
    answer.map_err(|error| {
        let error = error.without_url();
        let seen = in_words(&error);
        if error.is_connect() { untrusted(goal, &seen) } else { broken(goal, &seen) }
    })
}

fn untrusted(goal: &Goal, seen: &str) -> Finding {
    let advice = Advice::new(
        "TLS cannot be agreed: the certificate is not believed, is for another name, has run out, or something in between opens TLS.",
        "See who answers (`openssl s_client -connect …`). A proxy's root belongs in the system's store; also look at the clock.",
        Whose::Network,
    );
    Finding::wrong(&goal.what, seen, advice)
}

fn broken(goal: &Goal, seen: &str) -> Finding {
    let advice = Advice::new(
        "It takes connections, but answers nothing that can be used.",
        format!("Check that {} leads where it should, and ask whoever runs it.", goal.setting),
        goal.whose,
    );
    Finding::wrong(&goal.what, seen, advice)
}

/// What an answer without our credentials shows: that somebody is there who speaks HTTP.
pub(super) async fn answers(goal: &Goal, url: &Url) -> Finding {
    match get(goal, url).await {
        Err(finding) => finding,
        Ok(answer) if answer.status().is_server_error() => failing(goal, answer.status()),
        Ok(answer) => {
            Finding::fine(&goal.what, format!("{} answers ({})", shown(url), answer.status().as_u16()))
        }
    }
}

/// An address without what may be a secret in it.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // Only addresses without a host have no place for these.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.to_string()
}

pub(super) fn failing(goal: &Goal, status: StatusCode) -> Finding {
    let advice = Advice::new(
        "It is there and has trouble of its own.",
        "Look at its page about incidents; what we have queued waits and is tried again.",
        goal.whose,
    );
    Finding::wrong(&goal.what, format!("it answers {}", status.as_u16()), advice)
}

/// An error with everything below it; the last cause says most.
fn in_words(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        words = format!("{words}: {below}");
        cause = below.source();
    }
    words
}

/// What went wrong behind an open port, by the words of whoever asked there.
pub(super) fn behind(goal: &Goal, words: &str) -> Finding {
    let (small, mut has) = (words.to_ascii_lowercase(), false);
    let mut any = |signs: &[&str]| {
        has = signs.iter().any(|sign| small.contains(sign));
        has
    };
    let advice = if any(&["certificate", "tls", "handshake"]) {
        Advice::new(
            "TLS cannot be agreed: the certificate is not believed, is for another name, or one side speaks no TLS here.",
            "Check port and TLS setting of the route; a private root belongs in its `ca_file`.",
            Whose::Yours,
        )
    } else if any(&CREDENTIALS) {
        Advice::new(
            "It does not accept our account: user name, password or key is wrong, or the account is shut.",
            format!(
                "Compare the account in {} with the agreement; if it is right, ask whoever runs it.",
                goal.setting
            ),
            Whose::Yours,
        )
    } else if any(&["throttl", "busy", "too many", "try later", "429", "slow"]) {
        Advice::new(
            "It is busy, or asks for patience.",
            "Wait; if it stays, ask whoever runs it.",
            goal.whose,
        )
    } else {
        Advice::new(
            "It takes connections, but the conversation fails.",
            format!("Check {} and the kind of gateway; ask whoever runs it, with these words.", goal.setting),
            goal.whose,
        )
    };
    Finding::wrong(&goal.what, words, advice)
}

/// Signs of wrong credentials in the words of SMTP, SMPP, HTTP, OAuth and PostgreSQL.
const CREDENTIALS: [&str; 16] = [
    "password",
    "passwd",
    "credential",
    "authent",
    "unauthorized",
    "401",
    "403",
    "forbidden",
    "denied",
    "bindfail",
    "rbindfail",
    "invpaswd",
    "invsysid",
    "535",
    "access key",
    "signature",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn goal() -> Goal {
        Goal { what: "a gateway".to_owned(), setting: "providers.sms", whose: Whose::Gateway }
    }

    #[test]
    fn whose_move_it_is_follows_from_what_was_said() {
        for (words, whose) in [
            ("535 5.7.8 authentication failed", Whose::Yours),
            ("bind refused: ESME_RINVPASWD", Whose::Yours),
            ("invalid peer certificate: UnknownIssuer", Whose::Yours),
            ("421 too many connections", Whose::Gateway),
            ("it hung up", Whose::Gateway),
        ] {
            let advice = behind(&goal(), words).advice.expect("advice");
            assert_eq!(advice.whose_move, whose, "{words}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        let url: Url = "https://u:geheim@a.example/x?sig=geheim".parse().expect("a URL");
        assert_eq!(shown(&url), "https://a.example/x");
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_and_a_name_that_nobody_knows_are_told_apart() {
        let gone =
            std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
        let refused = port(&goal(), "127.0.0.1", gone.port()).await.expect_err("nobody listens");
        assert_eq!(refused.advice.expect("advice").whose_move, Whose::Gateway);
        let nameless = port(&goal(), "nobody.invalid", 1).await.expect_err("no such name");
        assert_eq!(nameless.advice.expect("advice").whose_move, Whose::Network);
    }
}
