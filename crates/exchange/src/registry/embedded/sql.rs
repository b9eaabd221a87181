//! The only place that knows the registry's tables.

use jiff::Timestamp;
use serde_json::{Value, json};
use store::{FromRow, Result, Row, ToValue as _, Tx, params};
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
    pub certificate: Option<String>,
    pub endpoint_url: String,
    pub resource: String,
    pub svarut_level: Option<u8>,
    pub bus_certificate: Option<String>,
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
            svarut_level: row.get("svarut_level")?,
            bus_certificate: row.get("bus_certificate")?,
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
             endpoint_url, resource, changed, svarut_level, bus_certificate)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (org) DO UPDATE
            SET name = excluded.name, entity_type = excluded.entity_type, street = excluded.street,
                postal_code = excluded.postal_code, postal_area = excluded.postal_area,
                country = excluded.country, certificate = excluded.certificate,
                endpoint_url = excluded.endpoint_url, resource = excluded.resource,
                changed = excluded.changed, svarut_level = excluded.svarut_level,
                bus_certificate = excluded.bus_certificate";
    const PROCESS: &str =
        "INSERT INTO registry_processes (org, process, service, document_types) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org, process) DO UPDATE
            SET service = excluded.service, document_types = excluded.document_types";
    let r = registration;
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
            now,
            r.svarut_level,
            r.bus_certificate_pem
        ],
    )?;
    // Of several nodes that register the same at their start, the others wait here for the first.
    tx.execute("DELETE FROM registry_processes WHERE org = $1", params![r.org])?;
    let org = r.org.to_value();
    let types: Vec<Value> = r.processes.iter().map(|process| json!(process.document_types)).collect();
    let rows: Vec<_> = (r.processes.iter().zip(&types))
        .map(|(process, types)| {
            let (name, service) = (process.process.to_value(), process.service.as_str().to_value());
            vec![org.clone(), name, service, types.to_value()]
        })
        .collect();
    tx.each(PROCESS, &rows)?;
    Ok(())
}

pub fn remove(tx: &mut Tx<'_>, org: OrgNumber) -> Result<bool> {
    let was_there = tx.execute("DELETE FROM registry_organizations WHERE org = $1", params![org])? > 0;
    tx.execute("DELETE FROM registry_processes WHERE org = $1", params![org])?;
    Ok(was_there)
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

/// A page of the organizations, in the order of their numbers.
pub fn page(tx: &mut Tx<'_>, after: &str, limit: u32) -> Result<Vec<Organization>> {
    const SQL: &str = "SELECT * FROM registry_organizations WHERE org > $1 ORDER BY org LIMIT $2";
    tx.all(SQL, params![after, limit])
}
