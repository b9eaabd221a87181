//! The three with Patroni.

use testkit::patroni::Trio;

#[test]
#[ignore = "on request: needs patroni and etcd"]
fn another_leads_when_the_leader_is_killed_and_the_killed_one_follows_it() {
    let trio = Trio::start();
    let first = trio.wait_for_leader();
    trio.query("CREATE TABLE kept (n BIGINT); INSERT INTO kept VALUES (7)");

    trio.kill(first);
    let second = trio.wait_for_leader();

    assert_ne!(first, second);
    assert_eq!(trio.query("SELECT n FROM kept"), [["7"]]);
    trio.start_member(first);
    trio.wait_until_whole();
    assert_eq!(trio.wait_for_leader(), second);
}
