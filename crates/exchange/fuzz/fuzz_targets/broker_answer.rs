//! Answers of the broker: lists, overviews and downloads of any kind end in an arrival or in an error, and
//! a download leaves a whole blob or none.
#![no_main]

mod answering;

use std::sync::{Arc, LazyLock};

use answering::{Answering, parts};
use async_trait::async_trait;
use auth::{TokenError, TokenRequest, TokenSource};
use exchange::transports::{Fetched, Transport as _, Watched};
use exchange::transports::dpo::{self, Dpo};
use libfuzzer_sys::fuzz_target;
use store::blobs::{BlobKey, Blobs as _, FileBlobs};
use tempfile::TempDir;
use types::{OrgNumber, Secret};

/// Always the same token.
#[derive(Debug)]
struct OneToken;

#[async_trait]
impl TokenSource for OneToken {
    async fn token(&self, _: &TokenRequest) -> Result<Secret, TokenError> {
        Ok(Secret::new("token".to_owned()))
    }

    async fn refused(&self, _: &TokenRequest, _: &Secret) {}
}

/// A message that this organization has sent.
fn watched(organization: OrgNumber) -> Watched {
    let id = || "8d2d5b52-3a3e-4c0d-9a37-9c2f5b3c7c11".to_owned();
    Watched { message_id: id(), conversation_id: id(), reference: id(), organization }
}

struct Asked {
    server: Answering,
    channel: Dpo,
    blobs: FileBlobs,
    own: OrgNumber,
    _folder: TempDir,
}

static ASKED: LazyLock<Asked> = LazyLock::new(|| {
    let server = Answering::start();
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = FileBlobs::open(folder.path()).expect("a folder for blobs");
    let own: OrgNumber = "310000001".parse().expect("nine digits");
    let channel = Dpo::new(dpo::Parts {
        http: web::plain_client().expect("a client"),
        tokens: Arc::new(OneToken),
        blobs: Arc::new(blobs.clone()),
        config: dpo::Config {
            broker_url: server.url.clone(),
            system_users: vec![dpo::SystemUserConfig { org: own, name: None }],
            ..dpo::Config::default()
        },
    });
    Asked { server, channel: channel.expect("a channel"), blobs, own, _folder: folder }
});

fuzz_target!(|bytes: &[u8]| {
    let Asked { server, channel, blobs, own, .. } = &*ASKED;
    let mut bodies = parts(bytes, 3).into_iter();
    let mut next = || bodies.next().unwrap_or_default();
    let (list, overview, download) = (next(), next(), next());
    server.runtime.block_on(async {
        server.with(vec![list, overview.clone()]);
        let arrivals = channel.arrivals(*own, None).await.map(|page| page.arrivals).unwrap_or_default();
        server.with(vec![overview]);
        let _ = channel.statuses(&[watched(*own)]).await;
        for arrival in arrivals.into_iter().take(2) {
            server.with(vec![download.clone()]);
            let into = BlobKey::new("in-package", uuid::Uuid::new_v4());
            match channel.fetch(&arrival, &into).await {
                Ok(fetched) => {
                    let Fetched::TransportZip { bytes } = fetched else { panic!("not what DPO carries") };
                    assert_eq!(blobs.size(&into).await.expect("it is there"), bytes);
                    blobs.delete(&into).await.expect("it can be removed");
                }
                Err(_) => assert!(blobs.size(&into).await.is_err(), "half of it is there"),
            }
        }
    });
});
