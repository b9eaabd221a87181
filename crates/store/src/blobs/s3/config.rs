//! Where the bucket is, and how it is spoken to.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::client::{HttpClient, HttpConnector, ReqwestConnector};
use object_store::{BackoffConfig, Certificate, ClientOptions, RetryConfig};
use serde::Deserialize;
use types::secret::Secret;
use url::Url;

use super::create_only::CreateOnly;

/// The region that is named when nobody names one; what is not AWS seldom looks at it.
const REGION: &str = "us-east-1";
/// Parts that one upload can have, as S3 has it.
pub(super) const PARTS: usize = 10_000;

/// A bucket, and what the names of all our objects in it begin with: `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Location {
    bucket: String,
    /// Without slashes at its ends; empty for the whole bucket.
    prefix: String,
}

/// A text that is no place in S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a place in S3 is written s3://bucket or s3://bucket/prefix")]
pub struct S3LocationError;

impl S3Location {
    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What the names of our objects begin with, without slashes at its ends; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for S3Location {
    type Err = S3LocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("s3://").ok_or(S3LocationError)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let named = (3..=63).contains(&bucket.len()) && bucket.chars().all(plain);
        let placed = prefix.chars().all(|c| plain(c) || c == '/')
            && prefix.split('/').all(|step| step != "." && step != "..")
            && !prefix.contains("//");
        if named && placed {
            Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        } else {
            Err(S3LocationError)
        }
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl<'de> Deserialize<'de> for S3Location {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How the S3 service is spoken to.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct S3Config {
    /// Address of the service, such as `https://minio.example.no:9000`. Default: AWS, in `region`.
    pub endpoint: Option<Url>,
    /// Region that requests are signed for. Default: what `AWS_REGION` says, else `us-east-1`.
    pub region: Option<String>,
    /// Name of the key. Default: `AWS_ACCESS_KEY_ID`, a web identity, or what the machine or
    /// container has been given by AWS, in this order.
    pub access_key: Option<Secret>,
    /// The key itself; to be set together with `access_key`.
    pub secret_key: Option<Secret>,
    /// Whether the bucket's name stands in the path of an address (`true`) or in front of its host
    /// name (`false`). Default `true`, which every service understands.
    pub path_style: bool,
    /// Whether an endpoint that begins with `http://` may be used. Default `false`.
    pub allow_http: bool,
    /// File with certificates (PEM) that are trusted besides the public ones. Default: none.
    pub ca_file: Option<PathBuf>,
    /// Seconds until a connection is given up that is not established. Default 5.
    pub connect_timeout_seconds: u64,
    /// Seconds without a byte, or until a part that has been sent is answered. Default 30.
    pub timeout_seconds: u64,
    /// How often a request is tried again after a connection is lost or the service fails. Default 4.
    pub retries: usize,
    /// Seconds after which a request that has failed is not tried again. Default 30.
    pub retry_seconds: u64,
    /// Size of the parts that a large blob is sent in, in MiB, 5 to 512. Each upload under way
    /// holds two parts in memory, and a blob has at most 10 000 parts. Default 8: blobs of up to 78 GiB.
    pub part_mib: usize,
}

impl Default for S3Config {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: None,
            access_key: None,
            secret_key: None,
            path_style: true,
            allow_http: false,
            ca_file: None,
            connect_timeout_seconds: 5,
            timeout_seconds: 30,
            retries: 4,
            retry_seconds: 30,
            part_mib: 8,
        }
    }
}

/// Why the S3 settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum S3ConfigError {
    /// One half of a key.
    #[error("s3: set both access_key and secret_key, or neither")]
    HalfAKey,
    /// An address without TLS.
    #[error("s3: {0} is not https; set allow_http if the network between is your own")]
    PlainHttp(Url),
    /// A size that S3 has no parts of.
    #[error("s3: part_mib is {0}; a part has 5 to 512 MiB")]
    PartSize(usize),
    /// The certificates that shall be trusted cannot be read.
    #[error("s3: no certificates in {0}: {1}")]
    Certificates(PathBuf, String),
    /// Called outside of the asynchronous runtime.
    #[error("s3: connecting needs the asynchronous runtime")]
    NoRuntime,
    /// The client's own reason.
    #[error("s3: {0}")]
    Client(#[from] object_store::Error),
}

/// The client, and the bare connection for what the client does not offer.
pub(super) struct Clients {
    pub(super) s3: AmazonS3,
    pub(super) http: HttpClient,
}

impl S3Config {
    /// The client for `location`.
    pub(super) fn clients(&self, location: &S3Location) -> Result<Clients, S3ConfigError> {
        if !(5..=512).contains(&self.part_mib) {
            return Err(S3ConfigError::PartSize(self.part_mib));
        }
        let options = self.options()?;
        let mut builder = match (&self.access_key, &self.secret_key) {
            (Some(key), Some(secret)) => AmazonS3Builder::new()
                .with_access_key_id(key.reveal())
                .with_secret_access_key(secret.reveal()),
            (None, None) => AmazonS3Builder::from_env(),
            _ => return Err(S3ConfigError::HalfAKey),
        };
        if let Some(endpoint) = &self.endpoint {
            if endpoint.scheme() != "https" && !self.allow_http {
                return Err(S3ConfigError::PlainHttp(endpoint.clone()));
            }
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        let builder = builder
            .with_region(self.region())
            .with_bucket_name(location.bucket())
            .with_virtual_hosted_style_request(!self.path_style)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_disable_bulk_delete(true)
            .with_retry(self.retry())
            .with_client_options(options.clone())
            .with_http_connector(CreateOnly);
        Ok(Clients { s3: builder.build()?, http: ReqwestConnector::default().connect(&options)? })
    }

    fn region(&self) -> String {
        let from_environment =
            || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
        self.region.clone().or_else(from_environment).unwrap_or_else(|| REGION.to_owned())
    }

    /// Where the service is, for people.
    pub(super) fn address(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => endpoint.as_str().trim_end_matches('/').to_owned(),
            None => format!("AWS in {}", self.region()),
        }
    }

    /// Time-outs and roots. There is no limit on a whole answer: a blob may take hours.
    fn options(&self) -> Result<ClientOptions, S3ConfigError> {
        let mut options = ClientOptions::new()
            .with_allow_http(self.allow_http)
            .with_connect_timeout(Duration::from_secs(self.connect_timeout_seconds))
            .with_read_timeout(Duration::from_secs(self.timeout_seconds))
            .with_timeout_disabled();
        // A bare machine may have no roots installed.
        for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            options = options.with_root_certificate(Certificate::from_der(root)?);
        }
        if let Some(path) = &self.ca_file {
            let failed = |why: String| S3ConfigError::Certificates(path.clone(), why);
            let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
            let roots = Certificate::from_pem_bundle(&pem).map_err(|error| failed(error.to_string()))?;
            if roots.is_empty() {
                return Err(failed("it holds none in PEM form".to_owned()));
            }
            options = roots.into_iter().fold(options, ClientOptions::with_root_certificate);
        }
        Ok(options)
    }

    fn retry(&self) -> RetryConfig {
        RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(5),
                base: 2.0,
            },
            max_retries: self.retries,
            retry_timeout: Duration::from_secs(self.retry_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_s3_is_a_bucket_and_perhaps_a_prefix() {
        let place: S3Location = "s3://letters/one/two/".parse().expect("a place");
        assert_eq!((place.bucket(), place.prefix()), ("letters", "one/two"));
        assert_eq!(place.to_string(), "s3://letters/one/two");
        let whole: S3Location = "s3://letters".parse().expect("a place");
        assert_eq!(whole.prefix(), "");
        for wrong in [
            "letters",
            "s3://",
            "s3://a",
            "s3://letters/a//b",
            "s3://letters/../x",
            "s3://let ters",
            "https://x",
        ] {
            assert_eq!(wrong.parse::<S3Location>(), Err(S3LocationError), "{wrong}");
        }
    }

    #[tokio::test]
    async fn settings_that_cannot_work_say_what_to_change() {
        let place: S3Location = "s3://letters".parse().expect("a place");
        let wrong = |config: S3Config| config.clients(&place).err().expect("a refusal").to_string();
        let key = || Some(Secret::new("key".to_owned()));

        let half = S3Config { access_key: key(), ..S3Config::default() };
        assert!(wrong(half).contains("both"));
        let plain = Url::parse("http://127.0.0.1:9").expect("an address");
        let plain =
            S3Config { endpoint: Some(plain), access_key: key(), secret_key: key(), ..S3Config::default() };
        assert!(wrong(plain).contains("allow_http"));
        let part = S3Config { part_mib: 4, ..S3Config::default() };
        assert!(wrong(part).contains("part_mib"));
        let no_file = S3Config { ca_file: Some("no/such/file".into()), ..S3Config::default() };
        assert!(wrong(no_file).contains("no/such/file"));
    }
}
