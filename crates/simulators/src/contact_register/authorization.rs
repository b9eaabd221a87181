//! Altinn's authorization: XACML 3.0 with the JSON profile's multiple decisions.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ContactRegister, Fault, Grant, Unavailable};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QuestionBody {
    request: RequestBody,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RequestBody {
    access_subject: Vec<CategoryBody>,
    action: Vec<CategoryBody>,
    resource: Vec<CategoryBody>,
    multi_requests: MultiRequestsBody,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CategoryBody {
    id: String,
    attribute: Vec<AttributeBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeBody {
    attribute_id: String,
    value: String,
    #[serde(default)]
    include_in_result: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MultiRequestsBody {
    request_reference: Vec<ReferenceBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReferenceBody {
    reference_id: Vec<String>,
}

impl CategoryBody {
    fn value(&self, id: &str) -> Option<&str> {
        self.attribute.iter().find(|found| found.attribute_id == id).map(|found| found.value.as_str())
    }

    /// What is shown of it in a result.
    fn shown(&self, category: &str) -> Value {
        let shown = self.attribute.iter().filter(|found| found.include_in_result);
        let attributes =
            shown.map(|found| json!({ "AttributeId": found.attribute_id, "Value": found.value }));
        json!({ "CategoryId": category, "Attribute": attributes.collect::<Vec<_>>() })
    }
}

/// One of the questions in a request.
struct Asked<'q> {
    subject: &'q CategoryBody,
    action: &'q CategoryBody,
    resource: &'q CategoryBody,
}

impl RequestBody {
    fn asked(&self, reference: &ReferenceBody) -> Option<Asked<'_>> {
        let named = |among: &'_ [CategoryBody]| {
            among.iter().position(|found| reference.reference_id.contains(&found.id))
        };
        Some(Asked {
            subject: &self.access_subject[named(&self.access_subject)?],
            action: &self.action[named(&self.action)?],
            resource: &self.resource[named(&self.resource)?],
        })
    }
}

impl Asked<'_> {
    fn party(&self) -> Option<i64> {
        self.resource.value("urn:altinn:partyid")?.parse().ok()
    }

    /// `NotApplicable` where nobody has said anything.
    fn decision(&self, held: &[Grant]) -> Option<&'static str> {
        let user: i64 = self.subject.value("urn:altinn:userid")?.parse().ok()?;
        let action = self.action.value("urn:oasis:names:tc:xacml:1.0:action:action-id")?;
        let (org, app) = (self.resource.value("urn:altinn:org"), self.resource.value("urn:altinn:app"));
        let resource = match (org, app) {
            (Some(org), Some(app)) => format!("app_{org}_{app}"),
            _ => self.resource.value("urn:altinn:resource")?.to_owned(),
        };
        let party = self.party()?;
        let covers = |held: &str, needed: &str| held == "*" || held == needed;
        let may = held.iter().any(|held| {
            (held.user_id, held.party_id) == (user, party)
                && covers(&held.resource, &resource)
                && covers(&held.action, action)
        });
        Some(if may { "Permit" } else { "NotApplicable" })
    }
}

/// `POST …/decision`
pub(super) async fn decide(
    State(register): State<ContactRegister>,
    uri: Uri,
    Json(question): Json<QuestionBody>,
) -> Result<Response, Unavailable> {
    let request = question.request;
    let references = &request.multi_requests.request_reference;
    let Some(asked) = references.iter().map(|reference| request.asked(reference)).collect::<Option<Vec<_>>>()
    else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    let mut parties: Vec<i64> = asked.iter().filter_map(Asked::party).collect();
    parties.sort_unstable();
    parties.dedup();
    let held = register.rights(&parties).await?;
    let undecided = register.fault_for(uri.path()) == Some(Fault::Indeterminate);
    let results = asked.iter().map(|asked| {
        let decided = asked.decision(&held).filter(|_| !undecided);
        json!({ "Decision": decided.unwrap_or("Indeterminate"), "Category": [
            asked.subject.shown("urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"),
            asked.resource.shown("urn:oasis:names:tc:xacml:3.0:attribute-category:resource"),
        ] })
    });
    Ok(Json(json!({ "Response": results.collect::<Vec<_>>() })).into_response())
}

impl ContactRegister {
    /// Every right at these parties, those in organizations' lists of users among them.
    async fn rights(&self, parties: &[i64]) -> Result<Vec<Grant>, Unavailable> {
        let mut held = self.source().grants(parties).await?;
        for found in self.source().parties(parties).await? {
            for (user_id, user) in found.numbered_users() {
                let grant = |right: &super::Right| Grant {
                    user_id,
                    party_id: found.party(),
                    resource: right.resource.clone(),
                    action: right.action.clone(),
                };
                held.extend(user.rights.iter().map(grant));
            }
        }
        Ok(held)
    }
}
