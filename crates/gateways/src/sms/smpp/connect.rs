//! From nothing to a bind.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::config::{SmppConfig, SmppConfigError};
use super::fields::put_text;
use super::pdu::{Command, Frame, Request};
use super::status::{self, Verdict};
use crate::Holdup;

/// The version of the protocol that we speak.
const VERSION: u8 = 0x34;
/// How long a goodbye may take.
const LEAVING: Duration = Duration::from_secs(2);

/// A connection, plain or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A bind, and what came after its answer.
pub(super) struct Bound {
    pub(super) stream: Box<dyn Stream>,
    pub(super) arrived: BytesMut,
}

/// TLS as it is configured, if it is.
pub(super) fn tls(config: &SmppConfig) -> Result<Option<TlsConnector>, SmppConfigError> {
    if !config.tls {
        return Ok(None);
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    if let Some(file) = &config.ca_file {
        for certificate in CertificateDer::pem_file_iter(file).map_err(|_| SmppConfigError::Tls)? {
            let certificate = certificate.map_err(|_| SmppConfigError::Tls)?;
            roots.add(certificate).map_err(|_| SmppConfigError::Tls)?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| SmppConfigError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(TlsConnector::from(Arc::new(config))))
}

/// Connects and binds, within the time that the settings give.
pub(super) async fn bind(
    config: &SmppConfig,
    tls: Option<&TlsConnector>,
    address: &str,
) -> Result<Bound, Holdup> {
    let limit = Duration::from_secs(config.connect_seconds);
    let connected = timeout(limit, connect(tls, address)).await;
    let stream = match connected {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return Err(Holdup::Passing(format!("no connection to the message centre: {error}")));
        }
        Err(_) => return Err(Holdup::Passing("no connection to the message centre in time".to_owned())),
    };
    match timeout(limit, introduce(config, stream)).await {
        Ok(result) => result,
        Err(_) => Err(Holdup::Passing("the message centre does not answer our bind".to_owned())),
    }
}

async fn connect(tls: Option<&TlsConnector>, address: &str) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let Some(tls) = tls else {
        return Ok(Box::new(stream));
    };
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    Ok(Box::new(tls.connect(name, stream).await?))
}

/// Says goodbye to a bind that was made only to see whether it can be had.
pub(super) async fn leave(mut bound: Bound) {
    let goodbye = Frame::new(Command::Unbind, 0, 2, &[][..]).to_bytes();
    // Whether it arrives makes no difference.
    let _ = timeout(LEAVING, async {
        bound.stream.write_all(&goodbye).await?;
        bound.stream.shutdown().await
    })
    .await;
}

/// Binds as a transceiver and reads the answer.
async fn introduce(config: &SmppConfig, mut stream: Box<dyn Stream>) -> Result<Bound, Holdup> {
    let broke =
        |error: io::Error| Holdup::Passing(format!("the connection to the message centre broke: {error}"));
    let mut body = Vec::new();
    put_text(&mut body, &config.system_id);
    put_text(&mut body, config.password.reveal());
    put_text(&mut body, &config.system_type);
    body.extend_from_slice(&[VERSION, 0, 0]); // any address
    put_text(&mut body, "");
    let request = Frame::new(Command::BindTransceiver, 0, 1, body).to_bytes();
    stream.write_all(&request).await.map_err(broke)?;
    stream.flush().await.map_err(broke)?;

    let mut arrived = BytesMut::with_capacity(4096);
    loop {
        let frame = Frame::take(&mut arrived);
        match frame.map_err(|_| Holdup::Misconfigured("what answers there does not speak SMPP".to_owned()))? {
            Some(frame) if frame.command == Command::Response(Request::Bind) => {
                return judge(frame.status).map(|()| Bound { stream, arrived });
            }
            Some(frame) if frame.command == Command::GenericNack => {
                return judge(frame.status.max(1)).map(|()| Bound { stream, arrived });
            }
            None if stream.read_buf(&mut arrived).await.map_err(broke)? == 0 => {
                return Err(Holdup::Passing("the message centre closed the connection".to_owned()));
            }
            Some(_) | None => {}
        }
    }
}

/// What an answer to a bind says.
fn judge(answered: u32) -> Result<(), Holdup> {
    if answered == status::OK {
        return Ok(());
    }
    let detail = format!("our bind is refused: {}", status::name(answered));
    match Verdict::of(answered) {
        // 0x05: a bind of ours that the message centre has not missed yet.
        Verdict::Passing | Verdict::RateLimited | Verdict::Rebind => Err(Holdup::Passing(detail)),
        Verdict::PassingThreeTimes if answered > 0xFF => Err(Holdup::Passing(detail)),
        _ => Err(Holdup::Misconfigured(detail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_bind_is_our_mistake_unless_it_passes() {
        assert_eq!(judge(0), Ok(()));
        for answered in [0x0D, 0x0E, 0x0F, 0x53, 0x01] {
            assert!(matches!(judge(answered), Err(Holdup::Misconfigured(_))), "{answered:#x}");
        }
        for answered in [0x05, 0x08, 0x14, 0x58, 0x400] {
            assert!(matches!(judge(answered), Err(Holdup::Passing(_))), "{answered:#x}");
        }
    }
}
