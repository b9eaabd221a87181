//! A complete message, and what tables, filters and channels look at.

use std::time::Duration;

use jiff::Timestamp;
use types::random::Random;
use types::{OrgNumber, Participant};
use uuid::Uuid;

use super::envelope::Envelope;
use super::header::{Partner, PartnerIdentifier, Scope};
use super::moment::Moment;
use super::rules;
use crate::problem::Violation;

/// The authority of organizations and persons.
pub(crate) const UPIS: &str = "iso6523-actorid-upis";
/// The authority of actors in health.
const HEALTH: &str = "nhn-actorid";
pub(super) const AUTHORITIES: [&str; 2] = [UPIS, HEALTH];

/// A sender or receiver, of either authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An organization or person.
    Participant(Participant),
    /// An actor in health, as written.
    Health(String),
}

impl Actor {
    /// Reads an identifier.
    pub(super) fn parse(authority: &str, value: &str) -> Result<Self, ()> {
        if authority == UPIS {
            return value.parse().map(Self::Participant).map_err(|_| ());
        }
        match value.parse::<crate::registry::Identifier>() {
            Ok(crate::registry::Identifier::HerId(id)) if id > 0 => Ok(Self::Health(value.to_owned())),
            Ok(crate::registry::Identifier::PractitionerOf(_)) => Ok(Self::Health(value.to_owned())),
            _ => Err(()),
        }
    }

    /// The partner in a header, if its identifier can be read.
    pub(crate) fn of(partner: Option<&PartnerIdentifier>) -> Option<Self> {
        let partner = partner?;
        Self::parse(partner.authority.as_deref()?, partner.value.as_deref()?).ok()
    }

    /// Whom the message concerns, without scheme; what filters and columns use.
    pub fn identifier(&self) -> String {
        match self {
            Self::Participant(participant) => participant.primary(),
            Self::Health(value) => value.clone(),
        }
    }

    /// The whole identifier.
    pub fn wire(&self) -> String {
        match self {
            Self::Participant(participant) => participant.wire(),
            Self::Health(value) => value.clone(),
        }
    }

    /// Whether it is a person.
    pub fn is_person(&self) -> bool {
        matches!(self, Self::Participant(Participant::Person(_)))
    }

    /// The organization that the message concerns, if it is one.
    pub fn organization(&self) -> Option<OrgNumber> {
        match self {
            Self::Participant(Participant::Organization { own, on_behalf_of, .. }) => {
                Some(on_behalf_of.unwrap_or(*own))
            }
            _ => None,
        }
    }
}

/// What tables, filters and channels look at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The message's id, in the letters the client chose.
    pub message_id: String,
    /// The conversation's id.
    pub conversation_id: String,
    /// The process.
    pub process: String,
    /// The document type.
    pub document_type: String,
    /// Who sends.
    pub sender: Actor,
    /// Who shall have it; only letters may have nobody.
    pub receiver: Option<Actor>,
    /// When it is no longer worth delivering.
    pub expires: Timestamp,
    /// The installation it came from, where the organization has several.
    pub channel: Option<String>,
}

/// An envelope in which nothing is missing.
#[derive(Clone, Debug)]
pub struct Message {
    /// The document.
    pub envelope: Envelope,
    /// What it says.
    pub facts: Facts,
}

/// What fills the gaps of a new message.
#[derive(Clone, Debug)]
pub struct Defaults<'a> {
    /// The organization that runs this gateway.
    pub own: OrgNumber,
    /// Now.
    pub now: Timestamp,
    /// How long a message without a deadline may take, until its channel is known.
    pub deadline: Duration,
    /// Ids.
    pub random: &'a Random,
}

/// What fills the gaps that depend on the channel.
#[derive(Clone, Debug)]
pub struct ChannelDefaults<'a> {
    /// Now.
    pub now: Timestamp,
    /// How long a message without a deadline may take on this channel.
    pub deadline: Duration,
    /// Ids.
    pub random: &'a Random,
    /// The name of this installation, on channels where installations have names.
    pub channel: Option<&'a str>,
    /// Whether a conversation that the client did not name takes the message's id, as in health.
    pub conversation_is_message: bool,
}

/// Why an envelope cannot be completed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Incomplete {
    /// A rule for new messages is broken.
    #[error("a rule for new messages is broken")]
    Invalid(Box<Violation>),
    /// Something that has no default is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A text that tables would have to hold, and cannot.
    #[error("{0} holds the character NUL")]
    Nul(&'static str),
}

impl Message {
    /// Fills the gaps of a message that a client wants to send, in the contract's order. What depends on
    /// its channel is filled by [`Message::on_channel`].
    pub fn complete(mut envelope: Envelope, defaults: &Defaults<'_>) -> Result<Self, Incomplete> {
        name_sender(&mut envelope, defaults.own);
        let identification = envelope.header.document_identification.get_or_insert_default();
        let random = defaults.random;
        identification.instance_identifier.get_or_insert_with(|| random.uuid_v4().to_string());
        identification.creation_date_and_time.get_or_insert_with(|| Moment::from_us(defaults.now));
        if let Some(manifest) = &mut envelope.header.manifest {
            let items = manifest.manifest_item.as_ref().map_or(0, Vec::len);
            manifest.number_of_items.get_or_insert(i64::try_from(items).unwrap_or(i64::MAX));
        }
        refuse_past_deadlines(&envelope, defaults.now)?;
        let conversation = conversation_scope(&mut envelope)?;
        if is_blank(conversation.instance_identifier.as_deref()) {
            conversation.instance_identifier = Some(random.uuid_v4().to_string());
        }
        Self::of(envelope, defaults.now, defaults.deadline)
    }

    /// Fills the gaps that depend on the channel.
    pub fn on_channel(self, defaults: &ChannelDefaults<'_>) -> Result<Self, Incomplete> {
        let Self { mut envelope, facts } = self;
        set_deadline(&mut envelope, defaults)?;
        if defaults.conversation_is_message {
            conversation_scope(&mut envelope)?.instance_identifier = Some(facts.message_id);
        }
        if let Some(channel) = defaults.channel {
            name_channel(&mut envelope, channel);
        }
        for scope in envelope.header.scopes_mut() {
            if is_blank(scope.instance_identifier.as_deref()) {
                scope.instance_identifier = Some(defaults.random.uuid_v4().to_string());
            }
        }
        Self::of(envelope, defaults.now, defaults.deadline)
    }

    /// A message that came in. `arrived` and `deadline` stand in for a deadline it does not have.
    pub fn of(envelope: Envelope, arrived: Timestamp, deadline: Duration) -> Result<Self, Incomplete> {
        let header = &envelope.header;
        let id =
            header.document_identification.as_ref().ok_or(Incomplete::Missing("documentIdentification"))?;
        let conversation = header.scope("ConversationId").ok_or(Incomplete::Missing("ConversationId"))?;
        let default = arrived.checked_add(deadline).unwrap_or(Timestamp::MAX);
        let channel = header.scope("MessageChannel").and_then(|scope| scope.identifier.clone());
        let facts = Facts {
            message_id: id.instance_identifier.clone().ok_or(Incomplete::Missing("instanceIdentifier"))?,
            conversation_id: conversation
                .instance_identifier
                .clone()
                .filter(|id| Uuid::parse_str(id).is_ok())
                .ok_or(Incomplete::Missing("the ConversationId's instanceIdentifier"))?,
            process: conversation.identifier.clone().unwrap_or_default(),
            document_type: id.standard.clone().unwrap_or_default(),
            sender: Actor::of(header.the_sender()).ok_or(Incomplete::Missing("sender"))?,
            receiver: Actor::of(header.the_receiver()),
            expires: conversation.deadline().map_or(default, Moment::at),
            channel: channel.filter(|name| !name.trim().is_empty()),
        };
        facts.without_nul(envelope.business.main_document())?;
        Ok(Self { envelope, facts })
    }
}

impl Facts {
    /// Refuses the character NUL in everything that becomes a column of its own. Documents are kept as
    /// JSON, which writes it in other characters.
    fn without_nul(&self, main_document: Option<&str>) -> Result<(), Incomplete> {
        let texts = [
            ("instanceIdentifier", self.message_id.as_str()),
            ("the process", &self.process),
            ("the document type", &self.document_type),
            ("the message channel", self.channel.as_deref().unwrap_or_default()),
            ("the main document", main_document.unwrap_or_default()),
        ];
        let holds_nul = texts.into_iter().find(|(_, text)| text.contains('\0'));
        holds_nul.map_or(Ok(()), |(what, _)| Err(Incomplete::Nul(what)))
    }
}

/// Own organization when nobody is named; on behalf of whoever else is named.
fn name_sender(envelope: &mut Envelope, own: OrgNumber) {
    let Some(named) = envelope.header.the_sender() else {
        envelope.header.sender = Some(vec![Partner::new(Participant::organization(own).wire())]);
        return;
    };
    let (authority, value) = (named.authority.clone(), named.value.clone());
    let parsed = authority.zip(value).and_then(|(authority, value)| Actor::parse(&authority, &value).ok());
    let other =
        match parsed {
            Some(Actor::Participant(Participant::Organization {
                own: other, on_behalf_of: None, ..
            })) if other != own => other,
            _ => return,
        };
    let on_behalf_of = Participant::Organization { own, on_behalf_of: Some(other), source: None };
    if let Some(identifier) = envelope
        .header
        .sender
        .as_mut()
        .and_then(|all| all.first_mut())
        .and_then(|one| one.identifier.as_mut())
    {
        identifier.value = Some(on_behalf_of.wire());
    }
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

fn conversation_scope(envelope: &mut Envelope) -> Result<&mut Scope, Incomplete> {
    let mut scopes = envelope.header.scopes_mut().iter_mut();
    let found = scopes.find(|scope| scope.kind.as_deref() == Some("ConversationId"));
    found.ok_or(Incomplete::Missing("ConversationId"))
}

fn refuse_past_deadlines(envelope: &Envelope, now: Timestamp) -> Result<(), Incomplete> {
    let late = |scope: &Scope| scope.deadline().is_some_and(|deadline| deadline.at() <= now);
    if envelope.header.scopes().iter().any(late) {
        return Err(Incomplete::Invalid(Box::new(rules::deadline_passed())));
    }
    Ok(())
}

fn set_deadline(envelope: &mut Envelope, defaults: &ChannelDefaults<'_>) -> Result<(), Incomplete> {
    let conversation = conversation_scope(envelope)?;
    if conversation.scope_information.is_empty() {
        conversation.scope_information.push(super::header::ScopeInformation::default());
    }
    let first = &mut conversation.scope_information[0];
    let default = defaults.now.checked_add(defaults.deadline).unwrap_or(Timestamp::MAX);
    first.expected_response_date_time.get_or_insert_with(|| Moment::from_us(default));
    Ok(())
}

fn name_channel(envelope: &mut Envelope, channel: &str) {
    let scopes = envelope.header.scopes_mut();
    let kind = "MessageChannel";
    let Some(scope) = scopes.iter_mut().find(|scope| scope.kind.as_deref() == Some(kind)) else {
        let (kind, identifier) = (Some(kind.to_owned()), Some(channel.to_owned()));
        scopes.push(Scope { kind, identifier, ..Scope::default() });
        return;
    };
    if is_blank(scope.identifier.as_deref()) {
        scope.identifier = Some(channel.to_owned());
    }
}
