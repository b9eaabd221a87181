//! What the page for trying says, in English and Norwegian (bokmål).

use crate::language::Language;

/// Everything it says.
pub(super) struct TryWords {
    pub title: &'static str,
    pub explained: &'static str,
    pub no_issuer: &'static str,
    pub instant: &'static str,
    pub email: &'static str,
    pub sms: &'static str,
    pub message: &'static str,
    pub number: &'static str,
    pub address: &'static str,
    pub subject: &'static str,
    pub text: &'static str,
    pub receiver: &'static str,
    pub send_instant: &'static str,
    pub place: &'static str,
    pub send_message: &'static str,
    pub message_explained: &'static str,
    pub done: &'static str,
    pub before: &'static str,
    pub files: &'static str,
    pub request: &'static str,
    pub answer: &'static str,
    pub no_answer: &'static str,
    pub command: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub trace: &'static str,
    pub unknown_wish: &'static str,
    pub sample_subject: &'static str,
    pub sample_text: &'static str,
}

const ENGLISH: TryWords = TryWords {
    title: "Try it",
    explained: "What you try here goes through this server's own APIs, over HTTP, like anybody else's request: to the \
                simulators, or really out where a real gateway is configured. You see each request, its answer, and \
                the command that does the same.",
    no_issuer: "The embedded token issuer is switched off here, as it must be in production, so this page cannot make \
                a token. Get one from the real issuer (Maskinporten, exchanged at Altinn), put it into TOKEN, and use \
                the commands of the guide; or start a second server for trial with “budstikke serve” and an empty \
                data directory.",
    instant: "An SMS at once",
    email: "An e-mail, and a reminder",
    sms: "An SMS, and a reminder",
    message: "A message with files",
    number: "Mobile number",
    address: "E-mail address",
    subject: "Subject",
    text: "Text",
    receiver: "Receiving organisation",
    send_instant: "Send SMS now",
    place: "Place the order",
    send_message: "Send the message",
    message_explained: "An archive message with a decision in PDF, in several steps: the envelope, two files, send.",
    done: "What was done",
    before: "Before the commands, on the server's machine:",
    files: "The files:",
    request: "Request",
    answer: "Answer",
    no_answer: "no answer",
    command: "As a command",
    copy: "Copy",
    copied: "Copied",
    trace: "See what becomes of it",
    unknown_wish: "There is no such thing to try.",
    sample_subject: "A letter for you",
    sample_text: "You have a letter in your inbox.",
};

const BOKMAL: TryWords = TryWords {
    title: "Prøv selv",
    explained: "Det du prøver her, går gjennom tjenerens egne API-er, over HTTP, som alle andres forespørsler: til \
                simulatorene, eller virkelig ut der en ekte leverandør er satt opp. Du ser hver forespørsel, svaret, \
                og kommandoen som gjør det samme.",
    no_issuer: "Den innebygde utstederen av tokener er slått av her, som den må være i produksjon, så siden kan ikke \
                lage et token. Hent ett fra den ekte utstederen (Maskinporten, vekslet hos Altinn), legg det i TOKEN, \
                og bruk kommandoene i veiledningen; eller start en egen tjener til utprøving med «budstikke serve» \
                og en tom datamappe.",
    instant: "En SMS med en gang",
    email: "En e-post, og en påminnelse",
    sms: "En SMS, og en påminnelse",
    message: "En melding med filer",
    number: "Mobilnummer",
    address: "E-postadresse",
    subject: "Emne",
    text: "Tekst",
    receiver: "Mottakende organisasjon",
    send_instant: "Send SMS nå",
    place: "Legg inn bestillingen",
    send_message: "Send meldingen",
    message_explained: "En arkivmelding med et vedtak i PDF, i flere steg: konvolutten, to filer, send.",
    done: "Hva som ble gjort",
    before: "Før kommandoene, på tjenerens maskin:",
    files: "Filene:",
    request: "Forespørsel",
    answer: "Svar",
    no_answer: "ingen svar",
    command: "Som kommando",
    copy: "Kopier",
    copied: "Kopiert",
    trace: "Se hva som blir av den",
    unknown_wish: "Det finnes ikke noe slikt å prøve.",
    sample_subject: "Et brev til deg",
    sample_text: "Du har fått et brev i innboksen din.",
};

impl TryWords {
    pub(super) const fn of(lang: Language) -> &'static Self {
        lang.of(&ENGLISH, &BOKMAL)
    }
}
