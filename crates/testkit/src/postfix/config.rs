//! Its configuration: everything in one folder, nothing looked up in the DNS.

use std::fs;
use std::path::Path;

use super::{LOCAL_DOMAIN, MAILBOXES, Options};

/// Writes `etc/main.cf`, `etc/master.cf` and the certificate.
pub(super) fn write(folder: &Path, port: u16, options: &Options) {
    let etc = folder.join("etc");
    fs::create_dir(&etc).expect("a folder for the configuration");
    let mut main = main_cf(folder, options);
    if let Some(certificate) = &options.certificate {
        let (chain, key) = (etc.join("chain.pem"), etc.join("key.pem"));
        fs::write(&chain, &certificate.chain).expect("a certificate");
        fs::write(&key, &certificate.key).expect("a key");
        let (chain, key) = (chain.display(), key.display());
        let files = format!("smtpd_tls_cert_file = {chain}\nsmtpd_tls_key_file = {key}\n");
        main = main + "smtpd_tls_security_level = may\n" + &files;
    }
    fs::write(etc.join("main.cf"), main).expect("main.cf");
    fs::write(etc.join("master.cf"), master_cf(port)).expect("master.cf");
}

fn main_cf(folder: &Path, options: &Options) -> String {
    let folder = folder.display();
    let (domain, addr) = &options.route;
    let mailboxes = MAILBOXES.map(|name| format!("{{ {name}@{LOCAL_DOMAIN} = {name}/ }}")).join(" ");
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.{LOCAL_DOMAIN}
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
# Unknown people are taken at first, and returned by mail.
smtpd_reject_unlisted_recipient = no
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {LOCAL_DOMAIN}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
transport_maps = inline:{{ {{ {domain} = smtp:[{}]:{} }} }}
default_transport = error:5.1.2 no such domain here
smtp_dns_support_level = disabled
smtp_host_lookup = native
smtputf8_enable = yes
minimal_backoff_time = 1s
queue_run_delay = 1s
",
        addr.ip(),
        addr.port()
    )
}

fn master_cf(port: u16) -> String {
    // service type private unpriv chroot wakeup maxproc command
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}
