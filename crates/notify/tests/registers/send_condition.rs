use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use auth::maskinporten::{ClientKey, MaskinportenClient};
use auth::{Maskinporten, SigningKey, TokenError, TokenRequest, TokenSource};
use axum::Json;
use axum::body::Body;
use axum::response::Redirect;
use axum::routing::{get, post};
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use http::{Method, Request, StatusCode};
use notify::send_condition::{Answer, Asker, Doubt, SCOPE, try_out};
use serde_json::json;
use simulators::Condition;
use simulators::condition::{Reply, Token};
use testkit::serving::{Running, nobody, start};
use testkit::stepped_clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;
use types::Secret;
use types::random::Random;
use web::client::CallLimits;
use web::{AllowedNetworks, GuardedClient};

/// Gives `token-1`, and after a refusal `token-2`, and so on.
#[derive(Debug, Default)]
struct Tokens {
    refused: AtomicUsize,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, wanted: &TokenRequest) -> Result<Secret, TokenError> {
        assert_eq!(wanted, &TokenRequest::scope(SCOPE));
        let number = 1 + self.refused.load(Ordering::SeqCst);
        Ok(Secret::new(format!("token-{number}")))
    }

    async fn refused(&self, _: &TokenRequest, _: &Secret) {
        self.refused.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct NoTokens;

#[async_trait]
impl TokenSource for NoTokens {
    async fn token(&self, _: &TokenRequest) -> Result<Secret, TokenError> {
        Err(TokenError::Unreachable("nobody there".to_owned()))
    }

    async fn refused(&self, _: &TokenRequest, _: &Secret) {}
}

fn asker(allowed: AllowedNetworks) -> Asker {
    let limits = CallLimits { total: Duration::from_secs(2), ..CallLimits::default() };
    Asker::new(GuardedClient::new(allowed, limits).expect("a client"), Arc::new(Tokens::default()))
}

async fn endpoint() -> (Condition, Running) {
    let endpoint = Condition::new(stepped_clock(), 100);
    let server = start(endpoint.router()).await;
    (endpoint, server)
}

/// Covers: NA-166
#[tokio::test]
async fn the_question_is_a_get_to_the_exact_address_with_a_token() {
    let (endpoint, server) = endpoint().await;

    let answer = asker(AllowedNetworks::with_loopback()).ask(&server.url("/sak/1?a=b%20c&d")).await;

    assert_eq!(answer, Answer::Met { status: 200 });
    let calls = endpoint.calls().all();
    assert_eq!(calls.len(), 1);
    assert_eq!((&calls[0].method, calls[0].token), (&Method::GET, Token::Unverified));
    assert_eq!(calls[0].uri.to_string(), "/sak/1?a=b%20c&d");
}

/// Covers: NP-99
#[tokio::test]
async fn every_way_to_answer_is_understood() {
    let (endpoint, server) = endpoint().await;
    let asker = asker(AllowedNetworks::with_loopback());
    let status = |status| Answer::Inconclusive(Doubt::Status { status });
    let unreadable = || Answer::Inconclusive(Doubt::Unreadable { status: 200 });
    let table = [
        (Reply::Yes, Answer::Met { status: 200 }),
        (Reply::No, Answer::NotMet { status: 200 }),
        (Reply::Status(StatusCode::INTERNAL_SERVER_ERROR), status(500)),
        (Reply::Status(StatusCode::NOT_FOUND), status(404)),
        (Reply::Status(StatusCode::NO_CONTENT), Answer::Inconclusive(Doubt::Unreadable { status: 204 })),
        (Reply::InvalidJson, unreadable()),
        (Reply::WrongCase, unreadable()),
        (Reply::Empty, unreadable()),
        (Reply::Dropped, Answer::Inconclusive(Doubt::Unreachable)),
        (Reply::Slow(Duration::from_secs(60)), Answer::Inconclusive(Doubt::Timeout)),
        (Reply::Redirect("/elsewhere"), status(302)),
    ];
    for (number, (reply, expected)) in (0..).zip(table) {
        let path = format!("/{number}");
        endpoint.answer(&path, reply);
        assert_eq!(asker.ask(&server.url(&path)).await, expected, "{reply:?}");
    }
    assert!(endpoint.calls().all().iter().all(|call| call.uri.path() != "/elsewhere"));
}

#[tokio::test]
async fn an_endpoint_that_refuses_the_token_is_asked_once_more_with_a_new_one() {
    let verify = |token: Secret| async move { token.reveal() == "token-2" };
    let endpoint = Condition::verifying(stepped_clock(), 100, verify);
    let server = start(endpoint.router()).await;
    let asker = asker(AllowedNetworks::with_loopback());

    assert_eq!(asker.ask(&server.url("/")).await, Answer::Met { status: 200 });
    let tokens: Vec<_> = endpoint.calls().all().iter().map(|call| call.token).collect();
    assert_eq!(tokens, [Token::Wrong, Token::Right]);

    let never = Condition::verifying(stepped_clock(), 100, |_| async { false });
    let server = start(never.router()).await;
    let refused = Answer::Inconclusive(Doubt::Status { status: 401 });
    assert_eq!(asker.ask(&server.url("/")).await, refused);
    assert_eq!(never.calls().total(), 2);
}

#[tokio::test]
async fn a_private_address_is_not_called_and_without_a_token_nobody_is() {
    let (endpoint, server) = endpoint().await;

    let guarded = asker(AllowedNetworks::public_only()).ask(&server.url("/")).await;
    assert_eq!(guarded, Answer::Inconclusive(Doubt::Refused));

    let client =
        GuardedClient::new(AllowedNetworks::with_loopback(), CallLimits::default()).expect("a client");
    let tokenless = Asker::new(client, Arc::new(NoTokens)).ask(&server.url("/")).await;
    assert_eq!(tokenless, Answer::Inconclusive(Doubt::NoToken));
    assert_eq!(endpoint.calls().total(), 0);
}

#[tokio::test]
async fn an_address_without_a_listener_is_unreachable() {
    let url = format!("http://{}/", nobody().await).parse().expect("a URL");
    let answer = asker(AllowedNetworks::with_loopback()).ask(&url).await;
    assert_eq!(answer, Answer::Inconclusive(Doubt::Unreachable));
}

#[tokio::test]
async fn the_try_out_endpoint_says_what_it_is_told() {
    for (query, expected) in [("?conditionMet=true", "true"), ("?conditionMet=false", "false"), ("", "false")]
    {
        let uri = format!("/notifications/api/v1/tests/sendcondition{query}");
        let request = Request::get(uri).body(Body::empty()).expect("a request");
        let answer = try_out::router::<()>().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let body = web::body::read(answer.into_body(), 1000).await.expect("a body");
        assert_eq!(body, format!("{{\"sendNotification\":{expected}}}"));
    }
}

/// An endpoint that writes these bytes to whoever connects, and then closes.
async fn raw(bytes: &'static [u8]) -> url::Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    format!("http://{address}/").parse().expect("a URL")
}

#[tokio::test]
async fn a_hostile_endpoint_gets_no_further_than_an_inconclusive_answer() {
    let endless = || stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 8192])));
    let drip = || {
        stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        })
    };
    let router = axum::Router::new()
        .route("/endless", get(async move || Body::from_stream(endless())))
        .route("/drip", get(async move || Body::from_stream(drip())))
        .route("/inwards", get(async || Redirect::to("http://169.254.169.254/latest/meta-data/")));
    let server = start(router).await;
    let asker = asker(AllowedNetworks::with_loopback());
    let inconclusive = |doubt| Answer::Inconclusive(doubt);
    let unreadable = || inconclusive(Doubt::Unreadable { status: 200 });

    assert_eq!(asker.ask(&server.url("/endless")).await, inconclusive(Doubt::TooLong));
    assert_eq!(asker.ask(&server.url("/drip")).await, inconclusive(Doubt::Timeout));
    assert_eq!(asker.ask(&server.url("/inwards")).await, inconclusive(Doubt::Status { status: 303 }));
    // More is announced than comes, less is announced than comes, and what is no HTTP.
    let short = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"sendNotification\":true}").await;
    assert_eq!(asker.ask(&short).await, inconclusive(Doubt::Unreachable));
    let long = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"sendNotification\":true}").await;
    assert_eq!(asker.ask(&long).await, unreadable());
    let huge = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n{").await;
    assert_eq!(asker.ask(&huge).await, inconclusive(Doubt::Unreachable));
    let nonsense = raw(b"SSH-2.0-OpenSSH_9.9\r\n").await;
    assert_eq!(asker.ask(&nonsense).await, inconclusive(Doubt::Unreachable));
}

/// The token endpoint of an issuer, which counts how often it is asked.
async fn issuer() -> (Running, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let token = async move || {
        let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
        // Long enough for everybody to come and want one.
        tokio::time::sleep(Duration::from_millis(100)).await;
        Json(json!({ "access_token": format!("token-{number}"), "token_type": "Bearer", "expires_in": 119 }))
    };
    (start(axum::Router::new().route("/token", post(token))).await, asked)
}

fn maskinporten(at: &Running) -> Asker {
    let client = MaskinportenClient {
        token_endpoint: at.url("/token"),
        audience: "https://maskinporten.example/".to_owned(),
        client_id: "client".to_owned(),
        key: ClientKey::Registered(SigningKey::generate().expect("a key")),
    };
    let tokens = Maskinporten::new(client, reqwest::Client::new(), stepped_clock(), Random::system());
    let client = GuardedClient::new(AllowedNetworks::with_loopback(), CallLimits::default());
    Asker::new(client.expect("a client"), Arc::new(tokens))
}

/// Covers: NP-97
#[tokio::test]
async fn fifty_conditions_at_once_cost_one_token_and_a_refused_token_one_more() {
    let (issuer, tokens) = issuer().await;
    let (endpoint, server) = endpoint().await;
    let asker = maskinporten(&issuer);
    let urls: Vec<_> = (0..50).map(|number| server.url(&format!("/{number}"))).collect();
    let answers = join_all(urls.iter().map(|url| asker.ask(url))).await;
    assert!(answers.iter().all(|answer| *answer == Answer::Met { status: 200 }));
    assert_eq!((tokens.load(Ordering::SeqCst), endpoint.calls().total()), (1, 50));

    let strict =
        Condition::verifying(
            stepped_clock(),
            100,
            |token: Secret| async move { token.reveal() == "token-2" },
        );
    let strict_server = start(strict.router()).await;
    assert_eq!(asker.ask(&strict_server.url("/")).await, Answer::Met { status: 200 });
    assert_eq!((tokens.load(Ordering::SeqCst), strict.calls().total()), (2, 2));

    let never = Condition::verifying(stepped_clock(), 100, |_| async { false });
    let never_server = start(never.router()).await;
    let refused = Answer::Inconclusive(Doubt::Status { status: 401 });
    assert_eq!(asker.ask(&never_server.url("/")).await, refused);
    assert_eq!((tokens.load(Ordering::SeqCst), never.calls().total()), (3, 2));
}
