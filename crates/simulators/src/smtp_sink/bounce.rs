//! Delivery status notifications, written for the senders of mail (RFC 3461, RFC 3464).

use std::fmt::Write as _;

use bytes::Bytes;
use jiff::Timestamp;

use super::Email;
use super::command::{Mail, Recipient};
use super::magic::{self, Outcome};

/// Whether reports follow a message. Reports on reports would never end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reports {
    AsAsked,
    Never,
}

/// The reports that follow a message: what returns it, and what says that it has arrived.
pub(super) fn reports(email: &Email, host: &str, now: Timestamp) -> Vec<(Mail, Recipient, Bytes)> {
    if email.from.is_empty() {
        return Vec::new(); // RFC 5321, section 6.1: never answer a message without a return path
    }
    let reports = email.recipients.iter().flat_map(|recipient| {
        said_of(recipient).into_iter().map(move |said| {
            let raw = write(email, recipient, host, now, said);
            let to = Recipient { address: email.from.clone(), ..Recipient::default() };
            (Mail::default(), to, raw)
        })
    });
    reports.collect()
}

/// Action, status and diagnosis of each report about a recipient.
fn said_of(recipient: &Recipient) -> Vec<[&'static str; 3]> {
    const DELIVERED: [&str; 3] = ["delivered", "2.0.0", "250 OK"];
    const FAILED: [&str; 3] = ["failed", "5.1.1", "550 5.1.1 no such mailbox"];
    let all = match magic::outcome_for(&recipient.address) {
        Outcome::Bounced(status, diagnosis) => vec![["failed", status, diagnosis]],
        Outcome::Delivered | Outcome::ReportedEarly => vec![DELIVERED],
        Outcome::ReportedTwice => vec![DELIVERED, DELIVERED, FAILED],
        _ => Vec::new(),
    };
    let wanted =
        |[action, ..]: &[&str; 3]| recipient.wants(if *action == "failed" { "FAILURE" } else { "SUCCESS" });
    all.into_iter().filter(wanted).collect()
}

fn write(
    email: &Email,
    recipient: &Recipient,
    host: &str,
    now: Timestamp,
    [action, status, diagnosis]: [&str; 3],
) -> Bytes {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let boundary = format!("report-{}", now.as_microsecond());
    let mut text = format!(
        "From: Mail Delivery System <mailer-daemon@{host}>\r\nTo: <{to}>\r\nDate: {date}\r\n\
        Subject: Delivery status: {action}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{boundary}\"\r\n\r\n\
        --{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
        Your message to <{address}>: {action} ({diagnosis}).\r\n\r\n\
        --{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n",
        to = email.from,
        address = recipient.address,
    );
    if let Some(envid) = &email.envid {
        let _ = write!(text, "Original-Envelope-Id: {envid}\r\n");
    }
    let _ = write!(text, "Reporting-MTA: dns; {host}\r\nArrival-Date: {date}\r\n\r\n");
    if let Some(orcpt) = &recipient.orcpt {
        let _ = write!(text, "Original-Recipient: {orcpt}\r\n");
    }
    let _ = write!(
        text,
        "Final-Recipient: rfc822; {}\r\nAction: {action}\r\nStatus: {status}\r\n\
        Diagnostic-Code: smtp; {diagnosis}\r\n\r\n--{boundary}\r\n\
        Content-Type: text/rfc822-headers\r\n\r\n",
        recipient.address,
    );
    let mut raw = text.into_bytes();
    raw.extend_from_slice(headers_of(&email.raw));
    raw.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    raw.into()
}

fn headers_of(raw: &[u8]) -> &[u8] {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    &raw[..end.map_or(raw.len(), |end| end + 2)]
}
