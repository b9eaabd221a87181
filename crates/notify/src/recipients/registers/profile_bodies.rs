//! The answers of Altinn's profile service, as they are written. What is wrong in one element of a list
//! takes that element out, and no other.

use serde::Deserialize;

use super::embedded::{email, mobile};
use super::{ExternalContact, OrganizationContact, Pair, PersonContact, UnitUser, UserContact};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListBody<T> {
    #[serde(default = "Option::default")]
    pub(super) contact_points_list: Option<Vec<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PersonBody {
    national_identity_number: Option<String>,
    is_reserved: Option<bool>,
    mobile_number: Option<String>,
    email: Option<String>,
}

impl PersonBody {
    pub(super) fn into_contact(self) -> Option<PersonContact> {
        Some(PersonContact {
            id: self.national_identity_number?.parse().ok()?,
            reserved: self.is_reserved.unwrap_or_default(),
            email: email(self.email.as_deref()),
            mobile: mobile(self.mobile_number.as_deref()),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrganizationBody {
    organization_number: Option<String>,
    address_origin: Option<String>,
    mobile_number_list: Option<Vec<Option<String>>>,
    email_list: Option<Vec<Option<String>>>,
}

impl OrganizationBody {
    pub(super) fn into_contact(self) -> Option<OrganizationContact> {
        let number = self.organization_number?.parse().ok()?;
        let origin = self.address_origin.and_then(|origin| origin.parse().ok());
        let (emails, mobiles) = (self.email_list.iter().flatten(), self.mobile_number_list.iter().flatten());
        Some(OrganizationContact {
            number,
            origin: origin.unwrap_or(number),
            emails: emails.filter_map(|text| email(text.as_deref())).collect(),
            mobiles: mobiles.filter_map(|text| mobile(text.as_deref())).collect(),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UnitBody {
    organization_number: Option<String>,
    party_id: Option<i64>,
    user_contact_points: Option<Vec<UserBody>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserBody {
    user_id: Option<i64>,
    mobile_number: Option<String>,
    email: Option<String>,
}

impl UnitBody {
    /// Whoever has no number cannot be asked about, and does not receive.
    pub(super) fn into_users(self) -> Vec<UnitUser> {
        let number = self.organization_number.and_then(|number| number.parse().ok());
        let (Some(organization), Some(party)) = (number, self.party_id) else {
            return Vec::new();
        };
        let users = self.user_contact_points.into_iter().flatten();
        users
            .filter_map(|user| {
                let contact = UserContact {
                    organization,
                    email: email(user.email.as_deref()),
                    mobile: mobile(user.mobile_number.as_deref()),
                };
                Some(UnitUser { pair: Pair { user: user.user_id?, party }, contact })
            })
            .collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExternalBody {
    external_identity: Option<String>,
    mobile_number: Option<String>,
    email: Option<String>,
}

impl ExternalBody {
    pub(super) fn into_contact(self) -> Option<ExternalContact> {
        Some(ExternalContact {
            identity: self.external_identity?.parse().ok()?,
            email: email(self.email.as_deref()),
            mobile: mobile(self.mobile_number.as_deref()),
        })
    }
}
