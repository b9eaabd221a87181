//! Registers of contact details, rights and names, where they are not ours. No person is looked up.

use auth::TokenRequest;
use notify::recipients::registers::{
    AuthorizationFrom, NamesFrom, OrganizationsFrom, PersonsFrom, SelfIdentifiedFrom, UsersFrom,
};
use url::Url;

use super::finding::Finding;
use super::network::{self, Goal};
use super::{Patient, Probe, tokens};
use crate::app::token_source;
use crate::catalogue::Whose;

pub(super) fn probes(patient: &Patient) -> Vec<(&'static str, Probe)> {
    let registers = &patient.config.registers;
    let profile = registers.persons == PersonsFrom::Profile
        || registers.self_identified == SelfIdentifiedFrom::Profile
        || registers.organizations == OrganizationsFrom::Profile
        || registers.users == UsersFrom::Profile;
    let asked = [
        (registers.persons == PersonsFrom::Krr, "contact register", "registers.krr.url", &registers.krr.url),
        (profile, "profile service", "registers.profile.url", &registers.profile.url),
        (
            registers.organizations == OrganizationsFrom::Brreg,
            "feed of addresses",
            "registers.brreg.url",
            &registers.brreg.url,
        ),
        (
            registers.authorization == AuthorizationFrom::Pdp,
            "authorization",
            "registers.pdp.url",
            &registers.pdp.url,
        ),
        (
            registers.names == NamesFrom::Register,
            "register of names",
            "registers.register.url",
            &registers.register.url,
        ),
    ];
    let asked = asked.into_iter().filter(|(is_asked, ..)| *is_asked);
    let probe = |(_, name, setting, url): (bool, &'static str, &'static str, &Url)| {
        let (patient, url) = (patient.clone(), url.clone());
        let probe: Probe = Box::pin(async move {
            let goal = Goal { what: format!("{name} ({setting})"), setting, whose: Whose::Register };
            let mut findings = vec![network::answers(&goal, &url).await];
            if setting == "registers.krr.url" {
                findings.push(scope(&patient, &goal).await);
            }
            findings
        });
        (name, probe)
    };
    asked.map(probe).collect()
}

/// Whether we are given a token that opens the register.
async fn scope(patient: &Patient, goal: &Goal) -> Finding {
    let krr = &patient.config.registers.krr;
    let goal = Goal {
        what: format!("token for the contact register ({})", krr.scope),
        whose: Whose::Digdir,
        ..goal.clone()
    };
    let wanted = TokenRequest::scope(krr.scope.clone());
    let wanted = krr.consumer_org.map_or(wanted.clone(), |org| wanted.on_behalf_of(org));
    let services = patient.running.as_ref().map(|running| running.services);
    let asked = async {
        token_source(&patient.config, services)?.token(&wanted).await?;
        anyhow::Ok(())
    };
    match asked.await {
        Ok(()) => Finding::fine(&goal.what, "we get one"),
        Err(error) => tokens::refused(&goal, &error),
    }
}
