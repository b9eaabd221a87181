//! SMTP commands, read (RFC 5321, section 4.1; DSN parameters: RFC 3461, section 4).

use std::fmt;

use types::mask;

/// A command a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Ehlo(String),
    Helo(String),
    Mail(Mail),
    Rcpt(Recipient),
    Data,
    Rset,
    Noop,
    Vrfy,
    Help,
    Quit,
}

/// The sender of a message, and what is said about it beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mail {
    /// Empty for reports, which must not be answered.
    pub(super) from: String,
    pub(super) size: Option<u64>,
    pub(super) eight_bit: bool,
    pub(super) utf8: bool,
    pub(super) ret: Option<String>,
    pub(super) envid: Option<String>,
}

/// One recipient of a message.
#[derive(Clone, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// When the sender wants a report (`NOTIFY`), as written.
    pub notify: Option<String>,
    /// The original recipient (`ORCPT`), as written.
    pub orcpt: Option<String>,
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", mask::email(&self.address))
    }
}

impl Recipient {
    /// Whether a report of `what` (`SUCCESS`, `FAILURE`, `DELAY`) was asked for.
    pub(super) fn wants(&self, what: &str) -> bool {
        self.notify
            .as_deref()
            .map_or(what == "FAILURE", |notify| notify.split(',').any(|one| one.eq_ignore_ascii_case(what)))
    }
}

/// The reply to a line that is no command, or not a right one.
pub(super) type Refusal = &'static str;

const UNKNOWN: Refusal = "500 5.5.2 Command not recognized";
const SYNTAX: Refusal = "501 5.5.4 Syntax error in parameters or arguments";
const PARAMETER: Refusal = "555 5.5.4 Parameter not recognized or not implemented";

/// Reads one line, without its line break.
pub(super) fn parse(line: &str) -> Result<Command, Refusal> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" if !rest.is_empty() => Ok(Command::Ehlo(rest.to_owned())),
        "HELO" if !rest.is_empty() => Ok(Command::Helo(rest.to_owned())),
        "MAIL" => mail(rest).map(Command::Mail),
        "RCPT" => recipient(rest).map(Command::Rcpt),
        "DATA" if rest.is_empty() => Ok(Command::Data),
        "RSET" if rest.is_empty() => Ok(Command::Rset),
        "QUIT" if rest.is_empty() => Ok(Command::Quit),
        "EHLO" | "HELO" | "DATA" | "RSET" | "QUIT" => Err(SYNTAX),
        "NOOP" => Ok(Command::Noop),
        "VRFY" | "EXPN" => Ok(Command::Vrfy),
        "HELP" => Ok(Command::Help),
        _ => Err(UNKNOWN),
    }
}

fn mail(rest: &str) -> Result<Mail, Refusal> {
    let (from, params) = path(rest, "FROM:")?;
    let mut mail = Mail { from, ..Mail::default() };
    for (name, value) in params {
        match (name.as_str(), value) {
            ("SIZE", Some(size)) => mail.size = Some(size.parse().map_err(|_| SYNTAX)?),
            ("BODY", Some("8BITMIME" | "8bitmime")) => mail.eight_bit = true,
            ("BODY", Some("7BIT" | "7bit")) => {}
            ("SMTPUTF8", None) => mail.utf8 = true,
            ("RET", Some(part @ ("FULL" | "HDRS" | "full" | "hdrs"))) => {
                mail.ret = Some(part.to_owned());
            }
            ("ENVID", Some(envid)) => mail.envid = Some(envid.to_owned()),
            ("SIZE" | "BODY" | "RET" | "ENVID", _) => return Err(SYNTAX),
            _ => return Err(PARAMETER),
        }
    }
    Ok(mail)
}

fn recipient(rest: &str) -> Result<Recipient, Refusal> {
    let (address, params) = path(rest, "TO:")?;
    if address.is_empty() {
        return Err(SYNTAX);
    }
    let mut recipient = Recipient { address, ..Recipient::default() };
    for (name, value) in params {
        match (name.as_str(), value) {
            ("NOTIFY", Some(notify)) => recipient.notify = Some(notify.to_owned()),
            ("ORCPT", Some(orcpt)) => recipient.orcpt = Some(orcpt.to_owned()),
            ("NOTIFY" | "ORCPT", None) => return Err(SYNTAX),
            _ => return Err(PARAMETER),
        }
    }
    Ok(recipient)
}

type Params<'a> = Vec<(String, Option<&'a str>)>;

/// `FROM:<address> NAME=value NAME`; a source route in front of the address is dropped.
fn path<'a>(rest: &'a str, word: &str) -> Result<(String, Params<'a>), Refusal> {
    let begins = rest.get(..word.len()).ok_or(SYNTAX)?;
    if !begins.eq_ignore_ascii_case(word) {
        return Err(SYNTAX);
    }
    let path = rest[word.len()..].trim_start().strip_prefix('<').ok_or(SYNTAX)?;
    let (address, params) = path.split_once('>').ok_or(SYNTAX)?;
    let routed = address.strip_prefix('@').and_then(|route| route.split_once(':'));
    let address = routed.map_or(address, |(_, address)| address);
    if !address.is_empty() && (!address.contains('@') || address.contains([' ', '<'])) {
        return Err(SYNTAX);
    }
    let params = params.split_ascii_whitespace().map(|param| match param.split_once('=') {
        Some((name, value)) => (name.to_ascii_uppercase(), Some(value)),
        None => (param.to_ascii_uppercase(), None),
    });
    Ok((address.to_owned(), params.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_read_with_all_parameters() {
        let line = "mail FROM:<b+1@fjord.example> SIZE=100 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a1";
        let expected = Mail {
            from: "b+1@fjord.example".to_owned(),
            size: Some(100),
            eight_bit: true,
            utf8: true,
            ret: Some("HDRS".to_owned()),
            envid: Some("a1".to_owned()),
        };
        assert_eq!(parse(line), Ok(Command::Mail(expected)));
        assert_eq!(parse("MAIL FROM:<>"), Ok(Command::Mail(Mail::default())));
    }

    #[test]
    fn a_recipient_is_read_and_its_route_dropped() {
        let read = parse(
            "RCPT TO:<@relay.example:kari@fjord.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;kari@fjord.example",
        );
        let Ok(Command::Rcpt(recipient)) = read else { panic!("{read:?}") };
        assert_eq!(recipient.address, "kari@fjord.example");
        assert!(recipient.wants("SUCCESS") && !recipient.wants("FAILURE"));
        assert_eq!(recipient.orcpt.as_deref(), Some("rfc822;kari@fjord.example"));
        assert!(Recipient::default().wants("FAILURE"));
    }

    #[test]
    fn wrong_lines_get_the_right_codes() {
        for (line, reply) in [
            ("HELLO", UNKNOWN),
            ("EHLO", SYNTAX),
            ("MAIL kari@fjord.example", SYNTAX),
            ("MAIL FROM:<kari>", SYNTAX),
            ("MAIL FROM:<a@b.example> SIZE=x", SYNTAX),
            ("MAIL FROM:<a@b.example> FOO=1", PARAMETER),
            ("RCPT TO:<>", SYNTAX),
            ("DATA now", SYNTAX),
            ("", UNKNOWN),
        ] {
            assert_eq!(parse(line), Err(reply), "{line}");
        }
    }
}
