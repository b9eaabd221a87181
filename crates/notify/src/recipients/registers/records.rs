//! The embedded register's records as they were imported: for operators, for export, and for those who
//! serve it in the dialects of the registers it stands in for.

use types::{NationalId, OrgNumber};

use super::embedded::EmbeddedRegister;
use super::import::{AccountRecord, GrantRecord, OrganizationRecord, PersonRecord, RegisterFile};
use super::sql::{self, AccountRow, OrganizationRow, PersonRow};
use super::{Pair, RegisterError};

impl EmbeddedRegister {
    /// Persons by number. Whoever is not in the register is left out, here and below.
    pub async fn person_records(&self, ids: &[NationalId]) -> Result<Vec<PersonRecord>, RegisterError> {
        let ids = ids.to_vec();
        let rows = self.read(move |tx| sql::persons(tx, &ids)).await?;
        Ok(rows.into_iter().map(PersonRow::into_record).collect())
    }

    /// Organizations by number.
    pub async fn organization_records(
        &self,
        numbers: &[OrgNumber],
    ) -> Result<Vec<OrganizationRecord>, RegisterError> {
        let numbers = numbers.to_vec();
        let rows = self.read(move |tx| sql::organizations(tx, &numbers)).await?;
        Ok(rows.into_iter().map(OrganizationRow::into_record).collect())
    }

    /// Organizations by Altinn's number.
    pub async fn organization_records_at(
        &self,
        parties: &[i64],
    ) -> Result<Vec<OrganizationRecord>, RegisterError> {
        let parties = parties.to_vec();
        let rows = self.read(move |tx| sql::organizations_at(tx, &parties)).await?;
        Ok(rows.into_iter().map(OrganizationRow::into_record).collect())
    }

    /// Accounts by name.
    pub async fn account_records(&self, usernames: &[String]) -> Result<Vec<AccountRecord>, RegisterError> {
        let usernames = usernames.to_vec();
        let rows = self.read(move |tx| sql::accounts(tx, &usernames)).await?;
        Ok(rows.into_iter().map(AccountRow::into_record).collect())
    }

    /// Rights that stand by themselves, by Altinn's number of the organization.
    pub async fn grant_records(&self, parties: &[i64]) -> Result<Vec<GrantRecord>, RegisterError> {
        let parties = parties.to_vec();
        let rows = self.read(move |tx| sql::grants_at(tx, &parties)).await?;
        let record = |(Pair { user, party }, right): (Pair, super::RightRecord)| GrantRecord {
            user_id: user,
            party_id: party,
            resource: right.resource,
            action: right.action,
        };
        Ok(rows.into_iter().map(record).collect())
    }

    /// Everything, as a file that can be imported. It is made in memory.
    pub async fn export(&self) -> Result<Vec<u8>, RegisterError> {
        let file = self.read(|tx| {
            let persons = sql::all_persons(tx)?.into_iter().map(PersonRow::into_record).collect();
            let organizations = sql::all_organizations(tx)?.into_iter();
            let organizations = organizations.map(OrganizationRow::into_record).collect();
            let accounts = sql::all_accounts(tx)?.into_iter().map(AccountRow::into_record).collect();
            let grants = sql::all_grants(tx)?.into_iter().map(|(pair, right)| GrantRecord {
                user_id: pair.user,
                party_id: pair.party,
                resource: right.resource,
                action: right.action,
            });
            Ok(RegisterFile {
                persons: Some(persons),
                organizations: Some(organizations),
                accounts: Some(accounts),
                users: None,
                grants: Some(grants.collect()),
            })
        });
        Ok(serde_json::to_vec_pretty(&file.await?).expect("records are plain JSON"))
    }
}

impl PersonRow {
    fn into_record(self) -> PersonRecord {
        PersonRecord {
            national_identity_number: self.id,
            name: self.name,
            email: self.email,
            mobile: self.mobile,
            reserved: self.reserved,
            last_confirmed: None,
            email_last_confirmed: self.email_confirmed,
            mobile_last_confirmed: self.mobile_confirmed,
        }
    }
}

impl OrganizationRow {
    fn into_record(self) -> OrganizationRecord {
        OrganizationRecord {
            organization_number: self.number,
            party_id: Some(self.party),
            name: self.name,
            main_unit: self.main_unit,
            emails: self.emails,
            mobiles: self.mobiles,
            users: self.users,
        }
    }
}

impl AccountRow {
    fn into_record(self) -> AccountRecord {
        AccountRecord { username: self.username, email: self.email, mobile: self.mobile }
    }
}
