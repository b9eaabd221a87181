//! What the sign-in page says, in English and Norwegian (bokmål).

use crate::language::Language;

/// Everything it says.
pub(super) struct SignInWords {
    lang: Language,
    pub title: &'static str,
    pub name: &'static str,
    pub password: &'static str,
    pub sign_in: &'static str,
    pub wrong: &'static str,
    pub foreign: &'static str,
    pub first_time: &'static str,
    pub or_local: &'static str,
    pub provider_down: &'static str,
    pub provider_says_no: &'static str,
    pub began_elsewhere: &'static str,
    pub no_role: &'static str,
}

const ENGLISH: SignInWords = SignInWords {
    lang: Language::English,
    title: "Sign in",
    name: "User name",
    password: "Password",
    sign_in: "Sign in",
    wrong: "That user name and password do not belong together.",
    foreign: "This was not sent by this page. Please try again here.",
    first_time: "The first administrator is called admin; the password lies in the file console-password in the \
                 server's data directory.",
    or_local: "Or with a user of this server:",
    provider_down: "Your organisation's provider cannot be reached just now. Please try again in a moment.",
    provider_says_no: "Your organisation's provider did not sign you in. Please try again.",
    began_elsewhere: "That sign-in was not begun in this browser, or too long ago. Please begin again.",
    no_role: "You are known, but have no role here. An administrator can give you one.",
};

const BOKMAL: SignInWords = SignInWords {
    lang: Language::Bokmal,
    title: "Logg inn",
    name: "Brukernavn",
    password: "Passord",
    sign_in: "Logg inn",
    wrong: "Brukernavn og passord hører ikke sammen.",
    foreign: "Dette ble ikke sendt fra denne siden. Prøv igjen her.",
    first_time: "Den første administratoren heter admin; passordet ligger i filen console-password i tjenerens \
                 datamappe.",
    or_local: "Eller med en bruker på denne tjeneren:",
    provider_down: "Organisasjonens leverandør kan ikke nås akkurat nå. Prøv igjen om litt.",
    provider_says_no: "Organisasjonens leverandør logget deg ikke inn. Prøv igjen.",
    began_elsewhere: "Den innloggingen ble ikke begynt i denne nettleseren, eller for lenge siden. Begynn på nytt.",
    no_role: "Du er kjent, men har ingen rolle her. En administrator kan gi deg en.",
};

impl SignInWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &BOKMAL)
    }

    /// Too many tries; the next one in so many minutes.
    pub(super) fn too_often(&self, minutes: i64) -> String {
        match self.lang {
            Language::English => format!("Too many tries. Please wait {minutes} minutes."),
            Language::Bokmal => format!("For mange forsøk. Vent {minutes} minutter."),
        }
    }
}
