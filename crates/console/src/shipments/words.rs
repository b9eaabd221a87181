//! The words of a shipment's page.

use notify::orders::{Kind, State};
use notify::trace::{Act, Next, What, Who};

use crate::language::Language;
use crate::moment::when;

/// Everything the page says besides what happened.
pub(crate) struct ShipmentWords {
    pub(crate) title: &'static str,
    pub(crate) state: &'static str,
    pub(crate) next: &'static str,
    pub(crate) requested: &'static str,
    pub(crate) ordered: &'static str,
    pub(crate) creator: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) chain: &'static str,
    pub(crate) recipients: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) more: &'static str,
    pub(crate) all: &'static str,
    pub(crate) result: &'static str,
    pub(crate) route: &'static str,
    pub(crate) provider: &'static str,
    pub(crate) parts: &'static str,
    pub(crate) expires: &'static str,
    pub(crate) by_register: &'static str,
    pub(crate) reveal: &'static str,
    pub(crate) why: &'static str,
    pub(crate) why_hint: &'static str,
    pub(crate) revealed: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) try_now: &'static str,
    pub(crate) dig_up: &'static str,
    pub(crate) send_again: &'static str,
    pub(crate) sure: &'static str,
    pub(crate) not_sure: &'static str,
    pub(crate) timeline: &'static str,
    pub(crate) tell_again: &'static str,
    pub(crate) final_result: &'static str,
    pub(crate) unknown_act: &'static str,
    pub(crate) done: &'static str,
    pub(crate) already: &'static str,
    pub(crate) too_late: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) told_soon: &'static str,
    pub(crate) stands_still: &'static str,
    pub(crate) on_its_way: &'static str,
    pub(crate) gone: &'static str,
}

const ENGLISH: ShipmentWords = ShipmentWords {
    title: "Shipment",
    state: "State",
    next: "What happens next",
    requested: "To be sent",
    ordered: "Ordered",
    creator: "Sender",
    reference: "Sender’s reference",
    kind: "Kind",
    chain: "Others of the same order",
    recipients: "Recipients",
    nobody: "None yet. Addresses are found when the order is due.",
    more: "More recipients",
    all: "All recipients",
    result: "Result",
    route: "Route",
    provider: "Provider’s reference",
    parts: "Parts",
    expires: "Worth sending until",
    by_register: "address from the register",
    reveal: "Show recipient",
    why: "Why (for the audit log)",
    why_hint: "No personal data: nobody can take it out again.",
    revealed: "The recipient is",
    cancel: "Cancel the order",
    try_now: "Try now",
    dig_up: "Put back into the queue",
    send_again: "Send again",
    sure: "The recipient may get it twice, and I accept that.",
    not_sure: "Nobody knows whether the first copy arrived. Tick the box to have it sent again all the same.",
    timeline: "Timeline",
    tell_again: "Tell again",
    final_result: "The sender has been told this result; it stands. To send anew, the sender orders anew.",
    unknown_act: "There is nothing of that kind to be done.",
    done: "Done. It is in the audit log.",
    already: "It had been done before; nothing has changed.",
    too_late: "Too late: things have gone on meanwhile. Nothing was changed.",
    nothing: "There is nothing of that kind to be done any more. Nothing was changed.",
    told_soon: "The subscriber is told again, after what is before it in the queue.",
    stands_still: "It waits: the subscription is paused or held, and is told when it goes on.",
    on_its_way: "It is on its way already. Nothing was changed.",
    gone: "It is not kept any more. Nothing was changed.",
};

const BOKMAL: ShipmentWords = ShipmentWords {
    title: "Forsendelse",
    state: "Tilstand",
    next: "Hva som skjer videre",
    requested: "Skal sendes",
    ordered: "Bestilt",
    creator: "Avsender",
    reference: "Avsenders referanse",
    kind: "Type",
    chain: "Andre i samme bestilling",
    recipients: "Mottakere",
    nobody: "Ingen ennå. Adressene slås opp når tiden er inne.",
    more: "Flere mottakere",
    all: "Alle mottakere",
    result: "Resultat",
    route: "Rute",
    provider: "Leverandørens referanse",
    parts: "Deler",
    expires: "Verdt å sende til",
    by_register: "adresse fra registeret",
    reveal: "Vis mottaker",
    why: "Hvorfor (til revisjonsloggen)",
    why_hint: "Ingen personopplysninger: ingen kan ta dem ut igjen.",
    revealed: "Mottakeren er",
    cancel: "Kanseller bestillingen",
    try_now: "Prøv nå",
    dig_up: "Legg tilbake i køen",
    send_again: "Send på nytt",
    sure: "Mottakeren kan få den to ganger, og det godtar jeg.",
    not_sure: "Ingen vet om den første kom fram. Kryss av for å sende på nytt likevel.",
    timeline: "Tidslinje",
    tell_again: "Si fra igjen",
    final_result: "Avsenderen har fått vite resultatet, og det står. For å sende på nytt må avsenderen bestille på nytt.",
    unknown_act: "Det er ikke noe slikt å gjøre.",
    done: "Gjort. Det står i revisjonsloggen.",
    already: "Det var gjort fra før; ingenting er endret.",
    too_late: "For sent: ting har gått videre i mellomtiden. Ingenting er endret.",
    nothing: "Det er ikke lenger noe slikt å gjøre. Ingenting er endret.",
    told_soon: "Abonnenten får vite det igjen, etter det som står foran i køen.",
    stands_still: "Det venter: abonnementet er satt på pause eller holdt, og får vite det når det går videre.",
    on_its_way: "Det er allerede på vei. Ingenting er endret.",
    gone: "Det er ikke tatt vare på lenger. Ingenting er endret.",
};

impl ShipmentWords {
    /// In a language.
    pub(crate) const fn of(lang: Language) -> &'static Self {
        match lang {
            Language::English => &ENGLISH,
            Language::Bokmal => &BOKMAL,
        }
    }

    /// What came of an act, by the code that an address carries.
    pub(crate) fn said(&self, code: &str) -> Option<&'static str> {
        Some(match code {
            "done" => self.done,
            "already" => self.already,
            "late" => self.too_late,
            "nothing" => self.nothing,
            "soon" => self.told_soon,
            "still" => self.stands_still,
            "way" => self.on_its_way,
            "gone" => self.gone,
            _ => return None,
        })
    }

    pub(super) const fn act(&self, act: Act) -> &'static str {
        match act {
            Act::Cancel => self.cancel,
            Act::TryNow => self.try_now,
            Act::DigUp => self.dig_up,
            Act::SendAgain => self.send_again,
        }
    }
}

/// How far an order has come.
pub(crate) const fn state(lang: Language, state: State) -> &'static str {
    match state {
        State::Registered => lang.of("Waits for its time", "Venter på sin tid"),
        State::Processing => lang.of("Is processed", "Behandles"),
        State::Processed => lang.of("Waits for results", "Venter på resultater"),
        State::Completed => lang.of("Completed", "Fullført"),
        State::SendConditionNotMet => lang.of("Condition not met", "Betingelsen ikke oppfylt"),
        State::Cancelled => lang.of("Cancelled", "Kansellert"),
    }
}

/// How an order came to be.
pub(super) const fn kind(lang: Language, kind: Kind) -> &'static str {
    match kind {
        Kind::Notification => lang.of("main order", "hovedbestilling"),
        Kind::Reminder => lang.of("reminder", "påminnelse"),
        Kind::Instant => lang.of("sent at once", "sendt straks"),
        Kind::Composed => lang.of("e-mail with files", "e-post med filer"),
        Kind::Legacy => lang.of("order of the older endpoints", "bestilling over de eldre endepunktene"),
    }
}

/// Who decided something.
pub(super) fn who(lang: Language, who: &Who) -> String {
    match who {
        Who::Sender => lang.of("The sender", "Avsenderen").to_owned(),
        Who::Service => "Budstikke".to_owned(),
        Who::Register => lang.of("The register", "Registeret").to_owned(),
        Who::Condition => lang.of("The send condition", "Sendebetingelsen").to_owned(),
        Who::Gateway => lang.of("The gateway", "Leverandøren").to_owned(),
        Who::Operator(name) => name.clone(),
    }
}

/// What happened.
pub(super) fn what(lang: Language, what: &What) -> String {
    let fixed = match what {
        What::Ordered => lang.of("ordered it", "bestilte"),
        What::ConditionMet => lang.of("said yes", "sa ja"),
        What::ConditionNotMet => lang.of("said no", "sa nei"),
        What::ConditionUnknownSent => lang.of(
            "gave no answer; sent all the same, as the sender wishes",
            "svarte ikke; sendt likevel, som avsenderen ønsker",
        ),
        What::ConditionUnknownDropped => lang.of(
            "gave no answer; dropped, as the sender wishes",
            "svarte ikke; droppet, som avsenderen ønsker",
        ),
        What::PutOff => {
            lang.of("gave no answer; processing was put off", "svarte ikke; behandlingen ble utsatt")
        }
        What::Processed => lang.of("made the notifications", "laget varslene"),
        What::Made => lang.of("named the address", "oppga adressen"),
        What::NotSent(standing) => return not_sent(lang, &standing.wire()),
        What::HandedOver => lang.of("handed it to the gateway", "ga den til leverandøren"),
        What::Taken => lang.of("took it", "tok imot"),
        What::Refused => lang.of("refused it for good", "avviste den for godt"),
        What::NotTaken => lang.of("did not take it; it is tried again", "tok ikke imot; prøves igjen"),
        What::InDoubt => lang.of("does not know whether it was taken", "vet ikke om den ble tatt imot"),
        What::DoubtResolved => lang.of("settled the doubt", "avklarte tvilen"),
        What::SentAgain => lang.of(
            "sent it again, though it may arrive twice",
            "sendte på nytt, selv om den kan komme to ganger",
        ),
        What::Reported { result, counted, .. } => return reported(lang, result, *counted),
        What::TimeUp => lang.of("closed it: its time was up", "lukket den: tiden var ute"),
        What::AssumedDelivered => {
            lang.of("counts it as delivered: nothing was heard", "regner den som levert: ingenting er hørt")
        }
        What::Ended(end) => return format!("{}: {}", lang.of("ended it", "avsluttet"), state(lang, *end)),
        What::InFeed(Some(number)) => {
            return format!(
                "{} {number}",
                lang.of("showed it in the feed as number", "viste den i strømmen som nummer")
            );
        }
        What::InFeed(None) => lang.of("shows it in the feed soon", "viser den snart i strømmen"),
        What::Overridden => {
            lang.of("overrode that the recipient has declined", "overstyrte at mottakeren har reservert seg")
        }
        What::Webhook { event, state, .. } => return webhook(lang, event, state),
        What::Operated => lang.of("did this by hand", "gjorde dette for hånd"),
        What::Other(cause) => return cause.clone(),
    };
    fixed.to_owned()
}

fn not_sent(lang: Language, result: &str) -> String {
    format!("{}: {result}", lang.of("sends nothing", "sender ingenting"))
}

fn reported(lang: Language, result: &str, counted: bool) -> String {
    let reported = lang.of("reported", "meldte");
    let late = lang.of("came too late to change anything", "kom for sent til å endre noe");
    if counted { format!("{reported} {result}") } else { format!("{reported} {result} ({late})") }
}

/// How a webhook stands.
pub(crate) fn webhook(lang: Language, event: &str, state: &str) -> String {
    let state = match state {
        "delivered" => lang.of("told the webhook", "fortalte webhooken"),
        "given_up" => lang.of("gave up telling the webhook", "ga opp å fortelle webhooken"),
        _ => lang.of("is to tell the webhook", "skal fortelle webhooken"),
    };
    format!("{state}: {event}")
}

/// What comes next.
pub(super) fn next(lang: Language, next: &Next) -> String {
    let at = |english: &'static str, bokmal: &'static str, moment| {
        format!("{} {}", lang.of(english, bokmal), when(moment))
    };
    match next {
        Next::Nothing => lang.of("Nothing: it is over.", "Ingenting: den er ferdig.").to_owned(),
        Next::StartsAt(moment) => at("Processing begins", "Behandlingen begynner", *moment),
        Next::Queued => {
            lang.of("It is due and waits for its turn.", "Tiden er inne, og den venter på tur.").to_owned()
        }
        Next::InHand => {
            lang.of("Somebody works on it just now.", "Noen arbeider med den akkurat nå.").to_owned()
        }
        Next::TriedAgain { at: moment, reason, tries } => {
            let tried = match lang {
                Language::English => format!("tried {tries} times; {reason}"),
                Language::Bokmal => format!("prøvd {tries} ganger; {reason}"),
            };
            format!("{} ({tried})", at("Next try", "Neste forsøk", *moment))
        }
        Next::Window(moment) => at("Waits for the send window until", "Venter på sendevinduet til", *moment),
        Next::Report(moment) => {
            at("Waits for a delivery report until", "Venter på leveringsmelding til", *moment)
        }
        Next::ReportMayCome => lang
            .of(
                "It was taken. A report may come, but few mail servers send one.",
                "Den er tatt imot. Det kan komme en melding, men få e-posttjenere sender det.",
            )
            .to_owned(),
        Next::Doubt(moment) => at(
            "Nobody knows whether it was taken; nothing is sent again. A report may settle it until",
            "Ingen vet om den ble tatt imot; ingenting sendes på nytt. En melding kan avklare det til",
            *moment,
        ),
        Next::Recipients => lang
            .of("It waits for its recipients’ results.", "Den venter på mottakernes resultater.")
            .to_owned(),
        Next::GivenUp(reason) => {
            format!(
                "{}: {reason}",
                lang.of("Given up until somebody puts it back", "Gitt opp til noen legger den tilbake")
            )
        }
    }
}
