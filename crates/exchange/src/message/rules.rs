//! The rules every header keeps, with the places of those it breaks.

use serde_json::Value;
use uuid::Uuid;

use super::facts;
use super::header::{Header, Partner, Scope};
use super::kind::MessageType;
use crate::problem::Violation;

const HEADER: &str = "standardBusinessDocumentHeader";
const SCOPES: [&str; 6] =
    ["ConversationId", "SenderRef", "ReceiverRef", "MessageChannel", "JournalpostId", "ParentId"];

/// Everything the header breaks; empty when it is right.
pub(super) fn check(header: &Header) -> Vec<Violation> {
    let mut found = Found::default();
    found.required("headerVersion", header.header_version.as_deref());
    found.partners("sender", header.sender.as_deref());
    found.partners("receiver", header.receiver.as_deref());
    found.identification(header);
    found.manifest(header);
    found.scopes(header);
    found.0
}

/// What a header that came in lacks to be handled; empty when it is right.
pub(super) fn check_arrived(header: &Header) -> Vec<Violation> {
    let mut found = Found::default();
    found.kind(header);
    let id = header.document_identification.as_ref().and_then(|id| id.instance_identifier.as_deref());
    found.required("documentIdentification.instanceIdentifier", id);
    found.uuid("documentIdentification.instanceIdentifier", id);
    match header.scope("ConversationId") {
        None => found.no_conversation(),
        Some(scope) => {
            let (field, id) =
                ("businessScope.scope[].instanceIdentifier", scope.instance_identifier.as_deref());
            found.required(field, id);
            found.uuid(field, id);
        }
    }
    found.0
}

#[derive(Default)]
struct Found(Vec<Violation>);

impl Found {
    fn add(&mut self, code: &'static str, field: &str, message: &str, rejected: Option<&str>) {
        let field = format!("{HEADER}.{field}");
        let rejected = rejected.map(Value::from);
        self.0.push(Violation { code, field, message: message.to_owned(), rejected });
    }

    fn required(&mut self, field: &str, value: Option<&str>) {
        if value.is_none() {
            self.add("NotNull", field, "must not be null", None);
        }
    }

    fn partners(&mut self, field: &str, partners: Option<&[Partner]>) {
        let partners = partners.unwrap_or_default();
        if partners.len() > 1 {
            self.add("Size", field, "size must be between 0 and 1", None);
        }
        for partner in partners {
            let at = format!("{field}[].identifier");
            let Some(identifier) = &partner.identifier else {
                self.add("NotNull", &at, "must not be null", None);
                continue;
            };
            self.required(&format!("{at}.authority"), identifier.authority.as_deref());
            self.required(&format!("{at}.value"), identifier.value.as_deref());
            let (authority, value) = (identifier.authority.as_deref(), identifier.value.as_deref());
            if let Some((authority, value)) = authority.zip(value) {
                self.identifier(&at, authority, value);
            }
            for contact in &partner.contact_information {
                let contact_at = format!("{field}[].contactInformation[].contact");
                self.required(&contact_at, contact.contact.as_deref());
            }
        }
    }

    fn identifier(&mut self, at: &str, authority: &str, value: &str) {
        if !facts::AUTHORITIES.contains(&authority) {
            let text = "must be iso6523-actorid-upis or nhn-actorid";
            self.add("OneOf", &format!("{at}.authority"), text, Some(authority));
        } else if facts::Actor::parse(authority, value).is_err() {
            // A person's number may be in it, so the value is not repeated.
            self.add("Identifier", &format!("{at}.value"), "is not a known form of identifier", None);
        }
    }

    fn identification(&mut self, header: &Header) {
        const AT: &str = "documentIdentification";
        let Some(id) = &header.document_identification else {
            return self.add("NotNull", AT, "must not be null", None);
        };
        self.required(&format!("{AT}.standard"), id.standard.as_deref());
        self.required(&format!("{AT}.typeVersion"), id.type_version.as_deref());
        self.kind(header);
        self.uuid(&format!("{AT}.instanceIdentifier"), id.instance_identifier.as_deref());
    }

    fn kind(&mut self, header: &Header) {
        const FIELD: &str = "documentIdentification.type";
        let kind = header.document_identification.as_ref().and_then(|id| id.kind.as_deref());
        self.required(FIELD, kind);
        if let Some(kind) = kind.filter(|kind| kind.parse::<MessageType>().is_err()) {
            self.add("MessageType", FIELD, "type is not a known message type", Some(kind));
        }
    }

    fn no_conversation(&mut self) {
        let text = "must have a scope of type ConversationId";
        self.add("ConversationId", "businessScope.scope", text, None);
    }

    fn uuid(&mut self, field: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !is_canonical_uuid(value)) {
            self.add("UUID", field, "must be a UUID", Some(value));
        }
    }

    fn manifest(&mut self, header: &Header) {
        let Some(manifest) = &header.manifest else { return };
        let items = manifest.manifest_item.as_deref().unwrap_or_default();
        if items.is_empty() {
            self.add("NotEmpty", "manifest.manifestItem", "must not be empty", None);
        }
        for item in items {
            let at = "manifest.manifestItem[]";
            self.required(&format!("{at}.mimeTypeQualifierCode"), item.mime_type_qualifier_code.as_deref());
            let uri = item.uniform_resource_identifier.as_deref();
            self.required(&format!("{at}.uniformResourceIdentifier"), uri);
        }
    }

    fn scopes(&mut self, header: &Header) {
        let Some(scopes) = &header.business_scope else {
            return self.add("NotNull", "businessScope", "must not be null", None);
        };
        let Some(scopes) = &scopes.scope else {
            return self.add("NotNull", "businessScope.scope", "must not be null", None);
        };
        if scopes.is_empty() {
            return self.add("NotEmpty", "businessScope.scope", "must not be empty", None);
        }
        for scope in scopes {
            self.scope(scope);
        }
        if !scopes.iter().any(|scope| scope.kind.as_deref() == Some("ConversationId")) {
            self.no_conversation();
        }
    }

    fn scope(&mut self, scope: &Scope) {
        const AT: &str = "businessScope.scope[]";
        self.required(&format!("{AT}.type"), scope.kind.as_deref());
        let Some(kind) = scope.kind.as_deref() else { return };
        if !SCOPES.contains(&kind) {
            self.add("ScopeType", &format!("{AT}.type"), "is not a known scope type", Some(kind));
        }
        if kind == "ConversationId" {
            let id = scope.instance_identifier.as_deref().filter(|id| !id.trim().is_empty());
            self.uuid(&format!("{AT}.instanceIdentifier"), id);
        }
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
fn is_canonical_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::parse_str(text).is_ok()
}

/// The rule that a deadline lies ahead; only for messages that are created here.
pub(super) fn deadline_passed() -> Violation {
    Violation {
        code: "Future",
        field: format!("{HEADER}.businessScope.scope[].scopeInformation[].expectedResponseDateTime"),
        message: "must be a future date".to_owned(),
        rejected: None,
    }
}
