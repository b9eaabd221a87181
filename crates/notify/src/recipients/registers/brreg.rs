//! The national feed of organizations' notification addresses, kept as a copy in the store.
//!
//! One node reads it, page after page, from where it stopped; each page and the place reached are one
//! commit, and applying an entry twice changes nothing. Until the feed has been read to its end once, the
//! copy answers nothing: half a copy would be mistaken for one that knows nobody.
//!
//! The feed knows nothing of main units. Where an organization has no address in it, and the embedded
//! register names its main unit, that one's are used.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use auth::{TokenRequest, TokenSource};
use http::HeaderMap;
use serde::Deserialize;
use store::Store;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use types::OrgNumber;
use types::time::Clock;
use url::Url;

use super::brreg_entries::{Change, PageBody};
use super::config::LineConfig;
use super::embedded::{email, mobile};
use super::krr::{bearer, no_token};
use super::line::{Failure, Line};
use super::{OrganizationContact, Organizations, RegisterError, addresses_sql as sql};

/// The feed's name in the store, and the task that one node leads.
pub const TASK: &str = "notify.brreg";

/// Pages read at one go at most, so that a feed that never ends cannot hold the reader.
const MOST_PAGES: usize = 100_000;

/// Where it is and how often it is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrregConfig {
    /// The feed. Default `http://localhost:5031/varslingsadresser/fragments/json/v1`.
    pub url: Url,
    /// The scope of our token from Maskinporten. Default: no token is shown.
    pub scope: Option<String>,
    /// Entries on a page. Default 5000.
    pub page_size: u32,
    /// How often it is read, in seconds. Default 600.
    pub every_seconds: u64,
}

impl Default for BrregConfig {
    fn default() -> Self {
        let url = Url::parse("http://localhost:5031/varslingsadresser/fragments/json/v1");
        Self { url: url.expect("a constant URL"), scope: None, page_size: 5000, every_seconds: 600 }
    }
}

/// The copy. Clones are the same copy.
#[derive(Clone)]
pub struct Brreg(Arc<Inner>);

struct Inner {
    config: BrregConfig,
    line: Line,
    tokens: Arc<dyn TokenSource>,
    store: Store,
    clock: Clock,
}

impl fmt::Debug for Brreg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.line.fmt(f)
    }
}

impl Brreg {
    /// The copy in this store of the feed behind this client.
    pub fn new(
        config: &BrregConfig,
        line: &LineConfig,
        client: reqwest::Client,
        tokens: Arc<dyn TokenSource>,
        store: Store,
        clock: Clock,
    ) -> Self {
        let line = Line::new("the feed of notification addresses", &config.url, line, client, clock.clone());
        Self(Arc::new(Inner { config: config.clone(), line, tokens, store, clock }))
    }

    /// Reads the feed again and again while this node leads, until told to stop. To be run on every node
    /// that sweeps.
    pub async fn run(&self, stop: CancellationToken) {
        self.0.store.lead(TASK, stop, |term| self.read_until(term)).await;
    }

    async fn read_until(&self, stop: CancellationToken) {
        let every = Duration::from_secs(self.0.config.every_seconds.max(1));
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                read = self.read() => if let Err(error) = read {
                    tracing::warn!(%error, "the feed of notification addresses could not be read");
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(every) => {}
            }
        }
    }

    /// Reads what is new, to the end. Answers how many entries came.
    pub async fn read(&self) -> Result<usize, RegisterError> {
        let since = self.0.store.read(|tx| sql::feed(tx, TASK)).await.map_err(|error| unavailable(&error))?;
        let mut page = Some(self.first_page(since.as_ref().map(|feed| feed.since.as_str())));
        let mut came = 0;
        for _ in 0..MOST_PAGES {
            let Some(url) = page else { break };
            let body = self.page(url).await.map_err(|failure| self.0.line.error(failure))?;
            page = body.next_page.as_deref().map(|next| self.next_page(next)).transpose()?;
            came += body.entries.len();
            self.apply(body, page.is_none()).await?;
        }
        Ok(came)
    }

    fn first_page(&self, since: Option<&str>) -> Url {
        let mut url = self.0.config.url.clone();
        url.query_pairs_mut().append_pair("pageSize", &self.0.config.page_size.to_string());
        if let Some(since) = since {
            url.query_pairs_mut().append_pair("since", since);
        }
        url
    }

    /// The feed may lead us on, but not away.
    fn next_page(&self, next: &str) -> Result<Url, RegisterError> {
        let base = &self.0.config.url;
        let url = base.join(next).ok().filter(|url| url.origin() == base.origin());
        url.ok_or_else(|| {
            RegisterError::Misconfigured(
                "the feed of notification addresses leads to another host".to_owned(),
            )
        })
    }

    async fn page(&self, url: Url) -> Result<PageBody, Failure> {
        let Some(scope) = &self.0.config.scope else {
            return self.0.line.get(url, HeaderMap::new()).await;
        };
        let wanted = TokenRequest::scope(scope.clone());
        let token = self.0.tokens.token(&wanted).await.map_err(|error| no_token(&error))?;
        let read = self.0.line.get(url, bearer(&token)).await;
        if matches!(read, Err(Failure::Unauthorized)) {
            // The next reading begins with another.
            self.0.tokens.refused(&wanted, &token).await;
        }
        read
    }

    async fn apply(&self, page: PageBody, last: bool) -> Result<(), RegisterError> {
        let since = page.entries.last().and_then(|entry| entry.updated.clone());
        let changes: Vec<Change> = page.entries.into_iter().filter_map(Change::of).collect();
        let now = self.0.clock.now();
        let applied: Result<(), store::Error> = self
            .0
            .store
            .write(move |tx| {
                sql::apply(tx, &changes)?;
                sql::remember(tx, TASK, since.as_deref(), last, now)
            })
            .await;
        applied.map_err(|error| unavailable(&error))
    }
}

fn unavailable(error: &store::Error) -> RegisterError {
    RegisterError::Passing { after: None, detail: error.to_string() }
}

#[async_trait]
impl Organizations for Brreg {
    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        let wanted = numbers.to_vec();
        let read = self.0.store.read(move |tx| {
            let Some(feed) = sql::feed(tx, TASK)? else { return Ok(None) };
            let mains = sql::main_units(tx, &wanted)?;
            let all: Vec<OrgNumber> = wanted.iter().chain(mains.values()).copied().collect();
            Ok::<_, store::Error>(feed.whole.then_some((mains, sql::addresses(tx, &all)?)))
        });
        let Some((mains, rows)) = read.await.map_err(|error| unavailable(&error))? else {
            let detail = "the feed of notification addresses has not been read to its end yet";
            return Err(RegisterError::Passing { after: None, detail: detail.to_owned() });
        };
        let mut held: HashMap<OrgNumber, Vec<_>> = HashMap::new();
        for row in rows {
            held.entry(row.organization).or_default().push(row);
        }
        let contacts = numbers.iter().filter_map(|number| {
            let main = || mains.get(number).filter(|main| held.contains_key(main));
            let origin = if held.contains_key(number) { number } else { main()? };
            let rows = held.get(origin)?;
            Some(OrganizationContact {
                number: *number,
                origin: *origin,
                emails: rows.iter().filter_map(|row| email(row.email.as_deref())).collect(),
                mobiles: rows.iter().filter_map(|row| mobile(row.mobile.as_deref())).collect(),
            })
        });
        Ok(contacts.collect())
    }
}
