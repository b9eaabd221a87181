//! The embedded register's tables.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use store::{Error, FromRow, Result, Row, Tx, Value, params};
use types::{NationalId, OrgNumber};

use super::import::{AccountRecord, OrganizationRecord, PersonRecord, UserRecord};
use crate::text::without_nul;

/// A person's row.
pub(super) struct PersonRow {
    pub(super) name: Option<String>,
    pub(super) reserved: bool,
    pub(super) email: Option<String>,
    pub(super) email_confirmed: Option<Timestamp>,
    pub(super) mobile: Option<String>,
    pub(super) mobile_confirmed: Option<Timestamp>,
}

impl FromRow for PersonRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            name: row.get("name")?,
            reserved: row.get("reserved")?,
            email: row.get("email")?,
            email_confirmed: row.get("email_confirmed")?,
            mobile: row.get("mobile")?,
            mobile_confirmed: row.get("mobile_confirmed")?,
        })
    }
}

/// An organization's row.
pub(super) struct OrganizationRow {
    pub(super) name: Option<String>,
    pub(super) main_unit: Option<OrgNumber>,
    /// Absent where the organization has no record of addresses.
    pub(super) emails: Option<Vec<String>>,
    pub(super) mobiles: Option<Vec<String>>,
    pub(super) users: Vec<UserRecord>,
}

impl FromRow for OrganizationRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let list = |column| row.get(column).and_then(|json| read_optional(column, json));
        Ok(Self {
            name: row.get("name")?,
            main_unit: row.get("main_unit")?,
            emails: list("emails")?,
            mobiles: list("mobiles")?,
            users: read_json("users", row.get("users")?)?,
        })
    }
}

/// An account's addresses.
pub(super) struct AccountRow {
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
}

impl FromRow for AccountRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { email: row.get("email")?, mobile: row.get("mobile")? })
    }
}

fn read_optional<T: DeserializeOwned>(column: &str, json: Option<serde_json::Value>) -> Result<Option<T>> {
    json.map(|json| read_json(column, json)).transpose()
}

fn read_json<T: DeserializeOwned>(column: &str, json: serde_json::Value) -> Result<T> {
    serde_json::from_value(json).map_err(|_| Error::Column {
        column: column.to_owned(),
        wanted: "a list of the register",
        found: "other JSON".to_owned(),
    })
}

pub(super) fn person(tx: &mut Tx<'_>, id: &NationalId) -> Result<Option<PersonRow>> {
    const SQL: &str = "SELECT name, reserved, email, email_confirmed, mobile, mobile_confirmed
        FROM notify_register_persons WHERE national_id = $1";
    tx.optional(SQL, params![id.reveal()])
}

pub(super) fn organization(tx: &mut Tx<'_>, number: OrgNumber) -> Result<Option<OrganizationRow>> {
    const SQL: &str = "SELECT name, main_unit, emails, mobiles, users
        FROM notify_register_organizations WHERE org_number = $1";
    tx.optional(SQL, params![number])
}

pub(super) fn account(tx: &mut Tx<'_>, username: &str) -> Result<Option<AccountRow>> {
    const SQL: &str = "SELECT email, mobile FROM notify_register_accounts WHERE username = $1";
    tx.optional(SQL, params![username])
}

/// Puts these persons in the place of all others.
pub(super) fn replace_persons(tx: &mut Tx<'_>, persons: &[PersonRecord]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_register_persons
        (national_id, name, reserved, email, email_confirmed, mobile, mobile_confirmed)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute("DELETE FROM notify_register_persons", params![])?;
    let row = |person: &PersonRecord| {
        let (email_confirmed, mobile_confirmed) = person.confirmed();
        let moment = |at: Option<Timestamp>| at.map_or(Value::Null, |at| Value::Integer(at.as_microsecond()));
        vec![
            kept(person.national_identity_number.reveal()),
            optional(person.name.as_deref()),
            Value::Integer(person.reserved.into()),
            optional(person.email.as_deref()),
            moment(email_confirmed),
            optional(person.mobile.as_deref()),
            moment(mobile_confirmed),
        ]
    };
    tx.each(SQL, &persons.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// Puts these organizations in the place of all others.
pub(super) fn replace_organizations(tx: &mut Tx<'_>, organizations: &[OrganizationRecord]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_register_organizations
        (org_number, name, main_unit, emails, mobiles, users) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.execute("DELETE FROM notify_register_organizations", params![])?;
    let row = |record: &OrganizationRecord| {
        let users = serde_json::to_string(&record.users).expect("plain lists and texts become JSON");
        let list = |list: &Option<Vec<String>>| {
            list.as_ref().map_or(Value::Null, |list| kept(&serde_json::Value::from(list.clone()).to_string()))
        };
        vec![
            kept(&record.organization_number.to_string()),
            optional(record.name.as_deref()),
            record.main_unit.map_or(Value::Null, |unit| kept(&unit.to_string())),
            list(&record.emails),
            list(&record.mobiles),
            kept(&users),
        ]
    };
    tx.each(SQL, &organizations.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// Puts these accounts in the place of all others.
pub(super) fn replace_accounts(tx: &mut Tx<'_>, accounts: &[AccountRecord]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_register_accounts (username, email, mobile) VALUES ($1, $2, $3)";
    tx.execute("DELETE FROM notify_register_accounts", params![])?;
    let row = |account: &AccountRecord| {
        let (email, mobile) = (account.email.as_deref(), account.mobile.as_deref());
        vec![kept(&account.username), optional(email), optional(mobile)]
    };
    tx.each(SQL, &accounts.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

/// Text as it is kept: without U+0000, which not every database takes.
fn kept(text: &str) -> Value<'static> {
    Value::Text(without_nul(text.to_owned()).into())
}

fn optional(text: Option<&str>) -> Value<'static> {
    text.map_or(Value::Null, kept)
}
