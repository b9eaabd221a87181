//! The table: every key of the reference, and what becomes of it. `docs/reference/properties.md` is held
//! equal to it by a test.

/// A key of the reference.
pub(crate) struct Key {
    /// Its name; `[]` stands for a place in a list, `.*` for a whole family.
    pub name: &'static str,
    /// What becomes of it.
    pub becomes: Becomes,
}

/// What becomes of a key.
#[derive(Clone, Copy)]
pub(crate) enum Becomes {
    /// The value of this setting, as text.
    Text(&'static str),
    /// Yes or no.
    YesNo(&'static str),
    /// A whole number, multiplied by this, with that added.
    Number(&'static str, u64, u64),
    /// An amount of bytes, such as `250MB`.
    Size(&'static str),
    /// A list of words.
    List(&'static str),
    /// A list of whole numbers.
    Numbers(&'static str),
    /// Something that needs a hand; the setting it ends in.
    By(Hand, &'static str),
    /// Nothing, and why.
    Nothing(&'static str),
}

/// Keys that are more than a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hand {
    /// An organization, with or without scheme.
    Organization,
    /// A file, perhaps with `file:` before it.
    File,
    /// The kind of a key store.
    StoreKind,
    /// The port to listen on.
    Port,
    /// Whether DPO is on.
    Dpo,
    /// Whether a channel is on that is not carried yet.
    OtherChannel,
    /// The registry's address.
    Registry,
    /// The issuer's address.
    Issuer,
    /// What stands before the organization's number in the client's id.
    ClientPrefix,
    /// The broker's address.
    Broker,
    /// The token exchange's address.
    Exchange,
    /// The database.
    Database,
    /// Nothing but a part of the database's address.
    DatabaseUser,
    /// That part's secret.
    DatabasePassword,
    /// The system user's organization; its place in the list, after our own.
    SystemUser,
    /// The name of that one.
    SystemUserName,
    /// The presets.
    Profile,
    /// The time server.
    TimeServer,
    /// Whether the time server is not asked.
    NoTimeServer,
    /// Whether the API speaks TLS.
    ServerTls,
}

use Becomes::{By, List, Nothing, Number, Numbers, Size, Text, YesNo};

/// Why a key is of no use, where several have the same reason.
const JAVA: &str = "a matter of the Java program";
const NO_EFFECT: &str = "has no effect in the reference any more, either";
const DPV: &str = "this version does not carry DPV";
const DPI: &str = "this version does not carry DPI";
const DPF: &str = "this version does not carry DPF";
const DPE: &str = "this version does not carry DPE";
const DPH: &str = "this version does not carry DPH";
const BLOBS: &str = "`blobs` says where files are kept";
const MAIL: &str =
    "errors are shown in the console, in health and figures, and told to webhooks; no mail is sent";
const LOGS: &str =
    "logs go to standard error, in the form that `log.format` says; whoever runs the program ships them";

macro_rules! keys {
    ($($name:literal => $becomes:expr;)+) => {
        /// All of them. The first that fits counts, so families stand behind their members.
        pub(crate) const KEYS: &[Key] = &[$(Key { name: $name, becomes: $becomes }),+];
    };
}

keys! {
    "spring.profiles.active" => By(Hand::Profile, "presets of remote addresses");
    "difi.move.org.number" => By(Hand::Organization, "organization.number");
    "difi.move.org.keystore.path" => By(Hand::File, "organization.keystore.path");
    "difi.move.org.keystore.type" => By(Hand::StoreKind, "organization.keystore.kind");
    "difi.move.org.keystore.alias" => Text("organization.keystore.alias");
    "difi.move.org.keystore.password" => Text("organization.keystore.password");
    "difi.move.org.keystore.lockProvider" => Nothing(JAVA);
    "difi.move.identifier.synthetic.allow" => Nothing("synthetic person numbers are always accepted");
    "vault.*" => Nothing("secrets come from files (`password_file`) or the environment");

    "difi.move.feature.enableDPO" => By(Hand::Dpo, "exchange.services");
    "difi.move.feature.enableDPV" => By(Hand::OtherChannel, "");
    "difi.move.feature.enableDPI" => By(Hand::OtherChannel, "");
    "difi.move.feature.enableDPF" => By(Hand::OtherChannel, "");
    "difi.move.feature.enableDPE" => By(Hand::OtherChannel, "");
    "difi.move.feature.enableDPH" => By(Hand::OtherChannel, "");
    "difi.move.feature.statusQueueIncludes" => List("exchange.status_queue_includes");
    "difi.move.feature.allowDeprecatedTrailingSlash" => Nothing("one slash at the end is always accepted");
    "difi.move.feature.enableReceipts" => Nothing("receipts are always handled");
    "difi.move.feature.mailErrorStatus" => Nothing(MAIL);
    "difi.move.feature.enableDsfPrintLookup" => Nothing(DPI);
    "difi.move.feature.cryptoMessagePersister" => Nothing("encrypt the disk or the bucket that `blobs` names");
    "difi.move.feature.retryOnDeadLock" => Nothing(JAVA);
    "difi.move.deadlock.*" => Nothing(JAVA);
    "difi.move.feature.enableBetaFeatures" => Nothing("no beta header is sent to the registry");
    "difi.move.feature.enableQueue" => Nothing(NO_EFFECT);
    "difi.move.feature.forwardReceivedAppReceipts" => Nothing(NO_EFFECT);
    "difi.move.feature.returnOkOnEmptyPayload" => Nothing(NO_EFFECT);
    "difi.move.feature.dumpDlqMessages" => Nothing(NO_EFFECT);

    "server.port" => By(Hand::Port, "listen.api");
    "difi.security.enable" => YesNo("exchange.require_credentials");
    "difi.security.user.name" => Text("exchange.user_name");
    "difi.security.user.password" => Text("exchange.user_password");
    "difi.ssl.enabled" => By(Hand::ServerTls, "listen.tls");
    "difi.ssl.key-store" => By(Hand::File, "listen.tls.keystore.path");
    "difi.ssl.key-store-type" => By(Hand::StoreKind, "listen.tls.keystore.kind");
    "difi.ssl.key-store-password" => Text("listen.tls.keystore.password");
    "difi.ssl.key-alias" => Text("listen.tls.keystore.alias");
    "difi.ssl.*" => Nothing(JAVA);
    "difi.datasource.url" => By(Hand::Database, "store");
    "difi.datasource.username" => By(Hand::DatabaseUser, "store");
    "difi.datasource.password" => By(Hand::DatabasePassword, "store");
    "difi.datasource.*" => Nothing(JAVA);
    "difi.activemq.*" => Nothing("what waits is kept in the store, not in a message broker");
    "spring.servlet.multipart.max-file-size" => Nothing("the contract's 5 MB for each file hold");
    "spring.servlet.multipart.max-request-size" => Size("exchange.multipart_limit_bytes");
    "server.tomcat.*" => Nothing(JAVA);
    "logging.*" => Nothing(LOGS);
    "app.logger.*" => Nothing(LOGS);

    "difi.move.nextmove.use-db-persistence" => Nothing(BLOBS);
    "difi.move.nextmove.filedir" => Nothing(BLOBS);
    "difi.move.nextmove.blob-cache-dir" => Nothing(BLOBS);
    "difi.move.nextmove.lockTimeoutMinutes" => Number("exchange.lock_timeout_seconds", 60, 0);
    "difi.move.nextmove.default-ttl-hours" => Number("exchange.default_deadline_seconds", 3_600, 0);
    "difi.move.dpo.default-ttl-hours" => Number("exchange.deadlines_seconds.dpo", 3_600, 0);
    "difi.move.dpv.default-ttl-hours" => Number("exchange.deadlines_seconds.dpv", 3_600, 0);
    "difi.move.dpi.default-ttl-hours" => Number("exchange.deadlines_seconds.dpi", 3_600, 0);
    "difi.move.dph.default-ttl-hours" => Number("exchange.deadlines_seconds.dph", 3_600, 0);
    "difi.move.fiks.ut.default-ttl-hours" => Number("exchange.deadlines_seconds.dpf", 3_600, 0);
    "difi.move.nextmove.serviceBus.default-ttl-hours" => Number("exchange.deadlines_seconds.dpe", 3_600, 0);
    "difi.move.nextmove.ttlPollingrate" => Number("exchange.deadline_interval_ms", 1, 0);
    "difi.move.nextmove.status-services" => List("exchange.status_services");
    "difi.move.nextmove.status-document-type" => Nothing("statuses have the document type that receivers know");
    "difi.move.nextmove.statusPollingCron" => Nothing("`exchange.status_interval_ms` says how often");
    "difi.move.nextmove.statusPollingPageSize" => Nothing(JAVA);
    "difi.move.nextmove.statusPollingBackoffThresholdDays" => Number("exchange.status_back_off_days", 1, 0);
    "difi.move.nextmove.statusPollingBackoffMaxIntervalMinutes" =>
        Number("exchange.status_longest_pause_minutes", 1, 0);
    "difi.move.nextmove.apply-zip-header-patch" => Nothing("a workaround for receivers that are gone");
    "difi.move.queue.maximum-retry-hours" => Number("exchange.send_tries", 1, 6);
    "difi.move.queue.concurrency" => Number("exchange.send_at_once", 1, 0);
    "difi.move.queue.nextmove-name" => Nothing(JAVA);
    "difi.move.queue.dlq-name" => Nothing(JAVA);
    "difi.move.webhooks.readTimeout" => Number("exchange.webhooks.call_timeout_ms", 1, 0);
    "difi.move.webhooks.connectTimeout" =>
        Nothing("`exchange.webhooks.call_timeout_ms` limits the whole call");
    "difi.move.arkivmelding.generate-arkivmelding-receipts" => YesNo("exchange.generate_receipts");
    "difi.move.arkivmelding.*" => Nothing("the processes and document types of the published profiles hold");
    "difi.move.avtalt.receipt-process" => Nothing("the processes of the published profiles hold");
    "difi.move.einnsyn.receipt-process" => Nothing(DPE);
    "difi.move.dpo.upload-size-limit" => Size("exchange.upload_limit_bytes");
    "difi.move.dpv.upload-size-limit" => Size("exchange.upload_limits_bytes.dpv");
    "difi.move.dpi.upload-size-limit" => Size("exchange.upload_limits_bytes.dpi");
    "difi.move.fiks.ut.upload-size-limit" => Size("exchange.upload_limits_bytes.dpf");
    "difi.move.nextmove.service-bus.upload-size-limit" => Size("exchange.upload_limits_bytes.dpe");
    "difi.move.dph.upload-size-limit" => Size("exchange.upload_limits_bytes.dph");

    "difi.move.serviceregistryEndpoint" => By(Hand::Registry, "hosted_registry.url");
    "difi.move.sign.enable" => Nothing("signatures of the registry's answers are always checked");
    "difi.move.sign.jwkUrl" => Nothing("the registry's keys are found below its address");
    "difi.move.oidc.enable" => Nothing("tokens are always used where a real registry or broker is");
    "difi.move.oidc.url" => By(Hand::Issuer, "maskinporten.token_endpoint");
    "difi.move.oidc.audience" => Text("maskinporten.audience");
    "difi.move.oidc.clientId" => Text("maskinporten.client_id");
    "difi.move.oidc.clientIdPrefix" => By(Hand::ClientPrefix, "maskinporten.client_id");
    "difi.move.oidc.keystore.*" =>
        Nothing("the organization's key store proves our client; name another key in `maskinporten.key_file`");
    "difi.move.oidc.connectTimeout" => Nothing("calls for tokens have limits of their own");
    "difi.move.oidc.readTimeout" => Nothing("calls for tokens have limits of their own");
    "difi.move.ntp.host" => By(Hand::TimeServer, "clock.server");
    "difi.move.ntp.disable" => By(Hand::NoTimeServer, "clock.server");

    "difi.move.dpo.brokerserviceUrl" => By(Hand::Broker, "dpo.broker_url");
    "difi.move.dpo.altinnTokenExchangeUrl" => By(Hand::Exchange, "maskinporten.altinn_exchange");
    "difi.move.dpo.systemRegisterUrl" => Nothing("systems are registered in Altinn's own pages");
    "difi.move.dpo.resource" => Text("dpo.resource");
    "difi.move.dpo.systemName" => Nothing("system users are known by their names alone");
    "difi.move.dpo.systemUser.orgId" => By(Hand::SystemUser, "dpo.system_users");
    "difi.move.dpo.systemUser.name" => By(Hand::SystemUserName, "dpo.system_users");
    "difi.move.dpo.reportees[].orgId" => By(Hand::SystemUser, "dpo.system_users");
    "difi.move.dpo.reportees[].name" => By(Hand::SystemUserName, "dpo.system_users");
    "difi.move.dpo.messageChannel" => Text("exchange.message_channel");
    "difi.move.dpo.connectTimeout" => Nothing("a call to the broker ends when it makes no progress");
    "difi.move.dpo.requestTimeout" => Number("dpo.request_timeout_ms", 1, 0);
    "difi.move.dpv.*" => Nothing(DPV);
    "difi.move.dpi.*" => Nothing(DPI);
    "difi.move.fiks.*" => Nothing(DPF);
    "difi.move.nextmove.serviceBus.*" => Nothing(DPE);
    "difi.move.dph.herIds" => Numbers("exchange.dph_her_ids");
    "difi.move.dph.herIds[]" => Numbers("exchange.dph_her_ids");
    "difi.move.dph.*" => Nothing(DPH);
    "difi.move.mail.*" => Nothing(MAIL);
}

impl Becomes {
    /// The setting it ends in, if it does.
    pub(crate) const fn setting(self) -> Option<&'static str> {
        match self {
            By(Hand::OtherChannel, _) | Nothing(_) => None,
            Text(setting)
            | YesNo(setting)
            | Number(setting, ..)
            | Size(setting)
            | List(setting)
            | Numbers(setting)
            | By(_, setting) => Some(setting),
        }
    }

    /// In words, for the page and for the command that checks.
    pub(crate) fn in_words(self) -> String {
        match self {
            Text(_) | YesNo(_) | Size(_) | List(_) | Numbers(_) | Number(_, 1, 0) => String::new(),
            Number(_, times, 0) => format!("times {times}"),
            Number(_, _, more) => format!("plus {more}"),
            By(hand, _) => hand.in_words().to_owned(),
            Nothing(why) => why.to_owned(),
        }
    }
}

impl Hand {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Organization => "nine digits, with or without `0192:`",
            Self::File => "`file:` in front is taken away, `base64:` is understood",
            Self::StoreKind => "`PKCS12`, `JKS` or `JCEKS`",
            Self::Port => "on all addresses of the machine, as the reference listens",
            Self::Dpo => "`true` or `false`; where the key is missing, DPO is on",
            Self::OtherChannel => "this version carries DPO only; what must go another way is refused",
            Self::Registry => "switches `embedded.registry` off",
            Self::Issuer => "switches `embedded.issuer` off",
            Self::ClientPrefix => "in front of the organization's number",
            Self::Broker => "switches `embedded.broker` off",
            Self::Exchange => "where tokens are exchanged for Altinn's",
            Self::Database => "`jdbc:postgresql://…` is used; in place of any other database stands SQLite",
            Self::DatabaseUser | Self::DatabasePassword => "part of the database's address",
            Self::SystemUser | Self::SystemUserName => "our own first, then those we act for",
            Self::Profile => "`production` or `staging`; also `--profile`",
            Self::TimeServer => "an offset is warned of and never keeps us from starting",
            Self::ServerTls => "where a key store is named, TLS is on unless this is `false`",
            Self::NoTimeServer => "`true`: no time server is asked",
        }
    }
}
