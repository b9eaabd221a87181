//! Conditions at addresses that are never called: better told at once than found out when it is time.

use super::model::Content;
use crate::Notify;
use crate::problem::{Errors, Problem};

/// Refuses orders of a chain, the main one first, whose conditions are at addresses that are never called.
pub(super) fn refused_conditions<'a>(
    notify: &Notify,
    orders: impl Iterator<Item = &'a Content>,
) -> Option<Problem> {
    let keys = std::iter::once(String::new()).chain((0..).map(|number| format!("Reminders[{number}].")));
    let refused = orders.zip(keys).filter(|(content, _)| !may_ask(notify, content));
    let why = || vec!["lies in a network that is not called from here".to_owned()];
    let wrong: Errors = refused.map(|(_, key)| (format!("{key}ConditionEndpoint"), why())).collect();
    (!wrong.is_empty()).then_some(Problem::Validation(wrong))
}

fn may_ask(notify: &Notify, content: &Content) -> bool {
    content.condition.as_ref().is_none_or(|url| notify.conditions().may_ask(url))
}
