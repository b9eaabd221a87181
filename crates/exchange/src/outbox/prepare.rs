//! From the bytes of an SBD to a complete message and its channel: the contract's checks, in their
//! order, up to where the message is stored.

use http::StatusCode;
use types::OrgNumber;

use super::{by_service, validate};
use crate::Exchange;
use crate::config::Config;
use crate::message::{
    Actor, ChannelDefaults, Defaults, Envelope, EnvelopeError, Incomplete, Message, MessageType, process,
};
use crate::problem::{Problem, Violation};
use crate::registry::{Identifier, LookUpError, Question, ServiceIdentifier, ServiceRecord, choose};
use crate::transports::{Outline, Refusal};

/// How broken rules are written: as for a JSON body, or as for a part of a multipart body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Body,
    Part,
}

impl Style {
    pub(super) fn invalid(self, violations: &[Violation]) -> Problem {
        match self {
            Self::Body => Problem::invalid_body("standardBusinessDocument", violations),
            Self::Part => Problem::constraint_violation(violations),
        }
    }

    fn not_readable(self, message: String) -> Problem {
        match self {
            Self::Body => Problem::not_readable(message),
            Self::Part => Problem::part_not_readable(message),
        }
    }
}

/// A message that may be stored.
pub(super) struct Prepared {
    pub(super) message: Message,
    pub(super) service: ServiceIdentifier,
}

/// Reads and completes a message, and finds its channel.
pub(super) async fn prepare(
    app: &Exchange,
    owner: OrgNumber,
    bytes: &[u8],
    style: Style,
) -> Result<Prepared, Problem> {
    let envelope = Envelope::read(bytes).map_err(|error| match error {
        EnvelopeError::NotReadable(message) => style.not_readable(message),
        EnvelopeError::Invalid(violations) => style.invalid(&violations),
    })?;
    let names_conversation = names_conversation(&envelope);
    let defaults =
        Defaults { own: owner, now: app.now(), deadline: app.default_deadline(), random: app.random() };
    let incomplete = |incomplete| match incomplete {
        Incomplete::Invalid(violation) => style.invalid(&[*violation]),
        other @ (Incomplete::Missing(_) | Incomplete::Nul(_)) => style.not_readable(other.to_string()),
    };
    let message = Message::complete(envelope, &defaults).map_err(incomplete)?;
    let (service, record) = route(app, &message).await?;
    let config = app.config();
    let channel = config.message_channel.as_deref();
    let defaults = ChannelDefaults {
        now: app.now(),
        deadline: app.config().deadline(service),
        random: app.random(),
        channel: channel.filter(|_| service == ServiceIdentifier::Dpo),
        conversation_is_message: service == ServiceIdentifier::Dph && !names_conversation,
    };
    let mut message = message.on_channel(&defaults).map_err(incomplete)?;
    by_service::complete(&mut message, record.as_ref());
    check_routed(app, &message, service, record.as_ref())?;
    validate::business(app, &message, service, style)?;
    Ok(Prepared { message, service })
}

/// Whether the client has chosen the conversation's id.
fn names_conversation(envelope: &Envelope) -> bool {
    let conversation = envelope.header.scope("ConversationId");
    let id = conversation.and_then(|scope| scope.instance_identifier.as_deref());
    id.is_some_and(|id| !id.trim().is_empty())
}

/// The channel over which the receiver takes this document type in this process, and its record.
async fn route(
    app: &Exchange,
    message: &Message,
) -> Result<(ServiceIdentifier, Option<ServiceRecord>), Problem> {
    let facts = &message.facts;
    let Some(receiver) = &facts.receiver else {
        // A letter needs nobody but a postal address, and has it in itself.
        return match message.envelope.kind {
            MessageType::Print => Ok((ServiceIdentifier::Dpi, None)),
            _ => Err(not_enabled(ServiceIdentifier::Unknown)),
        };
    };
    let question = question(message, receiver)?;
    let entry = app.registry().look_up(&question).await.map_err(|error| refused(&facts.process, error))?;
    let process = Some(facts.process.as_str());
    let record = choose(&entry.records, process, &facts.document_type)
        .map_err(|no_route| not_accepted(&facts.process, &no_route.to_string()))?;
    Ok((record.service.identifier, Some(record.clone())))
}

/// What the registry is asked about a message.
pub(super) fn question(message: &Message, receiver: &Actor) -> Result<Question, Problem> {
    let facts = &message.facts;
    let receiver: Identifier = receiver
        .identifier()
        .parse()
        .map_err(|_| not_accepted(&facts.process, "the receiver is not a possible identifier"))?;
    let question = Question::about(receiver)
        .for_process(facts.process.clone())
        .at_level(message.envelope.business.security_level());
    Ok(match facts.conversation_id.parse() {
        Ok(id) => question.in_conversation(id),
        Err(_) => question,
    })
}

fn refused(process: &str, error: LookUpError) -> Problem {
    match error {
        LookUpError::NotFound(reason) | LookUpError::Refused { reason, .. } => not_accepted(process, &reason),
        LookUpError::Unavailable(reason) | LookUpError::Untrusted(reason) => {
            Problem::registry_unavailable(&reason)
        }
    }
}

fn not_accepted(process: &str, reason: &str) -> Problem {
    let text = format!("The receiver does not accept process {process}");
    Problem::bad("ReceiverDoesNotAcceptProcessException", text).with_description(reason)
}

fn not_enabled(service: ServiceIdentifier) -> Problem {
    Problem::bad("ServiceNotEnabledException", format!("The service {service} is not enabled"))
}

fn check_routed(
    app: &Exchange,
    message: &Message,
    service: ServiceIdentifier,
    record: Option<&ServiceRecord>,
) -> Result<(), Problem> {
    check_certificate(app)?;
    let transport = app.transport(service).filter(|_| Config::lists(&app.config().services, service));
    let transport = transport.ok_or_else(|| not_enabled(service))?;
    by_service::check_addresses(message)?;
    let (kind, document) = (message.envelope.kind, &message.facts.document_type);
    if process::type_of(document) != Some(kind.as_str()) {
        let text = format!("The type {kind} does not fit the document type {document}");
        return Err(Problem::bad("MessageTypeDoesNotFitDocumentTypeException", text));
    }
    if service == ServiceIdentifier::Dpo {
        check_channel(app, message)?;
    }
    by_service::check(message, service, &app.config())?;
    let receiver = message.facts.receiver.as_ref();
    let outline = Outline { envelope: &message.envelope, receiver, route: record, files: None };
    transport.plan(&outline).map_err(|refusal| match &refusal {
        Refusal::NotHere(reason) => not_enabled(service).with_description(reason),
        Refusal::Message(reason) => not_accepted(&message.facts.process, reason),
    })?;
    Ok(())
}

/// Our own certificate must be valid, or receivers would refuse what it signs.
pub(super) fn check_certificate(app: &Exchange) -> Result<(), Problem> {
    if app.identity().valid_at(app.unix_now()) {
        return Ok(());
    }
    let text = "The certificate of this installation is not valid now";
    Err(Problem::domain(StatusCode::BAD_REQUEST, "InvalidCertificateException", text))
}

fn check_channel(app: &Exchange, message: &Message) -> Result<(), Problem> {
    let given = message.facts.channel.as_deref();
    match app.config().message_channel.as_deref() {
        Some(own) if given != Some(own) => {
            let text = format!("The message channel is {own}, the message names {}", given.unwrap_or("none"));
            Err(Problem::bad("MessageChannelInvalidException", text))
        }
        _ => Ok(()),
    }
}
