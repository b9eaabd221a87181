//! Signing in to the console at a provider of OpenID Connect: a small one of the tests' own, over real HTTP.

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::json;
use trials::openid::CLIENT;
use trials::{OpenIdProvider, Place, Server, session};

const BEGIN: &str = "/console/sign-in/oidc?next=/console/webhooks";

async fn started(provider: &OpenIdProvider) -> (Place, Server) {
    let place = Place::new()
        .with("console.oidc.name", "Fjord kommune")
        .with("console.oidc.issuer", provider.issuer())
        .with("console.oidc.client_id", CLIENT.0)
        .with("console.oidc.client_secret", CLIENT.1)
        .with("console.oidc.role_claim", "realm_access.roles")
        .with("console.oidc.roles.drift", "operate")
        .with("console.oidc.roles.sjef", "administer");
    let server = place.start().await;
    (place, server)
}

fn browser() -> Client {
    Client::builder().redirect(Policy::none()).build().expect("a client")
}

async fn get(url: &str, cookie: &str) -> Response {
    let request = browser().get(url).header("cookie", cookie).header("accept", "text/html");
    request.send().await.expect("an answer")
}

fn location(answer: &Response) -> String {
    let text = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    text.unwrap_or_else(|| panic!("{} leads nowhere", answer.status())).to_owned()
}

/// The cookie that ties a sign-in to its browser.
fn state_cookie(answer: &Response) -> String {
    let all = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.filter_map(|cookie| cookie.split(';').next());
    pairs.find(|pair| pair.starts_with("budstikke-oidc-")).expect("a cookie").to_owned()
}

/// To the provider and back; the last step is not taken yet.
async fn to_provider(server: &Server) -> (String, String) {
    let off = get(&server.url(BEGIN), "").await;
    assert_eq!(off.status(), 303);
    let cookie = state_cookie(&off);
    let at_provider = get(&location(&off), "").await;
    (location(&at_provider), cookie)
}

async fn come(server: &Server) -> Response {
    let (back, cookie) = to_provider(server).await;
    get(&back, &cookie).await
}

#[tokio::test]
async fn people_of_the_organization_sign_in_with_the_role_they_have_there() {
    let provider = OpenIdProvider::start().await;
    let (_place, server) = started(&provider).await;
    let door = get(&server.url("/console/sign-in"), "").await.text().await.expect("text");
    assert!(door.contains("Fjord kommune") && door.contains("/console/sign-in/oidc?next="), "{door}");
    provider
        .expect(json!({ "sub": "7", "preferred_username": "kari", "realm_access": { "roles": ["drift"] } }));

    let answer = come(&server).await;
    assert_eq!((answer.status().as_u16(), location(&answer).as_str()), (303, "/console/webhooks"));
    let kari = session(&answer).expect("a session");
    let page = get(&server.url("/console"), &kari).await.text().await.expect("text");
    assert!(page.contains("kari") && page.contains("/console/try-it"), "{page}");
    assert_eq!(get(&server.url("/console/users"), &kari).await.status(), 403);

    // The next time the provider says something else.
    provider
        .expect(json!({ "sub": "7", "preferred_username": "kari", "realm_access": { "roles": ["sjef"] } }));
    let again = session(&come(&server).await).expect("a session");
    let users = get(&server.url("/console/users"), &again).await.text().await.expect("text");
    assert_eq!(users.matches("<th scope=\"row\">kari</th>").count(), 1, "one account: {users}");
    let admin = server.sign_in().await;
    let login = format!("{} 7", provider.issuer());
    let closed = admin.post("/console/users/change", &[("login", &login), ("wish", "disable")]).await;
    assert_eq!(closed.status, 200);
    assert_eq!(get(&server.url("/console"), &again).await.status(), 303, "the session has ended");
    let refused = come(&server).await;
    assert_eq!((refused.status().as_u16(), session(&refused)), (403, None), "and none begins");
}

#[tokio::test]
async fn whoever_has_no_role_there_is_not_let_in() {
    let provider = OpenIdProvider::start().await;
    let (_place, server) = started(&provider).await;
    for person in [
        json!({ "sub": "8", "realm_access": { "roles": ["annet"] } }),
        json!({ "sub": "8" }),
        json!({ "sub": "", "realm_access": { "roles": ["sjef"] } }),
        json!({ "sub": "8", "aud": "somebody-else", "realm_access": { "roles": ["sjef"] } }),
        json!({ "sub": "8", "iss": "https://evil.example", "realm_access": { "roles": ["sjef"] } }),
        json!({ "sub": "8", "exp": 1, "realm_access": { "roles": ["sjef"] } }),
    ] {
        provider.expect(person.clone());
        provider.tell_more(json!({ "sub": "8" }));
        let answer = come(&server).await;
        assert_eq!((answer.status().as_u16(), session(&answer)), (403, None), "{person}");
    }
    // What the token does not say, the provider may say when it is asked; but only of the same person.
    provider.expect(json!({ "sub": "8" }));
    provider.tell_more(json!({ "sub": "9", "realm_access": { "roles": ["sjef"] } }));
    assert_eq!(come(&server).await.status(), 403);
    provider.tell_more(json!({ "sub": "8", "realm_access": { "roles": ["sjef"] } }));
    assert!(session(&come(&server).await).is_some());
}

#[tokio::test]
async fn a_sign_in_belongs_to_one_browser_and_is_used_once() {
    let provider = OpenIdProvider::start().await;
    let (_place, server) = started(&provider).await;
    provider.expect(json!({ "sub": "7", "realm_access": { "roles": ["drift"] } }));
    let refused = async |back: &str, cookie: &str| {
        let answer = get(back, cookie).await;
        assert_eq!((answer.status().as_u16(), session(&answer)), (403, None), "{cookie}");
    };
    let (back, cookie) = to_provider(&server).await;
    let (_, other) = to_provider(&server).await;
    refused(&back, "").await;
    refused(&back, &other).await;
    refused(&back.replace("state=", "state=x"), &cookie).await;
    assert!(session(&get(&back, &cookie).await).is_some());
    refused(&back, &cookie).await;

    let (back, cookie) = to_provider(&server).await;
    refused(&format!("{back}&iss=https%3A%2F%2Fevil.example"), &cookie).await;
    let (back, cookie) = to_provider(&server).await;
    refused(&back.replace("code=code-", "code=guess-"), &cookie).await;
    provider.mix_up_nonces("of another sign-in");
    let (back, cookie) = to_provider(&server).await;
    refused(&back, &cookie).await;
}

#[tokio::test]
async fn without_its_provider_the_door_says_so_and_local_users_come_in() {
    let provider = OpenIdProvider::start().await;
    let (_place, server) = started(&provider).await;
    drop(provider);
    let answer = get(&server.url(BEGIN), "").await;
    assert_eq!(answer.status(), 502);
    server.sign_in().await;
}
