//! What is made of what a provider says of somebody. Pure.

use auth::openid::Identity;
use serde_json::{Map, Value};

use crate::config::Oidc;
use crate::role::Role;

/// Characters of a name.
const LONGEST_NAME: usize = 80;

/// What somebody's account is known by: no local account has a blank in it.
pub(super) fn login(issuer: &str, subject: &str) -> String {
    format!("{issuer} {subject}")
}

/// The highest role that is given to any value of the claim, or else the one for everybody, if there is one.
pub(super) fn role(oidc: &Oidc, claims: &Map<String, Value>) -> Option<Role> {
    let given = |value: &Value| oidc.roles.get(value.as_str()?).copied();
    let highest = match claim(claims, &oidc.role_claim) {
        Some(Value::Array(values)) => values.iter().filter_map(given).max(),
        Some(value) => given(value),
        None => None,
    };
    highest.or(oidc.default_role)
}

/// What people call them; never more than a line.
pub(super) fn name(oidc: &Oidc, identity: &Identity) -> String {
    let said = claim(&identity.claims, &oidc.name_claim).and_then(Value::as_str);
    let said = said.or_else(|| identity.claims.get("email").and_then(Value::as_str));
    let text = said.unwrap_or(&identity.subject);
    let line: String = text.chars().filter(|sign| !sign.is_control()).take(LONGEST_NAME).collect();
    if line.trim().is_empty() { "?".to_owned() } else { line.trim().to_owned() }
}

/// A claim by its whole name, or by a path of names with dots between them.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    claim(claims.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn oidc() -> Oidc {
        let roles = [("drift", Role::Operate), ("sjef", Role::Administer)];
        Oidc {
            role_claim: "realm_access.roles".to_owned(),
            roles: roles.into_iter().map(|(value, role)| (value.to_owned(), role)).collect(),
            ..Oidc::default()
        }
    }

    fn role_of(oidc: &Oidc, claims: &Value) -> Option<Role> {
        role(oidc, claims.as_object().expect("an object"))
    }

    #[test]
    fn the_highest_role_counts_and_nobody_has_one_by_accident() {
        let oidc = oidc();
        let both = json!({ "realm_access": { "roles": ["drift", "annet", "sjef"] } });
        assert_eq!(role_of(&oidc, &both), Some(Role::Administer));
        assert_eq!(role_of(&oidc, &json!({ "realm_access": { "roles": "drift" } })), Some(Role::Operate));
        assert_eq!(role_of(&oidc, &json!({ "realm_access.roles": ["drift"] })), Some(Role::Operate));
        for nothing in
            [json!({}), json!({ "realm_access": { "roles": ["Sjef", 7] } }), json!({ "realm_access": 1 })]
        {
            assert_eq!(role_of(&oidc, &nothing), None, "{nothing}");
        }
        let everybody = Oidc { default_role: Some(Role::Read), ..oidc };
        assert_eq!(role_of(&everybody, &json!({})), Some(Role::Read));
        assert_eq!(role_of(&everybody, &both), Some(Role::Administer));
    }

    #[test]
    fn a_name_is_one_line() {
        let claims = json!({ "preferred_username": "Kari\r\nNordmann" });
        let claims = claims.as_object().expect("an object").clone();
        let identity = Identity { subject: "7".to_owned(), claims };
        assert_eq!(name(&oidc(), &identity), "KariNordmann");
        let nameless = Identity { subject: "7".to_owned(), claims: Map::new() };
        assert_eq!(name(&oidc(), &nameless), "7");
    }
}
