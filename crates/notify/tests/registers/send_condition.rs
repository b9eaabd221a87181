use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth::{TokenError, TokenRequest, TokenSource};
use axum::body::Body;
use http::{Method, Request, StatusCode};
use notify::send_condition::{Answer, Asker, Doubt, SCOPE, try_out};
use simulators::Condition;
use simulators::condition::{Reply, Token};
use tower::ServiceExt as _;
use types::Secret;
use web::client::CallLimits;
use web::{AllowedNetworks, GuardedClient};

use crate::{Running, noon, start};

/// Gives `token-1`, and after a refusal `token-2`, and so on.
#[derive(Debug, Default)]
struct Tokens {
    refused: std::sync::atomic::AtomicUsize,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, wanted: &TokenRequest) -> Result<Secret, TokenError> {
        assert_eq!(wanted, &TokenRequest::scope(SCOPE));
        let number = 1 + self.refused.load(std::sync::atomic::Ordering::SeqCst);
        Ok(Secret::new(format!("token-{number}")))
    }

    async fn refused(&self, _: &TokenRequest, _: &Secret) {
        self.refused.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
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
    let endpoint = Condition::new(noon(), 100);
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
    let endpoint = Condition::verifying(noon(), 100, verify);
    let server = start(endpoint.router()).await;
    let asker = asker(AllowedNetworks::with_loopback());

    assert_eq!(asker.ask(&server.url("/")).await, Answer::Met { status: 200 });
    let tokens: Vec<_> = endpoint.calls().all().iter().map(|call| call.token).collect();
    assert_eq!(tokens, [Token::Wrong, Token::Right]);

    let never = Condition::verifying(noon(), 100, |_| async { false });
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
    let url = format!("http://{}/", crate::nobody().await).parse().expect("a URL");
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
