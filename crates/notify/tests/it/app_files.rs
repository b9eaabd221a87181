//! What tests of files and of guarded calls ask of the service.

use serde_json::Value;
use web::client::CallLimits;
use web::{AllowedNetworks, GuardedClient};

use crate::app::{Answer, COMPOSED, TestApp};

impl TestApp {
    /// A service that asks conditions with this client.
    pub async fn start_guarded(client: GuardedClient) -> Self {
        let mut app = Self::start().await;
        app.surroundings.conditions = client;
        app.another().await
    }

    /// The same service, but files on this machine are not fetched.
    pub async fn with_files_guarded(mut self) -> Self {
        let client = GuardedClient::new(AllowedNetworks::public_only(), CallLimits::default());
        self.surroundings.files = client.expect("a client");
        self.another().await
    }

    /// Orders e-mail with files, as somebody who may do nothing else.
    pub async fn compose(&self, body: &Value) -> Answer {
        self.post_as(&self.token("bym", COMPOSED), "/future/orders/composed-email", body).await
    }

    /// A link to a file in the store of files, good for a day.
    pub fn link(&self, file: &str) -> String {
        let ends = self.in_seconds(24 * 3600).replace(':', "%3A");
        format!("{}/ut/{file}?sr=b&sp=r&se={ends}&sig=hemmelig%2Bsignatur", self.files_url)
    }

    /// The e-mails that the mail server took from us, its own reports left out.
    pub fn mails(&self) -> usize {
        let ours = |content: &simulators::smtp_sink::Content| {
            content.from.as_deref().is_some_and(|from| from.contains("noreply@bym.example"))
        };
        self.mail.captured().all().iter().filter(|mail| ours(&mail.content)).count()
    }
}
