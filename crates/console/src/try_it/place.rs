//! `GET /console/try-it`: what can be tried. `POST /console/try-it` does it, and shows how.

use std::time::Duration;

use askama::Template;
use audit::{Action, Entry};
use auth::TokenKind;
use auth::local_issuer::DevToken;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use types::{OrgNumber, Secret};

use super::call::{Call, Draft, Proof, make};
use super::requests;
use super::words::TryWords;
use crate::Console;
use crate::frame::{Frame, Section};
use crate::page::{self, Refusal};
use crate::posted::Posted;
use crate::role::Role;
use crate::visitor::Visitor;

/// What opens the Notify API.
const SCOPE: &str = "altinn:serviceowner/notifications.create";

/// What the forms hold, as it was sent.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Form {
    what: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    receiver: String,
}

#[derive(Template)]
#[template(path = "try_it.html")]
struct Page {
    frame: Frame,
    own: &'static TryWords,
    /// Whether there is an issuer whose tokens we may make.
    has_issuer: bool,
    form: Form,
    calls: Vec<Call>,
    /// The command that gets a token.
    token: String,
    /// Where one sees what became of it.
    trace: Option<String>,
}

impl Form {
    /// What is not filled in gets something to begin with.
    fn filled(mut self, console: &Console, own: &TryWords) -> Self {
        let samples = [
            (&mut self.number, "+4799999999".to_owned()),
            (&mut self.address, "kari@fjord.example".to_owned()),
            (&mut self.subject, own.sample_subject.to_owned()),
            (&mut self.text, own.sample_text.to_owned()),
            (&mut self.receiver, console.organization().0.to_string()),
        ];
        for (field, sample) in samples {
            if field.is_empty() {
                *field = sample;
            }
        }
        self
    }
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Refusal> {
    visitor.needs(Role::Operate)?;
    Ok(page::html(&page(&console, &visitor, Form::default(), Vec::new(), None)))
}

fn page(console: &Console, visitor: &Visitor, form: Form, calls: Vec<Call>, trace: Option<String>) -> Page {
    let name = console.organization().1;
    Page {
        frame: visitor.frame(Section::TryIt),
        own: TryWords::of(visitor.lang),
        has_issuer: console.parts().issuer.is_some(),
        token: format!("TOKEN=$(budstikke token --org {name})"),
        form: form.filled(console, TryWords::of(visitor.lang)),
        calls,
        trace,
    }
}

pub(super) async fn place(
    State(console): State<Console>,
    Posted { visitor, form }: Posted<Form>,
) -> Result<Response, Refusal> {
    visitor.needs(Role::Operate)?;
    let own = TryWords::of(visitor.lang);
    let Some(drafts) = drafts(&console, &form) else {
        return Ok(page::refused(&visitor, own.unknown_wish));
    };
    let Some(proof) = proof(&console, &form.what) else {
        return Ok(page::html(&page(&console, &visitor, form, Vec::new(), None)));
    };
    let now = console.now();
    let id = console.random().uuid_v7(now);
    let entry = Entry::new(id, now, visitor.actor(), Action::Operated, &"try it", form.what.clone());
    console.store().write(move |tx| audit::record(tx, std::slice::from_ref(&entry))).await?;
    let (calls, trace) = follow(&console, &proof, drafts).await;
    Ok(page::html(&page(&console, &visitor, form, calls, trace)))
}

/// The requests that a wish takes; `None` for one that nobody knows.
fn drafts(console: &Console, form: &Form) -> Option<Vec<Draft>> {
    let random = console.random();
    let draft = match form.what.as_str() {
        "instant" => requests::instant(random.uuid_v4(), &form.number, &form.text),
        "email" => {
            let recipient = requests::by_email(&form.address, &form.subject, &form.text);
            requests::order(random.uuid_v4(), &recipient, console.now())
        }
        "sms" => {
            let recipient = requests::by_sms(&form.number, &form.text);
            requests::order(random.uuid_v4(), &recipient, console.now())
        }
        "message" => {
            let (id, conversation) = (random.uuid_v4(), random.uuid_v4());
            let from = console.organization().0.to_string();
            return Some(requests::message(id, conversation, &from, form.receiver.trim()));
        }
        _ => return None,
    };
    Some(vec![draft])
}

/// How we say who asks; `None` without an issuer.
fn proof(console: &Console, what: &str) -> Option<Proof> {
    let issuer = console.parts().issuer.as_ref()?;
    if what == "message" {
        let (user, password) = console.exchange().user();
        return password.map(|password| Proof::Password(user, password));
    }
    let (org, name) = console.organization();
    token(issuer, org, name).map(Proof::Token)
}

fn token(issuer: &auth::LocalIssuer, org: OrgNumber, name: &str) -> Option<Secret> {
    let wanted = DevToken {
        kind: TokenKind::Altinn,
        org,
        name: Some(name.to_owned()),
        supplier: None,
        scopes: SCOPE.to_owned(),
        lifetime: Duration::from_secs(300),
    };
    issuer.issue_as(&wanted).ok()
}

/// Makes the requests one after the other, until one goes wrong; an accepted order is looked after once.
async fn follow(console: &Console, proof: &Proof, drafts: Vec<Draft>) -> (Vec<Call>, Option<String>) {
    let mut calls: Vec<Call> = Vec::new();
    let (http, api) = (console.http(), &console.parts().here);
    for draft in drafts {
        let call = make(http, api, proof, draft).await;
        let is_good = call.is_good;
        calls.push(call);
        if !is_good {
            return (calls, None);
        }
    }
    let shipment = calls.last().and_then(|call| call.json["notification"]["shipmentId"].as_str());
    let Some(shipment) = shipment.map(str::to_owned) else { return (calls, None) };
    calls.push(make(http, api, proof, requests::shipment(&shipment)).await);
    let trace = Section::Search.is_there().then(|| format!("/console/shipments/{shipment}"));
    (calls, trace)
}
