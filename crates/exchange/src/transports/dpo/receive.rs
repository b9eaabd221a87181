//! Lists what is waiting, fetches it and confirms.

use std::sync::PoisonError;

use auth::SystemUser;
use futures_util::{StreamExt as _, stream};
use http::{StatusCode, header};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use reqwest::Response;
use store::blobs::{BlobKey, BlobWriter};
use tracing::{debug, warn};
use types::OrgNumber;

use super::Dpo;
use super::calls::READ;
use super::earlier::{AT_ONCE, PAGE, after};
use super::failure::{CallFailure, NOT_FETCHED, NOT_PUBLISHED};
use super::wire::{OverviewBody, number};
use crate::transports::{Arrival, Arrivals, Cursor, TransportError, channel};

/// Transfers of other installations that are remembered.
const MOST_FOREIGN: usize = 10_000;
/// How often a fetch is taken up where it broke off.
const RESUMES: u32 = 3;

/// One of the broker's two lists, looked into.
struct Listed {
    /// Ours, with the moment each was published.
    ours: Vec<(Timestamp, Arrival)>,
    /// How far the list went, where it was cut off.
    cut_off_at: Option<Timestamp>,
}

impl Dpo {
    pub(super) async fn list_arrivals(
        &self,
        receiver: OrgNumber,
        from: Option<Cursor>,
    ) -> Result<Arrivals, TransportError> {
        let user = self.user(receiver)?;
        let unreadable = |_| TransportError::permanent("a place that no list of ours gave");
        let from = from.map(|Cursor(moment)| moment.parse::<Timestamp>()).transpose().map_err(unreadable)?;
        let fresh = self.listed(user, "Initialized", from).await?;
        let begun = self.listed(user, "DownloadStarted", from).await?;
        let end = [fresh.cut_off_at, begun.cut_off_at].into_iter().flatten().min();
        // What lies beyond the end of the shorter list comes with the next page.
        let within = |(published, _): &(Timestamp, Arrival)| end.is_none_or(|end| *published <= end);
        let mut arrivals: Vec<Arrival> =
            fresh.ours.into_iter().chain(begun.ours).filter(within).map(|(_, arrival)| arrival).collect();
        arrivals.sort_by_key(|arrival| arrival.created);
        Ok(Arrivals { arrivals, next: end.map(|end| Cursor(after(end).to_string())) })
    }

    async fn listed(
        &self,
        user: &SystemUser,
        status: &str,
        from: Option<Timestamp>,
    ) -> Result<Listed, CallFailure> {
        let from = from.map(|moment| moment.to_string());
        let mut query = vec![
            ("resourceId", self.config.resource.as_str()),
            ("status", "Published"),
            ("recipientStatus", status),
            ("orderAscending", "true"),
        ];
        query.extend(from.as_deref().map(|from| ("from", from)));
        let ids = self.calls.list(user, READ, &query).await?;
        let full = ids.len() >= PAGE;
        let last = ids.last().cloned();
        // The last one is looked at even if it is another's: its moment is where the next page begins.
        let skip = |id: &String| self.is_foreign(id) && !(full && Some(id) == last.as_ref());
        let looks = ids.into_iter().filter(|id| !skip(id)).map(|id| async move {
            let overview = self.calls.overview(user, READ, &id).await;
            (id, overview)
        });
        let mut looks = stream::iter(looks).buffered(AT_ONCE);
        let mut listed = Listed { ours: Vec::new(), cut_off_at: None };
        while let Some((id, overview)) = looks.next().await {
            let Some(overview) = readable(&id, overview)? else { continue };
            if full {
                listed.cut_off_at = listed.cut_off_at.max(Some(overview.published_at()));
            }
            if let Some(arrival) = self.arrival(user.org, status, &overview) {
                listed.ours.push((overview.published_at(), arrival));
            }
        }
        Ok(listed)
    }

    /// The arrival, unless it is meant for another installation or names no sender.
    fn arrival(&self, receiver: OrgNumber, status: &str, overview: &OverviewBody) -> Option<Arrival> {
        let reference = overview.senders_file_transfer_reference.as_deref();
        let sender = overview.sender.as_deref().and_then(number);
        if !channel::is_for(reference, self.config.message_channel.as_ref()) {
            self.remember_foreign(&overview.file_transfer_id);
            return None;
        }
        if sender.is_none() {
            warn!(transfer.id = overview.file_transfer_id, "a file transfer names no sender we can read");
        }
        Some(Arrival {
            reference: overview.file_transfer_id.clone(),
            receiver,
            sender: Some(sender?),
            created: overview.created,
            bytes: overview.file_transfer_size,
            checksum: overview.checksum.clone(),
            begun_before: status == "DownloadStarted",
        })
    }

    fn is_foreign(&self, id: &str) -> bool {
        self.foreign.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    fn remember_foreign(&self, id: &str) {
        let mut foreign = self.foreign.lock().unwrap_or_else(PoisonError::into_inner);
        if foreign.len() >= MOST_FOREIGN {
            foreign.clear();
        }
        foreign.insert(id.to_owned());
    }

    pub(super) async fn fetch_arrival(
        &self,
        arrival: &Arrival,
        into: &BlobKey,
    ) -> Result<u64, TransportError> {
        let user = self.user(arrival.receiver)?;
        let writer = self.blobs.create(into).await?;
        let mut fetched = Fetched { writer, digest: Md5::new(), bytes: 0 };
        let mut resumes = 0;
        while let Err(failure) = self.fetch_rest(user, &arrival.reference, &mut fetched).await {
            resumes += 1;
            if resumes > RESUMES || !matches!(failure, CallFailure::Broken(_)) {
                return Err(failure.into());
            }
            debug!(?failure, bytes = fetched.bytes, "taking up a fetch where it broke off");
        }
        fetched.finish(arrival).await
    }

    async fn fetch_rest(
        &self,
        user: &SystemUser,
        reference: &str,
        fetched: &mut Fetched,
    ) -> Result<(), CallFailure> {
        let mut answer = self.calls.download(user, reference, fetched.bytes).await?;
        if begins_at(&answer) != Some(fetched.bytes) {
            let reason = "the broker did not go on where the fetch broke off";
            return Err(CallFailure::Own(TransportError::temporary(reason)));
        }
        while let Some(piece) = answer.chunk().await.map_err(CallFailure::from_sending)? {
            fetched.digest.update(&piece);
            fetched.bytes += piece.len() as u64;
            fetched.writer.write(piece).await.map_err(|why| CallFailure::Own(why.into()))?;
        }
        Ok(())
    }

    pub(super) async fn confirm_arrival(&self, arrival: &Arrival) -> Result<(), TransportError> {
        let user = self.user(arrival.receiver)?;
        let failure = match self.calls.confirm(user, &arrival.reference).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        // Deleted: it will not be offered again, and that is all a confirmation is for.
        if failure.is_not_found() {
            return Ok(());
        }
        if failure.answered(StatusCode::BAD_REQUEST, NOT_PUBLISHED) {
            let overview = self.calls.overview(user, READ, &arrival.reference).await?;
            if overview.is_done_for(arrival.receiver) {
                return Ok(());
            }
        }
        if failure.answered(StatusCode::BAD_REQUEST, NOT_FETCHED) {
            return Err(TransportError::temporary("the broker says that the file was not fetched"));
        }
        Err(failure.into())
    }
}

/// One overview that cannot be had must not keep the others from us. A broker that asks for patience,
/// or cannot be reached at all, keeps all of them.
fn readable(
    id: &str,
    overview: Result<OverviewBody, CallFailure>,
) -> Result<Option<OverviewBody>, CallFailure> {
    let failure = match overview {
        Ok(overview) => return Ok(Some(overview)),
        Err(failure) => failure,
    };
    let about_this_one = match &failure {
        CallFailure::Answered(answered) => answered.after.is_none(),
        CallFailure::Unreadable(_) => true,
        _ => false,
    };
    if !about_this_one {
        return Err(failure);
    }
    warn!(transfer.id = id, ?failure, "passing over a file transfer that cannot be looked at");
    Ok(None)
}

/// Where an answer's bytes begin in the file.
fn begins_at(answer: &Response) -> Option<u64> {
    if answer.status() != StatusCode::PARTIAL_CONTENT {
        return Some(0);
    }
    let range = answer.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}

/// What has come so far.
struct Fetched {
    writer: Box<dyn BlobWriter>,
    digest: Md5,
    bytes: u64,
}

impl Fetched {
    /// Keeps the blob if it is what the broker said it would be.
    async fn finish(self, arrival: &Arrival) -> Result<u64, TransportError> {
        let Self { writer, digest, bytes } = self;
        if let Some(expected) = arrival.bytes.filter(|expected| *expected != bytes) {
            let reason = format!("{bytes} bytes came where the broker had announced {expected}");
            return Err(TransportError::temporary(reason));
        }
        let checksum = format!("{:x}", digest.finalize());
        if arrival.checksum.as_ref().is_some_and(|expected| !expected.eq_ignore_ascii_case(&checksum)) {
            return Err(TransportError::temporary("the bytes that came do not have the file's checksum"));
        }
        Ok(writer.finish().await?)
    }
}
