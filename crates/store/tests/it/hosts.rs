//! Several hosts, and connections that nobody can listen to.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use store::{Error, Options, PostgresConfig, Store, params};
use testkit::postgres::{self, Cluster};

fn open(url: String) -> Result<Store, Error> {
    let config = PostgresConfig { writers: 1, readers: 1, patience_ms: 500, ..PostgresConfig::at(url) };
    Store::connect(&config, &Options::default())
}

/// The port of a URL that testkit gave.
fn with_hosts(url: &str, hosts: &str) -> String {
    let (before, after) = url.split_once('@').expect("a user");
    let (_, database) = after.split_once('/').expect("a database");
    format!("{before}@{hosts}/{database}")
}

#[tokio::test]
async fn of_several_hosts_the_one_that_can_be_written_to_is_taken() {
    let (url, port) = (postgres::shared().database(), postgres::shared().port());
    let read_only = Cluster::start();
    let name = url.rsplit('/').next().expect("a name");
    read_only.administer(&format!("CREATE DATABASE {name}"));
    read_only.administer("ALTER SYSTEM SET default_transaction_read_only = on");
    read_only.restart();
    let hosts = format!("127.0.0.1:1,127.0.0.1:{},127.0.0.1:{port}", read_only.port());

    let store = open(with_hosts(&url, &hosts)).expect("a store");

    let found: i64 = store
        .write(|tx| tx.one("SELECT CAST(inet_server_port() AS BIGINT)", params![]))
        .await
        .expect("the server's port");
    assert_eq!(found, i64::from(port));
}

#[tokio::test]
async fn a_host_that_takes_connections_and_stands_still_is_passed_over() {
    let (url, port) = (postgres::shared().database(), postgres::shared().port());
    let still = Cluster::start();
    still.pause();

    let hosts = format!("127.0.0.1:{},127.0.0.1:{port}", still.port());
    let store = open(with_hosts(&url, &hosts)).expect("a store");

    let found: i64 = store
        .read(|tx| tx.one("SELECT CAST(inet_server_port() AS BIGINT)", params![]))
        .await
        .expect("the server's port");
    assert_eq!(found, i64::from(port));
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// Writes certificate and key for `127.0.0.1` where the server may read them.
    fn equip(&self, cluster: &Cluster) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        let folder = cluster.folder();
        for (name, text) in [("server.crt", certificate), ("server.key", key.serialize_pem())] {
            let file = folder.join(name);
            std::fs::write(&file, text).expect("written");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("permissions");
            let owner = std::fs::metadata(folder.join("data")).expect("the server's folder");
            chown(&file, Some(owner.uid()), Some(owner.gid())).expect("given to the server");
        }
        for (setting, value) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
            cluster.administer(&format!("ALTER SYSTEM SET {setting} = '{}'", folder.join(value).display()));
        }
        cluster.administer("ALTER SYSTEM SET ssl = on");
        cluster.restart();
    }

    fn root_file(&self, folder: &Path, name: &str) -> PathBuf {
        let file = folder.join(name);
        std::fs::write(&file, &self.root).expect("written");
        file
    }
}

#[tokio::test]
async fn a_server_must_show_a_certificate_that_is_trusted() {
    let cluster = Cluster::start();
    let (ours, others) = (Authority::new(), Authority::new());
    ours.equip(&cluster);
    let url = cluster.database();
    let folder = std::env::temp_dir().join(format!("budstikke-tls-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).expect("a folder");
    let with = |file: &Path| format!("{url}?sslmode=verify-full&sslrootcert={}", file.display());

    let trusted = open(with(&ours.root_file(&folder, "ours.pem"))).expect("a store");
    let stranger = open(with(&others.root_file(&folder, "others.pem"))).err().expect("a refusal");
    let public = open(format!("{url}?sslmode=require")).err().expect("a refusal");
    let missing = open(with(&folder.join("missing.pem"))).err().expect("a refusal");

    let encrypted: bool = trusted
        .read(|tx| tx.one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", params![]))
        .await
        .expect("a row");
    assert!(encrypted);
    assert!(stranger.to_string().contains("sslrootcert"), "{stranger}");
    assert!(public.to_string().contains("sslrootcert"), "{public}");
    assert!(missing.to_string().contains("missing.pem"), "{missing}");
    std::fs::remove_dir_all(folder).expect("tidy up");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_it_is_required() {
    let url = postgres::shared().database();
    let refused = open(format!("{url}?sslmode=require")).err().expect("a refusal");
    assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
}
