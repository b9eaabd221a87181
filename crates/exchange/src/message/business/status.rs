//! `status`: how far a message has come; between gateways only.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The business message.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = StatusMessage)]
pub struct StatusBody {
    /// The status's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}
