//! The documents of both APIs, as they are served and as the command writes them.

use trials::{Answer, Place, run};

const NAMES: [&str; 2] = ["notify", "exchange"];

fn checked_in(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/");
    std::fs::read_to_string(format!("{folder}{name}.json")).expect("a document")
}

#[tokio::test]
async fn documents_are_served_to_anybody_with_a_page_that_needs_no_script() {
    let server = Place::new().start().await;
    let get = async |path: &str| {
        let answer = reqwest::get(server.url(path)).await.expect("an answer");
        let policy = answer.headers().get("content-security-policy").cloned();
        let (status, kind) = (answer.status(), answer.headers()["content-type"].clone());
        (status, kind, policy, answer.text().await.expect("text"))
    };
    for name in NAMES {
        let (status, kind, _, document) = get(&format!("/openapi/{name}.json")).await;
        assert_eq!((status.as_u16(), kind.as_bytes()), (200, b"application/json".as_slice()));
        assert_eq!(document, checked_in(name));

        let (status, kind, policy, page) = get(&format!("/openapi/{name}")).await;
        assert_eq!((status.as_u16(), kind.as_bytes()), (200, b"text/html; charset=utf-8".as_slice()));
        let policy = policy.expect("a policy");
        assert!(policy.to_str().expect("text").starts_with("default-src 'none'"), "{policy:?}");
        assert!(
            !page.contains("<script") && !page.contains("style=\"") && !page.contains("http://"),
            "{page}"
        );
        let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
        for methods in document["paths"].as_object().expect("paths").values() {
            for operation in methods.as_object().expect("operations").values() {
                let id = operation["operationId"].as_str().expect("a name");
                assert!(page.contains(&format!("<details id=\"{id}\">")), "{id} is not on the page");
            }
        }
        for schema in document["components"]["schemas"].as_object().expect("schemas").keys() {
            assert!(page.contains(&format!("id=\"schema-{schema}\"")), "{schema} is not on the page");
        }
    }
    let (status, kind, ..) = get("/openapi/openapi.css").await;
    assert_eq!((status.as_u16(), kind.as_bytes()), (200, b"text/css; charset=utf-8".as_slice()));
    assert_eq!(
        Answer::of(reqwest::Client::new().get(server.url("/openapi/other"))).await.expect("one").status,
        404
    );
    assert!(get("/openapi").await.3.contains("Budstikke Notify"));
}

#[tokio::test]
async fn the_command_writes_the_document_that_is_checked_in() {
    let place = Place::new();
    for name in NAMES {
        let written = run(place.folder(), &["openapi", name]).await;
        assert!(written.status.success(), "{}", written.err);
        assert_eq!(written.out, checked_in(name));
    }
}
