//! `print`: a letter on paper.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::registry::PostalAddress;

/// The business message.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Print {
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
    /// The sender's identifier inside digital post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avsender_id: Option<String>,
    /// For the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faktura_referanse: Option<String>,
    /// Where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mottaker: Option<Address>,
    /// In black and white, or in colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utskriftsfarge: Option<Colour>,
    /// How fast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posttype: Option<Postage>,
    /// What happens when it cannot be delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retur: Option<Return>,
    /// For the printer.
    #[serde(default)]
    #[schema(value_type = Object, required = false)]
    pub printinstruksjoner: Map<String, Value>,
}

/// A postal address. Prints nothing of it.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = LetterAddress)]
pub struct Address {
    /// The name on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub navn: Option<String>,
    /// First line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adresselinje1: Option<String>,
    /// Second line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adresselinje2: Option<String>,
    /// Third line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adresselinje3: Option<String>,
    /// Fourth line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adresselinje4: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postnummer: Option<String>,
    /// Post town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poststed: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land: Option<String>,
}

/// What happens when it cannot be delivered.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = LetterReturn)]
pub struct Return {
    /// Where it goes back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mottaker: Option<Address>,
    /// Back, or shredded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returhaandtering: Option<Returning>,
}

/// What an address lacks to be written on a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the letter has no {0}")]
pub struct AddressGap(pub &'static str);

impl Print {
    /// Fills what the client left out: addresses from the registry, where it has them, and choices with
    /// the contract's defaults.
    pub(crate) fn complete(&mut self, to: Option<&PostalAddress>, back: Option<&PostalAddress>) {
        self.utskriftsfarge.get_or_insert(Colour::SortHvit);
        self.posttype.get_or_insert(Postage::BOekonomi);
        let unsaid = || Return { mottaker: None, returhaandtering: Some(Returning::DirekteRetur) };
        let retur = self.retur.get_or_insert_with(unsaid);
        if let Some(to) = to {
            self.mottaker.get_or_insert_default().fill(to);
        }
        if let Some(back) = back {
            retur.mottaker.get_or_insert_default().fill(back);
        }
    }

    /// The first thing that its addresses lack.
    pub(crate) fn address_gap(&self) -> Option<AddressGap> {
        let gap = |address: Option<&Address>, names: [&'static str; 4]| match address {
            None => Some(AddressGap(names[0])),
            Some(address) => address.gap([names[1], names[2], names[3]]),
        };
        let names = ["mottaker", "mottaker.adresselinje1", "mottaker.postnummer", "mottaker.poststed"];
        let back_names = [
            "retur.mottaker",
            "retur.mottaker.adresselinje1",
            "retur.mottaker.postnummer",
            "retur.mottaker.poststed",
        ];
        let back = self.retur.as_ref().and_then(|retur| retur.mottaker.as_ref());
        gap(self.mottaker.as_ref(), names).or_else(|| gap(back, back_names))
    }
}

impl Address {
    /// Fills blank parts. A street of the registry is several lines with `;` between them.
    fn fill(&mut self, from: &PostalAddress) {
        fill(&mut self.navn, from.name.as_deref().unwrap_or_default());
        if blank(self.adresselinje1.as_deref()) {
            let lines = [
                &mut self.adresselinje1,
                &mut self.adresselinje2,
                &mut self.adresselinje3,
                &mut self.adresselinje4,
            ];
            for (line, text) in lines.into_iter().zip(from.street.splitn(4, ';')) {
                *line = Some(text.trim().to_owned());
            }
        }
        fill(&mut self.postnummer, &from.postal_code);
        fill(&mut self.poststed, &from.postal_area);
        fill(&mut self.land, &from.country);
    }

    fn gap(&self, names: [&'static str; 3]) -> Option<AddressGap> {
        let norwegian = match self.land.as_deref().map(|land| land.trim().to_lowercase()) {
            None => true,
            Some(land) => matches!(land.as_str(), "" | "no" | "nor" | "norge" | "norway" | "noreg"),
        };
        let [line, code, area] = names;
        if blank(self.adresselinje1.as_deref()) {
            Some(AddressGap(line))
        } else if norwegian && blank(self.postnummer.as_deref()) {
            Some(AddressGap(code))
        } else if norwegian && blank(self.poststed.as_deref()) {
            Some(AddressGap(area))
        } else {
            None
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

fn blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

fn fill(part: &mut Option<String>, from: &str) {
    if blank(part.as_deref()) && !from.trim().is_empty() {
        *part = Some(from.to_owned());
    }
}

/// Colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Colour {
    /// Black and white.
    SortHvit,
    /// Colour.
    Farge,
}

/// Classes of post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Postage {
    /// Economy.
    BOekonomi,
    /// Priority.
    APrioritert,
}

/// What happens to returned letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Returning {
    /// Sent back.
    DirekteRetur,
    /// Shredded, and told.
    MakuleringMedMelding,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(land: Option<&str>) -> Address {
        let text = |text: &str| Some(text.to_owned());
        Address {
            adresselinje1: text("Storgata 1"),
            postnummer: text("0155"),
            poststed: text("Oslo"),
            land: land.map(str::to_owned),
            ..Address::default()
        }
    }

    #[test]
    fn only_norwegian_addresses_need_a_postal_code() {
        for norwegian in [None, Some(""), Some("NO"), Some("norge"), Some("Noreg"), Some("NORWAY")] {
            let without = Address { postnummer: None, ..address(norwegian) };
            assert_eq!(without.gap(["line", "code", "area"]), Some(AddressGap("code")), "{norwegian:?}");
        }
        let abroad = Address { postnummer: None, poststed: None, ..address(Some("Danmark")) };
        assert_eq!(abroad.gap(["line", "code", "area"]), None);
        let nowhere = Address { adresselinje1: Some(" ".to_owned()), ..address(Some("Danmark")) };
        assert_eq!(nowhere.gap(["line", "code", "area"]), Some(AddressGap("line")));
    }

    #[test]
    fn a_street_of_the_registry_becomes_lines_only_where_there_are_none() {
        let registry = PostalAddress {
            street: "c/o Nordmann;Storgata 1;oppgang B;2. etasje;bakgården".to_owned(),
            postal_code: "0155".to_owned(),
            ..PostalAddress::default()
        };
        let mut empty = Address::default();
        empty.fill(&registry);
        assert_eq!(empty.adresselinje2.as_deref(), Some("Storgata 1"));
        assert_eq!(empty.adresselinje4.as_deref(), Some("2. etasje;bakgården"));
        assert_eq!(empty.poststed, None, "the registry has none");

        let mut written = Address { adresselinje1: Some("Lillegata 2".to_owned()), ..Address::default() };
        written.fill(&registry);
        assert_eq!(written.adresselinje2, None);
        assert_eq!(written.postnummer.as_deref(), Some("0155"));
    }
}
