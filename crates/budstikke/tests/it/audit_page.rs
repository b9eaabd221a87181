//! The audit log as people read it in the console.

use trials::{Place, eventually};

#[tokio::test]
async fn the_log_is_read_the_newest_first_and_narrowed_down() {
    let place = Place::new();
    let server = place.start().await;
    assert_eq!(server.try_to_sign_in("admin", "<guess>").await.status(), 401);
    let admin = server.sign_in().await;
    let fields = [("login", "kari"), ("password", "et langt passord"), ("role", "read")];
    assert_eq!(admin.post("/console/users", &fields).await.status, 200);
    let rows = async |query: &str| {
        let page = admin.get(&format!("/console/audit{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        page.text.matches("<tr><td>").count()
    };
    eventually("the entries to be in the chain", async || (rows("").await == 3).then_some(())).await;
    let page = admin.get("/console/audit").await.text;
    let at = |text: &str| page.rfind(text).unwrap_or_else(|| panic!("{text} in {page}"));
    assert!(at("<td>user.changed</td>") < at("<td>signed_in</td>"), "the newest first");
    assert!(at("<td>signed_in</td>") < at("<td>sign_in.refused</td>"));
    for (query, count) in [
        ("?actor=ADMIN", 2),
        ("?actor=somebody", 1),
        ("?action=user.changed", 1),
        ("?subject=kari", 1),
        ("?actor=%25", 0),
        ("?from=2000-01-01T00:00&until=2000-01-02T00:00", 0),
        ("?from=2000-01-01T00:00", 3),
        ("?from=yesterday", 3),
        ("?up_to=1", 1),
    ] {
        assert_eq!(rows(query).await, count, "{query}");
    }
    let attack = admin.get("/console/audit?actor=%22%3E%3Cscript%3E").await.text;
    assert!(!attack.contains("\"><script>"), "{attack}");
    let raw = admin.get("/console/audit?format=ndjson").await;
    assert_eq!((raw.media_type.as_str(), raw.text.lines().count()), ("application/x-ndjson", 3));
}
