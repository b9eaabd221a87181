//! Who gets what of an order that is due: the register is asked, and every notification is drafted.
//! Nothing is written.

use std::collections::HashSet;

use super::model::{Kind, Order};
use super::names::{Names, named};
use crate::Notify;
use crate::recipients::registers::Named;
use crate::recipients::{
    Address, Channel, ChannelSchema, Contacts, Phase, Planned, Recipient, RegisterError, look_up,
};
use crate::sending::Standing;
use crate::text::{Party, mentions_keyword, without_nul};
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
    let names = Names::look_up(app, order).await?;
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

fn drafts_for(order: &Order, recipient: &Recipient, known: &Known) -> Vec<Draft> {
    let planned = known.plan(order, recipient);
    let party = known.names.party(recipient);
    let identity = named(recipient).map(|who| match who {
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
