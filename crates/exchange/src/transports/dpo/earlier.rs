//! Looks whether an earlier try to send a parcel came through.

use auth::SystemUser;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use super::Dpo;
use super::calls::WRITE;
use super::failure::CallFailure;
use super::progress::Progress;
use super::send::PARCEL;
use super::wire::OverviewBody;
use crate::transports::{Parcel, Sent, TransportError};

/// How far the broker's clock may be from ours.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);
/// The broker lists this many at most.
pub(super) const PAGE: usize = 100;
/// Overviews that are asked for at once.
pub(super) const AT_ONCE: usize = 8;

/// What became of an earlier try.
pub(super) enum Earlier {
    /// The broker has the bytes.
    Sent(Sent),
    /// It was announced, and the bytes are wanting.
    Announced(String),
}

impl Dpo {
    /// The best of the earlier tries since this moment, if there is one; one that failed is none.
    pub(super) async fn find_earlier(
        &self,
        user: &SystemUser,
        parcel: &Parcel,
        since: Timestamp,
    ) -> Result<Option<Earlier>, TransportError> {
        let mut from = since.checked_sub(CLOCKS).unwrap_or(Timestamp::MIN);
        let mut announced = None;
        loop {
            let (page, full) = self.sent_since(user, parcel, from).await?;
            let last = page.last().map(|overview| overview.created);
            for overview in page.into_iter().filter(|overview| is_of(overview, parcel)) {
                match overview.progress() {
                    Progress::Failed(_) => {}
                    Progress::UnderWay if overview.awaits_upload() => {
                        announced = Some(overview.file_transfer_id);
                    }
                    progress => {
                        let reference = overview.file_transfer_id;
                        return Ok(Some(Earlier::Sent(progress.sent(reference))));
                    }
                }
            }
            match last.filter(|_| full) {
                Some(last) => from = after(last),
                None => return Ok(announced.map(Earlier::Announced)),
            }
        }
    }

    /// What this sender announced from this moment on: one page, oldest first, and whether there may
    /// be more.
    async fn sent_since(
        &self,
        user: &SystemUser,
        parcel: &Parcel,
        from: Timestamp,
    ) -> Result<(Vec<OverviewBody>, bool), CallFailure> {
        let resource = parcel.route.as_ref().and_then(|route| route.service.resource.as_deref());
        let from = from.to_string();
        let query = [
            ("resourceId", resource.unwrap_or(&self.config.resource)),
            ("role", "Sender"),
            ("orderAscending", "true"),
            ("from", from.as_str()),
        ];
        let ids = self.calls.list(user, WRITE, &query).await?;
        let full = ids.len() >= PAGE;
        let looks = ids.into_iter().map(|id| async move { self.calls.overview(user, WRITE, &id).await });
        let mut looks = stream::iter(looks).buffered(AT_ONCE);
        let mut page = Vec::new();
        while let Some(overview) = looks.next().await {
            match overview {
                Ok(overview) => page.push(overview),
                Err(gone) if gone.is_not_found() => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok((page, full))
    }
}

/// The next moment that could be another's; the broker counts microseconds.
pub(super) fn after(moment: Timestamp) -> Timestamp {
    moment.checked_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX)
}

fn is_of(overview: &OverviewBody, parcel: &Parcel) -> bool {
    let id = parcel.id.to_string();
    let property = overview.property_list.as_ref().and_then(|properties| properties.get(PARCEL));
    overview.senders_file_transfer_reference.as_deref() == Some(id.as_str()) || property == Some(&id)
}
