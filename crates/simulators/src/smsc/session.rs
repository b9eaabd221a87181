//! One connection: a bind, messages, answers and receipts.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt as _, StreamExt as _};
use rusmpp_core::CommandStatus;
use rusmpp_core::command::owned::Command;
use rusmpp_core::pdus::owned::{
    BindReceiverResp, BindTransceiverResp, BindTransmitterResp, Pdu, SubmitSm, SubmitSmResp,
};
use rusmpp_core::tokio_codec::CommandCodec;
use rusmpp_core::types::owned::COctetString;
use rusmpp_core::values::InterfaceVersion;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::codec::Framed;

use super::Centre;
use super::receipts::Due;
use super::submit::Decision;

/// What somebody else wants of a connection.
enum Order {
    Bring(Due),
    Cut,
}

/// A bind, from the outside.
#[derive(Debug)]
pub(super) struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    receives: bool,
}

impl Handle {
    /// Closes the connection.
    pub(super) fn cut(&self) {
        let _ = self.orders.send(Order::Cut);
    }

    /// Brings a receipt, or gives it back.
    pub(super) fn bring(&self, due: Due) -> Result<(), Due> {
        if !self.receives {
            return Err(due);
        }
        self.orders.send(Order::Bring(due)).map_err(|unsent| match unsent.0 {
            Order::Bring(due) => due,
            Order::Cut => unreachable!("a receipt was sent"),
        })
    }
}

struct Session {
    centre: Arc<Centre>,
    frames: Framed<TcpStream, CommandCodec>,
    /// Its number, once it is bound.
    bind: Option<u64>,
    sends: bool,
    receives: bool,
    orders: mpsc::UnboundedReceiver<Order>,
    order: mpsc::UnboundedSender<Order>,
    /// Answers that wait for their time.
    later: FuturesUnordered<BoxFuture<'static, Command>>,
    unanswered: usize,
    sequence: u32,
    /// Receipts that were brought and not answered.
    brought: HashMap<u32, Due>,
}

/// Serves one connection to its end.
pub(super) async fn serve(centre: Arc<Centre>, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (order, orders) = mpsc::unbounded_channel();
    let mut session = Session {
        frames: Framed::new(stream, CommandCodec::new().with_max_length(128 * 1024)),
        bind: None,
        sends: false,
        receives: false,
        orders,
        order,
        later: FuturesUnordered::new(),
        unanswered: 0,
        sequence: 0,
        brought: HashMap::new(),
        centre,
    };
    let ended = session.run().await;
    session.end();
    ended
}

impl Session {
    async fn run(&mut self) -> io::Result<()> {
        loop {
            let flow = tokio::select! {
                frame = self.frames.next() => match frame {
                    None => return Ok(()),
                    Some(Ok(command)) => self.hear(command).await?,
                    Some(Err(error)) => return Err(io::Error::other(format!("{error:?}"))),
                },
                Some(order) = self.orders.recv() => match order {
                    Order::Cut => return Ok(()),
                    Order::Bring(due) => {
                        self.bring(due).await?;
                        ControlFlow::Continue(())
                    }
                },
                Some(answer) = self.later.next() => {
                    self.answered(1);
                    self.write(answer).await?;
                    ControlFlow::Continue(())
                }
            };
            if flow.is_break() {
                return Ok(());
            }
        }
    }

    /// Puts back what was not answered.
    fn end(&mut self) {
        if let Some(number) = self.bind {
            self.centre.binds().remove(&number);
        }
        self.answered(self.unanswered);
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Bring(due) = order {
                self.centre.receipts.line.put(due, Duration::ZERO);
            }
        }
        for (_, due) in self.brought.drain() {
            self.centre.settle(due, false);
        }
    }

    fn answered(&mut self, count: usize) {
        self.unanswered -= count;
        self.centre.unanswered.fetch_sub(count, Ordering::Relaxed);
    }

    async fn write(&mut self, command: Command) -> io::Result<()> {
        if self.centre.is_mute.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.frames.send(command).await.map_err(|error| io::Error::other(error.to_string()))
    }

    async fn hear(&mut self, command: Command) -> io::Result<ControlFlow<()>> {
        let sequence = command.sequence_number();
        let ok = |pdu: Pdu| Command::new(CommandStatus::EsmeRok, sequence, pdu);
        match command.pdu() {
            Some(Pdu::SubmitSm(submit)) if self.sends => return self.submitted(sequence, submit).await,
            Some(Pdu::SubmitSm(_)) => {
                let resp = SubmitSmResp::default();
                self.write(Command::new(CommandStatus::EsmeRinvbndsts, sequence, resp)).await?;
            }
            Some(Pdu::DeliverSmResp(_) | Pdu::GenericNack) => self.settled(sequence, command.status()),
            Some(Pdu::EnquireLink) => {
                self.centre.enquiries.fetch_add(1, Ordering::Relaxed);
                self.write(ok(Pdu::EnquireLinkResp)).await?;
            }
            Some(Pdu::Unbind) => {
                self.write(ok(Pdu::UnbindResp)).await?;
                return Ok(ControlFlow::Break(()));
            }
            Some(Pdu::BindTransmitter(bind)) => {
                let known = self.knows(bind.system_id.as_str(), bind.password.as_str());
                let resp = BindTransmitterResp::new(name(), Some(InterfaceVersion::Smpp3_4));
                self.bound(known, (true, false), sequence, resp.into()).await?;
            }
            Some(Pdu::BindReceiver(bind)) => {
                let known = self.knows(bind.system_id.as_str(), bind.password.as_str());
                let resp = BindReceiverResp::new(name(), Some(InterfaceVersion::Smpp3_4));
                self.bound(known, (false, true), sequence, resp.into()).await?;
            }
            Some(Pdu::BindTransceiver(bind)) => {
                let known = self.knows(bind.system_id.as_str(), bind.password.as_str());
                let resp = BindTransceiverResp::new(name(), Some(InterfaceVersion::Smpp3_4));
                self.bound(known, (true, true), sequence, resp.into()).await?;
            }
            _ if u32::from(command.id()) >= 0x8000_0000 => {}
            _ => self.write(Command::new(CommandStatus::EsmeRinvcmdid, sequence, Pdu::GenericNack)).await?,
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What a bind by this name is answered with.
    fn knows(&self, system_id: &str, password: &str) -> CommandStatus {
        let settings = &self.centre.settings;
        match () {
            () if self.bind.is_some() => CommandStatus::EsmeRalybnd,
            () if system_id != settings.system_id => CommandStatus::EsmeRinvsysid,
            () if password != settings.password.reveal().as_str() => CommandStatus::EsmeRinvpaswd,
            () => CommandStatus::EsmeRok,
        }
    }

    async fn bound(
        &mut self,
        status: CommandStatus,
        (sends, receives): (bool, bool),
        sequence: u32,
        resp: Pdu,
    ) -> io::Result<()> {
        self.write(Command::new(status, sequence, resp)).await?;
        if status == CommandStatus::EsmeRok {
            let number = self.centre.binds_made.fetch_add(1, Ordering::Relaxed) + 1;
            (self.bind, self.sends, self.receives) = (Some(number), sends, receives);
            let handle = Handle { orders: self.order.clone(), receives };
            self.centre.binds().insert(number, handle);
        }
        Ok(())
    }

    async fn submitted(&mut self, sequence: u32, submit: &SubmitSm) -> io::Result<ControlFlow<()>> {
        self.unanswered += 1;
        let unanswered = self.centre.unanswered.fetch_add(1, Ordering::Relaxed) + 1;
        self.centre.most_unanswered.fetch_max(unanswered, Ordering::Relaxed);
        match self.centre.decide(self.bind.unwrap_or(0), submit) {
            Decision::Cut => return Ok(ControlFlow::Break(())),
            Decision::Silence => {}
            Decision::Answer { status, message_id, after, receipt_first } => {
                if let Some(due) = receipt_first {
                    if self.receives {
                        self.bring(due).await?;
                    } else {
                        self.centre.receipts.line.put(due, Duration::ZERO);
                    }
                }
                let message_id = message_id.parse().unwrap_or_default();
                let resp = SubmitSmResp::new(message_id, Vec::new());
                let answer = Command::new(CommandStatus::from(status), sequence, resp);
                self.later.push(Box::pin(async move {
                    sleep(after).await;
                    answer
                }));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    async fn bring(&mut self, due: Due) -> io::Result<()> {
        self.sequence = self.sequence % 0x7FFF_FFFF + 1;
        let sequence = self.sequence;
        let deliver = due.message.frame(due.state, &self.centre.settings, self.centre.clock.now());
        self.brought.insert(sequence, due);
        self.write(Command::new(CommandStatus::EsmeRok, sequence, deliver)).await
    }

    fn settled(&mut self, sequence: u32, status: CommandStatus) {
        if let Some(due) = self.brought.remove(&sequence) {
            self.centre.settle(due, status == CommandStatus::EsmeRok);
        }
    }
}

/// What we call ourselves.
fn name() -> COctetString<1, 16> {
    "budstikke".parse().unwrap_or_default()
}
