//! One bind from its beginning to its end: messages out, answers and receipts in.
//!
//! Everything happens in one task, one event after another. A message that has begun to be written is
//! always answered: by the message centre, or as lost when its time is up or the connection is. One
//! that has not is dropped, which its sender knows to mean that it was never sent.

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use types::ids::AttemptId;

use super::connect::{Bound, Stream};
use super::line::{Answer, Line, Outgoing, Places};
use super::pdu::{Command, Delivery, Frame, Request, SubmitResponse};
use super::receipts::{Receipts, Taken};
use super::status;

/// How long the other side may take to say that it is there.
const ENQUIRY: Duration = Duration::from_secs(5);
/// How long the other side may take to read what we write.
const WRITING: Duration = Duration::from_secs(10);
/// How long answers are waited for when we are told to stop.
const DRAINING: Duration = Duration::from_secs(10);
/// How long a goodbye may take to be answered.
const LEAVING: Duration = Duration::from_secs(2);
/// Sequence numbers begin again after this one.
const LAST_SEQUENCE: u32 = 0x7FFF_FFFF;

/// The limits of a session.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub(super) response: Duration,
    pub(super) idle: Duration,
}

/// One bind.
pub(super) struct Session<'s> {
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    arrived: BytesMut,
    line: &'s Line,
    queue: mpsc::Receiver<Outgoing>,
    receipts: Receipts<'s>,
    patience: Patience,
    outstanding: HashMap<u32, Outstanding>,
    /// Those whose time was up, in case the answer comes after all.
    given_up: HashMap<u32, AttemptId>,
    sequence: u32,
    /// When anything last came.
    heard: Instant,
    /// Until when an enquiry must be answered.
    enquired: Option<Instant>,
    leaving: Leaving,
}

/// A message that was written and is not answered.
struct Outstanding {
    reply: oneshot::Sender<Answer>,
    attempt: Option<AttemptId>,
    until: Instant,
    _places: Places,
}

/// How far we are on our way out.
enum Leaving {
    No,
    /// Until the last answers have come, or this moment.
    Draining(Instant),
    /// Until our goodbye is answered, or this moment.
    SaidGoodbye(Instant),
}

/// What happens next.
enum Event {
    /// We are told to stop, or the bind is of no more use.
    Stop,
    Outgoing(Option<Outgoing>),
    Read(io::Result<usize>),
    Taken(Taken),
    Wake,
}

/// Why a session ended, for people.
type Ended = &'static str;

impl<'s> Session<'s> {
    pub(super) fn new(
        bound: Bound,
        line: &'s Line,
        queue: mpsc::Receiver<Outgoing>,
        receipts: Receipts<'s>,
        patience: Patience,
    ) -> Self {
        let (reader, writer) = tokio::io::split(bound.stream);
        Self {
            reader,
            writer,
            arrived: bound.arrived,
            line,
            queue,
            receipts,
            patience,
            outstanding: HashMap::new(),
            given_up: HashMap::new(),
            sequence: 1, // the bind
            heard: Instant::now(),
            enquired: None,
            leaving: Leaving::No,
        }
    }

    /// Carries messages until the connection ends or we are told to stop. Why it ended.
    pub(super) async fn run(mut self, stop: &CancellationToken) -> Ended {
        // What came together with the answer to the bind.
        let mut flow = self.understand().await;
        while flow.is_continue() {
            let event = self.next(stop).await;
            flow = self.handle(event).await;
        }
        let ended = flow.break_value().unwrap_or("it ended");
        for (_, lost) in self.outstanding.drain() {
            let _ = lost.reply.send(Answer::Lost(ended));
        }
        ended
    }

    async fn next(&mut self, stop: &CancellationToken) -> Event {
        let wake = self.next_wake();
        let stays = matches!(self.leaving, Leaving::No);
        tokio::select! {
            () = stop.cancelled(), if stays => Event::Stop,
            () = self.line.rebind_wanted(), if stays => Event::Stop,
            outgoing = self.queue.recv(), if stays => Event::Outgoing(outgoing),
            read = self.reader.read_buf(&mut self.arrived) => Event::Read(read),
            taken = self.receipts.next() => Event::Taken(taken),
            () = sleep_until(wake) => Event::Wake,
        }
    }

    fn next_wake(&self) -> Instant {
        let enquiry = self.enquired.unwrap_or(self.heard + self.patience.idle);
        let answers = self.outstanding.values().map(|outstanding| outstanding.until);
        let leaving = match self.leaving {
            Leaving::No => None,
            Leaving::Draining(until) | Leaving::SaidGoodbye(until) => Some(until),
        };
        answers.chain(leaving).fold(enquiry, Instant::min)
    }

    async fn handle(&mut self, event: Event) -> ControlFlow<Ended> {
        match event {
            Event::Stop | Event::Outgoing(None) => {
                self.leaving = Leaving::Draining(Instant::now() + DRAINING);
                self.queue.close();
            }
            Event::Outgoing(Some(outgoing)) => self.submit(outgoing).await?,
            Event::Read(Ok(0)) => return ControlFlow::Break("the message centre closed the connection"),
            Event::Read(Err(_)) => return ControlFlow::Break("the connection to the message centre broke"),
            Event::Read(Ok(_)) => {
                self.heard = Instant::now();
                self.enquired = None;
                self.understand().await?;
            }
            Event::Taken(taken) => {
                let answer = if taken.is_on_disk { status::OK } else { status::TEMPORARY };
                for sequence in taken.sequences {
                    self.respond(Request::Deliver, answer, sequence).await?;
                }
            }
            Event::Wake => self.look_at_clock().await?,
        }
        self.leave_if_done().await
    }

    /// Sends a message, unless nobody waits for it any more.
    async fn submit(&mut self, outgoing: Outgoing) -> ControlFlow<Ended> {
        let Outgoing { body, attempt, reply, places } = outgoing;
        if reply.is_closed() {
            return ControlFlow::Continue(());
        }
        let sequence = self.next_sequence();
        let until = Instant::now() + self.patience.response;
        self.outstanding.insert(sequence, Outstanding { reply, attempt, until, _places: places });
        self.write(&Frame::new(Command::SubmitSm, 0, sequence, body)).await
    }

    fn next_sequence(&mut self) -> u32 {
        loop {
            self.sequence = if self.sequence >= LAST_SEQUENCE { 1 } else { self.sequence + 1 };
            if !self.outstanding.contains_key(&self.sequence) {
                return self.sequence;
            }
        }
    }

    async fn write(&mut self, frame: &Frame) -> ControlFlow<Ended> {
        let octets = frame.to_bytes();
        let written = async {
            self.writer.write_all(&octets).await?;
            self.writer.flush().await
        };
        match timeout(WRITING, written).await {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(_)) => ControlFlow::Break("the connection to the message centre broke"),
            Err(_) => ControlFlow::Break("the message centre does not read what we write"),
        }
    }

    async fn respond(&mut self, request: Request, status: u32, sequence: u32) -> ControlFlow<Ended> {
        // The response to a delivery has an id, which is always empty.
        let body: &'static [u8] = if request == Request::Deliver { &[0] } else { &[] };
        self.write(&Frame::new(Command::Response(request), status, sequence, body)).await
    }

    /// Handles every whole frame that has come.
    async fn understand(&mut self) -> ControlFlow<Ended> {
        loop {
            match Frame::take(&mut self.arrived) {
                Ok(None) => return ControlFlow::Continue(()),
                Ok(Some(frame)) => self.hear(frame).await?,
                Err(_) => return ControlFlow::Break("what came is not SMPP"),
            }
        }
    }

    async fn hear(&mut self, frame: Frame) -> ControlFlow<Ended> {
        match frame.command {
            Command::Response(Request::Submit) | Command::GenericNack => self.answered(&frame),
            Command::DeliverSm => self.delivered(&frame).await?,
            Command::EnquireLink => self.respond(Request::Enquire, status::OK, frame.sequence).await?,
            Command::Unbind => {
                self.respond(Request::Unbind, status::OK, frame.sequence).await?;
                return ControlFlow::Break("the message centre said goodbye");
            }
            Command::Response(Request::Unbind) if matches!(self.leaving, Leaving::SaidGoodbye(_)) => {
                return ControlFlow::Break("we said goodbye");
            }
            Command::Response(_) | Command::AlertNotification => {}
            Command::DataSm => {
                self.respond(Request::Data, status::INVALID_COMMAND, frame.sequence).await?;
            }
            Command::BindTransceiver | Command::SubmitSm | Command::Other(_) => {
                if frame.command.id() < Command::GenericNack.id() {
                    let nack =
                        Frame::new(Command::GenericNack, status::INVALID_COMMAND, frame.sequence, &[][..]);
                    self.write(&nack).await?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// The answer to a message of ours.
    fn answered(&mut self, frame: &Frame) {
        let response = SubmitResponse::parse(&frame.body);
        if let Some(outstanding) = self.outstanding.remove(&frame.sequence) {
            // A refusal of something that was not even read has a status, too; if not, it is one.
            let nack = frame.command == Command::GenericNack;
            let answered = if nack { frame.status.max(1) } else { frame.status };
            let _ = outstanding.reply.send(Answer::Answered(answered, response));
        } else if let Some(attempt) = self.given_up.remove(&frame.sequence) {
            let reference = (frame.status == status::OK).then(|| self.receipts.reference(&response));
            self.line.came_late(attempt, reference);
        }
    }

    /// A receipt waits until it is stored; everything else is answered at once.
    async fn delivered(&mut self, frame: &Frame) -> ControlFlow<Ended> {
        let delivery = Delivery::parse(&frame.body);
        if self.receipts.keep(frame.sequence, &delivery) {
            return ControlFlow::Continue(());
        }
        debug!(
            esm_class = delivery.esm_class,
            "the message centre brought something that is no final receipt"
        );
        self.respond(Request::Deliver, status::OK, frame.sequence).await
    }

    async fn look_at_clock(&mut self) -> ControlFlow<Ended> {
        let now = Instant::now();
        let late: Vec<u32> = self
            .outstanding
            .iter()
            .filter(|(_, waits)| waits.until <= now)
            .map(|(number, _)| *number)
            .collect();
        for sequence in late {
            if let Some(outstanding) = self.outstanding.remove(&sequence) {
                self.given_up.extend(outstanding.attempt.map(|attempt| (sequence, attempt)));
                let _ = outstanding.reply.send(Answer::Lost("no answer from the message centre in time"));
            }
        }
        if self.enquired.is_some_and(|until| until <= now) {
            return ControlFlow::Break("the message centre does not say that it is there");
        }
        if self.enquired.is_none() && self.heard + self.patience.idle <= now {
            self.enquired = Some(now + ENQUIRY);
            let sequence = self.next_sequence();
            return self.write(&Frame::new(Command::EnquireLink, 0, sequence, &[][..])).await;
        }
        ControlFlow::Continue(())
    }

    async fn leave_if_done(&mut self) -> ControlFlow<Ended> {
        let now = Instant::now();
        match self.leaving {
            Leaving::Draining(until)
                if until <= now || (self.outstanding.is_empty() && self.receipts.is_idle()) =>
            {
                if !self.outstanding.is_empty() {
                    warn!(
                        unanswered = self.outstanding.len(),
                        "leaving the message centre before it has answered"
                    );
                }
                self.leaving = Leaving::SaidGoodbye(now + LEAVING);
                let sequence = self.next_sequence();
                self.write(&Frame::new(Command::Unbind, 0, sequence, &[][..])).await
            }
            Leaving::SaidGoodbye(until) if until <= now => ControlFlow::Break("we said goodbye"),
            _ => ControlFlow::Continue(()),
        }
    }
}
