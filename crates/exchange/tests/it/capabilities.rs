//! What a receiver can get, as the registry says it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use exchange::registry::ServiceIdentifier;
use exchange::registry::hosted::{self, HostedRegistry, SignatureTrust};
use http::StatusCode;
use serde_json::json;
use url::Url;

use crate::app::{alone, alone_asking, clock, serve};

/// Covers: IP-34, IP-35
#[tokio::test]
async fn channels_that_are_switched_off_are_listed_and_so_is_nothing() {
    let world = alone(|config| config.services = vec!["DPO".to_owned()]).await;
    assert_eq!(world.gateway.get("api/capabilities/310000007").await.json(), json!({ "capabilities": [] }));

    let standard = "urn:no:difi:arkivmelding:xsd::arkivmelding";
    world.registry.takes(ServiceIdentifier::Dpv, standard);
    let listed = world.gateway.get("api/capabilities/310000007").await;
    assert_eq!(listed.status, 200);
    let listed = listed.json();
    assert_eq!(listed["capabilities"][0]["serviceIdentifier"], "DPV");
    let sbd = crate::app::to_anybody("arkivmelding", standard, json!({}));
    let refused = world.gateway.post_json("api/messages/out", &sbd).await;
    assert_eq!(
        refused.refusal(),
        (400, "ServiceNotEnabledException".to_owned()),
        "though it is switched off"
    );
}

/// Covers: IP-31
#[tokio::test]
async fn level_and_process_are_passed_on_to_the_registry() {
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let note = Arc::clone(&asked);
    let registry = serve(Router::new().fallback(move |request: Request| {
        note.lock().expect("no panic").push(request.uri().to_string());
        async { StatusCode::NOT_FOUND }
    }))
    .await;
    let hosted = HostedRegistry::new(hosted::Parts {
        http: web::plain_client().expect("a client"),
        tokens: None,
        trust: SignatureTrust::Published(Url::parse("http://keys.localhost/jwk").expect("a URL")),
        clock: clock(),
        config: hosted::Config { url: registry.url.clone(), ..hosted::Config::default() },
    });
    let world = alone_asking(Arc::new(hosted.expect("a registry"))).await;

    let process = "urn:no:difi:profile:arkivmelding:administrasjon:ver1.0";
    for query in ["", "?securityLevel=4", &format!("?process={process}&securityLevel=3")] {
        let answer = world.gateway.get(&format!("api/capabilities/310000007{query}")).await;
        assert_eq!(answer.refusal(), (404, "IdentifierNotFoundException".to_owned()));
    }

    let asked = asked.lock().expect("no panic").clone();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(
        asked[0].starts_with("/identifier/310000007") && !asked[0].contains("securityLevel"),
        "{asked:?}"
    );
    assert!(asked[1].contains("securityLevel=4") && !asked[1].contains("/process/"), "{asked:?}");
    let process = asked[2].replace("%3A", ":").contains(&format!("/identifier/310000007/process/{process}?"));
    assert!(process && asked[2].contains("securityLevel=3"), "{asked:?}");
}
