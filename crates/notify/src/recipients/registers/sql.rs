//! The embedded register's tables. Many are read by key in blocks, so that a large order costs few
//! round trips; the rest of a block is filled up with a key that is there already.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use store::{Error, FromRow, Result, Row, ToValue, Tx, Value, params};
use types::{NationalId, OrgNumber};

use super::Pair;
use super::import::{AccountRecord, GrantRecord, OrganizationRecord, PersonRecord, RightRecord, UserRecord};
use crate::text::without_nul;

/// Keys in a block.
const BLOCK: usize = 32;

/// The text of a query whose condition ends with a block of keys.
macro_rules! by_block {
    ($select:literal) => {
        concat!(
            $select,
            " IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, ",
            "$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)"
        )
    };
}

fn in_blocks<K: ToValue, T: FromRow>(tx: &mut Tx<'_>, sql: &str, keys: &[K]) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for block in keys.chunks(BLOCK) {
        let mut values: Vec<Value<'_>> = block.iter().map(ToValue::to_value).collect();
        let Some(last) = values.last().cloned() else { continue };
        values.resize(BLOCK, last);
        found.extend(tx.all::<T>(sql, &values)?);
    }
    Ok(found)
}

/// A person's row.
pub(super) struct PersonRow {
    pub(super) id: NationalId,
    pub(super) name: Option<String>,
    pub(super) reserved: bool,
    pub(super) email: Option<String>,
    pub(super) email_confirmed: Option<Timestamp>,
    pub(super) mobile: Option<String>,
    pub(super) mobile_confirmed: Option<Timestamp>,
}

impl FromRow for PersonRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let id: String = row.get("national_id")?;
        Ok(Self {
            id: id.parse().map_err(|_| unreadable("national_id", "eleven digits"))?,
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
    pub(super) number: OrgNumber,
    pub(super) party: i64,
    pub(super) name: Option<String>,
    pub(super) main_unit: Option<OrgNumber>,
    /// Absent where the organization has no record of addresses.
    pub(super) emails: Option<Vec<String>>,
    pub(super) mobiles: Option<Vec<String>>,
    pub(super) users: Vec<UserRecord>,
}

impl OrganizationRow {
    /// The main unit, when its addresses stand for this organization's.
    pub(super) fn spoken_for(&self) -> Option<OrgNumber> {
        self.main_unit.filter(|_| self.emails.is_none() && self.mobiles.is_none())
    }

    /// Its users with their numbers. Whoever was imported without one has a number below zero, which
    /// nobody else can have.
    pub(super) fn numbered_users(&self) -> impl Iterator<Item = (i64, &UserRecord)> {
        (1..).zip(&self.users).map(|(place, user): (i64, _)| (user.user_id.unwrap_or(-place), user))
    }
}

impl FromRow for OrganizationRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let list = |column| row.get(column).and_then(|json| read_optional(column, json));
        Ok(Self {
            number: row.get("org_number")?,
            party: row.get("party_id")?,
            name: row.get("name")?,
            main_unit: row.get("main_unit")?,
            emails: list("emails")?,
            mobiles: list("mobiles")?,
            users: read_json("users", row.get("users")?)?,
        })
    }
}

/// An account's row.
pub(super) struct AccountRow {
    pub(super) username: String,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
}

impl FromRow for AccountRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { username: row.get("username")?, email: row.get("email")?, mobile: row.get("mobile")? })
    }
}

fn unreadable(column: &str, wanted: &'static str) -> Error {
    Error::Column { column: column.to_owned(), wanted, found: "something else".to_owned() }
}

fn read_optional<T: DeserializeOwned>(column: &str, json: Option<serde_json::Value>) -> Result<Option<T>> {
    json.map(|json| read_json(column, json)).transpose()
}

fn read_json<T: DeserializeOwned>(column: &str, json: serde_json::Value) -> Result<T> {
    serde_json::from_value(json).map_err(|_| unreadable(column, "a list of the register"))
}

pub(super) fn persons(tx: &mut Tx<'_>, ids: &[NationalId]) -> Result<Vec<PersonRow>> {
    const SQL: &str = by_block!(
        "SELECT national_id, name, reserved, email, email_confirmed, mobile, mobile_confirmed
        FROM notify_register_persons WHERE national_id"
    );
    let keys: Vec<&str> = ids.iter().map(NationalId::reveal).collect();
    in_blocks(tx, SQL, &keys)
}

pub(super) fn organizations(tx: &mut Tx<'_>, numbers: &[OrgNumber]) -> Result<Vec<OrganizationRow>> {
    const SQL: &str = by_block!(
        "SELECT org_number, party_id, name, main_unit, emails, mobiles, users
        FROM notify_register_organizations WHERE org_number"
    );
    in_blocks(tx, SQL, numbers)
}

pub(super) fn accounts(tx: &mut Tx<'_>, usernames: &[String]) -> Result<Vec<AccountRow>> {
    const SQL: &str =
        by_block!("SELECT username, email, mobile FROM notify_register_accounts WHERE username");
    // No account has a name with U+0000, and not every database takes the question.
    let keys: Vec<&str> = usernames.iter().map(String::as_str).filter(|name| !name.contains('\0')).collect();
    in_blocks(tx, SQL, &keys)
}

/// Organizations by the number that rights are held by.
pub(super) fn organizations_at(tx: &mut Tx<'_>, parties: &[i64]) -> Result<Vec<OrganizationRow>> {
    const SQL: &str = by_block!(
        "SELECT org_number, party_id, name, main_unit, emails, mobiles, users
        FROM notify_register_organizations WHERE party_id"
    );
    in_blocks(tx, SQL, parties)
}

type Held = (Pair, RightRecord);

fn held((party, user, resource, action): (i64, i64, String, String)) -> Held {
    (Pair { user, party }, RightRecord { resource, action })
}

/// The rights at these parties that stand by themselves.
pub(super) fn grants_at(tx: &mut Tx<'_>, parties: &[i64]) -> Result<Vec<Held>> {
    const SQL: &str =
        by_block!("SELECT party_id, user_id, resource, action FROM notify_register_rights WHERE party_id");
    Ok(in_blocks(tx, SQL, parties)?.into_iter().map(held).collect())
}

/// Every right that is held at these parties, from both places where rights are kept.
pub(super) fn rights_at(tx: &mut Tx<'_>, parties: &[i64]) -> Result<Vec<Held>> {
    let mut parties = parties.to_vec();
    parties.sort_unstable();
    parties.dedup();
    let mut held = grants_at(tx, &parties)?;
    for row in organizations_at(tx, &parties)? {
        for (user, record) in row.numbered_users() {
            let pair = Pair { user, party: row.party };
            held.extend(record.rights.iter().map(|right| (pair, right.clone())));
        }
    }
    Ok(held)
}

/// Everybody, for a copy of the register.
pub(super) fn all_persons(tx: &mut Tx<'_>) -> Result<Vec<PersonRow>> {
    tx.all(
        "SELECT national_id, name, reserved, email, email_confirmed, mobile, mobile_confirmed
        FROM notify_register_persons ORDER BY national_id",
        params![],
    )
}

/// Every organization, for a copy of the register.
pub(super) fn all_organizations(tx: &mut Tx<'_>) -> Result<Vec<OrganizationRow>> {
    tx.all(
        "SELECT org_number, party_id, name, main_unit, emails, mobiles, users
        FROM notify_register_organizations ORDER BY org_number",
        params![],
    )
}

/// Every account, for a copy of the register.
pub(super) fn all_accounts(tx: &mut Tx<'_>) -> Result<Vec<AccountRow>> {
    tx.all("SELECT username, email, mobile FROM notify_register_accounts ORDER BY username", params![])
}

/// Every right that stands by itself, for a copy of the register.
pub(super) fn all_grants(tx: &mut Tx<'_>) -> Result<Vec<Held>> {
    const SQL: &str = "SELECT party_id, user_id, resource, action FROM notify_register_rights
        ORDER BY party_id, user_id, resource, action";
    Ok(tx.all(SQL, params![])?.into_iter().map(held).collect())
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
        (org_number, party_id, name, main_unit, emails, mobiles, users) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute("DELETE FROM notify_register_organizations", params![])?;
    let row = |record: &OrganizationRecord| {
        let list = |list: &Option<Vec<String>>| {
            list.as_ref().map_or(Value::Null, |list| kept(&serde_json::Value::from(list.clone()).to_string()))
        };
        vec![
            kept(&record.organization_number.to_string()),
            Value::Integer(record.party()),
            optional(record.name.as_deref()),
            record.main_unit.map_or(Value::Null, |unit| kept(&unit.to_string())),
            list(&record.emails),
            list(&record.mobiles),
            kept(&listed(&record.users)),
        ]
    };
    tx.each(SQL, &organizations.iter().map(row).collect::<Vec<_>>())?;
    Ok(())
}

fn listed(users: &[UserRecord]) -> String {
    serde_json::to_string(users).expect("plain lists and texts become JSON")
}

/// Puts these users in the place of all organizations' others. Answers whether every organization is in
/// the register.
pub(super) fn replace_users(tx: &mut Tx<'_>, users: &[(OrgNumber, Vec<UserRecord>)]) -> Result<bool> {
    const SQL: &str = "UPDATE notify_register_organizations SET users = $2 WHERE org_number = $1";
    tx.execute("UPDATE notify_register_organizations SET users = '[]'", params![])?;
    let row = |(number, users): &(OrgNumber, Vec<UserRecord>)| {
        vec![kept(&number.to_string()), kept(&listed(users))]
    };
    let changed = tx.each(SQL, &users.iter().map(row).collect::<Vec<_>>())?;
    Ok(changed.iter().sum::<u64>() == users.len() as u64)
}

/// Puts these rights in the place of all others that stand by themselves.
pub(super) fn replace_grants(tx: &mut Tx<'_>, grants: &[GrantRecord]) -> Result<()> {
    const SQL: &str = "INSERT INTO notify_register_rights (party_id, user_id, resource, action)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    tx.execute("DELETE FROM notify_register_rights", params![])?;
    let row = |grant: &GrantRecord| {
        let (party, user) = (Value::Integer(grant.party_id), Value::Integer(grant.user_id));
        vec![party, user, kept(&grant.resource), kept(&grant.action)]
    };
    tx.each(SQL, &grants.iter().map(row).collect::<Vec<_>>())?;
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
