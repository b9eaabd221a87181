//! An answer, read to its end.

use reqwest::RequestBuilder;
use serde_json::Value;

/// What a server said.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// What `Content-Type` said, or nothing.
    pub media_type: String,
    /// The body.
    pub text: String,
}

impl Answer {
    /// Asks and reads the answer to its end.
    pub async fn of(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let answer = request.send().await?;
        let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let (status, media_type) = (answer.status().as_u16(), media_type.unwrap_or_default().to_owned());
        Ok(Self { status, media_type, text: answer.text().await? })
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The shipment that a receipt names.
    pub fn shipment(&self) -> String {
        let json = self.json();
        let id = json["notification"]["shipmentId"].as_str();
        id.unwrap_or_else(|| panic!("no shipment in {self:?}")).to_owned()
    }

    /// Asserts the shape of the Notify API's errors.
    pub fn assert_problem(&self, status: u16) {
        assert_eq!((self.status, self.media_type.as_str()), (status, "application/problem+json"), "{self:?}");
        assert_eq!(self.json()["status"], status, "{self:?}");
        assert!(self.json()["title"].is_string(), "{self:?}");
    }

    /// Asserts the shape of the Exchange API's errors.
    pub fn assert_exchange_error(&self, status: u16) {
        assert_eq!((self.status, self.media_type.as_str()), (status, "application/json"), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], status, "{self:?}");
        for member in ["timestamp", "error", "message", "path"] {
            assert!(json[member].is_string(), "{member} in {self:?}");
        }
    }
}
