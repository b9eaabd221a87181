use http::StatusCode;
use serde_json::{Value, json};
use simulators::ContactRegister;
use testkit::serving::{Running, start};
use testkit::stepped_clock;

use crate::client;

/// One person of each kind; it is March 2026.
const PERSONS: &str = r#"{"persons": [
  {"nationalIdentityNumber": "13858130624",
   "email": "kari@fjord.example", "emailLastConfirmed": "2026-01-02T10:00:00Z",
   "mobile": "+4799999999", "mobileLastConfirmed": "2024-01-02T10:00:00Z"},
  {"nationalIdentityNumber": "07906636225", "reserved": true,
   "mobile": "+4740000001", "lastConfirmed": "2026-01-02T10:00:00Z"},
  {"nationalIdentityNumber": "01010050053", "language": "se", "email": "stale@fjord.example"},
  {"nationalIdentityNumber": "14817210075", "deleted": true,
   "email": "gone@fjord.example", "lastConfirmed": "2026-01-02T10:00:00Z"}
]}"#;

const EVERYBODY: [&str; 5] = ["13858130624", "07906636225", "01010050053", "14817210075", "99999999999"];

async fn register() -> (ContactRegister, Running) {
    let register = ContactRegister::from_json(PERSONS.as_bytes(), stepped_clock()).expect("persons");
    let server = start(register.router()).await;
    (register, server)
}

async fn ask(server: &Running, path: &str, body: &Value) -> (StatusCode, Value) {
    let request = client().post(server.url(path)).bearer_auth("token").json(body);
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn the_profile_dialect_leaves_out_what_is_stale_unless_asked_for() {
    let (_, server) = register().await;
    let path = "/profile/api/v1/users/contactpoint/lookup";

    let (_, fresh) =
        ask(&server, path, &json!({"nationalIdentityNumbers": EVERYBODY, "useStaleContactInfo": false}))
            .await;
    let (_, all) =
        ask(&server, path, &json!({"nationalIdentityNumbers": EVERYBODY, "useStaleContactInfo": true})).await;

    let expected = json!({"contactPointsList": [
        {"userId": 0, "nationalIdentityNumber": "13858130624", "isReserved": false,
         "mobileNumber": null, "mobileNumberIsOutdated": true,
         "email": "kari@fjord.example", "emailIsOutdated": false},
        {"userId": 0, "nationalIdentityNumber": "07906636225", "isReserved": true,
         "mobileNumber": "+4740000001", "mobileNumberIsOutdated": false,
         "email": null, "emailIsOutdated": true}]});
    assert_eq!(fresh, expected);
    assert_eq!(all["contactPointsList"][0]["mobileNumber"], "+4799999999");
    assert_eq!(all["contactPointsList"][2]["email"], "stale@fjord.example");
    assert_eq!(all["contactPointsList"][2]["emailIsOutdated"], true);
    assert_eq!(all["contactPointsList"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn availability_tells_only_whether_there_is_something() {
    let (_, server) = register().await;
    let path = "/profile/api/v1/users/contactpoint/availability";

    let (_, found) = ask(&server, path, &json!({"nationalIdentityNumbers": ["13858130624"]})).await;
    let (status, none) = ask(&server, path, &json!({"nationalIdentityNumbers": []})).await;

    let expected = json!({"availabilityList": [{"userId": 0, "nationalIdentityNumber": "13858130624",
        "isReserved": false, "mobileNumberRegistered": false, "emailRegistered": true}]});
    assert_eq!(found, expected);
    assert_eq!((status, none), (StatusCode::OK, json!({"availabilityList": []})));
}

#[tokio::test]
async fn the_register_s_own_dialect_gives_everything_and_says_what_it_is_worth() {
    let (_, server) = register().await;

    let wanted = json!({"personidentifikatorer": EVERYBODY, "inkluderIkkeRegistrerte": true});
    let (_, found) = ask(&server, "/rest/v2/personer", &wanted).await;

    let persons = found["personer"].as_array().expect("a list");
    let of = |field: &str| {
        persons.iter().map(|person| person[field].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("personidentifikator"), EVERYBODY);
    assert_eq!(of("reservasjon"), ["NEI", "JA", "NEI", "NEI", "NEI"]);
    assert_eq!(of("status"), ["AKTIV", "AKTIV", "AKTIV", "SLETTET", "IKKE_REGISTRERT"]);
    assert_eq!(
        of("varslingsstatus"),
        ["KAN_VARSLES", "KAN_IKKE_VARSLES", "KAN_IKKE_VARSLES", "KAN_IKKE_VARSLES", "KAN_IKKE_VARSLES"]
    );
    assert_eq!(of("spraak"), ["nb", "nb", "se", "-", "-"]);
    assert_eq!(persons[0]["kontaktinformasjon"]["mobiltelefonnummer"], "+4799999999");
    assert_eq!(persons[0]["kontaktinformasjon"]["mobiltelefonnummer_oppdatert"], "2024-01-02T10:00:00Z");
    assert_eq!(persons[3]["kontaktinformasjon"], Value::Null);

    let (_, without) = ask(&server, "/rest/v2/personer", &json!({"personidentifikatorer": EVERYBODY})).await;
    assert_eq!(without["personer"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn wrong_requests_and_outages_are_refused() {
    let (register, server) = register().await;
    let krr = "/rest/v2/personer";
    let status = async |wanted: Value| ask(&server, krr, &wanted).await.0.as_u16();

    assert_eq!(status(json!({"personidentifikatorer": []})).await, 400);
    assert_eq!(status(json!({"personidentifikatorer": vec!["13858130624"; 1001]})).await, 400);
    assert_eq!(status(json!({"personidentifikatorer": vec!["13858130624"; 1000]})).await, 200);
    assert_eq!(status(json!({"personidentifikatorer": ["1385813062"]})).await, 400);
    let anonymous = client().post(server.url(krr)).json(&json!({"personidentifikatorer": EVERYBODY}));
    assert_eq!(anonymous.send().await.expect("an answer").status(), 401);

    register.outage(Some(StatusCode::BAD_GATEWAY));
    assert_eq!(status(json!({"personidentifikatorer": EVERYBODY})).await, 502);
    register.outage(None);
    assert_eq!(status(json!({"personidentifikatorer": EVERYBODY})).await, 200);
    assert_eq!(register.requests(), 7);
}
