//! `GET /manage/info`: which version this is.

use axum::Json;
use serde_json::{Value, json};

/// The commit that this was built from; set where releases are built.
const COMMIT: Option<&str> = option_env!("BUDSTIKKE_COMMIT");
/// When, as RFC 3339.
const BUILT: Option<&str> = option_env!("BUDSTIKKE_BUILT");

/// The version, for people and for those who keep count.
pub(super) async fn show() -> Json<Value> {
    let mut build = json!({
        "artifact": env!("CARGO_PKG_NAME"), "name": "Budstikke", "version": env!("CARGO_PKG_VERSION"),
    });
    if let Some(built) = BUILT {
        build["time"] = built.into();
    }
    let mut info = json!({ "build": build });
    if let Some(commit) = COMMIT {
        info["git"] = json!({ "commit": { "id": commit } });
    }
    Json(info)
}
