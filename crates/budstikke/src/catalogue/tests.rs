//! What is promised about the catalogue.

use std::path::Path;

use anyhow::{Context, Error, anyhow};

use super::entries::{self, all, find};
use super::report::as_json;
use super::*;

#[test]
fn the_page_of_errors_is_this_catalogue() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/errors.md");
    let there = std::fs::read_to_string(file).unwrap_or_default();
    assert!(there == page::page(), "write it with: budstikke errors --markdown > docs/reference/errors.md");
}

#[test]
fn codes_rise_and_none_is_used_twice() {
    let codes: Vec<&str> = all().map(|entry| entry.code).collect();
    assert!(codes.is_sorted_by(|one, next| one < next), "{codes:?}");
    for code in &codes {
        assert!(code.len() == 8 && code.starts_with("BUD-"), "{code}");
    }
    for (family, first) in entries::FAMILIES.iter().zip(["1", "2", "3", "4", "5", "6", "9"]) {
        assert!(family.entries.iter().all(|entry| entry.code[4..].starts_with(first)), "{}", family.title);
    }
}

#[test]
fn every_entry_says_everything_in_sentences() {
    for entry in all() {
        assert!(!entry.what.ends_with('.') && entry.what.len() > 10, "{}", entry.code);
        for text in [entry.cause, entry.remedy] {
            assert!(text.ends_with('.') && text.len() > 20 && !text.contains('\n'), "{}: {text}", entry.code);
        }
        assert_ne!(entry.exit, Exit::Done, "{}", entry.code);
    }
}

#[test]
fn an_entry_is_found_however_its_code_is_written() {
    for code in ["BUD-2001", "bud-2001", " 2001 "] {
        assert_eq!(find(code).map(|entry| entry.code), Some("BUD-2001"), "{code}");
    }
    for code in ["", "BUD-", "001", "BUD-0000", "1"] {
        assert!(find(code).is_none(), "{code}");
    }
}

#[test]
fn no_entry_is_one_that_nothing_raises() {
    let source = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for name in entries::names() {
        assert!(source.contains(&format!("::{name}")), "nothing names {name}");
    }
}

/// All code of the binary but the tables themselves.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for found in std::fs::read_dir(folder).expect("a folder") {
        let path = found.expect("an entry").path();
        if path.is_dir() && !path.ends_with("catalogue/entries") {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&std::fs::read_to_string(&path).expect("a file"));
        }
    }
    text
}

#[test]
fn an_error_keeps_its_entry_whatever_is_said_around_it() {
    let code = |error: &Error| entry_of(error).code;
    let told: Result<(), Error> = Err(anyhow!("deep down"));
    let told = told.context(entries::files::FILE_CONTENT.says("line 1")).context("nothing was imported");
    let told = told.expect_err("an error");
    assert_eq!(code(&told), "BUD-5004");

    let library: Result<(), _> = Err(store::DataDirError::InUse("here".into()));
    let library = library.context("the server").expect_err("an error");
    assert_eq!(code(&library), "BUD-2001");

    let copied = store::copy::CopyError::DataDir(store::DataDirError::HalfRestored("here".into()));
    assert_eq!(code(&Error::new(copied)), "BUD-2002");
    assert_eq!(code(&Error::new(store::Error::Full)), "BUD-3002");
    assert_eq!(code(&anyhow!("a riddle")), "BUD-9002");
}

#[test]
fn an_error_for_machines_says_all_that_people_are_told() {
    let error = Error::new(entries::server::NOT_FOUND.says("no shipment")).context("the status");
    let json = as_json(&error);
    assert_eq!(json["error"]["code"], "BUD-4006");
    assert_eq!(
        (&json["error"]["message"], &json["error"]["because"][0]),
        (&"the status".into(), &"no shipment".into())
    );
    assert_eq!((&json["error"]["exitCode"], &json["error"]["whoseMove"]), (&4.into(), &"yours".into()));
}
