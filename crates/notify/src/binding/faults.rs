//! What is wrong with a request, in the groups in which it is reported.

use std::cell::RefCell;

use crate::problem::{Errors, Problem};

/// What has been found wrong so far.
#[derive(Debug, Default)]
pub struct Faults(RefCell<Groups>);

#[derive(Debug, Default)]
struct Groups {
    json: Errors,
    required: Errors,
    rules: Errors,
    timely: Errors,
}

impl Faults {
    /// A member is missing or unreadable; `path` is its JSON path.
    pub fn json(&self, path: &str, message: impl Into<String>) {
        add(&mut self.0.borrow_mut().json, path, message);
    }

    /// A required member is blank; `key` is its property path.
    pub fn required(&self, key: &str, message: impl Into<String>) {
        add(&mut self.0.borrow_mut().required, key, message);
    }

    /// A business rule is broken; `key` is the property path.
    pub fn rule(&self, key: &str, message: impl Into<String>) {
        add(&mut self.0.borrow_mut().rules, key, message);
    }

    /// A rule about the present moment is broken; `key` is the property path.
    pub fn timely(&self, key: &str, message: impl Into<String>) {
        add(&mut self.0.borrow_mut().timely, key, message);
    }

    /// Ends the reading. `value` is what was read, and is there if nothing but the time is wrong.
    ///
    /// Answers the value and the problem that the request has if it is not a repetition.
    pub fn settle<T>(self, value: Option<T>) -> Result<(T, Option<Problem>), Problem> {
        let Groups { json, required, mut rules, timely } = self.0.into_inner();
        if !json.is_empty() {
            return Err(Problem::Validation(json));
        }
        if !required.is_empty() {
            return Err(Problem::Validation(required));
        }
        match value {
            Some(value) if rules.is_empty() => {
                Ok((value, (!timely.is_empty()).then_some(Problem::Validation(timely))))
            }
            _ => {
                for (key, messages) in timely {
                    rules.entry(key).or_default().extend(messages);
                }
                Err(Problem::Validation(rules))
            }
        }
    }
}

fn add(errors: &mut Errors, key: &str, message: impl Into<String>) {
    let messages = errors.entry(key.to_owned()).or_default();
    let message = message.into();
    if !messages.contains(&message) {
        messages.push(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_group_that_has_anything_is_the_answer() {
        let faults = Faults::default();
        faults.rule("Body", "too long");
        faults.json("$", "missing");
        let Err(Problem::Validation(errors)) = faults.settle(None::<()>) else { panic!("a problem") };
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["$"]);
    }

    #[test]
    fn broken_rules_are_reported_together_with_those_about_time() {
        let faults = Faults::default();
        faults.rule("Body", "blank");
        faults.timely("RequestedSendTime", "is past");
        let Err(Problem::Validation(errors)) = faults.settle(Some(())) else { panic!("a problem") };
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn what_is_only_late_can_still_be_looked_up() {
        let faults = Faults::default();
        faults.timely("RequestedSendTime", "is past");
        let (value, late) = faults.settle(Some(7)).expect("a value");
        assert_eq!(value, 7);
        assert!(late.is_some());
    }
}
