//! The only place that knows the registry's tables.

use jiff::Timestamp;
use serde_json::Value;
use store::{FromRow, Result, Row, Tx, params};
use types::OrgNumber;

use super::processes::ProcessRegistration;
use super::register::Registration;
use crate::registry::{PostalAddress, ServiceIdentifier};

/// An organization as it is registered.
#[derive(Clone)]
pub struct Organization {
    pub org: OrgNumber,
    pub name: String,
    pub entity_type: String,
    pub address: Option<PostalAddress>,
    pub certificate: String,
    pub endpoint_url: String,
    pub resource: String,
}

impl FromRow for Organization {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let street: Option<String> = row.get("street")?;
        let part = |column: &str| row.get::<Option<String>>(column).map(Option::unwrap_or_default);
        let (postal_code, postal_area, country) =
            (part("postal_code")?, part("postal_area")?, part("country")?);
        Ok(Self {
            org: row.get("org")?,
            name: row.get("name")?,
            entity_type: row.get("entity_type")?,
            address: street.map(|street| PostalAddress {
                name: None,
                street,
                postal_code,
                postal_area,
                country,
            }),
            certificate: row.get("certificate")?,
            endpoint_url: row.get("endpoint_url")?,
            resource: row.get("resource")?,
        })
    }
}

impl FromRow for ProcessRegistration {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let service: String = row.get("service")?;
        let document_types: Value = row.get("document_types")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Self {
            process: row.get("process")?,
            service: service.parse().unwrap_or(ServiceIdentifier::Unknown),
            document_types: document_types.as_array().into_iter().flatten().filter_map(text).collect(),
        })
    }
}

pub fn register(tx: &mut Tx<'_>, registration: &Registration, now: Timestamp) -> Result<()> {
    const ORGANIZATION: &str = "INSERT INTO registry_organizations
            (org, name, entity_type, street, postal_code, postal_area, country, certificate,
             endpoint_url, resource, changed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    const PROCESS: &str =
        "INSERT INTO registry_processes (org, process, service, document_types) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org, process) DO UPDATE
            SET service = excluded.service, document_types = excluded.document_types";
    let r = registration;
    remove(tx, r.org)?;
    let address = r.address.as_ref();
    tx.execute(
        ORGANIZATION,
        params![
            r.org,
            r.name,
            r.entity_type,
            address.map(|address| &address.street),
            address.map(|address| &address.postal_code),
            address.map(|address| &address.postal_area),
            address.map(|address| &address.country),
            r.certificate_pem,
            r.endpoint_url,
            r.resource,
            now
        ],
    )?;
    for process in &r.processes {
        let document_types = serde_json::json!(process.document_types);
        tx.execute(PROCESS, params![r.org, process.process, process.service.as_str(), document_types])?;
    }
    Ok(())
}

pub fn remove(tx: &mut Tx<'_>, org: OrgNumber) -> Result<bool> {
    tx.execute("DELETE FROM registry_processes WHERE org = $1", params![org])?;
    Ok(tx.execute("DELETE FROM registry_organizations WHERE org = $1", params![org])? > 0)
}

pub fn find(tx: &mut Tx<'_>, org: OrgNumber) -> Result<Option<Organization>> {
    tx.optional("SELECT * FROM registry_organizations WHERE org = $1", params![org])
}

/// What an organization takes part in, in the order of names.
pub fn processes(tx: &mut Tx<'_>, org: OrgNumber) -> Result<Vec<ProcessRegistration>> {
    const SQL: &str =
        "SELECT process, service, document_types FROM registry_processes WHERE org = $1 ORDER BY process";
    tx.all(SQL, params![org])
}
