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
