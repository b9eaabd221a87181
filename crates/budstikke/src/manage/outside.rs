//! Parts of the health that depend on others or on all nodes together. None of them is ever down: a node that
//! is taken out of service because a neighbour does not answer helps nobody. What is wrong is a warning.

use serde_json::{Map, Value, json};
use store::leads;

use super::Manage;
use super::health::{Component, Status};

/// Whether there is a way out for SMS and for e-mail. Without one, messages wait in the queue.
pub(super) async fn gateways(manage: &Manage) -> Component {
    let mut details = Map::new();
    let routes = notify::routes::shown(manage.0.app.notify()).await;
    for channel in ["sms", "email"] {
        let ours: Vec<_> = routes.iter().filter(|route| route.channel == channel).collect();
        let shut: Vec<&str> = ours
            .iter()
            .filter(|route| route.breaker == "open" || route.mode == "off")
            .map(|route| route.name.as_str())
            .collect();
        let mut told = json!({ "routes": ours.len(), "shut": shut });
        if shut.len() == ours.len() {
            told["warning"] = "No route is open: what is accepted waits".into();
        } else if !shut.is_empty() {
            told["warning"] = "Others carry what these do not".into();
        }
        details.insert(channel.to_owned(), told);
    }
    Component::new("gateways", Status::Up, Value::Object(details))
}

/// Whether everybody who wants to hear of something is told.
pub(super) async fn webhooks(manage: &Manage) -> Component {
    let details = match manage.0.app.exchange().webhooks().standing_still().await {
        Ok(still) => {
            let mut told = json!({ "paused": still.paused, "held": still.held });
            if still.paused > 0 {
                told["warning"] = "Endpoints fail again and again; they are asked now and then".into();
            }
            told
        }
        Err(_) => json!({ "warning": "It could not be asked in time" }),
    };
    Component::new("webhooks", Status::Up, details)
}

/// Whether somebody does what one node does for all: numbering, closing, cleaning up, receiving.
pub(super) async fn leader(manage: &Manage) -> Component {
    let details = match manage.0.app.store().read(leads).await {
        Ok(all) if all.is_empty() => Value::Null,
        Ok(all) => {
            let nobody: Vec<&str> =
                all.iter().filter(|lead| !lead.holds).map(|lead| lead.task.as_str()).collect();
            let mut told = json!({ "tasks": all.len() });
            if !nobody.is_empty() {
                told["ledByNobody"] = json!(nobody);
                told["warning"] =
                    "Nobody leads these at the moment; a node with the role takes over in seconds".into();
            }
            told
        }
        Err(_) => json!({ "warning": "It could not be asked in time" }),
    };
    Component::new("leader", Status::Up, details)
}
