//! Who gets what of an order that is due: the register is asked, and every notification is drafted.
//! Nothing is written.

use std::collections::{HashMap, HashSet};

use super::model::{Kind, Order};
use crate::Notify;
use crate::recipients::registers::Named;
use crate::recipients::{
    ASKED_AT_ONCE, Address, Channel, ChannelSchema, Contacts, Phase, Planned, Recipient, RegisterError,
    look_up,
};
use crate::sending::Standing;
use crate::text::{Party, mentions_keyword, mentions_name, without_nul};
use gateways::Text;

/// A notification to be.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) standing: Standing,
    pub(crate) destination: Text,
    /// The destination in the one spelling that addresses are compared by.
    sent_to: Option<String>,
    pub(crate) identity: Option<Text>,
    pub(crate) subject: Option<Text>,
    pub(crate) body: Option<Text>,
    /// Whether its recipient has declined and gets it all the same.
    pub(crate) overrides: bool,
}

impl Draft {
    /// A notification that goes nowhere.
    pub(crate) fn nobody(standing: Standing) -> Self {
        let (destination, sent_to) = ("".into(), None);
        Self { standing, destination, sent_to, identity: None, subject: None, body: None, overrides: false }
    }
}

/// Asks the register and says who gets what.
pub(crate) async fn addresses(app: &Notify, order: &Order) -> Result<Vec<Draft>, RegisterError> {
    let contacts = look_up(app.contacts(), &order.content.recipients, Phase::Processing).await?;
    let names = names(app, order).await?;
    let known = Known { contacts, names, both: app.config().older.sends_both(&order.creator) };
    // Whoever is named twice is one recipient.
    let mut met = HashSet::new();
    let recipients = order.content.recipients.iter().filter(|recipient| met.insert(*recipient));
    let mut drafts: Vec<Draft> =
        recipients.flat_map(|recipient| drafts_for(order, recipient, &known)).collect();
    // Nobody gets the same words twice from one order, however the address is spelled.
    let mut seen = HashSet::new();
    drafts.retain(|draft| {
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.reveal().to_owned());
        let Some(to) = draft.sent_to.clone() else { return true };
        seen.insert((draft.standing.channel(), to, text(&draft.subject), text(&draft.body)))
    });
    Ok(drafts)
}

/// What is known about the recipients of an order.
struct Known {
    contacts: Contacts,
    names: Names,
    /// Whether two addresses written out mean two messages on a preferred channel.
    both: bool,
}

impl Known {
    fn plan(&self, order: &Order, recipient: &Recipient) -> Vec<Planned> {
        let schema = match recipient {
            Recipient::Direct { email: Some(_), mobile: Some(_) }
                if self.both && order.kind == Kind::Legacy && order.content.schema.prefers() =>
            {
                ChannelSchema::EmailAndSms
            }
            _ => order.content.schema,
        };
        self.contacts.plan(recipient, schema)
    }
}

type Names = HashMap<Named, Option<String>>;

/// The names of the recipients, where a text mentions them.
async fn names(app: &Notify, order: &Order) -> Result<Names, RegisterError> {
    let mut names = Names::new();
    if !texts_of(order).any(mentions_name) {
        return Ok(names);
    }
    let wanted: Vec<Named> = order.content.recipients.iter().filter_map(named).collect();
    for some in wanted.chunks(ASKED_AT_ONCE) {
        let known = app.contacts().names(some).await?;
        names.extend(known.into_iter().map(|known| (known.of, known.name)));
    }
    Ok(names)
}

fn texts_of(order: &Order) -> impl Iterator<Item = &str> {
    let texts = &order.content.texts;
    let email = texts.email.iter().flat_map(|email| [email.subject.reveal(), email.body.reveal()]);
    email.chain(texts.sms.iter().map(|sms| sms.body.reveal()))
}

fn named(recipient: &Recipient) -> Option<Named> {
    match recipient {
        Recipient::Person { id, .. } => Some(Named::Person(id.clone())),
        Recipient::Organization { number, .. } => Some(Named::Organization(*number)),
        Recipient::Direct { .. } | Recipient::External(_) => None,
    }
}

fn drafts_for(order: &Order, recipient: &Recipient, known: &Known) -> Vec<Draft> {
    let planned = known.plan(order, recipient);
    let who = named(recipient);
    let party = who.as_ref().map(|who| Party {
        name: known.names.get(who).cloned(),
        number: match who {
            Named::Organization(number) => Some(*number),
            Named::Person(_) => None,
        },
    });
    let identity = who.map(|who| match who {
        Named::Person(id) => id.reveal().into(),
        Named::Organization(number) => number.to_string().into(),
    });
    let overrides = known.contacts.is_overridden(recipient);
    let drafts = planned.into_iter().map(|planned| draft(order, &planned, identity.clone(), party.as_ref()));
    drafts.map(|draft| Draft { overrides, ..draft }).collect()
}

fn draft(order: &Order, planned: &Planned, identity: Option<Text>, party: Option<&Party>) -> Draft {
    let channel = planned.channel();
    let (standing, destination) = match planned {
        Planned::To(Address::Email(email)) => (Standing::new(channel), email.as_given()),
        Planned::To(Address::Sms(number)) => (Standing::new(channel), number.as_given()),
        Planned::Nobody { why, .. } => (Standing::not_sent(channel, *why), ""),
    };
    let fill = |text: &Text| {
        let party = party.filter(|_| mentions_keyword(text.reveal()))?;
        Some(Text::from(without_nul(party.fill(text.reveal()).into_owned())))
    };
    let texts = &order.content.texts;
    let (subject, body) = match channel {
        Channel::Email => {
            let email = texts.email.as_ref();
            (email.and_then(|email| fill(&email.subject)), email.and_then(|email| fill(&email.body)))
        }
        Channel::Sms => (None, texts.sms.as_ref().and_then(|sms| fill(&sms.body))),
    };
    let destination = Text::from(without_nul(destination.to_owned()));
    let sent_to = match planned {
        Planned::To(address) => Some(address.reveal().to_lowercase()),
        Planned::Nobody { .. } => None,
    };
    Draft { standing, destination, sent_to, identity, subject, body, overrides: false }
}
