//! The console's words, in English and Norwegian (bokmål).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// Everything the console says.
pub(super) struct Words {
    pub code: &'static str,
    pub other_code: &'static str,
    pub other_name: &'static str,
    pub skip: &'static str,
    pub overview: &'static str,
    pub contacts: &'static str,
    pub organization: &'static str,
    pub waiting: &'static str,
    pub buried: &'static str,
    pub certificate_days: &'static str,
    pub certificates: &'static str,
    pub valid_until: &'static str,
    pub days_left: &'static str,
    pub signing: &'static str,
    pub in_reserve: &'static str,
    pub not_begun: &'static str,
    pub expired: &'static str,
    pub files_unusable: &'static str,
    pub lanes: &'static str,
    pub lane: &'static str,
    pub jobs: &'static str,
    pub dead_rows: &'static str,
    pub oldest_snapshot: &'static str,
    pub leads: &'static str,
    pub task: &'static str,
    pub node: &'static str,
    pub term: &'static str,
    pub nobody: &'static str,
    pub routes: &'static str,
    pub route: &'static str,
    pub share: &'static str,
    pub trouble: &'static str,
    pub shipments: &'static str,
    pub messages: &'static str,
    pub dead_reports: &'static str,
    pub reason: &'static str,
    pub times: &'static str,
    pub sms: &'static str,
    pub emails: &'static str,
    pub when: &'static str,
    pub kind: &'static str,
    pub recipient: &'static str,
    pub status: &'static str,
    pub reference: &'static str,
    pub client: &'static str,
    pub direction: &'static str,
    pub sender: &'static str,
    pub nothing: &'static str,
    pub simulated: &'static str,
    pub test_only: &'static str,
}

const ENGLISH: Words = Words {
    code: "en",
    other_code: "nb",
    other_name: "Norsk",
    skip: "Skip to content",
    overview: "Overview",
    contacts: "Contact register",
    organization: "Organisation",
    waiting: "Jobs waiting",
    buried: "Jobs given up",
    certificate_days: "Certificate days left",
    certificates: "Certificates",
    valid_until: "Valid until",
    days_left: "Days left",
    signing: "signs",
    in_reserve: "in reserve",
    not_begun: "not begun",
    expired: "run out, opens only",
    files_unusable: "New certificate files cannot be used:",
    lanes: "Waiting work",
    lane: "Lane",
    jobs: "Jobs",
    dead_rows: "Dead rows in the queue",
    oldest_snapshot: "Oldest transaction (s)",
    leads: "Who leads what",
    task: "Task",
    node: "Node",
    term: "Term",
    nobody: "nobody now",
    routes: "Routes",
    route: "Route",
    share: "Share (%)",
    trouble: "Last trouble",
    shipments: "Latest shipments",
    messages: "Latest messages",
    dead_reports: "Reports that could not be understood",
    reason: "Reason",
    times: "Times",
    sms: "SMS at the simulated gateway",
    emails: "E-mails at the embedded mail server",
    when: "When",
    kind: "Kind",
    recipient: "Recipient",
    status: "Status",
    reference: "Reference",
    client: "Client",
    direction: "Direction",
    sender: "Sender",
    nothing: "Nothing yet.",
    simulated: "Simulated: nothing left this machine.",
    test_only: "Embedded services and the test certificate authority are for development and trial only.",
};

const NORWEGIAN: Words = Words {
    code: "nb",
    other_code: "en",
    other_name: "English",
    skip: "Gå til innholdet",
    overview: "Oversikt",
    contacts: "Kontaktregister",
    organization: "Organisasjon",
    waiting: "Jobber i kø",
    buried: "Oppgitte jobber",
    certificate_days: "Dager igjen av sertifikatet",
    certificates: "Sertifikater",
    valid_until: "Gyldig til",
    days_left: "Dager igjen",
    signing: "signerer",
    in_reserve: "i reserve",
    not_begun: "ikke begynt å gjelde",
    expired: "utløpt, åpner bare",
    files_unusable: "Nye sertifikatfiler kan ikke brukes:",
    lanes: "Ventende arbeid",
    lane: "Kø",
    jobs: "Jobber",
    dead_rows: "Døde rader i køen",
    oldest_snapshot: "Eldste transaksjon (s)",
    leads: "Hvem leder hva",
    task: "Oppgave",
    node: "Node",
    term: "Periode",
    nobody: "ingen nå",
    routes: "Ruter",
    route: "Rute",
    share: "Andel (%)",
    trouble: "Siste problem",
    shipments: "Siste forsendelser",
    messages: "Siste meldinger",
    dead_reports: "Rapporter som ikke kunne forstås",
    reason: "Årsak",
    times: "Ganger",
    sms: "SMS hos den simulerte tjenesten",
    emails: "E-post hos den innebygde e-posttjeneren",
    when: "Tidspunkt",
    kind: "Type",
    recipient: "Mottaker",
    status: "Status",
    reference: "Referanse",
    client: "Klient",
    direction: "Retning",
    sender: "Avsender",
    nothing: "Ingenting ennå.",
    simulated: "Simulert: ingenting forlot denne maskinen.",
    test_only: "Innebygde tjenester og testutstederen av sertifikater er bare til utvikling og utprøving.",
};

impl Words {
    /// The words asked for in the address, or else by the browser.
    pub(super) fn for_request(asked: Option<&str>, headers: &HeaderMap) -> &'static Self {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        match asked.or(accepted).unwrap_or_default() {
            wanted if ["nb", "no", "nn"].iter().any(|code| wanted.starts_with(code)) => &NORWEGIAN,
            _ => &ENGLISH,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_wins_over_the_browser() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "nb-NO,nb;q=0.9".parse().expect("a header"));

        assert_eq!(Words::for_request(None, &headers).code, "nb");
        assert_eq!(Words::for_request(Some("en"), &headers).code, "en");
        assert_eq!(Words::for_request(None, &HeaderMap::new()).code, "en");
    }
}
