//! The organizations we know by name: a small list that the configuration hands in.

use std::str::FromStr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use types::OrgNumber;

/// An organization and its Altinn short name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its number.
    pub number: OrgNumber,
    /// Its short name, for instance `ttd`. An organization that nobody named carries its number.
    pub name: String,
}

/// Numbers and short names of known organizations.
/// May be changed while it is asked.
#[derive(Debug, Default)]
pub struct Directory {
    known: ArcSwap<Vec<Organization>>,
}

/// A text that names no organization we know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither nine digits nor the short name of a configured organization")]
pub struct UnknownOrganization(pub String);

impl Directory {
    /// A directory of these organizations. The first entry of a number or name wins.
    pub fn new(known: Vec<Organization>) -> Self {
        Self { known: ArcSwap::from_pointee(known) }
    }

    /// Knows these from here on, and no others.
    pub fn replace(&self, known: Vec<Organization>) {
        self.known.store(Arc::new(known));
    }

    /// The short name of this organization; its number where it has none.
    pub fn name_of(&self, number: OrgNumber) -> String {
        self.short_name(number).unwrap_or_else(|| number.to_string())
    }

    /// The short name of this organization, if it was given one.
    pub fn short_name(&self, number: OrgNumber) -> Option<String> {
        self.known
            .load()
            .iter()
            .find(|organization| organization.number == number)
            .map(|organization| organization.name.clone())
    }

    /// The number behind a short name (compared exactly). Nine digits stand for themselves.
    pub fn number_of(&self, name: &str) -> Option<OrgNumber> {
        self.known
            .load()
            .iter()
            .find(|organization| organization.name == name)
            .map(|organization| organization.number)
            .or_else(|| OrgNumber::from_str(name).ok())
    }

    /// The organization meant by a number or a short name.
    pub fn find(&self, name_or_number: &str) -> Result<Organization, UnknownOrganization> {
        let number =
            self.number_of(name_or_number).ok_or_else(|| UnknownOrganization(name_or_number.to_owned()))?;
        Ok(Organization { number, name: self.name_of(number) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_to_each_other_and_strangers_carry_their_number() {
        let ttd: OrgNumber = "991825827".parse().expect("nine digits");
        let directory = Directory::new(vec![Organization { number: ttd, name: "ttd".to_owned() }]);

        assert_eq!(directory.find("ttd").expect("known").number, ttd);
        assert_eq!(directory.find("991825827").expect("nine digits").name, "ttd");
        assert_eq!(directory.find("310000001").expect("nine digits").name, "310000001");
        assert!(directory.find("TTD").is_err());
    }
}
