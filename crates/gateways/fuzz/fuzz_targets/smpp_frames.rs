//! SMPP frames: whatever can be read is written the same again, and no body panics.
#![no_main]

use bytes::BytesMut;
use gateways::sms::smpp::pdu::{Delivery, Frame, SubmitResponse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let mut arrived = BytesMut::from(octets);
    while let Ok(Some(frame)) = Frame::take(&mut arrived) {
        let again = frame.to_bytes();
        assert_eq!(Frame::take(&mut BytesMut::from(&again[..])), Ok(Some(frame.clone())));
        let _ = Delivery::parse(&frame.body);
        let _ = SubmitResponse::parse(&frame.body);
    }
    let _ = Delivery::parse(octets);
    let _ = SubmitResponse::parse(octets);
});
