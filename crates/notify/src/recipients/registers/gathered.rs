//! Makes one call of what many ask at the same time.
//!
//! Half a million orders for one person each would otherwise be half a million calls. Whoever asks first
//! waits a few milliseconds; whatever others ask meanwhile goes into the same call, and everybody gets
//! their own part of the answer. The call belongs to all who wait for it: one who goes away takes nothing
//! from the others. Nothing is kept beyond the answer.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use types::{NationalId, OrgNumber};

use super::{
    ContactRegister, ExternalContact, KnownName, Named, OrganizationContact, PersonContact, RegisterError,
    UserContact,
};
use crate::recipients::model::{ExternalIdentity, ResourceRight};

/// Whoever asks about more than this alone needs no company.
const MANY: usize = 500;

/// A register that is asked by many at once.
pub struct Gathered {
    register: Arc<dyn ContactRegister>,
    window: Duration,
    persons: Gatherings<bool, NationalId, PersonContact>,
    organizations: Gatherings<(), OrgNumber, OrganizationContact>,
    users: Gatherings<ResourceRight, OrgNumber, UserContact>,
    external: Gatherings<(), ExternalIdentity, ExternalContact>,
    names: Gatherings<(), Named, KnownName>,
}

impl fmt::Debug for Gathered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gathered({:?})", self.register)
    }
}

impl Gathered {
    /// Gathers for so long what is asked of this register; not at all when that is no time.
    pub fn new(register: Arc<dyn ContactRegister>, window: Duration) -> Self {
        Self {
            register,
            window,
            persons: Gatherings::new(|found| &found.id),
            organizations: Gatherings::new(|found| &found.number),
            users: Gatherings::new(|found| &found.organization),
            external: Gatherings::new(|found| &found.identity),
            names: Gatherings::new(|found| &found.of),
        }
    }

    fn alone<K>(&self, keys: &[K]) -> bool {
        self.window.is_zero() || keys.len() > MANY
    }
}

#[async_trait]
impl ContactRegister for Gathered {
    async fn persons(
        &self,
        ids: &[NationalId],
        use_stale: bool,
    ) -> Result<Vec<PersonContact>, RegisterError> {
        if self.alone(ids) {
            return self.register.persons(ids, use_stale).await;
        }
        let register = Arc::clone(&self.register);
        let call = move |ids: Vec<NationalId>| async move { register.persons(&ids, use_stale).await }.boxed();
        self.persons.ask(use_stale, ids, self.window, call).await
    }

    async fn organizations(&self, numbers: &[OrgNumber]) -> Result<Vec<OrganizationContact>, RegisterError> {
        if self.alone(numbers) {
            return self.register.organizations(numbers).await;
        }
        let register = Arc::clone(&self.register);
        let call = |numbers: Vec<OrgNumber>| async move { register.organizations(&numbers).await }.boxed();
        self.organizations.ask((), numbers, self.window, call).await
    }

    async fn users(
        &self,
        numbers: &[OrgNumber],
        right: &ResourceRight,
    ) -> Result<Vec<UserContact>, RegisterError> {
        if self.alone(numbers) {
            return self.register.users(numbers, right).await;
        }
        let (register, wanted) = (Arc::clone(&self.register), right.clone());
        let call = |numbers: Vec<OrgNumber>| async move { register.users(&numbers, &wanted).await }.boxed();
        self.users.ask(right.clone(), numbers, self.window, call).await
    }

    async fn external_identities(
        &self,
        identities: &[ExternalIdentity],
    ) -> Result<Vec<ExternalContact>, RegisterError> {
        if self.alone(identities) {
            return self.register.external_identities(identities).await;
        }
        let register = Arc::clone(&self.register);
        let call =
            |all: Vec<ExternalIdentity>| async move { register.external_identities(&all).await }.boxed();
        self.external.ask((), identities, self.window, call).await
    }

    async fn names(&self, of: &[Named]) -> Result<Vec<KnownName>, RegisterError> {
        if self.alone(of) {
            return self.register.names(of).await;
        }
        let register = Arc::clone(&self.register);
        let call = |of: Vec<Named>| async move { register.names(&of).await }.boxed();
        self.names.ask((), of, self.window, call).await
    }
}

type Found<K, T> = Result<Arc<HashMap<K, Vec<T>>>, RegisterError>;
type Call<T> = BoxFuture<'static, Result<Vec<T>, RegisterError>>;

/// The gatherings that are open, by what is asked (`W`); in each the keys (`K`) asked about.
struct Gatherings<W, K, T> {
    open: Arc<Mutex<HashMap<W, Gathering<K, T>>>>,
    key_of: fn(&T) -> &K,
}

struct Gathering<K, T> {
    keys: HashSet<K>,
    answer: Shared<BoxFuture<'static, Found<K, T>>>,
}

impl<W, K, T> Gatherings<W, K, T>
where
    W: Clone + Eq + Hash + Send + Sync + 'static,
    K: Clone + Eq + Hash + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    fn new(key_of: fn(&T) -> &K) -> Self {
        Self { open: Arc::default(), key_of }
    }

    /// Joins the gathering that is open, or opens one.
    async fn ask(
        &self,
        what: W,
        keys: &[K],
        window: Duration,
        call: impl FnOnce(Vec<K>) -> Call<T> + Send + 'static,
    ) -> Result<Vec<T>, RegisterError> {
        let answer = {
            let mut open = hold(&self.open);
            let gathering = open.entry(what.clone()).or_insert_with(|| {
                let answer = self.begin(what, window, call);
                Gathering { keys: HashSet::new(), answer }
            });
            gathering.keys.extend(keys.iter().cloned());
            gathering.answer.clone()
        };
        let found = answer.await?;
        let mine: HashSet<&K> = keys.iter().collect();
        Ok(mine.into_iter().filter_map(|key| found.get(key)).flatten().cloned().collect())
    }

    fn begin(
        &self,
        what: W,
        window: Duration,
        call: impl FnOnce(Vec<K>) -> Call<T> + Send + 'static,
    ) -> Shared<BoxFuture<'static, Found<K, T>>> {
        let (open, key_of) = (Arc::clone(&self.open), self.key_of);
        let gathering = async move {
            tokio::time::sleep(window).await;
            // Whoever comes from here on opens another.
            let closed = hold(&open).remove(&what);
            let keys = closed.map(|closed| closed.keys.into_iter().collect()).unwrap_or_default();
            let mut found: HashMap<K, Vec<T>> = HashMap::new();
            for one in call(keys).await? {
                found.entry(key_of(&one).clone()).or_default().push(one);
            }
            Ok(Arc::new(found))
        };
        gathering.boxed().shared()
    }
}

fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing can panic half-way through a change of it.
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
