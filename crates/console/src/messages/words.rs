//! The words of a message's page.

use exchange::Status;
use exchange::trace::{Act, Next, What, Who};

use crate::language::Language;
use crate::moment::when;
use crate::shipments::words::webhook;

/// Everything the page says besides what happened.
pub(crate) struct MessageWords {
    pub(crate) title: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) next: &'static str,
    pub(crate) status: &'static str,
    pub(crate) sender: &'static str,
    pub(crate) receiver: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) process: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) channel: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) transfer: &'static str,
    pub(crate) conversation: &'static str,
    pub(crate) expiry: &'static str,
    pub(crate) client: &'static str,
    pub(crate) files: &'static str,
    pub(crate) no_files: &'static str,
    pub(crate) more_files: &'static str,
    pub(crate) size: &'static str,
    pub(crate) answers: &'static str,
    pub(crate) others: &'static str,
    pub(crate) timeline: &'static str,
    pub(crate) try_now: &'static str,
    pub(crate) dig_up: &'static str,
    pub(crate) release: &'static str,
    pub(crate) release_hint: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) tell_again: &'static str,
    pub(crate) unknown_act: &'static str,
}

const ENGLISH: MessageWords = MessageWords {
    title: "Message",
    direction: "Direction",
    next: "What happens next",
    status: "Latest status",
    sender: "Sender",
    receiver: "Receiver",
    subject: "Title",
    process: "Process",
    kind: "Document type",
    channel: "Channel",
    reference: "Sender’s reference",
    transfer: "Channel’s reference",
    conversation: "Conversation",
    expiry: "Deadline",
    client: "Client",
    files: "Files",
    no_files: "None are known.",
    more_files: "more",
    size: "Bytes",
    answers: "Statuses on their way to the sender",
    others: "Other messages of the conversation",
    timeline: "Timeline",
    try_now: "Try now",
    dig_up: "Put back into the queue",
    release: "Release the lock",
    release_hint: "The next peek gets the message. Whoever holds it cannot delete it then.",
    failed: "It ended in FEIL, and its client has been told. The files are gone and the id is used up: the client \
             sends it anew, under a new messageId.",
    tell_again: "Tell again",
    unknown_act: "There is nothing of that kind to be done.",
};

const BOKMAL: MessageWords = MessageWords {
    title: "Melding",
    direction: "Retning",
    next: "Hva som skjer videre",
    status: "Siste status",
    sender: "Avsender",
    receiver: "Mottaker",
    subject: "Tittel",
    process: "Prosess",
    kind: "Dokumenttype",
    channel: "Kanal",
    reference: "Avsenders referanse",
    transfer: "Kanalens referanse",
    conversation: "Samtale",
    expiry: "Frist",
    client: "Klient",
    files: "Filer",
    no_files: "Ingen er kjent.",
    more_files: "til",
    size: "Byte",
    answers: "Statuser på vei til avsenderen",
    others: "Andre meldinger i samtalen",
    timeline: "Tidslinje",
    try_now: "Prøv nå",
    dig_up: "Legg tilbake i køen",
    release: "Frigi låsen",
    release_hint: "Neste som ser etter, får meldingen. Den som holder den, kan da ikke slette den.",
    failed: "Den endte i FEIL, og klienten har fått vite det. Filene er borte og id-en er brukt opp: klienten sender \
             på nytt med en ny messageId.",
    tell_again: "Si fra igjen",
    unknown_act: "Det er ikke noe slikt å gjøre.",
};

impl MessageWords {
    /// In a language.
    pub(crate) const fn of(lang: Language) -> &'static Self {
        match lang {
            Language::English => &ENGLISH,
            Language::Bokmal => &BOKMAL,
        }
    }

    pub(super) const fn act(&self, act: Act) -> &'static str {
        match act {
            Act::TryNow => self.try_now,
            Act::DigUp => self.dig_up,
            Act::ReleaseLock => self.release,
        }
    }
}

/// Which way a message goes.
pub(crate) fn direction(lang: Language, direction: &str) -> &'static str {
    if direction == "OUTGOING" { lang.of("sent", "sendt") } else { lang.of("received", "mottatt") }
}

/// Who did something.
pub(super) fn who(lang: Language, who: &Who) -> String {
    match who {
        Who::Client(None) => lang.of("The client", "Klienten").to_owned(),
        Who::Client(Some(name)) => format!("{} ({name})", lang.of("The client", "Klienten")),
        Who::Service => "Budstikke".to_owned(),
        Who::Channel => lang.of("The channel", "Kanalen").to_owned(),
        Who::Peer => lang.of("The other end", "Motparten").to_owned(),
        Who::Operator(name) => name.clone(),
    }
}

/// What happened.
pub(super) fn what(lang: Language, what: &What) -> String {
    let fixed = match what {
        What::Status { name, status, late, .. } => return reached(lang, name, *status, *late),
        What::Submitted => lang.of("said that it be sent", "sa at den skal sendes"),
        What::Sealed { bytes, certificate } => {
            let sealed = match certificate {
                Some(_) => lang.of("packed, signed and encrypted it", "pakket, signerte og krypterte den"),
                None => lang.of("packed it", "pakket den"),
            };
            return format!("{sealed} ({bytes} {})", lang.of("bytes", "byte"));
        }
        What::HandedOver => lang.of("handed it to the channel", "ga den til kanalen"),
        What::Taken => lang.of("took it", "tok imot"),
        What::NotTaken => lang.of("did not take it", "tok ikke imot"),
        What::InDoubt => lang.of(
            "does not know whether the channel took it, and looks before it sends again",
            "vet ikke om kanalen tok imot, og ser etter før den sender på nytt",
        ),
        What::Arrived => lang.of("brought it", "kom med den"),
        What::Peeked(until) => {
            return format!(
                "{} {}",
                lang.of("looked at it and holds it until", "så på den og holder den til"),
                when(*until)
            );
        }
        What::LockRanOut => {
            lang.of("let it wait again: the lock ran out", "lot den vente igjen: låsen løp ut")
        }
        What::Popped(bytes) => {
            return format!(
                "{} ({bytes} {})",
                lang.of("fetched its files", "hentet filene"),
                lang.of("bytes", "byte")
            );
        }
        What::GivenBack => lang.of("gave it back", "ga den tilbake"),
        What::Answered(status) => {
            return format!("{} {status}", lang.of("told its sender", "fortalte avsenderen"));
        }
        What::SetAside => lang.of("set a package aside", "la en pakke til side"),
        What::Webhook { status, state, .. } => return webhook(lang, status, state),
        What::Operated => lang.of("did this by hand", "gjorde dette for hånd"),
    };
    fixed.to_owned()
}

fn reached(lang: Language, name: &str, status: Option<Status>, late: bool) -> String {
    let means = match status {
        Some(Status::Opprettet) => lang.of("registered here", "registrert her"),
        Some(Status::Sendt) => lang.of("the channel has it", "kanalen har den"),
        Some(Status::Mottatt) => {
            lang.of("the receiver’s gateway has it", "mottakerens integrasjonspunkt har den")
        }
        Some(Status::Levert) => lang.of("the receiver’s system has it", "mottakerens system har den"),
        Some(Status::Lest) => lang.of("read or answered", "lest eller besvart"),
        Some(Status::Feil) => lang.of("given up", "gitt opp"),
        Some(Status::InnkommendeMottatt) => lang.of("waits in our inbox", "venter i vår innboks"),
        Some(Status::InnkommendeLevert) => lang.of("our client has it", "vår klient har den"),
        Some(Status::LevetidUtlopt) => lang.of("its deadline passed", "fristen er ute"),
        Some(Status::Annet) | None => "",
    };
    let rank = status.and_then(Status::rank).map(|rank| format!(" {}/5", rank + 1)).unwrap_or_default();
    let late = if late { lang.of(", late", ", for sent") } else { "" };
    if means.is_empty() { format!("{name}{rank}{late}") } else { format!("{name}{rank}: {means}{late}") }
}

/// What comes next.
pub(super) fn next(lang: Language, next: &Next) -> String {
    let at = |english: &'static str, bokmal: &'static str, moment| {
        format!("{} {}", lang.of(english, bokmal), when(moment))
    };
    match next {
        Next::Nothing => lang.of("Nothing: it is over.", "Ingenting: den er ferdig.").to_owned(),
        Next::Client(until) => at(
            "Its client is to add files and say that it be sent, before",
            "Klienten skal legge til filer og si at den skal sendes, før",
            *until,
        ),
        Next::Queued => lang.of("It waits for its turn.", "Den venter på tur.").to_owned(),
        Next::InHand => lang.of("It is worked on just now.", "Den arbeides med akkurat nå.").to_owned(),
        Next::TriedAgain { at: moment, reason, tries } => {
            let tried = match lang {
                Language::English => format!("tried {tries} times; {reason}"),
                Language::Bokmal => format!("prøvd {tries} ganger; {reason}"),
            };
            format!("{} ({tried})", at("Next try", "Neste forsøk", *moment))
        }
        Next::Answer { until, asked } => {
            let waits = at("The other end is to answer before", "Motparten skal svare før", *until);
            let asks = |asked| at("; the channel is asked", "; kanalen blir spurt", asked);
            format!("{waits}{}", asked.map(asks).unwrap_or_default())
        }
        Next::Waits(until) => at("A client is to take it before", "En klient skal hente den før", *until),
        Next::Held(until) => at("A client holds it until", "En klient holder den til", *until),
        Next::GivenUp(reason) => {
            format!(
                "{}: {reason}",
                lang.of("Given up until somebody puts it back", "Gitt opp til noen legger den tilbake")
            )
        }
    }
}
