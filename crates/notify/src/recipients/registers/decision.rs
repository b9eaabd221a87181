//! Asking Altinn's authorization who may receive for a resource: XACML 3.0 with the JSON profile's
//! multiple decisions. Pure; the call itself is the register's.
//!
//! Only the exact decision `Permit` lets somebody receive. Whatever else comes back, or does not,
//! keeps them out.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Pair;
use crate::recipients::model::ResourceRight;

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const USER: &str = "urn:altinn:userid";
const PARTY: &str = "urn:altinn:partyid";

/// The question about several pairs at once.
pub(super) fn question(pairs: &[Pair], right: &ResourceRight, resource_attribute: &str) -> Value {
    let users: BTreeSet<i64> = pairs.iter().map(|pair| pair.user).collect();
    let parties: BTreeSet<i64> = pairs.iter().map(|pair| pair.party).collect();
    let subjects: Vec<Value> = users
        .iter()
        .map(|user| json!({ "Id": format!("subject{user}"), "Attribute": [attribute(USER, &user.to_string(), true)] }))
        .collect();
    let resources: Vec<Value> = parties
        .iter()
        .map(|party| {
            let mut attributes = resource(&right.resource, resource_attribute);
            attributes.push(attribute(PARTY, &party.to_string(), true));
            json!({ "Id": format!("resource{party}"), "Attribute": attributes })
        })
        .collect();
    let references: Vec<Value> = pairs
        .iter()
        .map(|pair| json!({ "ReferenceId": [format!("subject{}", pair.user), "action", format!("resource{}", pair.party)] }))
        .collect();
    let action = json!({
        "AttributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id",
        "Value": right.action, "DataType": "string", "Issuer": "Altinn", "IncludeInResult": true
    });
    json!({ "Request": {
        "AccessSubject": subjects,
        "Action": [{ "Id": "action", "Attribute": [action] }],
        "Resource": resources,
        "MultiRequests": { "RequestReference": references }
    } })
}

fn attribute(id: &str, value: &str, in_result: bool) -> Value {
    let mut attribute = json!({ "AttributeId": id, "Value": value, "DataType": STRING, "Issuer": "Altinn" });
    if in_result {
        attribute["IncludeInResult"] = Value::Bool(true);
    }
    attribute
}

/// A resource named `app_<organization>_<application>` is an application; the last part may have
/// underscores of its own.
fn resource(id: &str, resource_attribute: &str) -> Vec<Value> {
    let mut parts = id.splitn(3, '_');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("app"), Some(org), Some(app)) if !org.is_empty() && !app.is_empty() => {
            vec![attribute("urn:altinn:org", org, false), attribute("urn:altinn:app", app, false)]
        }
        _ => vec![attribute(resource_attribute, id, false)],
    }
}

/// An answer. Its members are written in two ways by different routes.
#[derive(Deserialize)]
pub(super) struct AnswerBody {
    #[serde(rename = "Response", alias = "response")]
    results: Vec<ResultBody>,
}

#[derive(Deserialize)]
struct ResultBody {
    #[serde(rename = "Decision", alias = "decision", default)]
    decision: Option<String>,
    #[serde(rename = "Category", alias = "category", default)]
    categories: Option<Vec<CategoryBody>>,
}

#[derive(Deserialize)]
struct CategoryBody {
    #[serde(rename = "Attribute", alias = "attribute", default)]
    attributes: Option<Vec<AttributeBody>>,
}

#[derive(Deserialize)]
struct AttributeBody {
    #[serde(rename = "AttributeId", alias = "attributeId", default)]
    id: Option<String>,
    #[serde(rename = "Value", alias = "value", default)]
    value: Value,
}

/// The pairs that are permitted.
pub(super) fn permitted(answer: &AnswerBody) -> BTreeSet<Pair> {
    let permits = answer.results.iter().filter(|result| result.decision.as_deref() == Some("Permit"));
    permits
        .filter_map(|result| Some(Pair { user: result.number(USER)?, party: result.number(PARTY)? }))
        .collect()
}

impl ResultBody {
    fn number(&self, id: &str) -> Option<i64> {
        let categories = self.categories.iter().flatten();
        let attributes = categories.flat_map(|category| category.attributes.iter().flatten());
        let found = attributes.into_iter().find(|attribute| attribute.id.as_deref() == Some(id))?;
        found.value.as_i64().or_else(|| found.value.as_str()?.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: [Pair; 3] =
        [Pair { user: 20001, party: 1 }, Pair { user: 20001, party: 2 }, Pair { user: 20002, party: 1 }];

    #[test]
    fn each_person_and_organization_is_written_once_and_each_pair_asked_about() {
        let right = ResourceRight::new("urn:altinn:resource:demo-resource", Some(" "));
        let question = question(&PAIRS, &right, "urn:altinn:resource");
        let request = &question["Request"];
        assert_eq!(request["AccessSubject"].as_array().map(Vec::len), Some(2));
        assert_eq!(request["Resource"].as_array().map(Vec::len), Some(2));
        assert_eq!(
            request["MultiRequests"]["RequestReference"][2],
            json!({ "ReferenceId": ["subject20002", "action", "resource1"] })
        );
        assert_eq!(request["Action"][0]["Attribute"][0]["Value"], "read");
        assert_eq!(
            request["Resource"][1]["Attribute"],
            json!([
                { "AttributeId": "urn:altinn:resource", "Value": "demo-resource", "DataType": STRING, "Issuer": "Altinn" },
                { "AttributeId": "urn:altinn:partyid", "Value": "2", "DataType": STRING, "Issuer": "Altinn", "IncludeInResult": true }
            ])
        );
    }

    #[test]
    fn an_application_is_named_by_organization_and_name() {
        let named = |id| {
            let attributes = resource(id, "urn:altinn:resource");
            let pair = |a: &Value| format!("{}={}", a["AttributeId"], a["Value"]).replace('"', "");
            attributes.iter().map(pair).collect::<Vec<_>>()
        };
        assert_eq!(named("app_demo_skjema"), ["urn:altinn:org=demo", "urn:altinn:app=skjema"]);
        assert_eq!(named("app_demo_skjema_2"), ["urn:altinn:org=demo", "urn:altinn:app=skjema_2"]);
        assert_eq!(named("app_demo"), ["urn:altinn:resource=app_demo"]);
    }

    #[test]
    fn only_a_permit_for_a_named_pair_counts() {
        let result = |decision: &str, user: Value| {
            json!({ "Decision": decision, "Category": [
                { "CategoryId": "a", "Attribute": [{ "AttributeId": USER, "Value": user }] },
                { "CategoryId": "b", "Attribute": [{ "AttributeId": PARTY, "Value": "1" }] } ] })
        };
        let answer = json!({ "Response": [
            result("Permit", json!("1")),
            result("Deny", json!("2")),
            result("NotApplicable", json!("3")),
            result("Indeterminate", json!("4")),
            result("permit", json!("5")),
            result("Permit", json!(6)),
            { "Decision": "Permit", "Category": [{ "Attribute": [{ "AttributeId": USER, "Value": "7" }] }] },
            { "Decision": "Permit" },
            { "decision": "Permit", "category": [{ "attribute": [
                { "attributeId": USER, "value": "8" }, { "attributeId": PARTY, "value": "1" }] }] },
        ] });
        let answer: AnswerBody = serde_json::from_value(answer).expect("an answer");
        let users: Vec<_> = permitted(&answer).into_iter().map(|pair| pair.user).collect();
        assert_eq!(users, [1, 6, 8]);
    }
}
