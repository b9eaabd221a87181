//! One connection to the bounce listener, from greeting to goodbye.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::command::{self, Command};
use super::config::{Addressee, BouncesConfig, Doorkeeper};
use super::wire::{Content, Sizes, Wire};
use super::{Arrival, BounceSink, read};

/// Wrong commands and strangers' addresses before the connection is closed.
const MOST_MISTAKES: u32 = 10;
/// Messages over one connection at most.
const MOST_MESSAGES: u32 = 1000;

/// Speaks with one client until either side has enough. An error is a client that left without saying so, or
/// fell silent.
///
/// There is one recipient for each message, since a return path names one attempt; whoever names a
/// second one is asked to bring the message again for that one.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    config: &BouncesConfig,
    doorkeeper: &Doorkeeper,
    sink: &dyn BounceSink,
) -> io::Result<()> {
    let mut session = Session {
        wire: Wire::new(stream, Duration::from_secs(config.timeout_seconds.max(1))),
        sizes: Sizes { most: config.message_bytes, keep: config.keep_bytes },
        doorkeeper,
        sink,
        name: doorkeeper.paths.as_ref().map_or("bounces.invalid", |paths| paths.domain()),
        mail: None,
        recipient: None,
        mistakes: 0,
        messages: 0,
    };
    session.wire.say(&format!("220 {} ESMTP bounces only", session.name)).await?;
    while session.step().await? {}
    session.wire.close().await
}

struct Session<'a, S> {
    wire: Wire<S>,
    sizes: Sizes,
    doorkeeper: &'a Doorkeeper,
    sink: &'a dyn BounceSink,
    name: &'a str,
    /// Whether the message at hand is from nobody.
    mail: Option<bool>,
    /// For whom it is.
    recipient: Option<Addressee>,
    mistakes: u32,
    messages: u32,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<'_, S> {
    /// Takes one command; whether there may be another.
    async fn step(&mut self) -> io::Result<bool> {
        let Some(line) = self.wire.command().await? else {
            return self.mistake("500 5.5.2 Line too long").await;
        };
        match command::parse(&line) {
            Ok(Command::Quit) => {
                self.wire.say("221 2.0.0 Goodbye").await?;
                Ok(false)
            }
            Ok(command) => self.obey(command).await,
            Err(reply) => self.mistake(reply).await,
        }
    }

    async fn mistake(&mut self, reply: &str) -> io::Result<bool> {
        self.mistakes += 1;
        let goes_on = self.mistakes < MOST_MISTAKES;
        self.wire.say(if goes_on { reply } else { "421 4.7.0 Too many errors" }).await?;
        Ok(goes_on)
    }

    async fn say(&mut self, reply: &str) -> io::Result<bool> {
        self.wire.say(reply).await.map(|()| true)
    }

    fn forget(&mut self) {
        self.mail = None;
        self.recipient = None;
    }

    async fn obey(&mut self, command: Command) -> io::Result<bool> {
        match command {
            Command::Hello => {
                self.forget();
                let Self { name, sizes, .. } = self;
                let lines = format!(
                    "250-{name}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
                     250 ENHANCEDSTATUSCODES",
                    sizes.most
                );
                self.say(&lines).await
            }
            Command::PlainHello => {
                self.forget();
                let line = format!("250 {}", self.name);
                self.say(&line).await
            }
            Command::Mail { is_from_nobody, size } => self.mail(is_from_nobody, size).await,
            Command::Rcpt { address } => self.recipient(&address).await,
            Command::Data => self.data().await,
            Command::Rset => {
                self.forget();
                self.say("250 2.0.0 OK").await
            }
            Command::Noop => self.say("250 2.0.0 OK").await,
            Command::Vrfy => self.say("252 2.1.5 Cannot verify").await,
            Command::Quit => Ok(false),
        }
    }

    async fn mail(&mut self, is_from_nobody: bool, size: Option<usize>) -> io::Result<bool> {
        if self.mail.is_some() {
            return self.mistake("503 5.5.1 One message at a time").await;
        }
        if size.is_some_and(|size| size > self.sizes.most) {
            return self.say("552 5.3.4 Message too big").await;
        }
        if self.messages == MOST_MESSAGES {
            self.wire.say("421 4.7.0 Enough for one connection").await?;
            return Ok(false);
        }
        self.mail = Some(is_from_nobody);
        self.say("250 2.1.0 OK").await
    }

    async fn recipient(&mut self, address: &str) -> io::Result<bool> {
        if self.mail.is_none() {
            return self.mistake("503 5.5.1 Send MAIL first").await;
        }
        if self.recipient.is_some() {
            return self.say("452 4.5.3 One recipient at a time").await;
        }
        match self.doorkeeper.lets_in(address) {
            Some(addressee) => {
                self.recipient = Some(addressee);
                self.say("250 2.1.5 OK").await
            }
            None => self.mistake("550 5.1.1 Only for mail that we have sent").await,
        }
    }

    async fn data(&mut self) -> io::Result<bool> {
        let (Some(is_from_nobody), Some(addressee)) = (self.mail, self.recipient) else {
            return self.mistake("503 5.5.1 Send MAIL and RCPT first").await;
        };
        self.wire.say("354 End with a dot").await?;
        let content = self.wire.content(self.sizes).await?;
        self.forget();
        self.messages += 1;
        let raw = match content {
            Content::Kept(raw) => raw,
            Content::TooLarge => return self.say("552 5.3.4 Message too big").await,
        };
        let arrival = Arrival { token: addressee.token(), is_from_nobody };
        let bounce = read(&raw, arrival, self.doorkeeper.paths.as_ref());
        match self.sink.take(bounce).await {
            Ok(()) => self.say("250 2.0.0 OK").await,
            Err(error) => {
                tracing::warn!(%error, "a bounce could not be kept; its sender will bring it again");
                self.say("451 4.3.0 Try again later").await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use types::Secret;
    use types::ids::AttemptId;
    use uuid::Uuid;

    use super::super::Bounce;
    use super::*;
    use crate::NotTaken;

    #[derive(Debug, Default)]
    struct Desk(Mutex<Vec<Bounce>>);

    #[async_trait]
    impl BounceSink for Desk {
        async fn take(&self, bounce: Bounce) -> Result<(), NotTaken> {
            self.0.lock().expect("the desk").push(bounce);
            Ok(())
        }
    }

    fn attempt() -> AttemptId {
        AttemptId::new(Uuid::from_u128(7))
    }

    fn config() -> BouncesConfig {
        BouncesConfig {
            domain: Some("bounce.fjord.example".to_owned()),
            key: Some(Secret::new("0123456789abcdef".to_owned())),
            timeout_seconds: 20,
            ..BouncesConfig::default()
        }
    }

    /// What is answered to all this, and what was taken.
    async fn converse(input: &[u8]) -> (String, Vec<Bounce>) {
        let (config, desk) = (config(), Desk::default());
        let doorkeeper = config.doorkeeper().expect("a doorkeeper");
        let (ours, mut theirs) = tokio::io::duplex(1 << 20);
        theirs.write_all(input).await.expect("room");
        theirs.shutdown().await.expect("an end");
        // Whoever hangs up in the middle is an error, and no harm.
        let _ = serve(ours, &config, &doorkeeper, &desk).await;
        let mut said = String::new();
        theirs.read_to_string(&mut said).await.expect("text");
        (said, desk.0.into_inner().expect("the desk"))
    }

    #[tokio::test]
    async fn commands_that_come_together_are_answered_in_order() {
        let paths = config().return_paths().expect("good settings").expect("return paths");
        let ours = paths.of(attempt());
        let input = format!(
            "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{ours}>\r\nDATA\r\nSubject: x\r\n\r\nHei\r\n.\r\nNOOP\r\nQUIT\r\n"
        );
        let (said, taken) = converse(input.as_bytes()).await;
        let codes: Vec<&str> =
            said.lines().filter(|line| line.get(3..4) == Some(" ")).map(|l| &l[..3]).collect();
        assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "250", "221"]);
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].clues.token, Some(attempt()));
    }

    fn line() -> impl Strategy<Value = String> {
        prop_oneof![
            "(EHLO|HELO|LHLO|MAIL|RCPT|DATA|RSET|NOOP|VRFY|QUIT|.)( .{0,20})?",
            Just("MAIL FROM:<>".to_owned()),
            Just("DATA".to_owned()),
            "RCPT TO:<b\\+[0-9a-f]{32}\\.[0-9a-f]{8}@bounce\\.fjord\\.example>",
            "\\PC{0,80}",
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_said_nothing_is_taken_for_a_stranger(
            lines in proptest::collection::vec(line(), 0..30),
            breaks in "(\r\n|\n|\r){1,2}",
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let (said, taken) = runtime.expect("a runtime").block_on(converse(lines.join(&breaks).as_bytes()));
            prop_assert!(taken.is_empty(), "{:?}", taken);
            prop_assert!(said.starts_with("220 ") && !said.contains("354 "), "{}", said);
        }
    }
}
