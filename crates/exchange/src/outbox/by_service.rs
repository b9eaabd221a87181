//! What each service asks of a message, whoever carries it: of the message when it is created, of each
//! file when it is added, of all of them when it is sent.

use std::io::BufReader;
use std::sync::Arc;

use http::StatusCode;
use store::blobs::Blobs;

use crate::Exchange;
use crate::config::Config;
use crate::message::business::{Business, Dialogmelding, Digital};
use crate::message::document::Document;
use crate::message::{Actor, Envelope, Message, MessageType, arkivmelding_xml};
use crate::problem::Problem;
use crate::registry::{Identifier, ServiceIdentifier, ServiceRecord};

/// Media types of what is attached to a dialogue.
const DIALOGUE_TYPES: [&str; 3] = ["application/pdf", "image/png", "image/jpeg"];
/// Attachments of a dialogue that are XML by their names.
const DIALOGUE_XML: [&str; 2] = ["dialogmelding.xml", "kvittering.xml"];

/// Fills what only the registry knows: the addresses of a letter.
pub(super) fn complete(message: &mut Message, record: Option<&ServiceRecord>) {
    if let Business::Print(print) = &mut message.envelope.business {
        let to = record.and_then(|record| record.post_address.as_ref());
        let back = record.and_then(|record| record.return_address.as_ref());
        print.complete(to, back);
    }
}

/// A letter must say where it goes and where it goes back to.
pub(super) fn check_addresses(message: &Message) -> Result<(), Problem> {
    let Business::Print(print) = &message.envelope.business else { return Ok(()) };
    let gap = print.address_gap();
    gap.map_or(Ok(()), |gap| Err(Problem::bad("MissingAddressInformationException", gap.to_string())))
}

/// What SvarUt and the health network ask of a message.
pub(super) fn check(message: &Message, service: ServiceIdentifier, config: &Config) -> Result<(), Problem> {
    match service {
        ServiceIdentifier::Dpf => shipment_type(&message.envelope.business, &config.dpf_shipment_types),
        ServiceIdentifier::Dph => health(message, &config.dph_her_ids),
        _ => Ok(()),
    }
}

fn shipment_type(business: &Business, offered: &[String]) -> Result<(), Problem> {
    let Business::Arkivmelding(body) = business else { return Ok(()) };
    let wanted = body.dpf.as_ref().and_then(|dpf| dpf.forsendelse_type.as_ref());
    match wanted {
        Some(wanted) if !offered.is_empty() && !offered.contains(wanted) => {
            let text = format!("{wanted} is no type of shipment; there are {}", offered.join(", "));
            Err(Problem::bad("ForsendelseTypeNotFoundException", text))
        }
        _ => Ok(()),
    }
}

fn health(message: &Message, her_ids: &[u64]) -> Result<(), Problem> {
    let receiver = match &message.facts.receiver {
        Some(Actor::Health(name)) => name.parse::<Identifier>().ok(),
        _ => None,
    };
    let general_practitioner = matches!(receiver, Some(Identifier::PractitionerOf(_)));
    if let Business::Dialogmelding(body) = &message.envelope.business {
        let violations = body.violations(general_practitioner);
        if !violations.is_empty() {
            return Err(Problem::constraint_violation(&violations));
        }
    }
    let sender = match &message.facts.sender {
        Actor::Health(name) => name.parse::<Identifier>().ok(),
        Actor::Participant(_) => None,
    };
    if !matches!(sender, Some(Identifier::HerId(id)) if her_ids.contains(&id)) {
        let text = "The sender must be an actor in health whose HER-id is configured here";
        return Err(Problem::bad("SenderException", text));
    }
    if receiver.is_none() {
        return Err(Problem::bad("ReceiverException", "The receiver must be an actor in health"));
    }
    Ok(())
}

/// How a file is called when it is added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming<'a> {
    pub(super) name: &'a str,
    pub(super) title: Option<&'a str>,
    pub(super) media_type: &'a str,
}

impl<'a> From<&'a Document> for Naming<'a> {
    fn from(file: &'a Document) -> Self {
        Self { name: &file.name, title: file.title.as_deref(), media_type: &file.media_type }
    }
}

/// Whether a file may be added under this name, with this title.
pub(super) fn takes(
    service: ServiceIdentifier,
    envelope: &Envelope,
    file: Naming<'_>,
) -> Result<(), Problem> {
    let is_main = envelope.business.main_document() == Some(file.name);
    let has_title = file.title.is_some_and(|title| !title.trim().is_empty());
    match service {
        ServiceIdentifier::Dpv if !has_title => Err(no_title(service)),
        ServiceIdentifier::Dpi if !has_title && !is_main && !is_metadata(&envelope.business, file.name) => {
            Err(no_title(service))
        }
        ServiceIdentifier::Dph if !is_main => attachment(&envelope.business, file),
        _ => Ok(()),
    }
}

fn no_title(service: ServiceIdentifier) -> Problem {
    let text = format!("A file over {service} needs a title");
    Problem::bad("MissingFileTitleException", text)
}

fn is_metadata(business: &Business, name: &str) -> bool {
    matches!(business, Business::Digital(body) if body.metadata_files().any(|(_, file)| file == name))
}

fn attachment(business: &Business, file: Naming<'_>) -> Result<(), Problem> {
    let Business::Dialogmelding(Dialogmelding { metadata_filer, .. }) = business else { return Ok(()) };
    if !metadata_filer.contains_key(file.name) {
        return Err(no_title(ServiceIdentifier::Dph));
    }
    let kind = file.media_type.split(';').next().unwrap_or_default().trim();
    if DIALOGUE_TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
        return Ok(());
    }
    let text = format!("{kind} cannot be attached to a dialogue; use {}", DIALOGUE_TYPES.join(", "));
    Err(Problem::bad("InvalidContentTypeException", text))
}

/// Reads files that a service wants to be XML, once they have arrived.
pub(super) async fn read_content(
    app: &Exchange,
    service: ServiceIdentifier,
    envelope: &Envelope,
    file: &Document,
) -> Result<(), Problem> {
    let is_main = envelope.business.main_document() == Some(file.name.as_str());
    let is_xml = DIALOGUE_XML.contains(&file.name.as_str());
    if service != ServiceIdentifier::Dph || is_main || !is_xml {
        return Ok(());
    }
    let (blobs, file): (Arc<dyn Blobs>, _) = (Arc::clone(app.blobs()), file.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let input = BufReader::new(blobs.read_blocking(&file.blob)?);
        let wrong = |error| Problem::bad("InvalidDocumentException", format!("{}: {error}", file.name));
        arkivmelding_xml::well_formed(input).map_err(wrong)
    });
    reading.await.map_err(|panic| Problem::internal(&panic))?
}

/// Whether everything is attached that a service needs before it sends.
pub(super) fn check_files(
    service: ServiceIdentifier,
    envelope: &Envelope,
    files: &[Document],
) -> Result<(), Problem> {
    let attached = |name: &str| files.iter().any(|file| file.name == name);
    if let Business::Digital(body) = &envelope.business {
        metadata_is_there(body, attached)?;
    }
    let needs_main = match service {
        ServiceIdentifier::Dpi => true,
        ServiceIdentifier::Dph => envelope.kind == MessageType::Dialogmelding,
        _ => false,
    };
    if needs_main { main_is_there(envelope, attached) } else { Ok(()) }
}

/// Whether the file named as the primary document is attached.
pub(super) fn main_is_there(envelope: &Envelope, attached: impl Fn(&str) -> bool) -> Result<(), Problem> {
    let main = envelope.business.main_document();
    if main.is_some_and(attached) {
        return Ok(());
    }
    let text = match main {
        Some(name) => format!("The primary document {name} is not attached"),
        None => "hoveddokument names no primary document".to_owned(),
    };
    Err(Problem::bad("MissingPrimaryDocumentException", text))
}

fn metadata_is_there(body: &Digital, attached: impl Fn(&str) -> bool) -> Result<(), Problem> {
    let both = body.metadata_files().flat_map(|(document, metadata)| [document, metadata]);
    let missing: Vec<&str> = both.filter(|name| !attached(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("metadataFiler names files that are not attached: {}", missing.join(", "));
    Err(Problem::domain(StatusCode::NOT_FOUND, "FileNotFoundException", text))
}
