//! The certificates of all tests.

use std::sync::LazyLock;

use asic::{Certificate, Identity, PrivateKey};
use auth::Authority;
use auth::authority::{Credential, Profile, Subject};

use super::{A, B, C, clock, org};

/// Keys take long to make, so all tests share the certificates.
pub(super) static PKI: LazyLock<Pki> = LazyLock::new(Pki::make);

pub(super) struct Pki {
    pub(super) credentials: Vec<Credential>,
    pub(super) root: Vec<u8>,
}

impl Pki {
    fn make() -> Self {
        let authority = Authority::generate(clock()).expect("an authority");
        let subject = |number: &str| Subject {
            org: org(number),
            name: format!("Organization {number}"),
            profile: Profile::Newer,
        };
        let credentials =
            authority.issue_all(&[subject(A), subject(B), subject("310000003"), subject(A), subject(C)]);
        Self { credentials: credentials.expect("certificates"), root: authority.root_der().to_vec() }
    }
}

/// Where an organization's certificate is.
pub(super) fn credential_of(number: &str) -> usize {
    match number {
        A => 0,
        B => 1,
        C => 4,
        _ => 2,
    }
}

pub fn identity(credential: &Credential) -> Identity {
    let read = |der: &Vec<u8>| Certificate::from_der(der).expect("a certificate");
    let mut chain: Vec<_> = credential.chain.iter().map(read).collect();
    let key = PrivateKey::from_der(credential.key.pkcs8_der().reveal()).expect("a key");
    Identity::new(chain.remove(0), chain, key).expect("they belong together")
}

/// The identity of an organization of the tests; 2 is a stranger's, 3 is another one of A's, 4 is C's.
pub fn identity_of(at: usize) -> Identity {
    identity(&PKI.credentials[at])
}
