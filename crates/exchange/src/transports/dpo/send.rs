//! Announces a parcel, uploads it and looks whether it was published.

use std::collections::BTreeMap;
use std::time::Duration;

use auth::SystemUser;
use http::StatusCode;
use reqwest::Body;
use tracing::debug;
use types::OrgNumber;

use super::Dpo;
use super::calls::WRITE;
use super::earlier::Earlier;
use super::failure::{ALREADY_UPLOADED, CallFailure};
use super::progress::Progress;
use super::wire::AnnouncementBody;
use crate::message::Actor;
use crate::transports::{Package, Parcel, Sent, TransportError};

/// The name every file has.
const FILE_NAME: &str = "sbd.zip";
/// The property that names the parcel where the reference names a message channel.
pub(super) const PARCEL: &str = "budstikke.parcel";
/// Pauses before an upload is tried again because the announcement is not known everywhere yet.
const NOT_KNOWN_YET: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];
/// Pauses between two looks at a file that is being processed.
const LOOKS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

impl Dpo {
    pub(super) async fn send_parcel(&self, parcel: &Parcel) -> Result<Sent, TransportError> {
        let user = self.user(parcel.organization)?;
        let receiver = parcel.receiver.as_ref().and_then(Actor::organization);
        let receiver = receiver.ok_or_else(|| TransportError::permanent("DPO reaches organizations only"))?;
        let package = parcel.package.as_ref();
        let package = package.ok_or_else(|| TransportError::permanent("nothing was packed"))?;
        let (size, most) = (package.bytes, self.config.largest_package_bytes);
        if size > most {
            let reason = format!("the package has {size} bytes, and the broker takes {most}");
            return Err(TransportError::permanent(reason));
        }
        let earlier = match parcel.in_doubt_since {
            Some(since) => self.find_earlier(user, parcel, since).await?,
            None => None,
        };
        let reference = match earlier {
            Some(Earlier::Sent(sent)) => return Ok(sent),
            Some(Earlier::Announced(reference)) => reference,
            None => self.announce(user, receiver, parcel).await?,
        };
        self.upload(user, package, &reference).await?;
        Ok(self.watch(user, &reference).await?.sent(reference))
    }

    /// Nothing a receiver could see follows from an announcement, so it may be repeated.
    async fn announce(
        &self,
        user: &SystemUser,
        receiver: OrgNumber,
        parcel: &Parcel,
    ) -> Result<String, TransportError> {
        let id = parcel.id.to_string();
        let resource = parcel.route.as_ref().and_then(|route| route.service.resource.as_deref());
        let channel = parcel.channel.as_ref();
        let body = AnnouncementBody {
            file_name: FILE_NAME,
            resource_id: resource.unwrap_or(&self.config.resource),
            senders_file_transfer_reference: channel.map_or(id.as_str(), |channel| channel.as_str()),
            sender: format!("0192:{}", user.org),
            recipients: [format!("0192:{receiver}")],
            property_list: channel.map(|_| BTreeMap::from([(PARCEL, id.clone())])).unwrap_or_default(),
            checksum: None,
            disable_virus_scan: None,
        };
        Ok(self.calls.announce(user, &body).await?)
    }

    async fn upload(
        &self,
        user: &SystemUser,
        package: &Package,
        reference: &str,
    ) -> Result<(), TransportError> {
        let mut pauses = NOT_KNOWN_YET.into_iter();
        let mut renewed = false;
        loop {
            let failure = match self.upload_once(user, package, reference).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            match &failure {
                // An earlier upload of ours got through after all.
                CallFailure::Answered(answered) if answered.is(StatusCode::CONFLICT, ALREADY_UPLOADED) => {
                    return Ok(());
                }
                CallFailure::Answered(answered) if answered.wants_new_token() && !renewed => renewed = true,
                failed if failed.is_not_found() => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(failure.into()),
                },
                CallFailure::Broken(why) => return self.after_broken_upload(user, reference, why).await,
                // Whoever answers so may stand before the broker, which may have taken everything.
                CallFailure::Answered(answered) if answered.status.is_server_error() => {
                    let why = format!("the answer was {}", answered.status.as_u16());
                    return self.after_broken_upload(user, reference, &why).await;
                }
                _ => return Err(failure.into()),
            }
        }
    }

    async fn upload_once(
        &self,
        user: &SystemUser,
        package: &Package,
        reference: &str,
    ) -> Result<(), CallFailure> {
        let bytes = self.blobs.read(&package.blob, None).await;
        let bytes = bytes.map_err(|why| CallFailure::Own(why.into()))?;
        let slowest = u64::from(self.config.slowest_upload_bytes_per_second.max(1));
        let limit = self.config.request_timeout() * 2 + Duration::from_secs(package.bytes / slowest);
        self.calls.upload(user, reference, Body::wrap_stream(bytes), package.bytes, limit).await
    }

    /// The broker may have everything and only its answer was lost. If it says that it has, all is
    /// well; if not, it may yet take in what is on its way, so nobody knows.
    async fn after_broken_upload(
        &self,
        user: &SystemUser,
        reference: &str,
        why: &str,
    ) -> Result<(), TransportError> {
        match self.calls.overview(user, WRITE, reference).await {
            Ok(overview) if !overview.awaits_upload() => Ok(()),
            _ => Err(TransportError::unknown(format!("the upload was broken off: {why}"))),
        }
    }

    /// Looks a few times whether the file was published.
    ///
    /// # Errors
    /// Permanent when the broker gave it up. Not being able to look is no error: the upload was taken.
    async fn watch(&self, user: &SystemUser, reference: &str) -> Result<Progress, TransportError> {
        let mut patience = Duration::from_secs(self.config.wait_for_publishing_seconds.into());
        let mut pauses = LOOKS.into_iter().chain(std::iter::repeat(LOOKS[LOOKS.len() - 1]));
        loop {
            match self.calls.overview(user, WRITE, reference).await.map(|overview| overview.progress()) {
                Ok(Progress::UnderWay) => {}
                Ok(Progress::Failed(why)) => {
                    return Err(TransportError::permanent(format!("the broker gave the file up: {why}")));
                }
                Ok(progress) => return Ok(progress),
                Err(failure) => debug!(?failure, "could not look at an uploaded file"),
            }
            let pause = pauses.next().filter(|pause| *pause <= patience);
            let Some(pause) = pause else { return Ok(Progress::UnderWay) };
            patience -= pause;
            tokio::time::sleep(pause).await;
        }
    }
}
