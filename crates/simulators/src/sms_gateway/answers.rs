//! The PSWin XML protocol: answers and reports written.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Charset;
use super::magic::ReportState;

/// The answer to one `MSG`.
#[derive(Debug)]
pub(super) enum MessageAnswer {
    Accepted { id: String, reference: Option<String> },
    Refused { id: String, info: String },
}

/// The answer to a request whose logon succeeded.
pub(super) fn answer(messages: &[MessageAnswer]) -> String {
    let mut xml = String::with_capacity(160 + messages.len() * 120);
    xml.push_str("<?xml version=\"1.0\"?>\r\n<SESSION><LOGON>OK</LOGON><REASON></REASON><MSGLST>");
    for message in messages {
        let (id, reference, status, info) = match message {
            MessageAnswer::Accepted { id, reference } => (id, reference.as_deref(), "OK", ""),
            MessageAnswer::Refused { id, info } => (id, None, "FAIL", info.as_str()),
        };
        xml.push_str("<MSG><ID>");
        push_escaped(&mut xml, id);
        xml.push_str("</ID>");
        if let Some(reference) = reference {
            let _ = write!(xml, "<REF>{reference}</REF>");
        }
        let _ = write!(xml, "<STATUS>{status}</STATUS><INFO>");
        push_escaped(&mut xml, info);
        xml.push_str("</INFO></MSG>");
    }
    xml.push_str("</MSGLST></SESSION>");
    xml
}

/// The answer to a request whose logon failed.
pub(super) const LOGON_FAILED: &str = "<?xml version=\"1.0\"?>\r\n<SESSION><LOGON>FAIL</LOGON>\
    <REASON>Invalid username or password.</REASON></SESSION>";

/// One report that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) reference: String,
    pub(super) receiver: String,
    pub(super) state: ReportState,
}

/// A push of one or several reports. The time of delivery is Norwegian and only given for what was
/// delivered.
pub(super) fn push<'a>(
    reports: impl Iterator<Item = &'a Report>,
    charset: Charset,
    now: Timestamp,
) -> String {
    let zone = TimeZone::get("Europe/Oslo").unwrap_or(TimeZone::UTC);
    let time = now.to_zoned(zone).strftime("%Y.%m.%d %H:%M:%S").to_string();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"{}\"?>\r\n<!DOCTYPE MSGLST SYSTEM \"pswincom_report_request.dtd\">\r\n<MSGLST>",
        charset.name()
    );
    for (number, report) in (1..).zip(reports) {
        let (reference, receiver, state) = (&report.reference, &report.receiver, report.state);
        let _ = write!(
            xml,
            "<MSG><ID>{number}</ID><REF>{reference}</REF><RCV>{receiver}</RCV><STATE>{}</STATE>",
            state.wire()
        );
        if state == ReportState::Delivered {
            let _ = write!(xml, "<DELIVERYTIME>{time}</DELIVERYTIME>");
        }
        xml.push_str("</MSG>");
    }
    xml.push_str("</MSGLST>");
    xml
}

/// Non-ASCII characters go as numbers, so that no character set can spoil them.
fn push_escaped(xml: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            ' '..='~' => xml.push(c),
            c => {
                let _ = write!(xml, "&#{};", u32::from(c));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_delivered_has_a_time_and_it_is_norwegian() {
        let report = |state| Report { reference: "r".to_owned(), receiver: "47".to_owned(), state };
        let reports = [report(ReportState::Delivered), report(ReportState::Expired)];
        let now = "2025-11-20T13:05:33Z".parse().expect("a moment");

        let xml = push(reports.iter(), Charset::Latin1, now);

        assert!(xml.contains("<ID>1</ID><REF>r</REF><RCV>47</RCV><STATE>DELIVRD</STATE><DELIVERYTIME>2025.11.20 14:05:33</DELIVERYTIME>"), "{xml}");
        assert!(xml.contains("<ID>2</ID><REF>r</REF><RCV>47</RCV><STATE>EXPIRED</STATE></MSG>"), "{xml}");
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\r\n<!DOCTYPE"), "{xml}");
    }
}
