//! The door of the console: who comes in, how long they stay, and what cannot be done in their name.

use reqwest::header::{HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use rusqlite::Connection;
use trials::{Place, Server, SignedIn, csrf, run, session};

/// A browser that shows every redirect.
fn browser() -> Client {
    Client::builder().redirect(Policy::none()).build().expect("a client")
}

fn location(answer: &Response) -> &str {
    answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = browser().get(server.url(path)).header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

async fn is_in(server: &Server, cookie: &str) -> bool {
    get(server, "/console", &[("cookie", cookie)]).await.status() == 200
}

#[tokio::test]
async fn nobody_sees_a_page_before_they_have_signed_in() {
    let place = Place::new();
    let server = place.start().await;
    for path in ["/console", "/console/webhooks?of=7", "/console/users", "/console/audit", "/console/try-it"]
    {
        let answer = get(&server, path, &[]).await;
        assert_eq!(answer.status(), 303, "{path}");
        assert!(location(&answer).starts_with("/console/sign-in?next=%2Fconsole"), "{}", location(&answer));
    }
    // The API's user is for programs: it opens what is made for them, and no page.
    let http = browser();
    let as_program = |path: &str| http.get(server.url(path)).basic_auth("budstikke", Some(&server.password));
    for (path, status) in
        [("/console/audit", 200), ("/console/routes", 200), ("/console/contacts/export", 200)]
    {
        let answer = as_program(path).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{path}");
        let stranger = http.get(server.url(path)).send().await.expect("an answer");
        assert_eq!(stranger.status(), 401, "{path}");
        let guess = http.get(server.url(path)).basic_auth("budstikke", Some("guess")).send().await;
        assert_eq!(guess.expect("an answer").status(), 401, "{path}");
    }
    for path in ["/console", "/console/users", "/console/contacts"] {
        assert_eq!(as_program(path).send().await.expect("an answer").status(), 303, "{path}");
    }
    let part = [("hx-request", "true"), ("hx-current-url", "http://a.example/console/webhooks?of=7")];
    let answer = get(&server, "/console", &part).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["hx-redirect"], "/console/sign-in?next=%2Fconsole%2Fwebhooks%3Fof%3D7");
}

#[tokio::test]
async fn whoever_tries_too_often_waits_and_learns_nothing_of_who_there_is() {
    let place = Place::new();
    let server = place.start().await;
    let (known, unknown) =
        (server.try_to_sign_in("admin", "guess").await, server.try_to_sign_in("nobody", "guess").await);
    assert_eq!((known.status().as_u16(), unknown.status().as_u16()), (401, 401));
    assert_eq!((session(&known), session(&unknown)), (None, None));
    assert_eq!(known.text().await.expect("text"), unknown.text().await.expect("text"), "told apart");

    // At the same time, so that looking first and counting afterwards would let more through.
    let tries = (0..20).map(|_| server.try_to_sign_in("ADMIN ", "guess"));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers.iter().filter(|answer| answer.status() == 401).count();
    assert_eq!(looked_at, 9, "ten in a quarter of an hour, one of them above");
    let right = server.try_to_sign_in("admin", &server.console_password()).await;
    assert_eq!((right.status().as_u16(), session(&right)), (429, None), "the right one comes too late");
    assert!(right.headers().contains_key("retry-after"));
    assert_eq!(server.try_to_sign_in("nobody", "guess").await.status(), 401, "others may try");

    // Whoever holds the machine sets another password, and need not wait.
    let data = place.data().display().to_string();
    let said = run(place.folder(), &["user", "password", "admin", "--data-dir", &data]).await;
    assert!(said.status.success(), "{}", said.err);
    let made = said.out.lines().find_map(|line| line.strip_prefix("password: ")).expect("a password");
    server.sign_in_as("admin", made).await;
    let log = place.log();
    assert!(!log.contains("guess") && !log.contains(made), "a password is in the log");
}

#[tokio::test]
async fn a_session_is_never_the_one_that_the_browser_brought_along() {
    let place = Place::new();
    let server = place.start().await;
    let port = server.api.rsplit(':').next().expect("a port");
    let planted = format!("budstikke-session-{port}={}", "A".repeat(43));
    let planted = planted.as_str();
    assert!(!is_in(&server, planted).await);
    let password = server.console_password();
    let form = [("name", "admin"), ("password", password.as_str()), ("next", "/console/webhooks?of=1")];
    let enter = async |cookie: &str| {
        let request = browser().post(server.url("/console/sign-in")).header("cookie", cookie);
        request.form(&form).send().await.expect("an answer")
    };
    let answer = enter(planted).await;
    assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/console/webhooks?of=1"));
    let first = session(&answer).expect("a session");
    assert_ne!(first, planted);
    assert!(!is_in(&server, planted).await && is_in(&server, &first).await);
    let second = session(&enter(&first).await).expect("a session");
    assert!(is_in(&server, &second).await && !is_in(&server, &first).await, "one browser has one session");

    let rows = place.database();
    let hashes: Vec<Vec<u8>> = rows
        .prepare("SELECT hash FROM console_sessions")
        .and_then(|mut rows| rows.query_map([], |row| row.get(0))?.collect())
        .expect("sessions");
    assert_eq!(hashes.len(), 1);
    assert_eq!(hashes[0].len(), 32, "a hash, not the ticket");
}

#[tokio::test]
async fn a_session_ends_when_its_time_is_over_and_at_sign_out() {
    let place = Place::new();
    let server = place.start().await;
    let (one, other) = (server.sign_in().await, server.sign_in().await);
    assert_eq!(one.post("/console/sign-out", &[]).await.status, 200, "the sign-in page");
    assert!(!is_in(&server, &one.cookie).await);
    assert!(is_in(&server, &other.cookie).await, "another session is not ended");
    let rows = Connection::open(place.data().join("budstikke.db")).expect("the database");
    rows.busy_timeout(std::time::Duration::from_secs(10)).expect("a setting");
    rows.execute("UPDATE console_sessions SET ends = 1", []).expect("a change");
    assert!(!is_in(&server, &other.cookie).await);
}

#[tokio::test]
async fn no_other_page_acts_in_somebodys_name() {
    let place = Place::new();
    let server = place.start().await;
    let (mine, other) = (server.sign_in().await, server.sign_in().await);
    let token = async |of: &SignedIn| csrf(&of.get("/console").await.text).expect("a token").to_owned();
    let (own_token, other_token) = (token(&mine).await, token(&other).await);
    assert_ne!(own_token, other_token);
    for wrong in ["", "guess", &other_token] {
        assert_eq!(mine.post_with("/console/sign-out", &[], wrong).await.status, 403, "{wrong}");
    }
    let from = async |headers: &[(&str, &str)]| {
        let mut request = mine.request(Method::POST, "/console/sign-out").form(&[("csrf", &own_token)]);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer").status().as_u16()
    };
    for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        assert_eq!(from(&[foreign]).await, 403, "{foreign:?}");
    }
    assert!(is_in(&server, &mine.cookie).await, "nothing was done");
    let password = server.console_password();
    let form = [("name", "admin"), ("password", password.as_str())];
    let foreign = browser().post(server.url("/console/sign-in")).header("origin", "https://evil.example");
    let foreign = foreign.form(&form).send().await.expect("an answer");
    assert_eq!((foreign.status().as_u16(), session(&foreign)), (403, None), "nobody is signed in by others");
    assert_eq!(from(&[("origin", &server.url(""))]).await, 200, "our own page");
    assert!(!is_in(&server, &mine.cookie).await);
}

#[tokio::test]
async fn nobody_is_led_elsewhere_from_the_door() {
    let place = Place::new();
    let server = place.start().await;
    let password = server.console_password();
    for next in
        ["https://evil.example/", "//evil.example/console", "/\\evil.example", "/console@evil.example"]
    {
        let form = [("name", "admin"), ("password", password.as_str()), ("next", next)];
        let answer =
            browser().post(server.url("/console/sign-in")).form(&form).send().await.expect("an answer");
        assert_eq!((answer.status().as_u16(), location(&answer)), (303, "/console"), "{next}");
    }
}

#[tokio::test]
async fn pages_and_cookies_are_guarded() {
    let place = Place::new();
    let server = place.start().await;
    let (password, console) = (server.console_password(), server.sign_in().await);
    let page = console.request(Method::GET, "/console").send().await.expect("an answer");
    let header = |headers: &HeaderMap, name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let policy = header(page.headers(), "content-security-policy");
    for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, wanted) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(header(page.headers(), name), wanted, "{name}");
    }
    let html = page.text().await.expect("text");
    assert!(!html.contains(" style=") && !html.contains(" onclick=") && !html.contains("<style"), "{html}");
    let plain = server.try_to_sign_in("admin", &password).await;
    let cookie = header(plain.headers(), SET_COOKIE.as_str());
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    server.stop().await;

    let mut place = place;
    place.set("console.address", "https://varsel.example/");
    let server = place.start().await;
    let secure = server.try_to_sign_in("admin", &password).await;
    let cookie = header(secure.headers(), SET_COOKIE.as_str());
    assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure;"), "{cookie}");
    assert!(header(secure.headers(), "strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn a_console_that_is_switched_off_has_no_door_and_no_pages() {
    let place = Place::new().with("console.enabled", "false");
    let server = place.start().await;
    assert!(!place.data().join("console-password").exists());
    for path in ["/console", "/console/sign-in", "/console/users", "/console/webhooks"] {
        assert_eq!(get(&server, path, &[]).await.status(), 404, "{path}");
    }
    let audit = browser().get(server.url("/console/audit")).basic_auth("budstikke", Some(&server.password));
    assert_eq!(audit.send().await.expect("an answer").status(), 200);
}
