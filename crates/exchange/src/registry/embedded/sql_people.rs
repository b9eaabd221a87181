//! The only place that knows the tables of citizens and of actors in health.

use jiff::Timestamp;
use store::{FromRow, Result, Row, Tx, params};
use types::NationalId;

use super::citizens::{Citizen, Name};
use super::health::Actor;
use crate::registry::{CitizenContact, DigitalMailbox, PostalAddress};

impl FromRow for Citizen {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let text = |column: &str| row.get::<Option<String>>(column);
        let part = |column: &str| text(column).map(Option::unwrap_or_default);
        let mailbox = text("mailbox_supplier")?.zip(text("mailbox_address")?);
        let mailbox = mailbox.zip(text("mailbox_certificate")?);
        let (postal_code, postal_area, country) =
            (part("postal_code")?, part("postal_area")?, part("country")?);
        Ok(Self {
            person: number(&row.get::<String>("person")?)?,
            name: Name {
                first: row.get("first_name")?,
                middle: text("middle_name")?,
                last: row.get("last_name")?,
            },
            active: row.get("active")?,
            reserved: row.get("reserved")?,
            notifiable: row.get("notifiable")?,
            contact: CitizenContact {
                email: text("email")?,
                mobile: text("mobile")?,
                notifiable: row.get("notifiable")?,
                language: text("language")?,
                paper: false,
            },
            mailbox: mailbox.map(|((supplier, address), certificate)| {
                (DigitalMailbox { supplier, address }, certificate)
            }),
            address: text("street")?.map(|street| PostalAddress {
                name: None,
                street,
                postal_code,
                postal_area,
                country,
            }),
            secret_address: row.get("secret_address")?,
            practitioner: row.get("practitioner")?,
        })
    }
}

fn number(text: &str) -> Result<NationalId> {
    text.parse().map_err(|_| store::Error::Column {
        column: "person".to_owned(),
        wanted: "a national identity number",
        // Not what stands there: it may be a person's.
        found: "something else".to_owned(),
    })
}

impl FromRow for Actor {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            her_id: row.get("her_id")?,
            org: row.get("org")?,
            name: row.get("name")?,
            parent_her_id: row.get("parent_her_id")?,
            parent_name: row.get("parent_name")?,
            certificate: row.get("certificate")?,
        })
    }
}

pub fn citizen(tx: &mut Tx<'_>, person: &NationalId) -> Result<Option<Citizen>> {
    tx.optional("SELECT * FROM registry_persons WHERE person = $1", params![person.reveal()])
}

pub fn actor(tx: &mut Tx<'_>, her_id: u64) -> Result<Option<Actor>> {
    tx.optional("SELECT * FROM registry_health WHERE her_id = $1", params![her_id])
}

/// Keeps a citizen, or replaces all that was known.
pub fn put_citizen(tx: &mut Tx<'_>, citizen: &Citizen, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO registry_persons
            (person, active, reserved, notifiable, secret_address, email, mobile, language, mailbox_supplier,
             mailbox_address, mailbox_certificate, first_name, middle_name, last_name, street, postal_code,
             postal_area, country, practitioner, changed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    tx.execute("DELETE FROM registry_persons WHERE person = $1", params![citizen.person.reveal()])?;
    let c = citizen;
    let mailbox = c.mailbox.as_ref();
    let address = c.address.as_ref();
    tx.execute(
        SQL,
        params![
            c.person.reveal(),
            c.active,
            c.reserved,
            c.notifiable,
            c.secret_address,
            c.contact.email,
            c.contact.mobile,
            c.contact.language,
            mailbox.map(|(mailbox, _)| &mailbox.supplier),
            mailbox.map(|(mailbox, _)| &mailbox.address),
            mailbox.map(|(_, certificate)| certificate),
            c.name.first,
            c.name.middle,
            c.name.last,
            address.map(|address| &address.street),
            address.map(|address| &address.postal_code),
            address.map(|address| &address.postal_area),
            address.map(|address| &address.country),
            c.practitioner,
            now
        ],
    )?;
    Ok(())
}

/// Keeps an actor in health, or replaces all that was known.
pub fn put_actor(tx: &mut Tx<'_>, actor: &Actor, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO registry_health
            (her_id, org, name, parent_her_id, parent_name, certificate, changed)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute("DELETE FROM registry_health WHERE her_id = $1", params![actor.her_id])?;
    let a = actor;
    tx.execute(SQL, params![a.her_id, a.org, a.name, a.parent_her_id, a.parent_name, a.certificate, now])?;
    Ok(())
}

pub fn remove_citizen(tx: &mut Tx<'_>, person: &NationalId) -> Result<bool> {
    Ok(tx.execute("DELETE FROM registry_persons WHERE person = $1", params![person.reveal()])? > 0)
}

pub fn remove_actor(tx: &mut Tx<'_>, her_id: u64) -> Result<bool> {
    Ok(tx.execute("DELETE FROM registry_health WHERE her_id = $1", params![her_id])? > 0)
}
