//! Registrations as JSON: what operators import and send.
//!
//! ```json
//! { "organizations": [ { "number": "310000002", "name": "Etaten", "certificate": "-----BEGIN…",
//!                        "processes": ["standard", "einnsyn"] } ],
//!   "citizens": [ { "number": "01010050053", "firstName": "Kari", "lastName": "Testdatter" } ],
//!   "health": [ { "herId": 8094866, "organization": "310000002", "name": "Legekontoret" } ] }
//! ```

use serde::Deserialize;
use types::{NationalId, OrgNumber};

use super::citizens::{Citizen, Name};
use super::health::Actor;
use super::processes::{ProcessRegistration, bus_processes, standard_processes};
use super::register::{Registration, Subject};
use crate::registry::{CitizenContact, DigitalMailbox, PostalAddress, ServiceIdentifier};

/// Why a file cannot be taken. Says where, and never quotes what stands there.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not JSON, or not of this form.
    #[error("line {line}, column {column}: not a file of registrations; see docs/registry.md for the form")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A member that is no number of its kind.
    #[error("{list}[{at}]: {what}")]
    Member {
        /// Which list.
        list: &'static str,
        /// Place in the list, from 0.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FileBody {
    organizations: Vec<OrganizationBody>,
    citizens: Vec<CitizenBody>,
    health: Vec<ActorBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OrganizationBody {
    number: String,
    name: String,
    #[serde(default)]
    entity_type: Option<String>,
    #[serde(default)]
    address: Option<AddressBody>,
    #[serde(default)]
    certificate: Option<String>,
    #[serde(default)]
    bus_certificate: Option<String>,
    #[serde(default)]
    svarut_level: Option<u8>,
    #[serde(default)]
    endpoint_url: String,
    #[serde(default)]
    resource: Option<String>,
    /// `standard` where there is a certificate, otherwise none.
    #[serde(default)]
    processes: Option<Vec<ProcessBody>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ProcessBody {
    /// `standard`, `einnsyn`, or the name of a process that everybody knows.
    Named(String),
    #[serde(rename_all = "camelCase")]
    Whole { process: String, service: String, document_types: Vec<String> },
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct AddressBody {
    street: String,
    postal_code: String,
    postal_area: String,
    country: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the contact register says each of them by itself")]
struct CitizenBody {
    number: String,
    first_name: String,
    #[serde(default)]
    middle_name: Option<String>,
    last_name: String,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default)]
    reserved: bool,
    #[serde(default = "yes")]
    notifiable: bool,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    mobile: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    mailbox: Option<MailboxBody>,
    #[serde(default)]
    address: Option<AddressBody>,
    #[serde(default)]
    secret_address: bool,
    #[serde(default)]
    practitioner: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailboxBody {
    supplier: String,
    address: String,
    certificate: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ActorBody {
    her_id: u64,
    organization: String,
    name: String,
    #[serde(default)]
    parent_her_id: Option<u64>,
    #[serde(default)]
    parent_name: Option<String>,
    #[serde(default)]
    certificate: Option<String>,
}

const fn yes() -> bool {
    true
}

/// Reads a file.
pub fn read(content: &[u8]) -> Result<Vec<Subject>, FileError> {
    let body: FileBody = serde_json::from_slice(content)
        .map_err(|why| FileError::Form { line: why.line(), column: why.column() })?;
    let mut subjects = Vec::new();
    for (at, body) in body.organizations.into_iter().enumerate() {
        let wrong = |what| FileError::Member { list: "organizations", at, what };
        subjects.push(Subject::Organization(Box::new(organization(body).map_err(wrong)?)));
    }
    for (at, body) in body.citizens.into_iter().enumerate() {
        let wrong = |what| FileError::Member { list: "citizens", at, what };
        subjects.push(Subject::Citizen(Box::new(citizen(body).map_err(wrong)?)));
    }
    for (at, body) in body.health.into_iter().enumerate() {
        let wrong = |what| FileError::Member { list: "health", at, what };
        subjects.push(Subject::Actor(actor(body).map_err(wrong)?));
    }
    Ok(subjects)
}

fn organization(body: OrganizationBody) -> Result<Registration, &'static str> {
    let org: OrgNumber = body.number.parse().map_err(|_| "number must have nine digits")?;
    if body.svarut_level.is_some_and(|level| !matches!(level, 3 | 4)) {
        return Err("svarutLevel must be 3 or 4");
    }
    let texts = [&body.name, &body.endpoint_url];
    if texts.iter().any(|text| text.contains('\0')) {
        return Err("NUL is in no name");
    }
    let processes = match body.processes {
        Some(given) => processes(given)?,
        None if body.certificate.is_some() => standard_processes(),
        None => Vec::new(),
    };
    Ok(Registration {
        entity_type: body.entity_type.unwrap_or_else(|| "ORGL".to_owned()),
        address: body.address.map(postal),
        certificate_pem: body.certificate,
        bus_certificate_pem: body.bus_certificate,
        svarut_level: body.svarut_level,
        resource: body.resource.unwrap_or_else(|| "eformidling-dpo-meldingsutveksling".to_owned()),
        processes,
        ..Registration::standard(org, body.name, "", body.endpoint_url)
    })
}

fn processes(given: Vec<ProcessBody>) -> Result<Vec<ProcessRegistration>, &'static str> {
    let mut processes = Vec::new();
    for one in given {
        match one {
            ProcessBody::Named(name) if name == "standard" => processes.extend(standard_processes()),
            ProcessBody::Named(name) if name == "einnsyn" => processes.extend(bus_processes()),
            ProcessBody::Named(name) => processes.push(
                ProcessRegistration::known(&name).ok_or("a process that nobody knows needs documentTypes")?,
            ),
            ProcessBody::Whole { process, service, document_types } => {
                let service = service.parse().unwrap_or(ServiceIdentifier::Unknown);
                if service == ServiceIdentifier::Unknown {
                    return Err("service must be one of DPO, DPV, DPI, DPF, DPE, DPH");
                }
                processes.push(ProcessRegistration { process, service, document_types });
            }
        }
    }
    Ok(processes)
}

fn postal(body: AddressBody) -> PostalAddress {
    let AddressBody { street, postal_code, postal_area, country } = body;
    PostalAddress { name: None, street, postal_code, postal_area, country }
}

fn citizen(body: CitizenBody) -> Result<Citizen, &'static str> {
    let person: NationalId = body.number.parse().map_err(|_| "number must have eleven digits")?;
    let mailbox = body.mailbox.map(|mailbox| {
        (DigitalMailbox { supplier: mailbox.supplier, address: mailbox.address }, mailbox.certificate)
    });
    Ok(Citizen {
        person,
        name: Name { first: body.first_name, middle: body.middle_name, last: body.last_name },
        active: body.active,
        reserved: body.reserved,
        notifiable: body.notifiable,
        contact: CitizenContact {
            email: body.email,
            mobile: body.mobile,
            notifiable: body.notifiable,
            language: body.language,
            paper: false,
        },
        mailbox,
        address: body.address.map(postal),
        secret_address: body.secret_address,
        practitioner: body.practitioner,
    })
}

fn actor(body: ActorBody) -> Result<Actor, &'static str> {
    let org = body.organization.parse().map_err(|_| "organization must have nine digits")?;
    if body.her_id == 0 || i64::try_from(body.her_id).is_err() {
        return Err("herId must be a positive number");
    }
    Ok(Actor {
        her_id: body.her_id,
        org,
        name: body.name,
        parent_her_id: body.parent_her_id,
        parent_name: body.parent_name,
        certificate: body.certificate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_processes_or_spells_them_out() {
        let subjects = read(
            br#"{"organizations":[{"number":"310000002","name":"E","certificate":"PEM",
                "processes":["standard","einnsyn",{"process":"urn:p","service":"DPO","documentTypes":["urn:d"]}]},
                {"number":"310000003","name":"Uten"}]}"#,
        )
        .expect("registrations");

        let counts: Vec<usize> = subjects
            .iter()
            .map(|subject| match subject {
                Subject::Organization(registration) => registration.processes.len(),
                _ => panic!("an organization"),
            })
            .collect();
        assert_eq!(counts, [standard_processes().len() + 5, 0]);
    }

    #[test]
    fn mistakes_are_told_without_what_stands_there() {
        for (file, wanted) in [
            (r#"{"citizens":[{"number":"0101005005","firstName":"K","lastName":"T"}]}"#, "citizens[0]"),
            (
                r#"{"organizations":[{"number":"310000002","name":"E","processes":["urn:x"]}]}"#,
                "organizations[0]",
            ),
            (r#"{"organizations":[{"number":"310000002","name":"E","svarutLevel":5}]}"#, "svarutLevel"),
            (r#"{"health":[{"herId":0,"organization":"310000002","name":"L"}]}"#, "health[0]"),
            (r#"{"people":[]}"#, "line 1"),
        ] {
            let error = read(file.as_bytes()).expect_err(file).to_string();
            assert!(error.contains(wanted) && !error.contains("0101005005"), "{error}");
        }
    }
}
