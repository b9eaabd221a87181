//! An SMS as it will be sent: encoding, parts, and what makes it dear.

use gateways::sms::{Encoding, SmsParts, gsm_safe};
use serde::Serialize;
use utoipa::ToSchema;

/// What a text takes.
#[derive(Serialize, ToSchema)]
#[schema(as = SmsMeasure)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SmsBody {
    encoding: &'static str,
    /// Septets, or UTF-16 code units.
    units: usize,
    /// What the operator counts, and what it costs.
    parts: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offending: Vec<OffendingBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternative: Option<AlternativeBody>,
}

/// A character that the dearer encoding is needed for.
#[derive(Serialize, ToSchema)]
#[schema(as = OffendingCharacter)]
#[serde(rename_all = "camelCase")]
struct OffendingBody {
    #[schema(value_type = String)]
    character: char,
    code_point: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<&'static str>,
}

/// The same text in the cheaper encoding.
#[derive(Serialize, ToSchema)]
#[schema(as = CheaperText)]
#[serde(rename_all = "camelCase")]
struct AlternativeBody {
    text: String,
    parts: usize,
}

const fn name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Gsm7 => "GSM-7",
        Encoding::Ucs2 => "UCS-2",
    }
}

impl SmsBody {
    /// Measures a text, with everything that a sender may want to change.
    pub(crate) fn of(text: &str) -> Self {
        let alternative = gsm_safe::text(text);
        let alternative = alternative.map(|text| AlternativeBody { parts: SmsParts::of(&text).parts, text });
        Self { alternative, ..Self::measured(text) }
    }

    /// Encoding and size only.
    pub(crate) fn counted(text: &str) -> Self {
        Self { offending: Vec::new(), ..Self::measured(text) }
    }

    /// What it costs.
    pub(crate) const fn parts(&self) -> usize {
        self.parts
    }

    /// The same without another text, for what holds more than the sender wrote.
    pub(crate) fn measured(text: &str) -> Self {
        let SmsParts { encoding, units, parts, offending } = SmsParts::of(text);
        let offending = offending.into_iter().map(|character| OffendingBody {
            character,
            code_point: format!("U+{:04X}", u32::from(character)),
            replacement: gsm_safe::replacement(character),
        });
        Self { encoding: name(encoding), units, parts, offending: offending.collect(), alternative: None }
    }
}
