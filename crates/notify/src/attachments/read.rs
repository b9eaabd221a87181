//! `attachments` of a request.

use jiff::{SignedDuration, Timestamp};
use url::{ParseError, Url};

use super::link::{self, FileLink, LinkError, SasUrl};
use super::media_types;
use crate::Config;
use crate::binding::Reader;

/// How long after the e-mail's time a link must still be good.
const MARGIN: SignedDuration = SignedDuration::from_mins(15);
/// Bytes of a file's name.
const LONGEST_NAME: usize = 1024;
/// Bytes of a link.
const LONGEST_LINK: usize = 8192;

/// The files of an e-mail that is to be sent at this moment. What is absent, null or empty is no file.
pub(crate) fn files(settings: &Reader<'_>, config: &Config, requested: Timestamp) -> Option<Vec<FileLink>> {
    let most = config.attachments_per_email;
    let elements = settings.objects_not_null("attachments");
    if elements.len() > most {
        settings.rule("Attachments", format!("must not be more than {most}"));
        return None;
    }
    let files: Vec<_> = elements.iter().map(|element| file(element, config, requested)).collect();
    files.into_iter().collect()
}

fn file(element: &Reader<'_>, config: &Config, requested: Timestamp) -> Option<FileLink> {
    let filename = filename(element);
    let mime_type = mime_type(element);
    let url = link(element, config, requested);
    Some(FileLink { filename: filename?, mime_type: mime_type?, url: url? })
}

fn filename(element: &Reader<'_>) -> Option<String> {
    let name = element.needed_text("filename")?;
    let fault = if name.contains(['/', '\\']) {
        Some("must not contain a path")
    } else if name.rsplit_once('.').is_none_or(|(_, extension)| extension.is_empty()) {
        Some("must end with an extension such as .pdf")
    } else if name.len() > LONGEST_NAME {
        Some("must not be longer than 1024 bytes")
    } else {
        None
    };
    if let Some(fault) = fault {
        element.rule("Filename", fault);
        return None;
    }
    Some(name.to_owned())
}

fn mime_type(element: &Reader<'_>) -> Option<String> {
    let kind = element.needed_text("mimeType")?;
    if !media_types::is_accepted(kind) {
        element.rule("MimeType", "is not a kind of file that e-mail carries here");
        return None;
    }
    Some(kind.to_owned())
}

/// The link, checked. No message says what it is.
fn link(element: &Reader<'_>, config: &Config, requested: Timestamp) -> Option<SasUrl> {
    let text = element.needed_text("sasUrl")?;
    if text.len() > LONGEST_LINK {
        element.rule("SasUrl", format!("must not be longer than {LONGEST_LINK} bytes"));
        return None;
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => {
            element.rule("SasUrl", LinkError::NotHttps.to_string());
            return None;
        }
        Err(_) => {
            element.unreadable("sasUrl", "an address");
            return None;
        }
    };
    let least = requested.checked_add(MARGIN).unwrap_or(Timestamp::MAX);
    if link::ends(&url).is_some_and(|ends| ends < least) {
        let key = element.own_key();
        element.faults().timely(key, "the link must be good for 15 minutes after requestedSendTime");
    }
    let checked = SasUrl::check(&url, &config.attachment_hosts);
    checked.map_err(|faults| faults.iter().for_each(|fault| element.rule("SasUrl", fault.to_string()))).ok()
}
