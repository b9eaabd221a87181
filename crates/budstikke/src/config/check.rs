//! What settings that are fine alone must not be together.

use notify::recipients::registers::AuthorizationFrom;
use store::PostgresConfig;
use types::Roles;

use super::{BlobPlace, Config, StorePlace, Surroundings};

impl Config {
    /// What cannot be meant, every fault of it.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = Vec::new();
        let mut fault = |words: &str| faults.push(words.to_owned());
        if matches!((&self.store, &self.blobs), (StorePlace::Shared(_), BlobPlace::Folder)) {
            tracing::warn!(
                "nodes that share a store need the same blobs: blobs names a folder of this machine"
            );
        }
        if self.roles.is_empty() {
            fault("roles: a node without any does nothing; list some of api, deliver, receive, sweep");
        }
        let PostgresConfig { writers, readers, statement_timeout_ms, lock_timeout_ms, .. } = &self.postgres;
        if *writers == 0 || *readers == 0 || *statement_timeout_ms == 0 || *lock_timeout_ms == 0 {
            fault("postgres: writers, readers, statement_timeout_ms and lock_timeout_ms are at least 1");
        }
        if self.is_alone() && self.roles() != Roles::all() {
            tracing::warn!(roles = ?self.roles, "nobody else does what this process leaves undone: it waits");
        }
        if self.registers.authorization == AuthorizationFrom::AllowAll && !self.embedded.issuer {
            fault("registers.authorization: allow_all lets everybody receive and is for development alone");
        }
        self.telemetry.fault().into_iter().for_each(&mut fault);
        let embedded = &self.embedded;
        if !embedded.issuer && (embedded.broker || embedded.registry) {
            fault("embedded.broker and embedded.registry need embedded.issuer; switch them off too");
        }
        if embedded.issuer && !self.trusted_issuers.is_empty() {
            fault(
                "trusted_issuers names a real issuer while the embedded one is on, whose tokens anybody on this \
                 machine can make; set embedded.issuer, embedded.broker and embedded.registry to false",
            );
        }
        if embedded.issuer && self.maskinporten.is_some() {
            fault(
                "maskinporten names our client at a real issuer while the embedded one is on, whose tokens anybody \
                 on this machine can make; set embedded.issuer, embedded.broker and embedded.registry to false",
            );
        }
        let elsewhere = embedded.elsewhere.is_some();
        if !embedded.issuer && !elsewhere && (self.maskinporten.is_none() || self.trusted_issuers.is_empty())
        {
            fault(
                "without embedded.issuer, set embedded.elsewhere, or trusted_issuers and maskinporten for the real ones",
            );
        }
        let broker_named = self.dpo.broker_url != exchange::transports::dpo::Config::default().broker_url;
        if !embedded.broker && !elsewhere && !broker_named && self.maskinporten.is_none() {
            fault("without embedded.broker, set embedded.elsewhere, or dpo.broker_url for a real one");
        }
        if !embedded.registry && !elsewhere && self.hosted_registry.is_none() {
            fault("without embedded.registry, set embedded.elsewhere, or hosted_registry for a real one");
        }
        if !embedded.sms_gateway && !embedded.smsc && self.providers.sms.is_empty() {
            fault("without embedded.sms_gateway, providers.sms must name a gateway");
        }
        if self.listen.bounces.is_some()
            && let Err(error) = self.bounces.doorkeeper()
        {
            fault(&error.to_string());
        }
        if let Err(error) = self.bounces.return_paths() {
            fault(&error.to_string());
        }
        if !embedded.mail && self.providers.email.is_empty() {
            fault("without embedded.mail, providers.email must name a mail relay");
        }
        faults.extend(self.console.faults());
        faults.extend(self.faults_in_production().map(str::to_owned));
        faults
    }

    /// In production nobody but real issuers makes tokens, and nothing stands open for tests.
    fn faults_in_production(&self) -> impl Iterator<Item = &'static str> {
        let production = self.environment == Surroundings::Production;
        let issuer = self.embedded.issuer || self.embedded.elsewhere.is_some();
        let all = [
            (
                issuer,
                "environment is production, where the development token issuer does not start: anybody who reaches \
                 it makes tokens; set embedded.issuer to false, without embedded.elsewhere, and name trusted_issuers",
            ),
            (
                self.notify.condition_test_endpoint,
                "environment is production, where notify.condition_test_endpoint is not served",
            ),
        ];
        all.into_iter().filter(move |(is_so, _)| production && *is_so).map(|(_, words)| words)
    }
}
