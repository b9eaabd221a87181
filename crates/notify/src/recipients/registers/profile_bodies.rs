//! The answers of Altinn's profile service and register of names, as they are written.

use std::collections::BTreeSet;

use serde::Deserialize;
use types::OrgNumber;

use super::decision::Pair;
use super::embedded::{email, mobile};
use super::{ExternalContact, KnownName, Named, OrganizationContact, PersonContact, UserContact};
use crate::recipients::model::ExternalIdentity;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListBody<T> {
    pub(super) contact_points_list: Option<Vec<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonBody {
    national_identity_number: String,
    #[serde(default)]
    is_reserved: bool,
    mobile_number: Option<String>,
    email: Option<String>,
}

impl PersonBody {
    pub(super) fn into_contact(self) -> Option<PersonContact> {
        Some(PersonContact {
            id: self.national_identity_number.parse().ok()?,
            reserved: self.is_reserved,
            email: email(self.email.as_deref()),
            mobile: mobile(self.mobile_number.as_deref()),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrganizationBody {
    organization_number: OrgNumber,
    address_origin: Option<OrgNumber>,
    mobile_number_list: Option<Vec<String>>,
    email_list: Option<Vec<String>>,
}

impl OrganizationBody {
    pub(super) fn into_contact(self) -> OrganizationContact {
        let (emails, mobiles) =
            (self.email_list.unwrap_or_default(), self.mobile_number_list.unwrap_or_default());
        OrganizationContact {
            number: self.organization_number,
            origin: self.address_origin.unwrap_or(self.organization_number),
            emails: emails.iter().filter_map(|text| email(Some(text))).collect(),
            mobiles: mobiles.iter().filter_map(|text| mobile(Some(text))).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnitBody {
    organization_number: OrgNumber,
    party_id: i64,
    user_contact_points: Option<Vec<UserBody>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserBody {
    user_id: i64,
    mobile_number: Option<String>,
    email: Option<String>,
}

impl UnitBody {
    pub(super) fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.user_contact_points
            .iter()
            .flatten()
            .map(|user| Pair { user: user.user_id, party: self.party_id })
    }

    pub(super) fn contacts(&self, permitted: &BTreeSet<Pair>) -> impl Iterator<Item = UserContact> {
        let users = self.user_contact_points.iter().flatten();
        let may = users.filter(|user| permitted.contains(&Pair { user: user.user_id, party: self.party_id }));
        may.map(|user| UserContact {
            organization: self.organization_number,
            email: email(user.email.as_deref()),
            mobile: mobile(user.mobile_number.as_deref()),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExternalBody {
    external_identity: String,
    mobile_number: Option<String>,
    email: Option<String>,
}

impl ExternalBody {
    pub(super) fn into_contact(self, asked: &[ExternalIdentity]) -> Option<ExternalContact> {
        let identity = asked.iter().find(|identity| identity.reveal() == self.external_identity)?;
        Some(ExternalContact {
            identity: identity.clone(),
            email: email(self.email.as_deref()),
            mobile: mobile(self.mobile_number.as_deref()),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NamesBody {
    pub(super) party_names: Option<Vec<NameBody>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NameBody {
    ssn: Option<String>,
    org_no: Option<String>,
    name: Option<String>,
    person_name: Option<PersonNameBody>,
}

#[derive(Deserialize)]
struct PersonNameBody {
    #[serde(rename = "firstName")]
    first: Option<String>,
    #[serde(rename = "middleName")]
    middle: Option<String>,
    #[serde(rename = "lastName")]
    last: Option<String>,
}

impl NameBody {
    pub(super) fn into_name(self) -> Option<KnownName> {
        let of = match (self.ssn, self.org_no) {
            (Some(id), _) => Named::Person(id.parse().ok()?),
            (None, Some(number)) => Named::Organization(number.parse().ok()?),
            (None, None) => return None,
        };
        let parts = self.person_name.map(|name| [name.first, name.middle, name.last]);
        let in_order = parts.map(|parts| parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
        let name = in_order.filter(|name| !name.trim().is_empty()).or(self.name);
        Some(KnownName { of, name })
    }
}
