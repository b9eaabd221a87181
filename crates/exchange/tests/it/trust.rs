//! Whom B believes: signers who were revoked, lists that cannot be had, and signers who are not senders.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use asic::{Certificate, Identity, PrivateKey, TrustAnchors};
use auth::SigningKey;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use exchange::trust::{Revocation, SenderCheck};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CrlDistributionPoint, DnType, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};

use crate::app::{A, B, Served, World, arkivmelding, files, identity_of, org, serve, world_with};

/// An authority, and what it answers when it is asked for its list.
pub struct Issuing {
    issuer: Issuer<'static, KeyPair>,
    root: Certificate,
    answer: Arc<Mutex<Option<Vec<u8>>>>,
    asked: Arc<Mutex<usize>>,
    served: Served,
}

fn key() -> (SigningKey, KeyPair) {
    let key = SigningKey::generate().expect("a key");
    let pair = KeyPair::try_from(key.pkcs8_der().reveal().as_slice()).expect("a pair");
    (key, pair)
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (date_time_ymd(2025, 1, 1), date_time_ymd(2035, 1, 1));
    params
}

impl Issuing {
    pub async fn start() -> Self {
        let (_, pair) = key();
        let mut params = params("Issuer with lists");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = params.self_signed(&pair).expect("a certificate");
        let root = Certificate::from_der(root.der()).expect("a certificate");
        let (answer, asked) = (Arc::<Mutex<Option<Vec<u8>>>>::default(), Arc::<Mutex<usize>>::default());
        let (served, counted) = (Arc::clone(&answer), Arc::clone(&asked));
        let list = get(async move || {
            *counted.lock().expect("not poisoned") += 1;
            let answer = served.lock().expect("not poisoned").clone();
            answer.map_or((StatusCode::NOT_FOUND, Vec::new()), |list| (StatusCode::OK, list))
        });
        let served = serve(Router::new().route("/ca.crl", list)).await;
        Self { issuer: Issuer::new(params, pair), root, answer, asked, served }
    }

    /// A certificate of A's that names the list.
    pub fn identity(&self, serial: u64) -> Identity {
        let (key, pair) = key();
        let mut params = params("Etat");
        params.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 97]), format!("NTRNO-{A}"));
        params.serial_number = Some(SerialNumber::from(serial));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        let uris = vec!["ldap://directory.invalid/ca".to_owned(), format!("{}ca.crl", self.served.url)];
        params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
        let made = params.signed_by(&pair, &self.issuer).expect("a certificate");
        let own = Certificate::from_der(made.der()).expect("a certificate");
        let key = PrivateKey::from_der(key.pkcs8_der().reveal()).expect("a key");
        Identity::new(own, vec![self.root.clone()], key).expect("a pair")
    }

    /// Publishes a list with these serial numbers, good until a day in 2026.
    fn publish(&self, revoked: &[u64], until: (u8, u8)) {
        let revoked = revoked.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2026, 2, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 3, 1),
            next_update: date_time_ymd(2026, until.0, until.1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).expect("a list");
        *self.answer.lock().expect("not poisoned") = Some(list.der().to_vec());
    }

    fn withdraw(&self) {
        *self.answer.lock().expect("not poisoned") = None;
    }

    fn asked(&self) -> usize {
        *self.asked.lock().expect("not poisoned")
    }
}

/// A signs with a certificate that names lists, and B believes its issuer.
async fn world_of(issuing: &Issuing, serial: u64, revocation: Revocation) -> World {
    let world = world_with(move |config| config.trust.revocation = revocation).await;
    world.a.exchange.identities().replace(vec![issuing.identity(serial)]).expect("one");
    world.b.exchange.replace_trust(Some(TrustAnchors::new(vec![issuing.root.clone()])));
    world
}

async fn set_aside(world: &World) -> Vec<String> {
    let rows = exchange::overview::set_aside(&world.b.store, org(B), 10).await;
    rows.expect("rows").into_iter().map(|row| row.reason).collect()
}

async fn send(world: &World) -> String {
    let id = world.a.send(&arkivmelding(), &files()).await;
    world.settle().await;
    id
}

#[tokio::test]
async fn a_revoked_signer_is_refused_and_another_one_of_the_issuer_is_not() {
    let issuing = Issuing::start().await;
    issuing.publish(&[7], (3, 9));
    let revoked = world_of(&issuing, 7, Revocation::Prefer).await;
    let fine = world_of(&issuing, 8, Revocation::Require).await;

    send(&revoked).await;
    assert_eq!(revoked.b.peek().await, None);
    assert_eq!(set_aside(&revoked).await, ["the signer is not trusted: the certificate has been revoked"]);
    let (first, second) = (send(&fine).await, send(&fine).await);
    assert_eq!([fine.b.peek().await, fine.b.peek().await], [Some(first), Some(second)]);
    assert_eq!(issuing.asked(), 2, "the list is kept, by each of the two");
}

/// Covers: ET-84
#[tokio::test]
async fn a_list_that_cannot_be_had_stops_nobody_or_makes_messages_wait_as_configured() {
    let issuing = Issuing::start().await;
    let off = world_of(&issuing, 7, Revocation::Off).await;
    let prefer = world_of(&issuing, 7, Revocation::Prefer).await;
    let require = world_of(&issuing, 7, Revocation::Require).await;

    let id = send(&off).await;
    assert_eq!((off.b.peek().await, issuing.asked()), (Some(id), 0));
    let id = send(&prefer).await;
    assert_eq!((prefer.b.peek().await, issuing.asked()), (Some(id), 1));
    let id = send(&require).await;
    assert_eq!(require.b.peek().await, None, "nobody knows yet");
    assert_eq!(set_aside(&require).await, Vec::<String>::new(), "it waits on its channel");
    assert_eq!(require.a.statuses(&id).await, ["OPPRETTET", "SENDT"]);

    issuing.publish(&[], (3, 9));
    require.pass(3_600);
    require.settle().await;
    assert_eq!(require.b.peek().await, Some(id), "now somebody does");
}

#[tokio::test]
async fn a_list_is_used_until_its_end_when_its_issuer_does_not_answer_and_no_longer() {
    let issuing = Issuing::start().await;
    issuing.publish(&[], (3, 3));
    let world = world_of(&issuing, 7, Revocation::Require).await;
    let take = async |id: String| {
        assert_eq!(world.b.peek().await.as_ref(), Some(&id));
        assert_eq!(world.b.delete(&format!("api/messages/in/{id}")).await.status, 200);
    };
    take(send(&world).await).await;
    issuing.withdraw();

    world.pass(3_600);
    take(send(&world).await).await;
    world.clock.advance(Duration::from_secs(24 * 3_600));
    send(&world).await;
    assert_eq!(world.b.peek().await, None, "it is out of date");
}

#[tokio::test]
async fn an_unbelievable_list_counts_as_none() {
    let (issuing, impostor) = (Issuing::start().await, Issuing::start().await);
    impostor.publish(&[], (3, 9));
    let forged = impostor.answer.lock().expect("not poisoned").clone();
    *issuing.answer.lock().expect("not poisoned") = forged;
    let world = world_of(&issuing, 7, Revocation::Require).await;

    send(&world).await;

    assert_eq!(world.b.peek().await, None);
    assert_eq!(set_aside(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_container_signed_by_another_than_the_sender_is_refused_where_that_is_wanted() {
    let strict = |config: &mut exchange::Config| config.trust.sender = SenderCheck::Refuse;
    let with_operator = |config: &mut exchange::Config| {
        config.trust.sender = SenderCheck::Refuse;
        config.trust.operators = vec![org("310000003")];
    };
    let mut received = Vec::new();
    for world in [world_with(|_| {}).await, world_with(strict).await, world_with(with_operator).await] {
        let own = send(&world).await;
        assert_eq!(world.b.peek().await, Some(own), "the sender itself may always sign");
        world.a.exchange.identities().replace(vec![identity_of(2)]).expect("one");
        let id = send(&world).await;
        received.push(world.b.peek().await == Some(id));
        if received.last() == Some(&false) {
            let reason = "the container is signed by 310000003, and its sender is 310000001";
            assert_eq!(set_aside(&world).await, [reason]);
        }
    }

    assert_eq!(received, [true, false, true]);
}
