//! A provider of OpenID Connect for tests, over real HTTP: discovery, authorization with PKCE, tokens, keys and
//! user info. Whoever comes is signed in as the person that the test has put there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth::SigningKey;
use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// The client that is known there, and its secret.
pub const CLIENT: (&str, &str) = ("budstikke", "hemmelig & lang");
const ACCESS: &str = "access-token";

/// The provider. It stops when it is dropped.
pub struct OpenIdProvider {
    address: SocketAddr,
    desk: Arc<Desk>,
    stop: CancellationToken,
}

struct Desk {
    key: SigningKey,
    state: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    issuer: String,
    /// What the next ID token says besides what every one says.
    person: Value,
    /// What the user info says.
    more: Value,
    /// Takes the place of the nonce.
    nonce: Option<String>,
    /// What belongs to each code that was given out and not redeemed.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    given: u32,
}

impl Drop for OpenIdProvider {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl OpenIdProvider {
    /// Starts it.
    pub async fn start() -> Self {
        let key = SigningKey::generate().expect("a key");
        let desk = Arc::new(Desk { key, state: Mutex::default() });
        let bound = web::server::bind(([127, 0, 0, 1], 0).into()).await.expect("a free port");
        let address = bound.local_addr;
        desk.known().issuer = format!("http://{address}/realm");
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/realm/authorize", get(authorize))
            .route("/realm/token", post(token))
            .route("/realm/keys", get(keys))
            .route("/realm/userinfo", get(userinfo))
            .with_state(Arc::clone(&desk));
        let stop = CancellationToken::new();
        tokio::spawn(bound.serve(router, web::Limits::default(), stop.clone()));
        Self { address, desk, stop }
    }

    /// Its name.
    pub fn issuer(&self) -> String {
        format!("http://{}/realm", self.address)
    }

    /// Whoever comes next is this one: claims of the ID token, `sub` among them.
    pub fn expect(&self, person: Value) {
        self.desk.known().person = person;
    }

    /// What the user info says of them.
    pub fn tell_more(&self, more: Value) {
        self.desk.known().more = more;
    }

    /// The next ID tokens carry this nonce, whatever was asked for.
    pub fn mix_up_nonces(&self, nonce: &str) {
        self.desk.known().nonce = Some(nonce.to_owned());
    }
}

impl Desk {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn discovery(State(desk): State<Arc<Desk>>) -> Json<Value> {
    let issuer = desk.known().issuer.clone();
    let at = |path: &str| format!("{issuer}/{path}");
    Json(json!({ "issuer": issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "jwks_uri": at("keys"), "userinfo_endpoint": at("userinfo"), "response_types_supported": ["code"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"] }))
}

async fn keys(State(desk): State<Arc<Desk>>) -> Json<Value> {
    Json(json!({ "keys": [desk.key.public_jwk()] }))
}

async fn authorize(State(desk): State<Arc<Desk>>, Query(asked): Query<BTreeMap<String, String>>) -> Response {
    let is = |name: &str, wanted: &str| asked.get(name).is_some_and(|value| value == wanted);
    let fits =
        is("response_type", "code") && is("client_id", CLIENT.0) && is("code_challenge_method", "S256");
    let (Some(back), Some(state), true) = (asked.get("redirect_uri"), asked.get("state"), fits) else {
        return (StatusCode::BAD_REQUEST, "invalid_request").into_response();
    };
    let mut known = desk.known();
    known.given += 1;
    let code = format!("code-{}", known.given);
    let to = format!("{back}?code={code}&state={state}");
    known.codes.insert(code, asked.clone());
    Redirect::to(&to).into_response()
}

async fn token(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    // Both parts come form-encoded (RFC 6749, section 2.3.1).
    let wanted = format!("Basic {}", STANDARD.encode(format!("{}:hemmelig+%26+lang", CLIENT.0)));
    if headers.get("authorization").is_none_or(|shown| shown != wanted.as_str()) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let mut known = desk.known();
    let Some(asked) = known.codes.remove(field("code")) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, field("code_verifier").as_bytes()));
    let fits = asked.get("code_challenge") == Some(&challenge)
        && asked.get("redirect_uri").map(String::as_str) == Some(field("redirect_uri"))
        && field("grant_type") == "authorization_code";
    if !fits {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let now = jiff::Timestamp::now().as_second();
    let nonce = known.nonce.clone().or_else(|| asked.get("nonce").cloned());
    let mut claims =
        json!({ "iss": known.issuer, "aud": CLIENT.0, "exp": now + 300, "iat": now, "nonce": nonce });
    for (name, value) in known.person.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let id_token = desk.key.sign(&claims).expect("a token");
    Json(json!({ "id_token": id_token.reveal(), "access_token": ACCESS, "token_type": "Bearer" }))
        .into_response()
}

async fn userinfo(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    let wanted = format!("Bearer {ACCESS}");
    if headers.get("authorization").is_none_or(|shown| shown != wanted.as_str()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(desk.known().more.clone()).into_response()
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
