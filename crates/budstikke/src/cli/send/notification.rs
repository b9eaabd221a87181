//! `budstikke send sms` and `send email`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{new_id, text, wait};
use crate::catalogue::entries::server;
use crate::cli::output::Output;
use crate::cli::remote::{Reach, Remote};

/// Sends an SMS. To a number it goes at once; to a person, an organization or at another time it is an order.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke send sms --to +4799999999 --text 'Koden er 402117.'\n  \
    budstikke send sms --person 01010050053 --text-file melding.txt --daytime --wait\n  \
    echo 'Vannet er stengt.' | budstikke send sms --to +4799999999 --text-file - --at 2026-12-01T09:00:00+01:00")]
pub(super) struct Sms {
    /// A phone number, with +47 or the like
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// The name or number that it seems to come from [default: the server's]
    #[arg(long, value_name = "NAME")]
    sender: Option<String>,
    /// Not at night: within the server's hours
    #[arg(long)]
    daytime: bool,
    /// How long a message that goes at once is worth delivering, in seconds
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    lifetime: u32,
    #[command(flatten)]
    text: Words,
    #[command(flatten)]
    common: Common,
}

/// Sends an e-mail. To an address it goes at once; to a person, an organization or at another time it is an
/// order.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    budstikke send email --to ola@fjord.example --subject 'Kode' --text 'Koden er 402117.'\n  \
    budstikke send email --organization 310000002 --subject 'Vedtak' --text-file vedtak.html --html --wait")]
pub(super) struct Email {
    /// An e-mail address
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// One line
    #[arg(long, value_name = "TEXT")]
    subject: String,
    /// The text is HTML
    #[arg(long)]
    html: bool,
    /// The address that it comes from [default: the server's]
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
    #[command(flatten)]
    text: Words,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Words {
    /// What it says
    #[arg(long, value_name = "TEXT", required_unless_present = "text_file")]
    text: Option<String>,
    /// A file that holds what it says; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    text_file: Option<PathBuf>,
}

#[derive(Args)]
#[group(id = "recipient", required = true, multiple = false, args = ["to", "person", "organization"])]
struct Common {
    /// A person, by national identity number; the register knows how they are reached
    #[arg(long, value_name = "NUMBER")]
    person: Option<String>,
    /// An organization, by its number; the register knows how it is reached
    #[arg(long, value_name = "NUMBER")]
    organization: Option<String>,
    /// When, with an offset from UTC [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Your own reference, which status and feed repeat
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// Repeated with the same id, nothing is sent twice [default: a new one]
    #[arg(long, value_name = "TEXT")]
    id: Option<String>,
    #[command(flatten)]
    wait: wait::Wait,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reach: Reach,
}

impl Sms {
    pub(super) async fn send(&self) -> Result<ExitCode> {
        let body = text(self.text.text.as_deref(), self.text.text_file.as_deref())?;
        let mut settings = Map::from_iter([("body".to_owned(), json!(body.trim_end()))]);
        put(&mut settings, "sender", self.sender.as_ref());
        let at_once = self.common.at.is_none() && !self.daytime;
        let Some(number) = self.to.as_ref().filter(|_| at_once) else {
            let policy = if self.daytime { "Daytime" } else { "Anytime" };
            settings.insert("sendingTimePolicy".to_owned(), policy.into());
            let direct = self.to.as_ref().map(|to| json!({ "recipientSms": { "phoneNumber": to } }));
            return self.common.order(direct, "Sms", "smsSettings", settings).await;
        };
        let details =
            json!({ "phoneNumber": number, "timeToLiveInSeconds": self.lifetime, "smsSettings": settings });
        self.common.place("future/orders/instant/sms", "recipientSms", details).await
    }
}

impl Email {
    pub(super) async fn send(&self) -> Result<ExitCode> {
        let body = text(self.text.text.as_deref(), self.text.text_file.as_deref())?;
        let kind = if self.html { "Html" } else { "Plain" };
        let settings = json!({ "subject": self.subject, "body": body, "contentType": kind });
        let Value::Object(mut settings) = settings else { unreachable!("an object was written") };
        put(&mut settings, "senderEmailAddress", self.sender.as_ref());
        let Some(address) = self.to.as_ref().filter(|_| self.common.at.is_none()) else {
            let direct = self.to.as_ref().map(|to| json!({ "recipientEmail": { "emailAddress": to } }));
            return self.common.order(direct, "Email", "emailSettings", settings).await;
        };
        let details = json!({ "emailAddress": address, "emailSettings": settings });
        self.common.place("future/orders/instant/email", "recipientEmail", details).await
    }
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.as_str().into());
    }
}

impl Common {
    /// An order to whomever was named, with these settings.
    async fn order(
        &self,
        direct: Option<Value>,
        channel: &str,
        member: &str,
        settings: Map<String, Value>,
    ) -> Result<ExitCode> {
        let mut recipient = match (direct, &self.person, &self.organization) {
            (Some(direct), ..) => direct,
            (None, Some(person), _) => json!({ "recipientPerson": {
                "nationalIdentityNumber": person, "channelSchema": channel } }),
            (None, None, number) => json!({ "recipientOrganization": {
                "orgNumber": number, "channelSchema": channel } }),
        };
        if let Some(details) = recipient.as_object_mut().and_then(|one| one.values_mut().next()) {
            details[member] = settings.into();
        }
        self.place("future/orders", "recipient", recipient).await
    }

    async fn place(&self, path: &str, member: &str, details: Value) -> Result<ExitCode> {
        let id = self.id.clone().unwrap_or_else(new_id);
        let mut body = json!({ "idempotencyId": id, member: details });
        if let Some(reference) = &self.reference {
            body["sendersReference"] = reference.as_str().into();
        }
        if let Some(at) = self.at {
            body["requestedSendTime"] = at.to_string().into();
        }
        let remote = self.reach.open()?;
        let receipt = remote.json(remote.notify(Method::POST, path).await?.json(&body)).await?;
        let shipment = receipt["notification"]["shipmentId"].as_str();
        let shipment = shipment.context(server::NOT_UNDERSTOOD.says("the receipt names no shipment"))?;
        self.tell(&remote, &receipt, shipment).await
    }

    async fn tell(&self, remote: &Remote, receipt: &Value, shipment: &str) -> Result<ExitCode> {
        let Some(limit) = self.wait.limit() else {
            self.output.show(receipt, || format!("{shipment}\n"))?;
            return Ok(ExitCode::SUCCESS);
        };
        if !self.output.is_json() {
            crate::cli::output::print(&format!("{shipment}\n"))?;
        }
        let manifest = wait::for_shipment(remote, shipment, limit).await?;
        self.output.show(&manifest, || wait::said_of_shipment(&manifest))?;
        wait::verdict_of_shipment(&manifest)
    }
}
