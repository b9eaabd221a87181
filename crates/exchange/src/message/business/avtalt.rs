//! `avtalt`: whatever two parties agreed on.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The business message.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct Avtalt {
    /// Which agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<String>,
    /// Any JSON, returned unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
    /// The primary file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hoveddokument: Option<String>,
}
