//! What each business message must hold so that its channel can carry it. The reference finds it out when
//! it sends; here it is asked for beforehand, where that is switched on.

use jiff::civil::Date;
use serde_json::Value;
use types::{EmailAddress, NationalId, OrgNumber};
use uuid::Uuid;

use super::dialogmelding::Patient;
use super::{Arkivmelding, Business, Dialogmelding, Digital, Print};
use crate::problem::Violation;
use crate::registry::ServiceIdentifier;

/// Security levels that there are.
const LEVELS: [i64; 2] = [3, 4];
const RECEIPTS: [&str; 4] = ["OK", "WARNING", "ERROR", "NOTSUPPORTED"];

impl Business {
    /// Everything that would keep this message from being carried over this service, or would be
    /// misunderstood at its end; empty when it is right. Addresses of letters and patients have checks
    /// of their own, which cannot be switched off.
    pub(crate) fn violations(&self, service: ServiceIdentifier) -> Vec<Violation> {
        let mut found = Found { under: self.name(), all: Vec::new() };
        match self {
            Self::Arkivmelding(body) => found.arkivmelding(body, service),
            Self::ArkivmeldingKvittering(body) => {
                found.one_of("receiptType", body.receipt_type.as_deref(), &RECEIPTS);
                found.message_id("relatedToMessageId", body.related_to_message_id.as_deref());
            }
            Self::Avtalt(body) => found.not_blank("hoveddokument", body.hoveddokument.as_deref()),
            Self::Digital(body) => found.digital(body),
            Self::DigitalDpv(body) => {
                found.text("tittel", body.tittel.as_deref());
                found.text("sammendrag", body.sammendrag.as_deref());
                found.present("innhold", body.innhold.is_some());
            }
            Self::Print(body) => found.print(body),
            Self::Innsynskrav(body) => {
                found.organization("orgnr", body.orgnr.as_deref());
                found.email("epost", body.epost.as_deref());
            }
            Self::Publisering(body) => found.organization("orgnr", body.orgnr.as_deref()),
            Self::EinnsynKvittering(body) => {
                found.text("dokumentId", body.dokument_id.as_deref());
                found.text("status", body.status.as_deref());
                found.present("referanseType", body.referanse_type.is_some());
            }
            Self::Dialogmelding(body) => found.text("hoveddokument", body.hoveddokument.as_deref()),
            Self::DialogmeldingKvittering(body) => {
                found.message_id("relatedToMessageId", body.related_to_message_id.as_deref());
                found.present("status", body.status.is_some());
            }
            Self::Status(_) => {}
        }
        found.all
    }
}

impl Dialogmelding {
    /// What the patient lacks. Nobody need name one to a general practitioner, whose patient the registry
    /// knows.
    pub(crate) fn violations(&self, to_general_practitioner: bool) -> Vec<Violation> {
        let mut found = Found { under: "dialogmelding", all: Vec::new() };
        match &self.pasient {
            None if to_general_practitioner => {}
            None => found.present("pasient", false),
            Some(patient) => found.patient(patient),
        }
        found.all
    }
}

struct Found {
    under: &'static str,
    all: Vec<Violation>,
}

impl Found {
    fn add(&mut self, code: &'static str, field: &str, message: impl Into<String>) {
        let field = format!("{}.{field}", self.under);
        self.all.push(Violation { code, field, message: message.into(), rejected: None });
    }

    fn present(&mut self, field: &str, there: bool) {
        if !there {
            self.add("NotNull", field, "must not be null");
        }
    }

    /// Must be there, and say something.
    fn text(&mut self, field: &str, value: Option<&str>) {
        self.present(field, value.is_some());
        self.not_blank(field, value);
    }

    /// Must say something if it is there.
    fn not_blank(&mut self, field: &str, value: Option<&str>) {
        if value.is_some_and(|value| value.trim().is_empty()) {
            self.add("NotBlank", field, "must not be blank");
        }
    }

    fn one_of(&mut self, field: &str, value: Option<&str>, known: &[&str]) {
        self.present(field, value.is_some());
        if value.is_some_and(|value| !known.contains(&value)) {
            self.add("OneOf", field, format!("must be one of {}", known.join(", ")));
        }
    }

    fn level(&mut self, level: Option<i64>) {
        if level.is_some_and(|level| !LEVELS.contains(&level)) {
            self.add("OneOf", "sikkerhetsnivaa", "must be 3 or 4");
        }
    }

    fn message_id(&mut self, field: &str, value: Option<&str>) {
        self.present(field, value.is_some());
        if value.is_some_and(|value| Uuid::parse_str(value).is_err()) {
            self.add("UUID", field, "must be a UUID");
        }
    }

    fn organization(&mut self, field: &str, value: Option<&str>) {
        self.present(field, value.is_some());
        if value.is_some_and(|value| value.parse::<OrgNumber>().is_err()) {
            self.add("Pattern", field, "must be an organization number of nine digits");
        }
    }

    fn email(&mut self, field: &str, value: Option<&str>) {
        self.present(field, value.is_some());
        if value.is_some_and(|value| value.parse::<EmailAddress>().is_err()) {
            self.add("Email", field, "must be an e-mail address");
        }
    }

    fn arkivmelding(&mut self, body: &Arkivmelding, service: ServiceIdentifier) {
        if service == ServiceIdentifier::Dpf {
            self.present("sikkerhetsnivaa", body.sikkerhetsnivaa.is_some());
        }
        self.level(body.sikkerhetsnivaa);
        self.not_blank("hoveddokument", body.hoveddokument.as_deref());
        let shipment = body.dpf.as_ref().and_then(|dpf| dpf.forsendelse_type.as_deref());
        self.not_blank("dpf.forsendelseType", shipment);
    }

    fn digital(&mut self, body: &Digital) {
        self.present("sikkerhetsnivaa", body.sikkerhetsnivaa.is_some());
        self.level(body.sikkerhetsnivaa);
        self.text("hoveddokument", body.hoveddokument.as_deref());
        self.text("tittel", body.tittel.as_deref());
        self.text("spraak", body.spraak.as_deref());
        match &body.digital_post_info {
            None => self.present("digitalPostInfo", false),
            Some(info) => {
                self.present("digitalPostInfo.virkningsdato", info.virkningsdato.is_some());
                let date = info.virkningsdato.as_deref().map(str::parse::<Date>);
                if date.is_some_and(|date| date.is_err()) {
                    self.add("Date", "digitalPostInfo.virkningsdato", "must be a date, yyyy-MM-dd");
                }
                self.present("digitalPostInfo.aapningskvittering", info.aapningskvittering.is_some());
            }
        }
        if body.metadata_filer.values().any(|file| !matches!(file, Value::String(name) if !name.is_empty())) {
            self.add("Type", "metadataFiler", "must give the name of a metadata file for each document");
        }
    }

    fn print(&mut self, body: &Print) {
        self.text("hoveddokument", body.hoveddokument.as_deref());
        let returning = body.retur.as_ref().and_then(|retur| retur.returhaandtering);
        self.present("retur.returhaandtering", returning.is_some());
        if !body.printinstruksjoner.values().all(Value::is_string) {
            self.add("Type", "printinstruksjoner", "must give a text for each instruction");
        }
    }

    fn patient(&mut self, patient: &Patient) {
        self.text("pasient.fornavn", patient.fornavn.as_deref());
        self.text("pasient.etternavn", patient.etternavn.as_deref());
        self.present("pasient.fnr", patient.fnr.is_some());
        let adds_up = |text: &str| text.parse::<NationalId>().is_ok_and(|id| id.adds_up());
        if patient.fnr.as_deref().is_some_and(|text| !adds_up(text)) {
            // A person's number may be in it, so the value is not repeated.
            self.add("Pattern", "pasient.fnr", "must be a person's number whose check digits add up");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::MessageType;

    fn fields(kind: MessageType, body: Value) -> Vec<String> {
        let business = Business::read(kind, body).expect("of the right shape");
        business.violations(ServiceIdentifier::Unknown).into_iter().map(|one| one.field).collect()
    }

    #[test]
    fn every_type_names_the_fields_it_lacks() {
        let under = |kind: MessageType, names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("{kind}.{name}")).collect()
        };
        let digital = ["sikkerhetsnivaa", "hoveddokument", "tittel", "spraak", "digitalPostInfo"];
        for (kind, names) in [
            (MessageType::Arkivmelding, &[][..]),
            (MessageType::ArkivmeldingKvittering, &["receiptType", "relatedToMessageId"]),
            (MessageType::Avtalt, &[]),
            (MessageType::Digital, &digital),
            (MessageType::DigitalDpv, &["tittel", "sammendrag", "innhold"]),
            (MessageType::Print, &["hoveddokument", "retur.returhaandtering"]),
            (MessageType::Innsynskrav, &["orgnr", "epost"]),
            (MessageType::Publisering, &["orgnr"]),
            (MessageType::EinnsynKvittering, &["dokumentId", "status", "referanseType"]),
            (MessageType::Dialogmelding, &["hoveddokument"]),
            (MessageType::DialogmeldingKvittering, &["relatedToMessageId", "status"]),
            (MessageType::Status, &[]),
        ] {
            assert_eq!(fields(kind, json!({})), under(kind, names), "{kind}");
        }
    }

    #[test]
    fn values_that_no_channel_takes_are_named() {
        let wrong = json!({ "sikkerhetsnivaa": 5, "hoveddokument": " ", "dpf": { "forsendelseType": "" } });
        let names = [
            "arkivmelding.sikkerhetsnivaa",
            "arkivmelding.hoveddokument",
            "arkivmelding.dpf.forsendelseType",
        ];
        assert_eq!(fields(MessageType::Arkivmelding, wrong), names);
        let wrong = json!({ "receiptType": "MAYBE", "relatedToMessageId": "x" });
        assert_eq!(fields(MessageType::ArkivmeldingKvittering, wrong).len(), 2);
        let wrong = json!({ "orgnr": "12", "epost": "nobody" });
        assert_eq!(fields(MessageType::Innsynskrav, wrong).len(), 2);
        let digital = json!({
            "sikkerhetsnivaa": 3, "hoveddokument": "a.pdf", "tittel": "t", "spraak": "NO",
            "digitalPostInfo": { "virkningsdato": "tomorrow", "aapningskvittering": true },
            "metadataFiler": { "a.pdf": 7 },
        });
        assert_eq!(
            fields(MessageType::Digital, digital),
            ["digital.digitalPostInfo.virkningsdato", "digital.metadataFiler"]
        );
        let complete = json!({ "tittel": "t", "sammendrag": "s", "innhold": "" });
        assert!(fields(MessageType::DigitalDpv, complete).is_empty(), "a placeholder stands in");
    }

    #[test]
    fn over_svarut_an_arkivmelding_needs_a_level() {
        let business = Business::read(MessageType::Arkivmelding, json!({})).expect("a body");
        assert_eq!(business.violations(ServiceIdentifier::Dpf).len(), 1);
        assert_eq!(business.violations(ServiceIdentifier::Dpo).len(), 0);
    }

    #[test]
    fn a_patient_has_a_name_and_a_number_that_adds_up() {
        let read = |body| -> Dialogmelding { serde_json::from_value(body).expect("a body") };
        let count = |body| read(body).violations(false).len();
        assert_eq!(count(json!({})), 1);
        assert_eq!(read(json!({})).violations(true).len(), 0);
        let patient = |fnr: &str| json!({ "pasient": { "fnr": fnr, "fornavn": "Kari", "etternavn": "N" } });
        assert_eq!(count(patient("01010050053")), 0);
        assert_eq!(count(patient("01010050054")), 1);
        assert_eq!(count(json!({ "pasient": { "fornavn": "" } })), 3);
    }
}
