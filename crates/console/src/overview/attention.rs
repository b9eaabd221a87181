//! What somebody must look at, whose move it is, and where to. Pure.

use super::whose::Move;
use crate::language::Language;
use crate::plot::{bytes, seconds};

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attention {
    /// Whether it keeps messages from getting through, or soon will.
    pub is_bad: bool,
    pub text: String,
    pub whose: Move,
    pub link: &'static str,
}

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// Days until nobody can sign, and why new files cannot be used.
    pub certificate_days: Option<i64>,
    pub certificate_failure: Option<String>,
    pub routes: Vec<Route>,
    /// Channels whose other side cannot be reached.
    pub channels_down: Vec<String>,
    /// Lanes and for how many seconds their oldest job has been due.
    pub lanes: Vec<(String, f64)>,
    /// Seconds that the oldest message has waited to be sent, and to be fetched.
    pub outgoing: f64,
    pub incoming: f64,
    pub set_aside: f64,
    pub buried: usize,
    pub dead_reports: usize,
    /// Webhooks that are paused after failures, or held.
    pub paused: Vec<String>,
    pub held: Vec<String>,
    /// Bytes that are free, and all there are.
    pub disk: Option<(f64, f64)>,
    /// Seconds that our clock is off by most.
    pub clock: f64,
    /// Seconds that the oldest transaction lasts which keeps dead rows.
    pub transaction: f64,
    /// Tasks that nobody leads.
    pub leaderless: Vec<String>,
}

/// How a route does.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub channel: &'static str,
    pub name: String,
    pub is_open: bool,
    pub is_off: bool,
    pub trouble: Option<String>,
}

/// The oldest due job of a lane may have been due so long.
const LANE_SECONDS: f64 = 600.0;
/// A message may wait so long to be sent, and to be fetched.
const OUTGOING_SECONDS: f64 = 3_600.0;
const INCOMING_SECONDS: f64 = 4.0 * 3_600.0;
/// Shares of the disk that should be free, and must be.
const DISK_SHARES: (f64, f64) = (0.15, 0.05);
const CLOCK_SECONDS: f64 = 2.0;
const TRANSACTION_SECONDS: f64 = 3_600.0;
/// Days of a certificate that should be left, and must be.
const CERTIFICATE_DAYS: (i64, i64) = (30, 7);

/// Collects what must be looked at.
struct List {
    lang: Language,
    all: Vec<Attention>,
}

impl List {
    fn add(&mut self, is_bad: bool, whose: Move, link: &'static str, (english, norwegian): (String, String)) {
        let text = match self.lang {
            Language::English => english,
            Language::Bokmal => norwegian,
        };
        self.all.push(Attention { is_bad, text, whose, link });
    }
}

/// What must be looked at, the worst first.
pub(super) fn of(facts: &Facts, lang: Language) -> Vec<Attention> {
    let mut list = List { lang, all: Vec::new() };
    routes(facts, &mut list);
    work(facts, &mut list);
    messages(facts, &mut list);
    webhooks(facts, &mut list);
    certificates(facts, &mut list);
    machine(facts, &mut list);
    list.all.sort_by_key(|attention| !attention.is_bad);
    list.all
}

fn routes(facts: &Facts, list: &mut List) {
    const AT: &str = "/console/routes";
    for channel in ["sms", "email"] {
        let all: Vec<&Route> = facts.routes.iter().filter(|route| route.channel == channel).collect();
        let word = if channel == "sms" { "SMS" } else { list.lang.of("e-mail", "e-post") };
        if !all.is_empty() && all.iter().all(|route| route.is_open || route.is_off) {
            let texts = (
                format!("No route lets {word} through; what is to be sent waits."),
                format!("Ingen rute slipper {word} gjennom; det som skal sendes, venter."),
            );
            let whose = if all.iter().all(|route| route.is_off) { Move::Ours } else { Move::Gateways };
            list.add(true, whose, AT, texts);
        }
        for Route { name, is_open, is_off, trouble, .. } in all {
            if *is_open {
                let said = trouble.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
                let texts = (
                    format!("The route {name} ({word}) is shut{said}"),
                    format!("Ruten {name} ({word}) er stengt{said}"),
                );
                list.add(false, Move::Gateways, AT, texts);
            } else if *is_off {
                let texts = (
                    format!("The route {name} ({word}) is switched off by an operator."),
                    format!("Ruten {name} ({word}) er slått av av en operatør."),
                );
                list.add(false, Move::Ours, AT, texts);
            }
        }
    }
    for channel in &facts.channels_down {
        let texts = (
            format!("The other side of {channel} cannot be reached."),
            format!("Motparten i {channel} kan ikke nås."),
        );
        list.add(true, Move::Channels, AT, texts);
    }
}

fn work(facts: &Facts, list: &mut List) {
    for (lane, age) in facts.lanes.iter().filter(|(_, age)| *age > LANE_SECONDS) {
        let age = seconds(*age, list.lang);
        let texts = (
            format!("The oldest job in {lane} has been due for {age}."),
            format!("Den eldste jobben i {lane} skulle vært gjort for {age} siden."),
        );
        list.add(true, Move::Ours, "#lanes", texts);
    }
    let buried = facts.buried;
    if buried > 0 {
        let texts = (
            format!("{buried} jobs were given up; nothing does them again by itself."),
            format!("{buried} jobber er oppgitt; ingenting gjør dem om igjen av seg selv."),
        );
        list.add(false, Move::Ours, "#buried", texts);
    }
    let dead = facts.dead_reports;
    if dead > 0 {
        let texts = (
            format!("{dead} delivery reports could not be understood."),
            format!("{dead} leveringsrapporter kunne ikke forstås."),
        );
        list.add(false, Move::Gateways, "#dead-reports", texts);
    }
    for task in &facts.leaderless {
        let texts = (
            format!("Nobody leads {task}; another node takes it within seconds, or none can."),
            format!("Ingen leder {task}; en annen node tar det innen sekunder, eller ingen kan."),
        );
        list.add(false, Move::Nobodys, "#leads", texts);
    }
}

fn messages(facts: &Facts, list: &mut List) {
    if facts.outgoing > OUTGOING_SECONDS {
        let age = seconds(facts.outgoing, list.lang);
        let texts = (
            format!("The oldest message has waited {age} to be sent."),
            format!("Den eldste meldingen har ventet {age} på å bli sendt."),
        );
        list.add(true, Move::Channels, "#messages", texts);
    }
    if facts.incoming > INCOMING_SECONDS {
        let age = seconds(facts.incoming, list.lang);
        let texts = (
            format!("The oldest message has waited {age} to be fetched."),
            format!("Den eldste meldingen har ventet {age} på å bli hentet."),
        );
        list.add(false, Move::Clients, "#messages", texts);
    }
    if facts.set_aside > 0.0 {
        let count = facts.set_aside;
        let texts = (
            format!("{count} packages could not be opened or believed, and were set aside."),
            format!("{count} pakker kunne ikke åpnes eller stoles på, og er lagt til side."),
        );
        list.add(false, Move::Senders, "#messages", texts);
    }
}

fn webhooks(facts: &Facts, list: &mut List) {
    const AT: &str = "/console/webhooks";
    for name in &facts.paused {
        let texts = (
            format!("The webhook {name} is paused, since its endpoint fails."),
            format!("Webhooken {name} er på pause, fordi endepunktet feiler."),
        );
        list.add(false, Move::Subscribers, AT, texts);
    }
    for name in &facts.held {
        let texts = (
            format!("The webhook {name} is held by an operator."),
            format!("Webhooken {name} holdes av en operatør."),
        );
        list.add(false, Move::Ours, AT, texts);
    }
}

fn certificates(facts: &Facts, list: &mut List) {
    if let Some(reason) = &facts.certificate_failure {
        let texts = (
            format!("New certificate files cannot be used: {reason}"),
            format!("Nye sertifikatfiler kan ikke brukes: {reason}"),
        );
        list.add(false, Move::Ours, "#certificates", texts);
    }
    if let Some(days) = facts.certificate_days.filter(|days| *days < CERTIFICATE_DAYS.0) {
        let texts = if days < 0 {
            (
                "No certificate is valid: nothing can be signed.".to_owned(),
                "Ingen sertifikater er gyldige: ingenting kan signeres.".to_owned(),
            )
        } else {
            (
                format!("The certificate runs out in {days} days."),
                format!("Sertifikatet går ut om {days} dager."),
            )
        };
        list.add(days < CERTIFICATE_DAYS.1, Move::Ours, "#certificates", texts);
    }
}

fn machine(facts: &Facts, list: &mut List) {
    if let Some((free, total)) = facts.disk.filter(|(free, total)| *free < total * DISK_SHARES.0) {
        let left = bytes(free, list.lang);
        let texts =
            (format!("Only {left} are free on the disk."), format!("Bare {left} er ledig på disken."));
        list.add(free < total * DISK_SHARES.1, Move::Ours, "#store", texts);
    }
    if facts.clock.abs() > CLOCK_SECONDS {
        let off = seconds(facts.clock.abs(), list.lang);
        let texts = (
            format!("This machine's clock is wrong by {off}."),
            format!("Klokken på denne maskinen går {off} feil."),
        );
        list.add(false, Move::Ours, "#store", texts);
    }
    if facts.transaction > TRANSACTION_SECONDS {
        let age = seconds(facts.transaction, list.lang);
        let texts = (
            format!("A transaction on the database has lasted {age} and keeps it from clearing up."),
            format!("En transaksjon i databasen har vart i {age} og hindrer den i å rydde."),
        );
        list.add(false, Move::Ours, "#store", texts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(name: &str, is_open: bool, is_off: bool) -> Route {
        Route { channel: "sms", name: name.to_owned(), is_open, is_off, trouble: Some("HTTP 500".to_owned()) }
    }

    #[test]
    fn where_everything_is_well_there_is_nothing_to_look_at() {
        let facts = Facts {
            certificate_days: Some(400),
            routes: vec![route("a", false, false)],
            lanes: vec![("notify.sms".to_owned(), 3.0)],
            disk: Some((60.0, 100.0)),
            ..Facts::default()
        };
        assert_eq!(of(&facts, Language::English), []);
    }

    #[test]
    fn a_shut_route_is_the_gateways_and_none_left_is_worse() {
        let one =
            Facts { routes: vec![route("a", true, false), route("b", false, false)], ..Facts::default() };
        let [shut] = &of(&one, Language::English)[..] else { panic!("one thing") };
        assert_eq!((shut.is_bad, shut.whose, shut.link), (false, Move::Gateways, "/console/routes"));
        assert_eq!(shut.text, "The route a (SMS) is shut: HTTP 500");
        let none =
            Facts { routes: vec![route("a", true, false), route("b", false, true)], ..Facts::default() };
        let found = of(&none, Language::Bokmal);
        assert_eq!(found.len(), 3);
        assert!(found[0].is_bad && found[0].text.starts_with("Ingen rute slipper SMS"), "{found:?}");
    }

    #[test]
    fn the_worst_comes_first_and_everything_has_somebody_whose_move_it_is() {
        let facts = Facts {
            certificate_days: Some(3),
            certificate_failure: Some("no key".to_owned()),
            channels_down: vec!["DPO".to_owned()],
            lanes: vec![("exchange.dpo".to_owned(), 900.0)],
            outgoing: 4_000.0,
            incoming: 20_000.0,
            set_aside: 2.0,
            buried: 1,
            dead_reports: 1,
            paused: vec!["Archive".to_owned()],
            held: vec!["Case".to_owned()],
            disk: Some((10.0, 100.0)),
            clock: -3.0,
            transaction: 7_200.0,
            leaderless: vec!["notify.feed".to_owned()],
            ..Facts::default()
        };
        for lang in [Language::English, Language::Bokmal] {
            let found = of(&facts, lang);
            assert_eq!(found.len(), 15);
            assert!(found.is_sorted_by_key(|attention| !attention.is_bad));
            assert!(found.iter().all(|attention| !attention.whose.word(lang).is_empty()));
        }
    }
}
