//! Turns a code into an identity (RFC 6749, section 4.1.3; OpenID Connect Core 1.0, sections 3.1.3 and 5.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::{Map, Value};
use types::Secret;
use url::Url;

use super::discovery::{CALL, LARGEST, Metadata, unreached};
use super::{Identity, OpenIdError, Provider};
use crate::token_source::read_at_most;

#[derive(Deserialize)]
struct Tokens {
    id_token: Secret,
    #[serde(default)]
    access_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Trouble {
    error: String,
}

impl Provider {
    /// Redeems a code. When the ID token lacks a claim that is wanted, the provider is asked for more about
    /// them.
    pub async fn redeem(
        &self,
        code: &Secret,
        verifier: &Secret,
        nonce: &Secret,
        wanted: &[&str],
    ) -> Result<Identity, OpenIdError> {
        let metadata = self.discovery.found(&self.http, &self.clock).await?;
        let tokens = self.tokens(&metadata, code, verifier).await?;
        let mut identity = self.identity(tokens.id_token.reveal(), nonce).await?;
        // A claim may be wanted by its name or by a path of names.
        let has = |claim: &str| {
            let first = claim.split('.').next().unwrap_or(claim);
            identity.claims.contains_key(claim) || identity.claims.contains_key(first)
        };
        let lacks = !wanted.iter().all(|claim| has(claim));
        if let (true, Some(address), Some(token)) = (lacks, &metadata.userinfo_endpoint, &tokens.access_token)
        {
            match self.more(address, token, &identity.subject).await {
                Ok(more) => {
                    for (name, value) in more {
                        identity.claims.entry(name).or_insert(value);
                    }
                }
                // What the token says is enough, or it is not.
                Err(error @ OpenIdError::Unavailable(_)) => {
                    tracing::warn!(%error, "the provider says no more than the ID token");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(identity)
    }

    async fn tokens(
        &self,
        metadata: &Metadata,
        code: &Secret,
        verifier: &Secret,
    ) -> Result<Tokens, OpenIdError> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.reveal()),
            ("redirect_uri", self.client.redirect.as_str()),
            ("code_verifier", verifier.reveal()),
        ];
        let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
        let takes_basic =
            methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
        let mut request = self.http.post(metadata.token_endpoint.clone()).timeout(CALL);
        match &self.client.client_secret {
            Some(secret) if takes_basic => {
                request = request.header(AUTHORIZATION, basic(&self.client.client_id, secret));
            }
            Some(secret) => {
                form.extend([
                    ("client_id", self.client.client_id.as_str()),
                    ("client_secret", secret.reveal()),
                ]);
            }
            None => form.push(("client_id", &self.client.client_id)),
        }
        let answer = request.form(&form).send().await.map_err(unreached)?;
        let status = answer.status();
        let body = read_at_most(answer, LARGEST).await.map_err(OpenIdError::Unavailable)?;
        if !status.is_success() {
            let trouble = serde_json::from_slice::<Trouble>(&body).map(|trouble| trouble.error);
            let code =
                trouble.ok().filter(|code| is_code(code)).unwrap_or_else(|| status.as_u16().to_string());
            return Err(OpenIdError::CodeRefused(code));
        }
        let unread = |_| OpenIdError::Unavailable("the tokens cannot be read".to_owned());
        serde_json::from_slice(&body).map_err(unread)
    }

    /// What the provider says of somebody besides.
    async fn more(
        &self,
        address: &Url,
        token: &Secret,
        subject: &str,
    ) -> Result<Map<String, Value>, OpenIdError> {
        let request = self.http.get(address.clone()).timeout(CALL).bearer_auth(token.reveal());
        let answer = request.send().await.map_err(unreached)?;
        if !answer.status().is_success() {
            let status = answer.status().as_u16();
            return Err(OpenIdError::Unavailable(format!("the user info answers {status}")));
        }
        let body = read_at_most(answer, LARGEST).await.map_err(OpenIdError::Unavailable)?;
        let claims: Map<String, Value> = serde_json::from_slice(&body)
            .map_err(|_| OpenIdError::Unavailable("the user info cannot be read".to_owned()))?;
        // It must be about the same person (section 5.3.2).
        if claims.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(OpenIdError::Nobody);
        }
        Ok(claims)
    }
}

/// Both parts are form-encoded first (RFC 6749, section 2.3.1).
fn basic(id: &str, secret: &Secret) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Secret::new(format!("{}:{}", encoded(id), encoded(secret.reveal())));
    format!("Basic {}", STANDARD.encode(pair.reveal()))
}

/// A code of an error, and not a text that may say anything.
fn is_code(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
