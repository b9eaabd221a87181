//! The frames of SMPP 3.4: written to the octet, read leniently.
//!
//! Every frame has four big-endian numbers in front: its length, the command, a status (0 in requests)
//! and a sequence number that the response repeats. Texts end with a zero octet. What is read here
//! came from a stranger: nothing panics, and nothing is taken from beyond a frame.

use bytes::{Buf as _, Bytes, BytesMut};

use super::fields::Reader;

/// Octets of the four numbers in front.
const HEADER: usize = 16;
/// No frame of ours is longer; a longer one is taken for nonsense.
const LONGEST: usize = 128 * 1024;
/// Set in the command of every response.
const RESPONSE: u32 = 0x8000_0000;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Asks for a session in both directions.
    BindTransceiver,
    /// A message from us.
    SubmitSm,
    /// A message or receipt to us.
    DeliverSm,
    /// The other way to bring one.
    DataSm,
    /// Says goodbye.
    Unbind,
    /// Asks whether the other side is there.
    EnquireLink,
    /// Says that a subscriber is back; wants no answer.
    AlertNotification,
    /// Refuses what was not understood.
    GenericNack,
    /// The response to a request.
    Response(Request),
    /// Anything else.
    Other(u32),
}

/// A request that has a response of ours or theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// [`Command::BindTransceiver`].
    Bind,
    /// [`Command::SubmitSm`].
    Submit,
    /// [`Command::DeliverSm`].
    Deliver,
    /// [`Command::DataSm`].
    Data,
    /// [`Command::Unbind`].
    Unbind,
    /// [`Command::EnquireLink`].
    Enquire,
}

impl Request {
    const ALL: [Self; 6] = [Self::Bind, Self::Submit, Self::Deliver, Self::Data, Self::Unbind, Self::Enquire];

    const fn id(self) -> u32 {
        match self {
            Self::Bind => 0x09,
            Self::Submit => 0x04,
            Self::Deliver => 0x05,
            Self::Data => 0x103,
            Self::Unbind => 0x06,
            Self::Enquire => 0x15,
        }
    }

    const fn command(self) -> Command {
        match self {
            Self::Bind => Command::BindTransceiver,
            Self::Submit => Command::SubmitSm,
            Self::Deliver => Command::DeliverSm,
            Self::Data => Command::DataSm,
            Self::Unbind => Command::Unbind,
            Self::Enquire => Command::EnquireLink,
        }
    }
}

impl Command {
    /// The number on the wire.
    pub const fn id(self) -> u32 {
        match self {
            Self::BindTransceiver => Request::Bind.id(),
            Self::SubmitSm => Request::Submit.id(),
            Self::DeliverSm => Request::Deliver.id(),
            Self::DataSm => Request::Data.id(),
            Self::Unbind => Request::Unbind.id(),
            Self::EnquireLink => Request::Enquire.id(),
            Self::AlertNotification => 0x102,
            Self::GenericNack => RESPONSE,
            Self::Response(request) => RESPONSE | request.id(),
            Self::Other(id) => id,
        }
    }

    fn of(id: u32) -> Self {
        if id == RESPONSE {
            return Self::GenericNack;
        }
        let request = Request::ALL.into_iter().find(|request| request.id() == id & !RESPONSE);
        match request {
            Some(request) if id & RESPONSE != 0 => Self::Response(request),
            Some(request) => request.command(),
            None if id == Self::AlertNotification.id() => Self::AlertNotification,
            None => Self::Other(id),
        }
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub command: Command,
    /// How it went; 0 in requests.
    pub status: u32,
    /// Its number, which the response repeats.
    pub sequence: u32,
    /// What follows.
    pub body: Bytes,
}

/// A stream that is not SMPP, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an SMPP frame")]
pub struct NotAFrame;

impl Frame {
    /// A request or response of ours.
    pub fn new(command: Command, status: u32, sequence: u32, body: impl Into<Bytes>) -> Self {
        Self { command, status, sequence, body: body.into() }
    }

    /// Its octets.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = HEADER + self.body.len();
        let mut octets = Vec::with_capacity(length);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        for number in [length, self.command.id(), self.status, self.sequence] {
            octets.extend_from_slice(&number.to_be_bytes());
        }
        octets.extend_from_slice(&self.body);
        octets
    }

    /// Takes the first whole frame out of what has come; nothing while it is not whole.
    pub fn take(arrived: &mut BytesMut) -> Result<Option<Self>, NotAFrame> {
        let Some(length) = arrived.first_chunk::<4>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| NotAFrame)?;
        if !(HEADER..=LONGEST).contains(&length) {
            return Err(NotAFrame);
        }
        if arrived.len() < length {
            arrived.reserve(length - arrived.len());
            return Ok(None);
        }
        let mut frame = arrived.split_to(length).freeze();
        frame.advance(4);
        let command = Command::of(frame.get_u32());
        Ok(Some(Self { command, status: frame.get_u32(), sequence: frame.get_u32(), body: frame }))
    }
}

/// The response to a message of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubmitResponse {
    /// The message centre's name for it; empty with most statuses other than 0.
    pub message_id: String,
    /// How busy it is, 0 to 100, where version 5 tells.
    pub congestion: Option<u8>,
}

impl SubmitResponse {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Self {
        let mut reader = Reader::of(body);
        let mut response = Self { message_id: reader.text().trim().to_owned(), congestion: None };
        while let Some((tag, value)) = reader.parameter() {
            if let (0x0428, [level]) = (tag, value) {
                response.congestion = Some(*level);
            }
        }
        response
    }
}

/// A message or receipt to us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Tells receipts from messages.
    pub esm_class: u8,
    /// What it says, as it came.
    pub content: Vec<u8>,
    /// The optional parameter that names the message of a receipt.
    pub receipted_id: Option<String>,
    /// The optional parameter that says what became of it.
    pub message_state: Option<u8>,
}

impl Delivery {
    /// Reads the body of a `deliver_sm`.
    pub fn parse(body: &[u8]) -> Self {
        let mut reader = Reader::of(body);
        reader.text(); // service type
        for _ in 0..2 {
            reader.octets(2); // type of number, numbering plan
            reader.text(); // address
        }
        let esm_class = reader.octet();
        reader.octets(2); // protocol, priority
        reader.text(); // schedule
        reader.text(); // validity
        reader.octets(4); // registered delivery, replace, data coding, canned message
        let length = usize::from(reader.octet());
        let mut delivery = Self { esm_class, content: reader.octets(length).to_vec(), ..Self::default() };
        while let Some((tag, value)) = reader.parameter() {
            match tag {
                0x001E => delivery.receipted_id = Some(Reader::of(value).text().trim().to_owned()),
                0x0427 => delivery.message_state = value.first().copied(),
                0x0424 if delivery.content.is_empty() => delivery.content = value.to_vec(),
                _ => {}
            }
        }
        delivery.receipted_id = delivery.receipted_id.filter(|id| !id.is_empty());
        delivery
    }

    /// Whether it tells about a message of ours, for the last time.
    pub const fn is_receipt(&self) -> bool {
        self.esm_class & 0x3C == 0x04
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_taken_when_it_is_whole() {
        let frame = Frame::new(Command::Response(Request::Submit), 0x58, 7, Bytes::from_static(b"id\0"));
        let octets = frame.to_bytes();
        let mut arrived = BytesMut::new();
        for octet in &octets[..octets.len() - 1] {
            arrived.extend_from_slice(&[*octet]);
            assert_eq!(Frame::take(&mut arrived), Ok(None));
        }
        arrived.extend_from_slice(&octets[octets.len() - 1..]);
        arrived.extend_from_slice(&octets);
        assert_eq!(Frame::take(&mut arrived), Ok(Some(frame.clone())));
        assert_eq!(Frame::take(&mut arrived), Ok(Some(frame)));
        assert_eq!(Frame::take(&mut arrived), Ok(None));
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_conversation() {
        for length in [0_u32, 15, 1_000_000, u32::MAX] {
            let mut arrived = BytesMut::from(&length.to_be_bytes()[..]);
            assert_eq!(Frame::take(&mut arrived), Err(NotAFrame), "{length}");
        }
    }

    #[test]
    fn a_response_without_a_body_has_no_id() {
        assert_eq!(SubmitResponse::parse(b""), SubmitResponse::default());
        let response = SubmitResponse::parse(b"6F3A9C01\0\x04\x28\x00\x01\x5a");
        assert_eq!(response, SubmitResponse { message_id: "6F3A9C01".to_owned(), congestion: Some(90) });
    }

    proptest! {
        #[test]
        fn arbitrary_octets_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut arrived = BytesMut::from(&octets[..]);
            while let Ok(Some(frame)) = Frame::take(&mut arrived) {
                let again = frame.to_bytes();
                prop_assert_eq!(Frame::take(&mut BytesMut::from(&again[..])), Ok(Some(frame)));
            }
            let _ = SubmitResponse::parse(&octets);
            let delivery = Delivery::parse(&octets);
            prop_assert!(delivery.content.len() <= octets.len());
        }

        #[test]
        fn frames_with_arbitrary_bodies_are_read(
            command: u32, sequence: u32, body in prop::collection::vec(any::<u8>(), 0..300)
        ) {
            let frame = Frame::new(Command::of(command), 0, sequence, body);
            prop_assert_eq!(frame.command.id(), command);
            let octets = frame.to_bytes();
            prop_assert_eq!(Frame::take(&mut BytesMut::from(&octets[..])), Ok(Some(frame)));
        }
    }
}
