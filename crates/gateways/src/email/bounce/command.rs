//! What mail servers say to us (RFC 5321, section 4.1; RFC 2033 for `LHLO`).

/// One command, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// `EHLO` or `LHLO`: whoever greets so wants to know what we can do.
    Hello,
    /// `HELO`.
    PlainHello,
    Mail {
        /// Whether the return path is empty.
        is_from_nobody: bool,
        /// The announced size in bytes.
        size: Option<usize>,
    },
    Rcpt {
        address: String,
    },
    Data,
    Rset,
    Noop,
    Vrfy,
    Quit,
}

const UNKNOWN: &str = "500 5.5.2 Command not recognized";
const SYNTAX: &str = "501 5.5.4 Syntax error";
const PARAMETER: &str = "555 5.5.4 Parameter not recognized";

/// Reads a line without its line break; the reply to it where it is none of ours.
pub(super) fn parse(line: &str) -> Result<Command, &'static str> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    match (verb.to_ascii_uppercase().as_str(), rest.is_empty()) {
        ("EHLO" | "LHLO", false) => Ok(Command::Hello),
        ("HELO", false) => Ok(Command::PlainHello),
        ("MAIL", _) => mail(rest),
        ("RCPT", _) => recipient(rest),
        ("DATA", true) => Ok(Command::Data),
        ("RSET", true) => Ok(Command::Rset),
        ("QUIT", _) => Ok(Command::Quit),
        ("NOOP", _) => Ok(Command::Noop),
        ("VRFY" | "EXPN", _) => Ok(Command::Vrfy),
        ("EHLO" | "LHLO" | "HELO" | "DATA" | "RSET", _) => Err(SYNTAX),
        _ => Err(UNKNOWN),
    }
}

fn mail(rest: &str) -> Result<Command, &'static str> {
    let (address, parameters) = path(rest, "FROM:")?;
    let mut size = None;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => size = Some(value.parse().map_err(|_| SYNTAX)?),
            "BODY" | "SMTPUTF8" => {}
            _ => return Err(PARAMETER),
        }
    }
    Ok(Command::Mail { is_from_nobody: address.is_empty(), size })
}

fn recipient(rest: &str) -> Result<Command, &'static str> {
    let (address, parameters) = path(rest, "TO:")?;
    if address.is_empty() {
        return Err(SYNTAX);
    }
    if !parameters.trim().is_empty() {
        return Err(PARAMETER);
    }
    Ok(Command::Rcpt { address })
}

/// The address in angle brackets, and what follows it. A route before the address is dropped.
fn path<'a>(rest: &'a str, word: &str) -> Result<(String, &'a str), &'static str> {
    let (begin, path) = rest.split_at_checked(word.len()).ok_or(SYNTAX)?;
    if !begin.eq_ignore_ascii_case(word) {
        return Err(SYNTAX);
    }
    let path = path.trim_start().strip_prefix('<').ok_or(SYNTAX)?;
    let (address, parameters) = path.split_once('>').ok_or(SYNTAX)?;
    let routed = address.strip_prefix('@').and_then(|route| route.split_once(':'));
    let address = routed.map_or(address, |(_, address)| address);
    Ok((address.to_owned(), parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_in_any_letter_case() {
        let mail = |is_from_nobody, size| Ok(Command::Mail { is_from_nobody, size });
        assert_eq!(parse("mail from:<> SIZE=100 body=8BITMIME"), mail(true, Some(100)));
        assert_eq!(parse("MAIL FROM: <a@b.example>"), mail(false, None));
        let to = |address: &str| Ok(Command::Rcpt { address: address.to_owned() });
        assert_eq!(parse("RCPT TO:<b+1@c.example>"), to("b+1@c.example"));
        assert_eq!(parse("RCPT TO:<@a.example:b+1@c.example>"), to("b+1@c.example"));
        assert_eq!(parse("LHLO relay"), Ok(Command::Hello));
    }

    #[test]
    fn what_is_not_understood_gets_its_reply() {
        for (line, reply) in [
            ("", UNKNOWN),
            ("STARTTLS", UNKNOWN),
            ("EHLO", SYNTAX),
            ("DATA now", SYNTAX),
            ("MAIL <a@b.example>", SYNTAX),
            ("MAIL FROM:<a@b.example> SIZE=big", SYNTAX),
            ("MAIL FROM:<a@b.example> AUTH=<>", PARAMETER),
            ("RCPT TO:<>", SYNTAX),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", PARAMETER),
            ("RCPT TÅ", SYNTAX),
        ] {
            assert_eq!(parse(line), Err(reply), "{line}");
        }
    }
}
