//! The other party: an organization with a server of its own, which nothing happens to. It keeps the
//! broker, the registry and the token issuer that both use.

use std::path::PathBuf;

use auth::Authority;
use auth::authority::{Profile, Subject};
use types::time::Clock;

use crate::{ORG, Place, Server, Ways};

/// The other party's number.
pub const OTHER_ORG: &str = "310000002";
/// The password of the servers under trial.
const PASSWORD: &str = "felles-passord";

/// The other party, and what it gave us to prove ourselves with.
pub struct OtherParty {
    place: Place,
    server: Server,
    ours: Papers,
}

/// Certificate, key and roots of an organization, as files.
struct Papers {
    certificate: PathBuf,
    key: PathBuf,
    roots: PathBuf,
}

impl OtherParty {
    /// Starts the other party, which knows us.
    pub async fn start() -> Self {
        let mut place = Place::new()
            .with("organization.number", format!("\"{OTHER_ORG}\""))
            .with("organization.name", "vidde")
            .with("log.filter", "warn");
        let folder = place.folder().join("papers");
        let authority = Authority::load_or_create(&folder.join("authority"), Clock::system());
        let ours = papers(&authority.expect("an authority"), &folder);
        place.set("embedded.authority_dir", folder.join("authority").display().to_string());
        let known =
            format!("[{{number=\"{ORG}\",name=\"fjord\",certificate=\"{}\"}}]", ours.certificate.display());
        place.set("organizations", known);
        let server = place.start().await;
        Self { place, server, ours }
    }

    /// Gives a place of ours what makes servers there equal to each other and known to the other party.
    pub fn introduce(&self, place: &mut Place) {
        place.set("organization.number", format!("\"{ORG}\""));
        place.set("organization.name", "fjord");
        place.set("organization.certificate_file", self.ours.certificate.display().to_string());
        place.set("organization.key_file", self.ours.key.display().to_string());
        place.set("organization.trusted_roots_file", self.ours.roots.display().to_string());
        place.set("exchange.user_password", PASSWORD);
        for service in ["issuer", "broker", "registry"] {
            place.set(&format!("embedded.{service}"), "false");
        }
        place.set("embedded.elsewhere", format!("http://{}/", self.server.services));
    }

    /// Ways to our servers through doors.
    pub async fn ways_to_us(&self, doors: Vec<std::net::SocketAddr>) -> Ways {
        let token = self.place.token(&self.server.services, ORG).await;
        Ways::new(doors, &token, PASSWORD)
    }

    /// Ways to the other party itself.
    pub fn ways(&self) -> Ways {
        let address = self.server.api.parse().expect("an address");
        Ways::new(vec![address], &self.server.token, &self.server.password)
    }

    /// Where its broker, registry and issuer are (`host:port`).
    pub fn services(&self) -> &str {
        &self.server.services
    }

    /// The most memory that its server ever had resident, in megabytes.
    pub fn peak_mb(&self) -> u64 {
        self.server.peak_mb()
    }

    /// What its server said on standard error.
    pub fn log(&self) -> String {
        self.place.log()
    }
}

fn papers(authority: &Authority, folder: &std::path::Path) -> Papers {
    let org = ORG.parse().expect("nine digits");
    let subject = Subject { org, name: format!("Organisasjon {ORG}"), profile: Profile::Both };
    let credential = authority.issue(&subject).expect("a certificate");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    };
    Papers {
        certificate: file("certificate.pem", &credential.chain_pem()),
        key: file("key.pem", credential.key.to_pkcs8_pem().expect("PEM").reveal()),
        roots: file("roots.pem", &authority.root_pem()),
    }
}
