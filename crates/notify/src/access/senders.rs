//! In whose name a creator may send: the names, numbers and addresses that are its own.

use std::collections::BTreeMap;

use http::StatusCode;

use super::Creator;
use crate::orders::Texts;
use crate::problem::Problem;

/// What creators by short name may send as: SMS senders, e-mail addresses, or `@` and a domain for all
/// addresses of it. A creator that is not listed may use any; the configured sender is everybody's.
pub type Senders = BTreeMap<String, Vec<String>>;

/// Refuses texts whose sender is not among those that the creator may use.
pub(crate) fn check<'t>(
    senders: &Senders,
    creator: &Creator,
    texts: impl IntoIterator<Item = &'t Texts>,
) -> Result<(), Problem> {
    let Some(own) = senders.get(creator.as_str()) else {
        return Ok(());
    };
    let may = |texts: &Texts| {
        let email = texts.email.as_ref().and_then(|email| email.sender.as_ref());
        let sms = texts.sms.as_ref().and_then(|sms| sms.sender.as_deref());
        email.is_none_or(|sender| own.iter().any(|known| covers(known, sender.reveal())))
            && sms.is_none_or(|sender| own.iter().any(|known| known.eq_ignore_ascii_case(sender.trim())))
    };
    if texts.into_iter().all(may) {
        return Ok(());
    }
    tracing::info!(%creator, "refused a sender that is not the creator's own");
    let detail = Some("the sender named here is not among those that this creator may use");
    Err(Problem::Plain { status: StatusCode::FORBIDDEN, detail })
}

fn covers(known: &str, address: &str) -> bool {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    known.eq_ignore_ascii_case(address)
        || known.strip_prefix('@').is_some_and(|known| known.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::{EmailText, SendingTime, SmsText};
    use gateways::BodyFormat;

    fn texts(email: Option<&str>, sms: Option<&str>) -> Texts {
        let sender = email.map(|address| address.parse().expect("an address"));
        let email = EmailText { sender, subject: "".into(), body: "".into(), format: BodyFormat::Plain };
        let sender = sms.map(str::to_owned);
        let sms = SmsText { sender, body: "".into(), sending_time: SendingTime::Anytime };
        Texts { email: Some(email), sms: Some(sms) }
    }

    #[test]
    fn a_listed_creator_sends_in_its_own_name_only() {
        let own = ["Bymyndig", "@bym.example", "post@fjord.example"].map(str::to_owned);
        let senders = Senders::from([("bym".to_owned(), own.to_vec()), ("ttd".to_owned(), Vec::new())]);
        let may =
            |creator: &str, email, sms| check(&senders, &Creator::new(creator), [&texts(email, sms)]).is_ok();

        assert!(may("bym", Some("sak@BYM.example"), Some("bymyndig")));
        assert!(may("bym", Some("Post@fjord.example"), None));
        assert!(!may("bym", Some("kari@fjord.example"), None));
        assert!(!may("bym", Some("sak@under.bym.example"), None));
        assert!(!may("bym", None, Some("Skatten")));
        assert!(may("ttd", None, None) && !may("ttd", None, Some("Bymyndig")));
        assert!(may("another", Some("kari@fjord.example"), Some("Skatten")));
    }
}
