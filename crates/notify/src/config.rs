//! The section `[notify]` of the configuration.

use jobs::Ladder;
use serde::Deserialize;
use types::Secret;
use url::Url;

use crate::access::pace::Limits;
use crate::access::senders::Senders;
use crate::attachments::FileHost;
use crate::metrics;
use crate::operators;
use crate::orders::older;
use gateways::sms::pswin_report::PushAccount;

/// How the notification service behaves. Every member has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address under which callers know us; begins links and `Location`. Default
    /// `http://localhost:8080/`.
    pub public_address: Url,
    /// Bytes a request's body may have. Default 1 MiB.
    pub body_bytes: usize,
    /// Who an SMS seems to come from when the sender names nobody. Default `Altinn`.
    pub sms_sender: String,
    /// The hour, in Norway, from which daytime SMS are sent. Default 9.
    pub daytime_opens_hour: u8,
    /// The hour, in Norway, from which they are not. Default 17.
    pub daytime_closes_hour: u8,
    /// Creators for whom contact details count that nobody has confirmed for 18 months. Default `skd`.
    pub stale_contacts_for: Vec<String>,
    /// What the keyword for the recipient's name becomes where nobody knows the name. Default: as the
    /// contract has it, nothing for a record without a name, and the keyword itself without a record.
    pub name_when_unknown: Option<String>,
    /// Hand-overs of instant messages at once; more wait. Default 256.
    pub instant_at_once: usize,
    /// How long a caller waits for the hand-over of an instant message, in seconds, before being told
    /// that it is accepted. Default 40.
    pub instant_wait_seconds: u64,
    /// Ordinary SMS under way at once. Default 16.
    pub sms_at_once: usize,
    /// Ordinary e-mails under way at once. Default 16.
    pub email_at_once: usize,
    /// E-mails with files under way at once, in a line of their own. Default 16.
    pub composed_at_once: usize,
    /// Where the files of composed e-mail may lie: a suffix of host names (`.blob.core.windows.net`,
    /// over https), or one whole origin (`http://files.example.no:9000`). Default Azure's blob stores.
    pub attachment_hosts: Vec<FileHost>,
    /// Files that one e-mail may have. Default 100.
    pub attachments_per_email: usize,
    /// Bytes that the files of one e-mail may have together. Default 20 MiB.
    pub attachment_bytes: u64,
    /// Bytes that the files of all e-mails under way may have together; more wait. Sending takes about four
    /// times as much memory. Default 256 MiB.
    pub attachment_memory_bytes: u64,
    /// How long fetching one file may take, in seconds. Default 30.
    pub attachment_timeout_seconds: u64,
    /// Pauses between tries to ask a send condition that gives no answer, in seconds. When all are used up,
    /// what the order's `conditionFailurePolicy` says is done. Default 60.
    pub condition_again_after_seconds: Vec<u64>,
    /// Orders being processed at once. Default 16.
    pub orders_at_once: usize,
    /// How often to look for due work when nobody rings, in milliseconds. Default 1000.
    pub poll_every_milliseconds: u64,
    /// How long a job's lease lasts, in seconds. Longer than the providers' time limits. Default 120.
    pub lease_seconds: u64,
    /// Pauses between tries to send what was certainly not taken, in seconds; the last one repeats
    /// until the message expires. Default 2, 6, 18, 54, 162, 300.
    pub send_again_after_seconds: Ladder,
    /// Pauses between tries to process an order when a register does not answer, in seconds. Default
    /// 60, 120, 300, 600, 1800.
    pub process_again_after_seconds: Ladder,
    /// What follows when nobody knows whether an SMS was taken. Default `stop`.
    pub sms_in_doubt: InDoubt,
    /// What follows when nobody knows whether an e-mail was taken. Default `repeat_once`.
    pub email_in_doubt: InDoubt,
    /// How long to wait before repeating what is in doubt, in seconds. Default 60.
    pub doubt_wait_seconds: u64,
    /// How long after its expiry a notification waits for a report, in seconds. Default 300.
    pub expiry_grace_seconds: u64,
    /// Whether the mail server reports every delivery. Without that, an e-mail that was taken is not
    /// called failed when its time is up. Default false.
    pub email_reports_expected: bool,
    /// After how many seconds without a bounce an e-mail that was taken counts as delivered. Default
    /// never.
    pub email_delivered_after_seconds: Option<u64>,
    /// How many days an address that does not exist is left alone after a bounce. Default 90; 0: not at all.
    pub suppress_bounced_days: Option<u32>,
    /// Keys the hashes of addresses that are left alone; the same on every node. Default: a key that is kept in
    /// the store.
    pub suppression_key: Option<Secret>,
    /// How long entries of the status feed are kept, in days. Default 90.
    pub feed_days: u32,
    /// How long orders that have come to their end are kept, with their recipients and texts, in days after the
    /// moment they were wanted for. Default 0: for ever.
    pub keep_orders_days: u32,
    /// Bulks that are taken at once on one node; a quarter of them for one creator at most. Default 8.
    pub bulk_at_once: usize,
    /// Connections that may follow the feed at once; a quarter of them for one creator at most. Default
    /// 256.
    pub feed_followers: usize,
    /// After how many seconds a connection that follows the feed is ended, to come back with a token that
    /// is valid then. Default 900.
    pub feed_stream_seconds: u64,
    /// Who may push delivery reports: two accounts let a password be changed. Default nobody.
    pub report_accounts: Vec<ReportAccount>,
    /// Secrets with which Azure Event Grid may bring delivery reports of e-mail: two of them let one be
    /// changed. Default none, and nobody may.
    pub event_grid_secrets: Vec<Secret>,
    /// How creators' own webhooks are told.
    pub webhooks: crate::subscriptions::Config,
    /// The older endpoints that make orders.
    pub older: older::Config,
    /// As whom creators may send. Default: everybody as anybody.
    pub senders: Senders,
    /// How often creators may call, on each node. Default: without limit.
    pub pace: Limits,
    /// Figures and files of rows, for operators.
    pub metrics: metrics::Config,
    /// What operators need to show.
    pub operators: operators::Config,
    /// Whether to serve the endpoint on which send conditions can be tried, to operators. Not for
    /// production. Default false.
    pub condition_test_endpoint: bool,
}

/// An account that may push delivery reports.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Pushing")]
pub struct ReportAccount {
    /// User name and password.
    pub push: PushAccount,
    /// The route whose gateway has this account. Needed where several gateways push, since their
    /// references may be the same.
    pub route: Option<String>,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushing {
    username: String,
    password: Secret,
    route: Option<String>,
}

impl From<Pushing> for ReportAccount {
    fn from(Pushing { username, password, route }: Pushing) -> Self {
        Self { push: PushAccount { username, password }, route }
    }
}

impl From<PushAccount> for ReportAccount {
    fn from(push: PushAccount) -> Self {
        Self { push, route: None }
    }
}

/// What follows when nobody knows whether a message was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InDoubt {
    /// It is not sent again. A report may still settle it.
    Stop,
    /// It is sent once more after a while, with an attempt of its own.
    RepeatOnce,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_address: Url::parse("http://localhost:8080/").expect("a constant address"),
            body_bytes: 1024 * 1024,
            sms_sender: "Altinn".to_owned(),
            daytime_opens_hour: 9,
            daytime_closes_hour: 17,
            stale_contacts_for: vec!["skd".to_owned()],
            name_when_unknown: None,
            instant_at_once: 256,
            instant_wait_seconds: 40,
            sms_at_once: 16,
            email_at_once: 16,
            composed_at_once: 16,
            attachment_hosts: vec![FileHost::azure()],
            attachments_per_email: 100,
            attachment_bytes: 20 * 1024 * 1024,
            attachment_memory_bytes: 256 * 1024 * 1024,
            attachment_timeout_seconds: 30,
            condition_again_after_seconds: vec![60],
            orders_at_once: 16,
            poll_every_milliseconds: 1000,
            lease_seconds: 120,
            send_again_after_seconds: Ladder::seconds(&[2, 6, 18, 54, 162, 300]),
            process_again_after_seconds: Ladder::seconds(&[60, 120, 300, 600, 1800]),
            sms_in_doubt: InDoubt::Stop,
            email_in_doubt: InDoubt::RepeatOnce,
            doubt_wait_seconds: 60,
            expiry_grace_seconds: 300,
            email_reports_expected: false,
            email_delivered_after_seconds: None,
            suppress_bounced_days: None,
            suppression_key: None,
            feed_days: 90,
            keep_orders_days: 0,
            bulk_at_once: 8,
            feed_followers: 256,
            feed_stream_seconds: 900,
            report_accounts: Vec::new(),
            event_grid_secrets: Vec::new(),
            webhooks: crate::subscriptions::Config::default(),
            older: older::Config::default(),
            senders: Senders::new(),
            pace: Limits::new(),
            metrics: metrics::Config::default(),
            operators: operators::Config::default(),
            condition_test_endpoint: false,
        }
    }
}
