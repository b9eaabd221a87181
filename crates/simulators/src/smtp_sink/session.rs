//! One SMTP connection, from greeting to goodbye.

use std::io;

use tokio::net::TcpStream;

use super::command::{self, Command, Mail, Recipient};
use super::magic::{self, Outcome};
use super::wire::{Data, Wire};
use super::{SmtpSink, bounce};

/// Recipients of one message at most (RFC 5321, section 4.5.3.1.8).
const MOST_RECIPIENTS: usize = 100;
/// Wrong commands before the connection is closed.
const MOST_MISTAKES: u32 = 20;

/// Speaks until either side has enough. An error is a client that left without saying so.
pub(super) async fn serve(sink: SmtpSink, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut wire = Wire::new(stream, sink.settings().patience);
    wire.reply(&format!("220 {} ESMTP ready", sink.settings().host));
    let mut session = Session { sink, wire, greeted: false, mail: None, recipients: Vec::new(), mistakes: 0 };
    loop {
        match session.step().await? {
            Next::Go => {}
            Next::SayAndClose => return session.wire.close().await,
            Next::Vanish => return Ok(()),
        }
    }
}

#[derive(Debug)]
struct Session {
    sink: SmtpSink,
    wire: Wire,
    greeted: bool,
    mail: Option<Mail>,
    recipients: Vec<Recipient>,
    mistakes: u32,
}

enum Next {
    Go,
    SayAndClose,
    Vanish,
}

impl Session {
    async fn step(&mut self) -> io::Result<Next> {
        let Some(line) = self.wire.command().await? else {
            return Ok(self.mistake("500 5.5.2 Line too long"));
        };
        match command::parse(&line) {
            Ok(command) => self.obey(command).await,
            Err(refusal) => Ok(self.mistake(refusal)),
        }
    }

    fn mistake(&mut self, reply: &str) -> Next {
        self.mistakes += 1;
        if self.mistakes > MOST_MISTAKES {
            self.wire.reply("421 4.7.0 Too many errors");
            return Next::SayAndClose;
        }
        self.say(reply)
    }

    fn say(&mut self, reply: &str) -> Next {
        self.wire.reply(reply);
        Next::Go
    }

    fn forget(&mut self) {
        self.mail = None;
        self.recipients.clear();
    }

    async fn obey(&mut self, command: Command) -> io::Result<Next> {
        Ok(match command {
            Command::Ehlo(_) => self.greet_extended(),
            Command::Helo(_) => {
                self.forget();
                self.greeted = true;
                let reply = format!("250 {}", self.sink.settings().host);
                self.say(&reply)
            }
            Command::Mail(mail) => self.mail(mail),
            Command::Rcpt(recipient) => self.recipient(recipient),
            Command::Data => return self.data().await,
            Command::Rset => {
                self.forget();
                self.say("250 2.0.0 OK")
            }
            Command::Noop => self.say("250 2.0.0 OK"),
            Command::Vrfy => self.say("252 2.1.5 Cannot verify, but will take messages"),
            Command::Help => self.say("214 2.0.0 See RFC 5321"),
            Command::Quit => {
                self.wire.reply("221 2.0.0 Goodbye");
                Next::SayAndClose
            }
        })
    }

    fn greet_extended(&mut self) -> Next {
        self.forget();
        self.greeted = true;
        let settings = self.sink.settings();
        let lines = [
            format!("250-{}", settings.host),
            "250-PIPELINING".to_owned(),
            format!("250-SIZE {}", settings.message_bytes),
            "250-8BITMIME".to_owned(),
            "250-SMTPUTF8".to_owned(),
            "250-ENHANCEDSTATUSCODES".to_owned(),
            "250 DSN".to_owned(),
        ];
        for line in &lines {
            self.wire.reply(line);
        }
        Next::Go
    }

    fn mail(&mut self, mail: Mail) -> Next {
        if !self.greeted {
            return self.mistake("503 5.5.1 Send EHLO first");
        }
        if self.mail.is_some() {
            return self.mistake("503 5.5.1 A message is already begun");
        }
        let most = self.sink.settings().message_bytes as u64;
        if mail.size.is_some_and(|size| size > most) {
            return self.say("552 5.3.4 Message too big");
        }
        if !mail.utf8 && !mail.from.is_ascii() {
            return self.mistake("553 5.6.7 The address needs SMTPUTF8");
        }
        self.mail = Some(mail);
        self.say("250 2.1.0 OK")
    }

    fn recipient(&mut self, recipient: Recipient) -> Next {
        let Some(mail) = &self.mail else {
            return self.mistake("503 5.5.1 Send MAIL first");
        };
        if !mail.utf8 && !recipient.address.is_ascii() {
            return self.mistake("553 5.6.7 The address needs SMTPUTF8");
        }
        if self.recipients.len() >= MOST_RECIPIENTS {
            return self.say("452 4.5.3 Too many recipients");
        }
        let refusal = match magic::outcome_for(&recipient.address) {
            Outcome::RefusedRecipient(reply) => Some(reply),
            Outcome::RefusedRecipientTwice(reply) => {
                self.sink.is_refused_twice(&recipient.address).then_some(reply)
            }
            Outcome::RefusedRecipientForAWhile(reply) => {
                self.sink.is_refused_for_a_while(&recipient.address).then_some(reply)
            }
            Outcome::Closing => {
                self.wire.reply("421 4.3.2 Service shutting down");
                return Next::SayAndClose;
            }
            _ => None,
        };
        if let Some(reply) = refusal {
            return self.say(reply);
        }
        self.recipients.push(recipient);
        self.say("250 2.1.5 OK")
    }

    async fn data(&mut self) -> io::Result<Next> {
        let Some(mail) = self.mail.clone() else {
            return Ok(self.mistake("503 5.5.1 Send MAIL first"));
        };
        if self.recipients.is_empty() {
            return Ok(self.mistake("554 5.5.1 No valid recipients"));
        }
        self.wire.reply("354 End data with <CR><LF>.<CR><LF>");
        self.wire.flush().await?;
        if self.expects(|outcome| outcome == Outcome::DroppedDuringData) {
            return Ok(Next::Vanish);
        }
        let settings = self.sink.settings();
        let (most, line_most) = (settings.message_bytes, settings.line_bytes);
        let raw = match self.wire.data(most, line_most).await? {
            Data::Whole(raw) => raw,
            Data::TooLarge => return Ok(self.end("552 5.3.4 Message too big")),
            Data::LineTooLong => return Ok(self.end("554 5.6.0 A line of the message is too long")),
        };
        let outcomes = self.outcomes();
        let refusal = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::RefusedData(reply) => Some(*reply),
            _ => None,
        });
        if let Some(reply) = refusal {
            return Ok(self.end(reply));
        }
        if outcomes.contains(&Outcome::ClosedUntaken) {
            return Ok(Next::Vanish);
        }
        let recipients = std::mem::take(&mut self.recipients);
        let number = self.sink.take(mail, recipients, raw, bounce::Reports::AsAsked);
        self.after_taking(&outcomes, number).await
    }

    async fn after_taking(&mut self, outcomes: &[Outcome], number: u64) -> io::Result<Next> {
        if outcomes.contains(&Outcome::ClosedTaken) {
            return Ok(Next::Vanish);
        }
        if outcomes.contains(&Outcome::SwallowedTaken) {
            tokio::time::sleep(self.sink.settings().swallow).await;
            return Ok(Next::Vanish);
        }
        if outcomes.contains(&Outcome::ReportedEarly) {
            self.sink.reported().await;
        }
        if outcomes.contains(&Outcome::Slow) {
            tokio::time::sleep(self.sink.settings().slow).await;
        }
        Ok(self.end(&format!("250 2.0.0 OK queued as {number}")))
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let addresses = self.recipients.iter().map(|recipient| recipient.address.as_str());
        addresses.map(magic::outcome_for).collect()
    }

    fn expects(&self, wanted: impl Fn(Outcome) -> bool) -> bool {
        self.outcomes().into_iter().any(wanted)
    }

    fn end(&mut self, reply: &str) -> Next {
        self.forget();
        self.say(reply)
    }
}
