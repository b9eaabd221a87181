//! The feed for those who want to hear of new entries at once: waiting for a page, server-sent events, and
//! lines of JSON. Beyond the reference; the plain page is what it was.
//!
//! Whoever follows reads pages as everybody does and, at the end, waits for the bell that rings when more
//! can be seen, on whichever node that came about. A bell that was not heard costs two seconds. The number
//! of followers is bounded, for all and for each creator, and each is sent home after a while: it comes
//! back with its last number and a token that is valid then.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::sql::{self, Numbered};
use crate::Notify;
use crate::access::Creator;
use crate::problem::Problem;

/// How long a follower hears nothing at most; shorter than proxies' patience.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often to look when nobody rings.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// After the bell, so that what ends at the same time comes in one page.
const GATHER: Duration = Duration::from_millis(20);
/// The part of all places that one creator may have.
const SHARE: usize = 4;

/// In which form somebody wants the feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One page, the contract's.
    Page,
    /// `text/event-stream`
    Events,
    /// `application/x-ndjson`
    Lines,
}

impl Form {
    /// The first form in `Accept` that we have; without one it is the page.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut types = accepted
            .flat_map(|value| value.split(','))
            .map(|one| one.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let found = types.find_map(|one| match one.as_str() {
            "text/event-stream" => Some(Self::Events),
            "application/x-ndjson" => Some(Self::Lines),
            "application/json" | "application/*" | "*/*" => Some(Self::Page),
            _ => None,
        });
        found.unwrap_or(Self::Page)
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Page => "application/json; charset=utf-8",
            Self::Events => "text/event-stream",
            Self::Lines => "application/x-ndjson",
        }
    }

    /// What keeps the connection alive.
    const fn heartbeat(self) -> &'static str {
        match self {
            Self::Events => ": still here\n\n",
            Self::Page | Self::Lines => "\n",
        }
    }

    fn write(self, entries: &[Numbered]) -> String {
        let mut text = String::new();
        for entry in entries {
            let (number, members) = (entry.number, entry.members());
            // Writing into a String cannot fail.
            let _ = match self {
                Self::Events => {
                    write!(
                        text,
                        "id: {number}\nevent: shipment\ndata: {{\"sequenceNumber\":{number},{members}\n\n"
                    )
                }
                Self::Page | Self::Lines => writeln!(text, "{{\"sequenceNumber\":{number},{members}"),
            };
        }
        text
    }
}

/// Places for what lasts long, a quarter of them for one creator at most.
#[derive(Debug)]
pub(crate) struct Places {
    all: usize,
    taken: Mutex<HashMap<Creator, usize>>,
}

impl Places {
    pub(crate) fn new(all: usize) -> Arc<Self> {
        Arc::new(Self { all, taken: Mutex::default() })
    }

    /// A place for one of this creator's.
    pub(crate) fn take(self: &Arc<Self>, creator: &Creator) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.get(creator).copied().unwrap_or(0);
        if taken.values().sum::<usize>() >= self.all || own >= (self.all / SHARE).max(1) {
            return None;
        }
        taken.insert(creator.clone(), own + 1);
        Some(Place { places: Arc::clone(self), creator: creator.clone() })
    }
}

/// A place, free again when this is dropped.
pub(crate) struct Place {
    places: Arc<Places>,
    creator: Creator,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.creator) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.creator);
            }
        }
    }
}

/// Somebody who reads on from a number.
pub(super) struct Follower {
    notify: Notify,
    creator: Creator,
    last: i64,
    page: u32,
    until: Instant,
    shown: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    _place: Place,
}

async fn until_stopping(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Why waiting has come to an end.
enum Woken {
    Look,
    Over,
}

impl Follower {
    /// A follower for so long, or a 429 when there are too many.
    pub(super) fn new(
        notify: &Notify,
        creator: Creator,
        last: i64,
        page: u32,
        life: Duration,
    ) -> Result<Self, Problem> {
        let Some(place) = notify.follower_places().take(&creator) else {
            let detail =
                Some("too many of your connections follow the feed at once; close some, or try again later");
            return Err(Problem::Plain { status: StatusCode::TOO_MANY_REQUESTS, detail });
        };
        let (shown, stopping) = (notify.feed_bell().shown(), notify.stopping());
        let notify = notify.clone();
        Ok(Self { notify, creator, last, page, until: Instant::now() + life, shown, stopping, _place: place })
    }

    async fn read(&mut self) -> Result<Vec<Numbered>, store::Error> {
        // What is shown from here on rings again.
        self.shown.borrow_and_update();
        let (creator, last, page) = (self.creator.clone(), self.last, self.page);
        let found = self.notify.store().read(move |tx| sql::after(tx, &creator, last, page)).await?;
        self.last = found.last().map_or(self.last, |entry| entry.number);
        Ok(found)
    }

    /// Waits for the bell, but not longer than `most`.
    async fn wait(&mut self, most: Duration) -> Woken {
        let most = most.min(self.until.saturating_duration_since(Instant::now()));
        tokio::select! {
            biased;
            () = until_stopping(&mut self.stopping) => return Woken::Over,
            _ = self.shown.changed() => sleep(GATHER).await,
            () = sleep(most) => {}
        }
        if Instant::now() >= self.until { Woken::Over } else { Woken::Look }
    }

    /// One page, as soon as there is something on it or the time is up.
    pub(super) async fn page(mut self) -> Result<Vec<Numbered>, store::Error> {
        loop {
            let found = self.read().await?;
            if !found.is_empty() || matches!(self.wait(POLL_EVERY).await, Woken::Over) {
                return Ok(found);
            }
        }
    }

    /// A stream of entries, which goes on after the last one if `follow` says so.
    pub(super) fn stream(self, form: Form, follow: bool) -> Response {
        let state = Streaming { follower: self, form, follow, wrote: Instant::now(), over: false };
        let body = Body::from_stream(stream::unfold(state, |mut state| async move {
            let piece = state.next().await?;
            Some((Ok::<_, Infallible>(piece), state))
        }));
        let unbuffered = HeaderName::from_static("x-accel-buffering");
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(form.content_type())),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (unbuffered, HeaderValue::from_static("no")),
        ];
        (headers, body).into_response()
    }
}

struct Streaming {
    follower: Follower,
    form: Form,
    follow: bool,
    wrote: Instant,
    over: bool,
}

impl Streaming {
    /// What is sent next: a page of entries, or a sign of life. `None` ends the stream, after which the
    /// client comes back with the last number it has seen.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let found = match self.follower.read().await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "could not read the feed for a follower, who is sent home");
                    return None;
                }
            };
            if !found.is_empty() {
                self.wrote = Instant::now();
                return Some(self.form.write(&found).into());
            }
            if self.over || !self.follow {
                return None;
            }
            let silence = self.wrote.elapsed();
            if silence >= HEARTBEAT {
                self.wrote = Instant::now();
                return Some(self.form.heartbeat().into());
            }
            // Before the end everything that is there is sent.
            self.over = matches!(
                self.follower.wait(POLL_EVERY.min(HEARTBEAT.saturating_sub(silence))).await,
                Woken::Over
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: &str) -> Form {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().expect("a header"));
        Form::wanted(&headers)
    }

    #[test]
    fn the_first_form_that_is_known_is_given() {
        assert_eq!(Form::wanted(&HeaderMap::new()), Form::Page);
        assert_eq!(wanted("*/*"), Form::Page);
        assert_eq!(wanted("application/json, text/event-stream"), Form::Page);
        assert_eq!(wanted("text/html, Text/Event-Stream; q=0.9"), Form::Events);
        assert_eq!(wanted("application/x-ndjson,*/*"), Form::Lines);
        assert_eq!(wanted("text/html"), Form::Page);
    }

    #[test]
    fn nobody_takes_all_the_places() {
        let places = Places::new(8);
        let (bym, ttd) = (Creator::new("bym"), Creator::new("ttd"));
        let own: Vec<_> = std::iter::from_fn(|| places.take(&bym)).collect();
        assert_eq!(own.len(), 2);
        assert!(places.take(&ttd).is_some());
        drop(own);
        assert!(places.take(&bym).is_some());
        assert!(places.taken.lock().expect("no panic").is_empty());
    }

    #[test]
    fn an_event_has_its_number_as_id() {
        let entry = Numbered::new(7, r#"{"shipmentId":"a"}"#.to_owned()).expect("an entry");
        let text = Form::Events.write(&[entry]);
        assert_eq!(text, "id: 7\nevent: shipment\ndata: {\"sequenceNumber\":7,\"shipmentId\":\"a\"}\n\n");
    }
}
