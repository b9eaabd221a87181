//! What the reader of one object understands.

use serde_json::json;

use super::*;
use crate::problem::Problem;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Colour {
    Red,
    Blue,
}

impl Choice for Colour {
    const ALL: &[(Self, &'static str, i64)] = &[(Self::Red, "Red", 0), (Self::Blue, "DarkBlue", 1)];
}

/// Reads a document and gives the keys of what is wrong with it.
fn keys(value: &Value, read: impl Fn(&Reader<'_>)) -> Vec<String> {
    let faults = Faults::default();
    if let Some(reader) = Reader::document(value, &faults) {
        read(&reader);
    }
    match faults.settle(Some(())) {
        Err(Problem::Validation(errors)) => errors.into_keys().collect(),
        _ => Vec::new(),
    }
}

#[test]
fn names_match_in_any_case_and_null_is_absent() {
    let value = json!({ "IDEMPOTENCYID": "a", "body": null });
    let faults = Faults::default();
    let reader = Reader::document(&value, &faults).expect("an object");
    assert_eq!(reader.text("idempotencyId"), Some("a"));
    assert_eq!(reader.text("body"), None);
}

#[test]
fn a_missing_member_is_keyed_by_its_object_and_a_blank_one_by_its_property() {
    let value = json!({ "recipient": { "body": " " } });
    let missing = |reader: &Reader<'_>| {
        let recipient = reader.needed_object("recipient").expect("it is there");
        recipient.needed_text("subject");
    };
    assert_eq!(keys(&value, missing), ["$.recipient"]);
    let blank = |reader: &Reader<'_>| {
        let recipient = reader.needed_object("recipient").expect("it is there");
        recipient.needed_text("body");
    };
    assert_eq!(keys(&value, blank), ["Recipient.Body"]);
}

#[test]
fn text_with_a_nul_is_no_text() {
    let value = json!({ "a": "x\0y", "b": "\0" });
    assert_eq!(keys(&value, |reader| assert_eq!(reader.text("a"), None)), ["$.a"]);
    assert_eq!(keys(&value, |reader| assert_eq!(reader.needed_text("b"), None)), ["$.b"]);
}

#[test]
fn numbers_may_be_text_and_enums_names_in_any_case_or_ordinals() {
    let value = json!({ "n": "300", "a": "darkblue", "b": 0, "c": "1" });
    let faults = Faults::default();
    let reader = Reader::document(&value, &faults).expect("an object");
    assert_eq!(reader.integer("n"), Some(300));
    assert_eq!(reader.choice("a"), Some(Colour::Blue));
    assert_eq!(reader.choice("b"), Some(Colour::Red));
    assert_eq!(reader.choice("c"), Some(Colour::Blue));
}

#[test]
fn an_unknown_name_is_a_json_error_and_an_unknown_ordinal_breaks_a_rule() {
    let value = json!({ "a": "Fax", "b": 9, "n": 1.5, "f": "true" });
    let choice = |name| keys(&value, |reader| assert_eq!(reader.choice::<Colour>(name), None));
    assert_eq!(choice("a"), ["$.a"]);
    assert_eq!(choice("b"), ["B"]);
    assert_eq!(keys(&value, |reader| assert_eq!(reader.integer("n"), None)), ["$.n"]);
    assert_eq!(keys(&value, |reader| assert_eq!(reader.flag("f"), None)), ["$.f"]);
}

#[test]
fn elements_of_lists_carry_their_index() {
    let value = json!({ "reminders": [{}, { "body": "" }, 7] });
    let read = |reader: &Reader<'_>| {
        for reminder in reader.objects("reminders") {
            reminder.text("body").filter(|body| !body.is_empty());
        }
    };
    assert_eq!(keys(&value, read), ["$.reminders[2]"]);
}

#[test]
fn a_document_that_is_no_object_is_refused() {
    assert_eq!(keys(&json!([1]), |_| ()), ["$"]);
    assert_eq!(keys(&Value::Null, |_| ()), ["$"]);
}
