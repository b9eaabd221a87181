//! Equal servers on one database and one bucket.

use std::net::SocketAddr;

use testkit::s3::S3Server;
use trials::{Door, OtherParty, Outside, Place, Server, Trial};

const NODES: usize = 3;

/// The servers.
pub struct Nodes {
    nodes: Vec<(Place, Server)>,
    door: Door,
}

impl Nodes {
    /// Starts them one after the other; all answer when this returns.
    pub async fn start(database: &str, bucket: &S3Server, outside: &Outside, other: &OtherParty) -> Self {
        let (mut nodes, blobs) = (Vec::new(), format!("s3://{}/budstikke", bucket.bucket()));
        for _ in 0..NODES {
            let mut place = Place::new();
            Trial::furnish(&mut place, outside, other);
            place.set("store", format!("\"{database}\""));
            place.set("blobs", format!("\"{blobs}\""));
            place.set("s3.endpoint", format!("\"{}\"", bucket.endpoint()));
            place.set("s3.access_key", format!("\"{}\"", bucket.access_key()));
            place.set("s3.secret_key", format!("\"{}\"", bucket.secret_key()));
            place.set("s3.allow_http", "true");
            let server = place.start_without_token().await;
            nodes.push((place, server));
        }
        let all: Vec<&str> = nodes.iter().map(|(_, server)| server.api.as_str()).collect();
        let door = Door::to(&all).await;
        Self { nodes, door }
    }

    /// Leads to all of them in turn.
    pub const fn door(&self) -> &Door {
        &self.door
    }

    /// Where each is reached.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|(_, server)| server.api.parse().expect("an address")).collect()
    }

    /// Stops them in an orderly way; what should not have happened meanwhile.
    pub async fn stop(self) -> Vec<String> {
        let mut broken = Vec::new();
        for (place, server) in self.nodes {
            server.stop().await;
            let panicked = place.log().lines().filter(|line| line.contains("panicked")).count();
            broken.extend((panicked > 0).then(|| format!("a node panicked {panicked} times")));
        }
        broken
    }
}
