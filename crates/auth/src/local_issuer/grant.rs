//! The token endpoint: checks a signed grant and answers with a token.

use std::collections::BTreeSet;

use jsonwebtoken::{Algorithm, Header};
use types::{OrgNumber, Secret};

use super::clients::{AllowedScopes, WhoMayAsk, certificate_key, shown_certificate};
use super::{GrantForm, LocalIssuer, OAuthError, PoisonError, TokenResponse};
use crate::assertion::{AssertionClaims, GRANT_TYPE, LONGEST_LIFE};
use crate::caller::read_scopes;
use crate::claims::{Actor, AuthorizationDetail, Claims, SYSTEM_USER};
use crate::verify::{Refusal, check_signature};

/// How far the client's clock may be from ours, in seconds.
const CLOCK_DIFFERENCE: i64 = 10;
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512];

/// Certificates that an assertion shows, at most: its own and those between it and a root.
const MOST_CERTIFICATES: usize = 10;

/// A client whose assertion was believed, and what it may do.
struct Asker {
    org: OrgNumber,
    scopes: AllowedScopes,
    /// `None`: for everybody.
    acts_for: Option<BTreeSet<OrgNumber>>,
    amr: &'static str,
}

impl LocalIssuer {
    /// Answers a grant with a token, or says why not.
    pub fn token(&self, form: &GrantForm) -> Result<TokenResponse, OAuthError> {
        if form.grant_type != GRANT_TYPE {
            return Err(OAuthError::new(
                "unsupported_grant_type",
                format!("MP-010: the grant type must be {GRANT_TYPE}"),
            ));
        }
        let (asker, grant) = self.believed(&form.assertion)?;
        self.check_assertion(&grant)?;
        let scopes = check_scopes(&asker, &grant)?;
        let acted_for = check_delegation(&asker, &grant)?;
        let details = check_system_user(&asker, &grant)?;
        self.check_first_use(&grant)?;

        let claims = Claims {
            client_id: Some(grant.iss),
            client_amr: Some(asker.amr.to_owned()),
            consumer: Some(Actor::of(acted_for.unwrap_or(asker.org))),
            supplier: acted_for.map(|_| Actor::of(asker.org)),
            delegation_source: acted_for.map(|_| self.issuer().to_owned()),
            authorization_details: details,
            aud: grant.resource,
            ..self.maskinporten_claims(&scopes)
        };
        Ok(TokenResponse {
            access_token: self.key().sign(&claims).map_err(|why| OAuthError::failed(&why))?,
            expires_in: self.0.config.token_life.as_secs(),
            scope: scopes,
        })
    }

    /// Finds out who signed the assertion.
    fn believed(&self, assertion: &Secret) -> Result<(Asker, AssertionClaims), OAuthError> {
        let token = assertion.reveal();
        let header = jsonwebtoken::decode_header(token).map_err(|_| unreadable())?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(invalid("MP-122: the assertion must be signed with RS256, RS384 or RS512"));
        }
        let unchecked: Claims =
            jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| unreadable())?;
        let id = unchecked.iss.ok_or_else(unreadable)?;
        let registered = self.clients().get(&id).cloned();
        if let Some(client) = registered {
            let key = client.credential.key_for(&header)?;
            let asker = Asker {
                org: client.org,
                scopes: client.scopes,
                acts_for: Some(client.acts_for),
                amr: amr(&header),
            };
            return Ok((asker, signed(token, &header, &key)?));
        }
        if let Some(certified) = self.certified(token, &header)? {
            return Ok(certified);
        }
        if self.0.config.who_may_ask == WhoMayAsk::RegisteredClients {
            return Err(OAuthError::new("invalid_client", "MP-100: the client is unknown"));
        }
        believed_without_proof(token, &header, &id)
    }

    /// The owner of the certificate that the assertion shows, where that is one we trust.
    fn certified(
        &self,
        token: &str,
        header: &Header,
    ) -> Result<Option<(Asker, AssertionClaims)>, OAuthError> {
        let Some(check) = self.0.certificates.get() else { return Ok(None) };
        let chain = header.x5c_der().map_err(|_| invalid("MP-121: x5c is not base64"))?.unwrap_or_default();
        if chain.len() > MOST_CERTIFICATES {
            return Err(invalid(format!("MP-121: x5c holds more than {MOST_CERTIFICATES} certificates")));
        }
        let Some((leaf, client)) = chain.first().zip(check.owner(&chain)) else { return Ok(None) };
        let asker = Asker {
            org: client.org,
            scopes: AllowedScopes::Any,
            acts_for: Some(client.acts_for),
            amr: amr(header),
        };
        Ok(Some((asker, signed(token, header, &certificate_key(leaf)?)?)))
    }

    fn check_assertion(&self, grant: &AssertionClaims) -> Result<(), OAuthError> {
        let now = self.0.clock.now().as_second();
        if grant.aud != self.issuer() {
            return Err(invalid(format!("MP-110: the audience must be {}", self.issuer())));
        }
        if grant.iat.abs_diff(now) > CLOCK_DIFFERENCE.unsigned_abs() {
            return Err(invalid("MP-012: iat is more than ten seconds away from the issuer's clock"));
        }
        if !(1..=LONGEST_LIFE).contains(&grant.exp.saturating_sub(grant.iat)) {
            return Err(invalid("MP-130: exp must be 1 to 120 seconds after iat"));
        }
        if now >= grant.exp.saturating_add(CLOCK_DIFFERENCE) {
            return Err(invalid("MP-130: the assertion has expired"));
        }
        if grant.jti.is_empty() {
            return Err(invalid("MP-011: jti is empty"));
        }
        Ok(())
    }

    /// Last of all, so that a grant refused for another reason may be corrected.
    fn check_first_use(&self, grant: &AssertionClaims) -> Result<(), OAuthError> {
        let now = self.0.clock.now().as_second();
        let until = grant.exp.saturating_add(CLOCK_DIFFERENCE);
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.note(&grant.iss, &grant.jti, until, now) {
            return Ok(());
        }
        Err(invalid("MP-011: this assertion was used before"))
    }
}

/// Takes the client's word for who it is, except that a shown certificate must have signed.
fn believed_without_proof(
    token: &str,
    header: &Header,
    id: &str,
) -> Result<(Asker, AssertionClaims), OAuthError> {
    let digits = id.len().checked_sub(9).and_then(|start| id.get(start..));
    let org = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| {
        OAuthError::new(
            "invalid_client",
            "MP-100: the client is not registered, and its id does not end with an organization number",
        )
    })?;
    let grant = match shown_certificate(header)? {
        Some(certificate) => signed(token, header, &certificate_key(&certificate)?)?,
        None => jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| strange_claims())?,
    };
    let asker = Asker { org, scopes: AllowedScopes::Any, acts_for: None, amr: amr(header) };
    Ok((asker, grant))
}

/// The claims, if this key has signed them.
fn signed(
    token: &str,
    header: &Header,
    key: &jsonwebtoken::DecodingKey,
) -> Result<AssertionClaims, OAuthError> {
    check_signature(token, header.alg, key).map_err(|refusal| match refusal {
        Refusal::Malformed => strange_claims(),
        _ => invalid("MP-124: the signature does not fit the client's key"),
    })
}

const fn amr(header: &Header) -> &'static str {
    match header.x5c {
        Some(_) => "virksomhetssertifikat",
        None => "private_key_jwt",
    }
}

/// The granted scopes, in one text.
fn check_scopes(asker: &Asker, grant: &AssertionClaims) -> Result<String, OAuthError> {
    let scopes = read_scopes(Some(&grant.scope));
    if scopes.is_empty() {
        return Err(OAuthError::new("invalid_scope", "MP-130: no scope was asked for"));
    }
    if let Some(foreign) = scopes.iter().find(|scope| !asker.scopes.allow(scope)) {
        return Err(OAuthError::new(
            "invalid_scope",
            format!("MP-130: the client may not ask for the scope {foreign}"),
        ));
    }
    Ok(scopes.into_iter().collect::<Vec<_>>().join(" "))
}

/// The organization acted for, where the grant names one.
fn check_delegation(asker: &Asker, grant: &AssertionClaims) -> Result<Option<OrgNumber>, OAuthError> {
    let named = match (&grant.consumer_org, &grant.iss_onbehalfof) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(invalid("MP-200: consumer_org and iss_onbehalfof exclude each other"));
        }
        (Some(named), None) | (None, Some(named)) => named,
    };
    let org =
        named.parse().map_err(|_| invalid("MP-200: the organization acted for is no organization number"))?;
    asker.check_may_act_for(org)?;
    Ok(Some(org))
}

/// The system user with the ids that the issuer adds.
fn check_system_user(
    asker: &Asker,
    grant: &AssertionClaims,
) -> Result<Option<Vec<AuthorizationDetail>>, OAuthError> {
    let Some(details) = &grant.authorization_details else {
        return Ok(None);
    };
    let [detail] = details.as_slice() else {
        return Err(invalid("MP-201: a grant names exactly one system user"));
    };
    let org = detail.systemuser_org.as_ref().and_then(Actor::org);
    let (true, Some(org)) = (detail.kind == SYSTEM_USER, org) else {
        return Err(invalid(format!("MP-201: expected {SYSTEM_USER} with systemuser_org 0192:…")));
    };
    asker.check_may_act_for(org)?;
    let reference = detail.external_ref.clone();
    Ok(Some(vec![AuthorizationDetail {
        systemuser_id: Some(vec![reference.unwrap_or_else(|| format!("{org}_systembruker"))]),
        system_id: Some(format!("{}_integrasjonspunkt", asker.org)),
        ..detail.clone()
    }]))
}

impl Asker {
    fn check_may_act_for(&self, org: OrgNumber) -> Result<(), OAuthError> {
        let delegated = self.acts_for.as_ref().is_none_or(|orgs| orgs.contains(&org));
        if org == self.org || delegated {
            return Ok(());
        }
        Err(invalid(format!("MP-201: {org} has not delegated to {}", self.org)))
    }
}

fn invalid(description: impl Into<String>) -> OAuthError {
    OAuthError::new("invalid_grant", description)
}

fn unreadable() -> OAuthError {
    invalid("MP-010: the assertion is no signed JWT")
}

fn strange_claims() -> OAuthError {
    invalid("MP-122: a claim is missing, has the wrong form or is unknown")
}
