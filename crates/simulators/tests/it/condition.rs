use std::time::Duration;

use http::{Method, StatusCode};
use simulators::Condition;
use simulators::condition::{Reply, Token};
use testkit::serving::start;
use testkit::stepped_clock;

use crate::client;

#[tokio::test]
async fn each_path_answers_as_told_and_others_say_yes() {
    let condition = Condition::new(stepped_clock(), 10);
    let server = start(condition.router()).await;
    condition.answer("/no", Reply::No);
    condition.answer("/broken", Reply::Status(StatusCode::INTERNAL_SERVER_ERROR));
    condition.answer("/rubbish", Reply::InvalidJson);
    condition.answer("/empty", Reply::Empty);
    condition.answer("/slow", Reply::Slow(Duration::from_millis(5)));
    condition.answer("/dropped", Reply::Dropped);
    condition.answer("/elsewhere", Reply::Redirect("http://169.254.169.254/"));
    condition.answer("/case", Reply::WrongCase);
    let ask = async |path: &str| client().get(server.url(path)).send().await;
    let text = async |path: &str| ask(path).await.expect("an answer").text().await.expect("text");

    assert_eq!(text("/case/7?x=1").await, r#"{"sendNotification":true}"#);
    assert_eq!(text("/no").await, r#"{"sendNotification":false}"#);
    assert_eq!(ask("/broken").await.expect("an answer").status(), 500);
    assert!(serde_json::from_str::<serde_json::Value>(&text("/rubbish").await).is_err());
    assert_eq!(text("/empty").await, "");
    assert_eq!(text("/slow").await, r#"{"sendNotification":true}"#);
    assert!(ask("/dropped").await.is_err());
    assert_eq!(ask("/elsewhere").await.expect("an answer").status(), 302);
    assert_eq!(text("/case").await, r#"{"sendnotification":true}"#);

    let first = condition.calls().get(0).expect("it is kept");
    assert_eq!((&first.method, first.uri.to_string()), (&Method::GET, "/case/7?x=1".to_owned()));
    assert_eq!(first.token, Token::Missing);
}

#[tokio::test]
async fn a_verifier_decides_about_tokens() {
    let condition = Condition::verifying(stepped_clock(), 10, async |token| token.reveal() == "right");
    let server = start(condition.router()).await;

    let mut statuses = Vec::new();
    for token in ["right", "wrong"] {
        let answer = client().get(server.url("/")).bearer_auth(token).send().await;
        statuses.push(answer.expect("an answer").status().as_u16());
    }
    let without = client().get(server.url("/")).send().await.expect("an answer");

    assert_eq!((statuses, without.status().as_u16()), (vec![200, 401], 401));
    let tokens: Vec<_> = condition.calls().all().iter().map(|call| call.token).collect();
    assert_eq!(tokens, [Token::Right, Token::Wrong, Token::Missing]);
}
