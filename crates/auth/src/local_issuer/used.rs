//! Grants that were used: each may be used once.

use std::collections::HashMap;

/// The ids of used grants, kept until the grants could not be used anyway.
#[derive(Debug, Default)]
pub(super) struct UsedGrants {
    until: HashMap<(String, String), i64>,
    sweep_at: usize,
}

impl UsedGrants {
    /// Notes a grant, unless it was used before. `until` is when it ends, in seconds.
    pub fn note(&mut self, client: &str, jti: &str, until: i64, now: i64) -> bool {
        if self.until.len() >= self.sweep_at {
            self.until.retain(|_, until| *until >= now);
            self.sweep_at = (self.until.len() * 2).max(256);
        }
        let grant = (client.to_owned(), jti.to_owned());
        self.until.insert(grant, until).is_none()
    }
}
