//! Running tests again on PostgreSQL.

use store::Engine;
use testkit::again;
use testkit::stores::{chosen, temporary};

#[test]
fn the_second_run_is_on_postgres_and_the_first_is_not_unless_somebody_asked() {
    assert_eq!(temporary().engine(), chosen());
    if again::is_second_run() {
        assert_eq!(chosen(), Engine::Postgres);
    }
}

/// Not a test: what the next one wants to see fail.
#[test]
#[ignore = "fails on purpose"]
fn fails_in_the_second_run() {
    assert!(!again::is_second_run(), "this is the second run");
}

#[test]
fn a_failure_in_the_second_run_is_told_with_its_words() {
    if again::is_second_run() {
        return;
    }
    let told = again::on_postgres(&["--exact", "--ignored", "again::fails_in_the_second_run"]);

    assert!(told.as_ref().is_err_and(|text| text.contains("this is the second run")), "{told:?}");
}

#[test]
fn a_second_run_without_a_test_is_a_failure() {
    if again::is_second_run() {
        return;
    }
    let told = again::on_postgres(&["--exact", "no such test"]);

    assert!(told.as_ref().is_err_and(|text| text.contains("no test ran")), "{told:?}");
}
