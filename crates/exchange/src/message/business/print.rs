//! `print`: a letter on paper.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The business message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    pub printinstruksjoner: Map<String, Value>,
}

/// A postal address.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Return {
    /// Where it goes back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mottaker: Option<Address>,
    /// Back, or shredded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returhaandtering: Option<Returning>,
}

/// Colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Colour {
    /// Black and white.
    SortHvit,
    /// Colour.
    Farge,
}

/// Classes of post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Postage {
    /// Economy.
    BOekonomi,
    /// Priority.
    APrioritert,
}

/// What happens to returned letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Returning {
    /// Sent back.
    DirekteRetur,
    /// Shredded, and told.
    MakuleringMedMelding,
}
