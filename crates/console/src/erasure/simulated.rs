//! What the simulators on this node have captured. It is in memory only, and gone with the process.

use simulators::{mail_cloud, sms_gateway, smsc, smtp_sink};
use types::erasure::{Share, Whom};

use crate::Simulated;

/// How much would go.
pub(super) fn count(simulated: &Simulated, whom: &Whom) -> Option<Share> {
    let mut all = 0;
    if let Some(gateway) = &simulated.sms_gateway {
        all += gateway.captured().all().iter().filter(|sms| is_to(whom, sms.as_ref())).count();
    }
    if let Some(centre) = &simulated.smsc {
        all += centre.captured().all().iter().filter(|sms| is_to(whom, sms.as_ref())).count();
    }
    if let Some(sink) = &simulated.mail {
        all += sink.captured().all().iter().filter(|mail| is_to(whom, mail.as_ref())).count();
    }
    if let Some(cloud) = &simulated.mail_cloud {
        all += cloud.captured().all().iter().filter(|mail| is_to(whom, mail.as_ref())).count();
    }
    share(simulated, all)
}

/// Forgets it, and answers how much it was.
pub(super) fn forget(simulated: &Simulated, whom: &Whom) -> Option<Share> {
    let mut all = 0;
    if let Some(gateway) = &simulated.sms_gateway {
        all += gateway.captured().forget(|sms| is_to(whom, sms));
    }
    if let Some(centre) = &simulated.smsc {
        all += centre.captured().forget(|sms| is_to(whom, sms));
    }
    if let Some(sink) = &simulated.mail {
        all += sink.captured().forget(|mail| is_to(whom, mail));
    }
    if let Some(cloud) = &simulated.mail_cloud {
        all += cloud.captured().forget(|mail| is_to(whom, mail));
    }
    share(simulated, all)
}

/// Nothing is said of simulators where there are none.
fn share(simulated: &Simulated, number: usize) -> Option<Share> {
    let Simulated { sms_gateway, smsc, mail, mail_cloud, .. } = simulated;
    let any = sms_gateway.is_some() || smsc.is_some() || mail.is_some() || mail_cloud.is_some();
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    any.then(|| Share::going("captured", "what the simulators on this node have captured", number))
}

/// Something with recipients.
trait Captured {
    fn recipients(&self) -> Vec<&str>;
}

impl Captured for sms_gateway::Sms {
    fn recipients(&self) -> Vec<&str> {
        vec![&self.receiver]
    }
}

impl Captured for smsc::Sms {
    fn recipients(&self) -> Vec<&str> {
        vec![&self.receiver]
    }
}

impl Captured for smtp_sink::Email {
    fn recipients(&self) -> Vec<&str> {
        self.recipients.iter().map(|to| to.address.as_str()).collect()
    }
}

impl Captured for mail_cloud::Mail {
    fn recipients(&self) -> Vec<&str> {
        vec![&self.recipient]
    }
}

fn is_to(whom: &Whom, captured: &impl Captured) -> bool {
    captured.recipients().iter().any(|to| match whom {
        Whom::Email(address) => to.eq_ignore_ascii_case(address.reveal()),
        // Gateways know digits only.
        Whom::Phone(number) => {
            to.trim_start_matches('+').trim_start_matches("00") == number.reveal().trim_start_matches('+')
        }
        Whom::Person(_) | Whom::Organization(_) => false,
    })
}
