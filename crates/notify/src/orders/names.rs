//! What recipients are called, for the keywords in an order's texts.

use std::collections::{HashMap, HashSet};

use super::model::Order;
use crate::Notify;
use crate::recipients::registers::Named;
use crate::recipients::{ASKED_AT_ONCE, Recipient, RegisterError};
use crate::text::{Party, mentions_name};

/// The names of an order's recipients, as far as a text mentions names.
#[derive(Default)]
pub(super) struct Names {
    known: HashMap<Named, Option<String>>,
    /// Stands for a name that nobody knows, where the operator wants that.
    unknown: Option<String>,
}

impl Names {
    /// Asks the register, when there is anything to ask.
    pub(super) async fn look_up(app: &Notify, order: &Order) -> Result<Self, RegisterError> {
        let unknown = app.config().name_when_unknown.clone();
        if !texts_of(order).any(mentions_name) {
            return Ok(Self { known: HashMap::new(), unknown });
        }
        let named: HashSet<Named> = order.content.recipients.iter().filter_map(named).collect();
        let named: Vec<Named> = named.into_iter().collect();
        let mut known = HashMap::new();
        for some in named.chunks(ASKED_AT_ONCE) {
            let found = app.contacts().names(some).await?;
            known.extend(found.into_iter().map(|found| (found.of, found.name)));
        }
        Ok(Self { known, unknown })
    }

    /// What keywords mean for a recipient. `None`: they are left as written.
    pub(super) fn party(&self, recipient: &Recipient) -> Option<Party> {
        let unknown = self.unknown.clone().map(Some);
        let Some(who) = named(recipient) else {
            let nameless = matches!(recipient, Recipient::External(_));
            return unknown.filter(|_| nameless).map(|name| Party { name: Some(name), number: None });
        };
        let known = self.known.get(&who).cloned();
        let has_name = known.iter().flatten().any(|name| !name.trim().is_empty());
        let name = if has_name { known } else { unknown.or(known) };
        Some(Party { name, number: who.organization() })
    }
}

fn texts_of(order: &Order) -> impl Iterator<Item = &str> {
    let texts = &order.content.texts;
    let email = texts.email.iter().flat_map(|email| [email.subject.reveal(), email.body.reveal()]);
    email.chain(texts.sms.iter().map(|sms| sms.body.reveal()))
}

/// Under which number a recipient has a name.
pub(super) fn named(recipient: &Recipient) -> Option<Named> {
    match recipient {
        Recipient::Person { id, .. } => Some(Named::Person(id.clone())),
        Recipient::Organization { number, .. } => Some(Named::Organization(*number)),
        Recipient::Direct { .. } | Recipient::External(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person() -> Recipient {
        let id = "13858130624".parse().expect("a number");
        Recipient::Person { id, ignore_reservation: false, use_stale: false }
    }

    /// With the records that the register has of the person, none or one.
    fn filled(records: &[Option<&str>], unknown: Option<&str>) -> String {
        let who = named(&person()).expect("a person has a number");
        let known = records.iter().map(|name| (who.clone(), name.map(str::to_owned)));
        let names = Names { known: known.collect(), unknown: unknown.map(str::to_owned) };
        names.party(&person()).expect("a party").fill("[$recipientName$]").into_owned()
    }

    #[test]
    fn an_unknown_name_is_treated_by_the_contract_or_as_the_operator_says() {
        assert_eq!(filled(&[], None), "[$recipientName$]");
        assert_eq!(filled(&[None], None), "[]");
        assert_eq!(filled(&[Some("Kari")], None), "[Kari]");
        assert_eq!(filled(&[], Some("mottaker")), "[mottaker]");
        assert_eq!(filled(&[None], Some("mottaker")), "[mottaker]");
        assert_eq!(filled(&[Some(" ")], Some("mottaker")), "[mottaker]");
        assert_eq!(filled(&[Some("Kari")], Some("mottaker")), "[Kari]");
    }

    #[test]
    fn keywords_for_others_stay_as_written_unless_the_operator_says_otherwise() {
        let external = Recipient::External("urn:altinn:username:ola".parse().expect("an identity"));
        let direct = Recipient::Direct { email: None, mobile: None };
        let names = Names::default();
        assert!(names.party(&external).is_none() && names.party(&direct).is_none());
        let names = Names { unknown: Some("mottaker".to_owned()), ..Names::default() };
        let party = names.party(&external).expect("a party");
        assert_eq!(party.fill("Hei $recipientName$"), "Hei mottaker");
        assert!(names.party(&direct).is_none());
    }
}
