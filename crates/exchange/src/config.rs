//! The `[exchange]` section.

use std::time::Duration;

use jobs::Ladder;
use serde::Deserialize;
use types::{OrgNumber, Secret};

use crate::registry::ServiceIdentifier;
use crate::transports::folder::FolderConfig;
use crate::trays::TrayConfig;
use crate::validation;

/// How the message gateway behaves. Names in brackets are the reference's keys.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether callers must present credentials (`difi.security.enable`). Default true.
    pub require_credentials: bool,
    /// User name for Basic authentication (`difi.security.user.name`). Default `budstikke`.
    pub user_name: String,
    /// Password for Basic authentication (`difi.security.user.password`). Default none: then Basic is
    /// refused and only bearer tokens are accepted.
    pub user_password: Option<Secret>,
    /// A bearer token must have been granted at least one of these scopes. Default
    /// `move/dpo.read` and `move/dpe.read`, as the reference's own clients have them.
    pub accepted_scopes: Vec<String>,
    /// Other organizations whose tokens open the API, each for those of our organizations that it may act
    /// for. Default none: then only tokens of the organization that runs the gateway do.
    pub consumers: Vec<Consumer>,
    /// Channels that are switched on (`difi.move.feature.enableDPO` and so on). Default DPO.
    pub services: Vec<String>,
    /// Channels whose statuses go into the status queue (`difi.move.feature.statusQueueIncludes`).
    /// Default all six.
    pub status_queue_includes: Vec<String>,
    /// Channels over which received and delivered messages are reported back
    /// (`difi.move.nextmove.status-services`). Default DPO and DPE.
    pub status_services: Vec<String>,
    /// How long a peeked message stays locked, in seconds
    /// (`difi.move.nextmove.lockTimeoutMinutes`). Default 300.
    pub lock_timeout_seconds: u64,
    /// After so many locks that ran out, a message goes to the end of the queue. Default 3.
    pub releases_before_rotation: u32,
    /// Deadline of messages that have none, in seconds (`difi.move.nextmove.default-ttl-hours`).
    /// Default 24 hours.
    pub default_deadline_seconds: u64,
    /// The same for single channels.
    pub deadlines_seconds: Deadlines,
    /// How often deadlines are looked at, in milliseconds (`difi.move.nextmove.ttlPollingrate`).
    /// Default 30000.
    pub deadline_interval_ms: u64,
    /// The most bytes all files of one message may have (`difi.move.dpo.upload-size-limit`).
    /// Default 1 GiB.
    pub upload_limit_bytes: u64,
    /// The same for channels that take less.
    pub upload_limits_bytes: UploadLimits,
    /// The most bytes one file of a one-step message may have. Default 5 MiB.
    pub multipart_file_limit_bytes: u64,
    /// The most bytes a one-step request may have (`spring.servlet.multipart.max-request-size`).
    /// Default 500 MiB.
    pub multipart_limit_bytes: u64,
    /// The most bytes the JSON of a message may have. Default 5 MiB.
    pub envelope_limit_bytes: usize,
    /// Pauses between tries to send, in seconds; the last repeats. Default 20, 60, 180, 540, 1620,
    /// 3600.
    pub send_retry_seconds: Ladder,
    /// Tries before a message is given up (`difi.move.queue.maximum-retry-hours` + 6). Default 106.
    pub send_tries: u32,
    /// Messages that are sent at the same time on each channel (`difi.move.queue.concurrency`).
    /// Default 10.
    pub send_at_once: usize,
    /// How long a job's lease lasts, in seconds; it is renewed while the job runs. After a crash, work
    /// that was under way is taken up again when it ends. Default 60.
    pub lease_seconds: u64,
    /// How often each channel is asked for new messages, in milliseconds. Default 15000.
    pub receive_interval_ms: u64,
    /// How often it is looked which messages on their way a channel is to be asked about, in milliseconds
    /// (`difi.move.nextmove.statusPollingCron`). Default 60000. A message is asked about every minute at
    /// first, and then more and more seldom.
    pub status_interval_ms: u64,
    /// After so many days it is asked about as seldom as it ever is
    /// (`difi.move.nextmove.statusPollingBackoffThresholdDays`). Default 30.
    pub status_back_off_days: u32,
    /// As seldom as it ever is, in minutes (`difi.move.nextmove.statusPollingBackoffMaxIntervalMinutes`).
    /// Default 60.
    pub status_longest_pause_minutes: u32,
    /// The most bytes a message that comes in may have, unpacked. A larger package is left where it is,
    /// so that it comes in once this is raised; one that only unpacks to more is set aside.
    /// Default 10 GiB.
    pub receive_limit_bytes: u64,
    /// The name of this installation, where an organization has several
    /// (`difi.move.dpo.messageChannel`). Default none.
    pub message_channel: Option<String>,
    /// Types of shipment that SvarUt offers the sender; a message over DPF that names another one is
    /// refused. Default none: any is accepted.
    pub dpf_shipment_types: Vec<String>,
    /// HER-ids that messages over DPH may be sent from (`difi.move.dph.herIds`). Default none.
    pub dph_her_ids: Vec<u64>,
    /// How long ids of received messages are remembered, in days. Default 45; a broker keeps a
    /// transfer for 30.
    pub remember_received_days: u32,
    /// Drafts that nobody has changed for so many days are removed, files and all. Default 0: never.
    pub keep_drafts_days: u32,
    /// Finished conversations, with their statuses, are removed so many days after their last status.
    /// Default 0: never.
    pub keep_finished_days: u32,
    /// Statuses that nobody has taken off the status queue leave it after so many days; they stay in the
    /// lists. Default 0: never.
    pub keep_queued_statuses_days: u32,
    /// Whether clients get an `arkivmelding_kvittering` when a message over DPV has arrived or one over DPF
    /// has been read, where nobody sends one (`difi.move.arkivmelding.generate-arkivmelding-receipts`).
    /// Default false, as in the reference's production settings.
    pub generate_receipts: bool,
    /// Early validation.
    pub validation: validation::Config,
    /// The hash function of signatures on what is sent. Default `sha256`; `sha1` as the reference signs,
    /// for receivers that know nothing newer.
    pub signature_hash: SignatureHash,
    /// Whoever signs what comes in.
    pub trust: crate::trust::Config,
    /// Folders through which messages go to other systems, and come from them. Default none.
    pub folders: Vec<FolderConfig>,
    /// Clients whose messages come and go as files. Default none.
    pub trays: Vec<TrayConfig>,
    /// Webhooks.
    pub webhooks: webhooks::Config,
}

/// The hash function of signatures.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SignatureHash {
    /// SHA-256.
    Sha256,
    /// SHA-1.
    Sha1,
}

/// An organization that uses the gateway of another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// Whose tokens.
    pub org: OrgNumber,
    /// For which of our organizations: their messages it sees and sends.
    pub organizations: Vec<OrgNumber>,
}

impl Default for Config {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            require_credentials: true,
            user_name: "budstikke".to_owned(),
            user_password: None,
            accepted_scopes: names(&["move/dpo.read", "move/dpe.read"]),
            consumers: Vec::new(),
            services: names(&["DPO"]),
            status_queue_includes: names(&["DPO", "DPV", "DPI", "DPF", "DPE", "DPH"]),
            status_services: names(&["DPO", "DPE"]),
            lock_timeout_seconds: 300,
            releases_before_rotation: 3,
            default_deadline_seconds: 24 * 3_600,
            deadlines_seconds: Deadlines::default(),
            deadline_interval_ms: 30_000,
            upload_limit_bytes: 1 << 30,
            upload_limits_bytes: UploadLimits::default(),
            multipart_file_limit_bytes: 5 << 20,
            multipart_limit_bytes: 500 << 20,
            envelope_limit_bytes: 5 << 20,
            send_retry_seconds: Ladder::seconds(&[20, 60, 180, 540, 1_620, 3_600]),
            send_tries: 106,
            send_at_once: 10,
            lease_seconds: 60,
            receive_interval_ms: 15_000,
            status_interval_ms: 60_000,
            status_back_off_days: 30,
            status_longest_pause_minutes: 60,
            receive_limit_bytes: 10 << 30,
            message_channel: None,
            dpf_shipment_types: Vec::new(),
            dph_her_ids: Vec::new(),
            remember_received_days: 45,
            keep_drafts_days: 0,
            keep_finished_days: 0,
            keep_queued_statuses_days: 0,
            generate_receipts: false,
            validation: validation::Config::default(),
            signature_hash: SignatureHash::Sha256,
            trust: crate::trust::Config::default(),
            folders: Vec::new(),
            trays: Vec::new(),
            webhooks: webhooks::Config::default(),
        }
    }
}

/// How long a message without a deadline may take, in seconds, where a channel differs from
/// `default_deadline_seconds`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deadlines {
    /// `difi.move.dpo.default-ttl-hours`. Default none.
    pub dpo: Option<u64>,
    /// `difi.move.dpv.default-ttl-hours`. Default none.
    pub dpv: Option<u64>,
    /// `difi.move.dpi.default-ttl-hours`. Default none.
    pub dpi: Option<u64>,
    /// `difi.move.fiks.ut.default-ttl-hours`. Default none.
    pub dpf: Option<u64>,
    /// `difi.move.nextmove.serviceBus.default-ttl-hours`. Default none.
    pub dpe: Option<u64>,
    /// `difi.move.dph.default-ttl-hours`. Default none.
    pub dph: Option<u64>,
}

/// The most bytes all files of one message may have, on channels other than DPO.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadLimits {
    /// `difi.move.dpv.upload-size-limit`. Default 250 MiB.
    pub dpv: u64,
    /// `difi.move.dpi.upload-size-limit`. Default 50 MiB.
    pub dpi: u64,
    /// `difi.move.fiks.ut.upload-size-limit`. Default 1 GiB.
    pub dpf: u64,
    /// `difi.move.nextmove.service-bus.upload-size-limit`. Default 2 MiB.
    pub dpe: u64,
    /// `difi.move.dph.upload-size-limit`. Default 18 MiB.
    pub dph: u64,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self { dpv: 250 << 20, dpi: 50 << 20, dpf: 1 << 30, dpe: 2 << 20, dph: 18 << 20 }
    }
}

impl Config {
    /// The most bytes all files of one message on this channel may have.
    pub(crate) const fn upload_limit(&self, service: ServiceIdentifier) -> u64 {
        match service {
            ServiceIdentifier::Dpv => self.upload_limits_bytes.dpv,
            ServiceIdentifier::Dpi => self.upload_limits_bytes.dpi,
            ServiceIdentifier::Dpf => self.upload_limits_bytes.dpf,
            ServiceIdentifier::Dpe => self.upload_limits_bytes.dpe,
            ServiceIdentifier::Dph => self.upload_limits_bytes.dph,
            ServiceIdentifier::Dpo | ServiceIdentifier::Unknown => self.upload_limit_bytes,
        }
    }

    /// How long a message without a deadline may take on this channel.
    pub(crate) fn deadline(&self, service: ServiceIdentifier) -> Duration {
        let own = match service {
            ServiceIdentifier::Dpo => self.deadlines_seconds.dpo,
            ServiceIdentifier::Dpv => self.deadlines_seconds.dpv,
            ServiceIdentifier::Dpi => self.deadlines_seconds.dpi,
            ServiceIdentifier::Dpf => self.deadlines_seconds.dpf,
            ServiceIdentifier::Dpe => self.deadlines_seconds.dpe,
            ServiceIdentifier::Dph => self.deadlines_seconds.dph,
            ServiceIdentifier::Unknown => None,
        };
        Duration::from_secs(own.unwrap_or(self.default_deadline_seconds))
    }

    /// Whether a channel is in a list of channels.
    pub(crate) fn lists(list: &[String], service: ServiceIdentifier) -> bool {
        list.iter().any(|name| name == service.as_str())
    }
}
