//! The real input of the demo, shipped in the binary. All of it is fictitious.

use serde::Deserialize;

/// Who can be looked up in the embedded contact register.
pub(super) const REGISTER: &str = include_str!("../../../demo/register.json");
/// The person in it.
pub(super) const PERSON: &str = "01010050053";
/// Her e-mail address there.
pub(super) const PERSON_EMAIL: &str = "kari@fjord.example";

/// What is said to people.
#[derive(Deserialize)]
pub(super) struct Texts {
    pub code_sms: String,
    pub code_email_subject: String,
    pub code_email_body: String,
    pub order_subject: String,
    pub order_body: String,
    pub direct_subject: String,
    pub direct_body: String,
    pub reminder_subject: String,
    pub reminder_body: String,
}

pub(super) fn texts() -> Texts {
    toml::from_str(include_str!("../../../demo/texts.toml")).expect("the file ships with the binary")
}
