//! Checks an ID token (OpenID Connect Core 1.0, section 3.1.3.7).

use serde_json::{Map, Value};
use types::Secret;

use super::{Identity, OpenIdError, Provider};
use crate::verify::{Refusal, check_signature};

/// Algorithms that a token may be signed with. Neither `none` nor shared secrets.
const ALGORITHMS: [jsonwebtoken::Algorithm; 6] = [
    jsonwebtoken::Algorithm::RS256,
    jsonwebtoken::Algorithm::RS384,
    jsonwebtoken::Algorithm::RS512,
    jsonwebtoken::Algorithm::PS256,
    jsonwebtoken::Algorithm::ES256,
    jsonwebtoken::Algorithm::ES384,
];
/// How far the provider's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;

impl Provider {
    /// Whom the token names, if it was made by this provider for us and this sign-in.
    pub(super) async fn identity(&self, token: &str, nonce: &Secret) -> Result<Identity, OpenIdError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
        if header.crit.is_some() {
            return Err(Refusal::Malformed.into());
        }
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Refusal::AlgorithmNotAllowed.into());
        }
        let key = self.keys.find(header.kid.as_deref()).await.map_err(Refusal::from)?;
        let fitting = key.decoding_key(header.alg).ok_or(Refusal::AlgorithmNotAllowed)?;
        let claims: Map<String, Value> = check_signature(token, header.alg, fitting)?;
        check(&claims, self.issuer(), &self.client.client_id, nonce, self.clock.now().as_second())?;
        let subject = text(&claims, "sub").filter(|subject| !subject.is_empty() && subject.len() <= 255);
        let subject = subject.ok_or(OpenIdError::Nobody)?.to_owned();
        Ok(Identity { subject, claims })
    }
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn check(
    claims: &Map<String, Value>,
    issuer: &str,
    client: &str,
    nonce: &Secret,
    now: i64,
) -> Result<(), OpenIdError> {
    if text(claims, "iss") != Some(issuer) {
        return Err(Refusal::UnknownIssuer.into());
    }
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !audiences.contains(&client) {
        return Err(Refusal::WrongAudience.into());
    }
    // Whoever shares a token with others is named in it.
    let authorized = text(claims, "azp");
    if authorized.is_some_and(|party| party != client) || (audiences.len() > 1 && authorized.is_none()) {
        return Err(OpenIdError::OtherClient);
    }
    let seconds = |name: &str| claims.get(name).and_then(Value::as_i64);
    let ends = seconds("exp").ok_or(Refusal::NoExpiry)?;
    if now >= ends.saturating_add(LEEWAY) {
        return Err(Refusal::Expired.into());
    }
    if seconds("iat").max(seconds("nbf")).is_some_and(|begins| begins > now.saturating_add(LEEWAY)) {
        return Err(Refusal::NotYetValid.into());
    }
    if text(claims, "nonce") != Some(nonce.reveal().as_str()) {
        return Err(OpenIdError::Nonce);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_772_445_600;

    fn checked(change: impl FnOnce(&mut Value)) -> Result<(), OpenIdError> {
        let mut claims = json!({ "iss": "https://a.example", "aud": "us", "sub": "7", "nonce": "n",
            "exp": NOW + 300, "iat": NOW });
        change(&mut claims);
        let claims = claims.as_object().expect("an object");
        check(claims, "https://a.example", "us", &Secret::new("n".to_owned()), NOW)
    }

    #[test]
    fn a_token_is_for_this_client_this_sign_in_and_this_time() {
        assert_eq!(checked(|_| {}), Ok(()));
        assert_eq!(checked(|claims| claims["aud"] = json!(["us"])), Ok(()));
        assert_eq!(
            checked(|claims| claims["iss"] = json!("https://b.example")),
            Err(Refusal::UnknownIssuer.into())
        );
        assert_eq!(checked(|claims| claims["aud"] = json!("them")), Err(Refusal::WrongAudience.into()));
        assert_eq!(checked(|claims| claims["aud"] = json!(["us", "them"])), Err(OpenIdError::OtherClient));
        assert_eq!(checked(|claims| claims["azp"] = json!("them")), Err(OpenIdError::OtherClient));
        assert_eq!(checked(|claims| claims["exp"] = json!(NOW - LEEWAY)), Err(Refusal::Expired.into()));
        assert_eq!(checked(|claims| claims["exp"] = Value::Null), Err(Refusal::NoExpiry.into()));
        assert_eq!(checked(|claims| claims["iat"] = json!(NOW + 120)), Err(Refusal::NotYetValid.into()));
        assert_eq!(checked(|claims| claims["nonce"] = json!("m")), Err(OpenIdError::Nonce));
        assert_eq!(checked(|claims| claims["nonce"] = Value::Null), Err(OpenIdError::Nonce));
    }
}
