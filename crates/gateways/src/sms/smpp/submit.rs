//! A message as one or several `submit_sm`.

use std::time::Duration;

use tracing::warn;
use types::ids::AttemptId;

use super::config::{LongMessages, SmppConfig};
use super::fields::{put_parameter, put_text};
use super::text::Encoded;
use crate::sms::pswin_rules::refused;
use crate::sms::{SenderFault, check_sender};
use crate::{HandOver, Holdup, OutgoingSms, SmsResult};

/// A user-data header stands in front of the text.
const HEADER_BIT: u8 = 0x40;
/// The user-data header counts parts in one octet.
const MOST_PARTS: usize = 255;
/// Names are cut after so many characters.
const LONGEST_NAME: usize = 11;
/// Short codes have four or five digits.
const SHORT_CODE: std::ops::RangeInclusive<usize> = 4..=5;
/// Relative periods have two digits for days; a month begins after them.
const LONGEST_DAYS: u64 = 30;

/// An address and how it is to be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    type_of_number: u8,
    numbering_plan: u8,
    digits: String,
}

impl Address {
    /// An international number.
    fn international(number: &str) -> Self {
        let digits = number.trim_start_matches('+').to_owned();
        Self { type_of_number: 1, numbering_plan: 1, digits }
    }

    fn put(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(&[self.type_of_number, self.numbering_plan]);
        put_text(body, &self.digits);
    }
}

/// One `submit_sm`. Does not print what it says or to whom.
pub(super) struct Submit {
    service_type: String,
    source: Address,
    destination: Address,
    esm_class: u8,
    validity: String,
    registered_delivery: u8,
    data_coding: u8,
    text: Vec<u8>,
    parameters: Vec<(u16, Vec<u8>)>,
}

impl Submit {
    /// The body of the frame.
    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(64 + self.text.len());
        put_text(&mut body, &self.service_type);
        self.source.put(&mut body);
        self.destination.put(&mut body);
        body.extend_from_slice(&[self.esm_class, 0, 0]); // protocol, priority
        put_text(&mut body, ""); // at once
        put_text(&mut body, &self.validity);
        body.extend_from_slice(&[self.registered_delivery, 0, self.data_coding, 0]);
        body.push(u8::try_from(self.text.len()).unwrap_or(u8::MAX));
        body.extend_from_slice(&self.text);
        for (tag, value) in &self.parameters {
            put_parameter(&mut body, *tag, value);
        }
        body
    }
}

/// A message as it goes, or why it cannot.
pub(super) fn prepare(config: &SmppConfig, sms: &OutgoingSms) -> Result<Vec<Submit>, HandOver<SmsResult>> {
    let validity = validity(sms.time_to_live)?;
    let source = source(config, sms.sender.trim())?;
    let encoded = Encoded::of(sms.text.reveal(), config.default_alphabet);
    if encoded.parts.len() > MOST_PARTS {
        return Err(refused(SmsResult::Failed, "the text has more than 255 parts".to_owned()));
    }
    let submit = |text: Vec<u8>, esm_class: u8, parameters: Vec<(u16, Vec<u8>)>| Submit {
        service_type: config.service_type.clone(),
        source: source.clone(),
        destination: Address::international(sms.to.reveal()),
        esm_class,
        validity: validity.clone(),
        registered_delivery: config.registered_delivery,
        data_coding: encoded.data_coding,
        text,
        parameters,
    };
    if let [only] = &encoded.parts[..] {
        return Ok(vec![submit(only.clone(), config.esm_class, Vec::new())]);
    }
    if config.long_messages == LongMessages::Payload {
        return Ok(vec![submit(Vec::new(), config.esm_class, vec![(0x0424, encoded.whole())])]);
    }
    let reference = reference(sms.attempt);
    let total = u8::try_from(encoded.parts.len()).unwrap_or(u8::MAX);
    let numbered = (1..=total).zip(&encoded.parts);
    let part = |(number, text): (u8, &Vec<u8>)| {
        if config.long_messages == LongMessages::Sar {
            let parameters =
                vec![(0x020C, vec![0, reference]), (0x020E, vec![total]), (0x020F, vec![number])];
            return submit(text.clone(), config.esm_class, parameters);
        }
        let header = [0x05, 0x00, 0x03, reference, total, number];
        submit([&header[..], text].concat(), config.esm_class | HEADER_BIT, Vec::new())
    };
    Ok(numbered.map(part).collect())
}

/// What the parts of one message have in common. The same attempt gives the same, whoever sends it.
fn reference(attempt: AttemptId) -> u8 {
    let octets = attempt.to_string().into_bytes();
    // The last characters of an id are its random ones.
    octets.iter().rev().take(8).fold(0, |sum, octet| sum.wrapping_mul(31).wrapping_add(*octet))
}

/// What is left of a lifetime, as a relative period in whole seconds; empty for the default.
fn validity(left: Option<Duration>) -> Result<String, HandOver<SmsResult>> {
    let Some(left) = left else {
        return Ok(String::new());
    };
    let seconds = left.as_secs().min(LONGEST_DAYS * 86_400);
    if seconds == 0 {
        return Err(HandOver::TryLater { after: None, cause: Holdup::TooLate });
    }
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    Ok(format!("0000{days:02}{hours:02}{minutes:02}{seconds:02}000R"))
}

/// A sender: a short code, a number or a name.
fn source(config: &SmppConfig, sender: &str) -> Result<Address, HandOver<SmsResult>> {
    let fault = check_sender(sender).err();
    if let Some(fault) = fault
        && (fault != SenderFault::TooLong || config.refuse_long_senders)
    {
        return Err(refused(SmsResult::Failed, fault.to_string()));
    }
    let digits = sender.strip_prefix('+').unwrap_or(sender);
    if !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit()) {
        let is_short = digits.len() == sender.len() && SHORT_CODE.contains(&digits.len());
        let (type_of_number, numbering_plan) =
            if is_short { (config.short_code_ton, config.short_code_npi) } else { (1, 1) };
        return Ok(Address { type_of_number, numbering_plan, digits: digits.to_owned() });
    }
    if !sender.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        return Err(refused(SmsResult::Failed, "the SMS sender has a character beyond ASCII".to_owned()));
    }
    if fault.is_some() {
        warn!("an SMS sender is longer than 11 characters and is cut");
    }
    let digits = sender.chars().take(LONGEST_NAME).collect();
    Ok(Address { type_of_number: 5, numbering_plan: 0, digits })
}

#[cfg(test)]
mod tests {
    use types::ids::AttemptId;
    use uuid::Uuid;

    use super::super::pdu::{Command, Frame};
    use super::*;
    use crate::Urgency;

    fn sms(sender: &str, text: &str) -> OutgoingSms {
        OutgoingSms {
            attempt: AttemptId::new(Uuid::from_u128(7)),
            to: "+4740000000".parse().expect("a number"),
            sender: sender.to_owned(),
            text: text.into(),
            time_to_live: Some(Duration::from_hours(48)),
            urgency: Urgency::Ordinary,
        }
    }

    fn prepared(config: &SmppConfig, sms: &OutgoingSms) -> Vec<Submit> {
        prepare(config, sms).unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    fn hex(octets: &[u8]) -> String {
        octets.iter().fold(String::new(), |hex, octet| format!("{hex}{octet:02x}"))
    }

    /// Covers: NP-19, NP-44, NP-45
    #[test]
    fn a_message_is_written_to_the_octet() {
        let submit = &prepared(&SmppConfig::default(), &sms("Altinn", "Hei"))[0];
        let octets = Frame::new(Command::SubmitSm, 0, 7, submit.body()).to_bytes();
        let expected = concat!(
            "00000044 00000004 00000000 00000007",
            "00 05 00 416c74696e6e00 01 01 34373430303030303030 00",
            "00 00 00 00 30303030303230303030303030303052 00",
            "01 00 00 00 03 486569",
        );
        assert_eq!(octets.len(), 68);
        assert_eq!(hex(&octets), expected.replace(' ', ""));
    }

    /// Covers: NP-45
    #[test]
    fn the_account_may_ask_for_other_flags() {
        let config = SmppConfig { esm_class: 0x03, registered_delivery: 0x11, ..SmppConfig::default() };
        let long = "a".repeat(161);
        let submits = prepared(&config, &sms("Altinn", &long));
        assert!(submits.iter().all(|submit| (submit.esm_class, submit.registered_delivery) == (0x43, 0x11)));
    }

    /// Covers: NP-46
    #[test]
    fn a_long_text_goes_in_parts_with_headers() {
        let texts = |text: &str| {
            let submits = prepared(&SmppConfig::default(), &sms("Altinn", text));
            assert!(submits.iter().all(|submit| submit.esm_class == 0x40));
            submits.into_iter().map(|submit| submit.text).collect::<Vec<_>>()
        };
        let parts = texts(&"a".repeat(161));
        let reference = parts[0][3];
        assert_eq!(parts[0][..6], [5, 0, 3, reference, 2, 1]);
        assert_eq!(parts[1][..6], [5, 0, 3, reference, 2, 2]);
        assert_eq!(parts.iter().map(|part| part.len() - 6).collect::<Vec<_>>(), [153, 8]);

        let pair = texts(&format!("{}€{}", "a".repeat(152), "b".repeat(20)));
        assert_eq!(pair[0].len() - 6, 152);
        assert_eq!(pair[1][6..9], [0x1B, 0x65, b'b']);
        let surrogates = texts(&format!("{}😀{}", "ł".repeat(66), "ł".repeat(10)));
        assert_eq!(surrogates[0].len() - 6, 132);
        assert_eq!(surrogates[1][6..10], [0xD8, 0x3D, 0xDE, 0x00]);
    }

    #[test]
    fn a_long_text_may_go_with_parameters_or_whole() {
        let with = |long_messages| {
            let config = SmppConfig { long_messages, ..SmppConfig::default() };
            prepared(&config, &sms("Altinn", &"a".repeat(161)))
        };
        let sar = with(LongMessages::Sar);
        let reference = reference(AttemptId::new(Uuid::from_u128(7)));
        assert_eq!((sar.len(), sar[1].text.len(), sar[1].esm_class), (2, 8, 0));
        let parameters = [(0x020C, vec![0, reference]), (0x020E, vec![2]), (0x020F, vec![2])];
        assert_eq!(sar[1].parameters, parameters);
        assert!(hex(&sar[1].body()).ends_with(&format!("020c000200{reference:02x}020e000102020f000102")));

        let payload = with(LongMessages::Payload);
        assert_eq!((payload.len(), payload[0].text.len()), (1, 0));
        assert_eq!(payload[0].parameters, [(0x0424, b"a".repeat(161))]);
    }

    #[test]
    fn a_sender_is_a_name_a_number_or_a_short_code() {
        let config = SmppConfig::default();
        let address = |sender: &str| {
            let address = source(&config, sender).map_err(|refusal| format!("{refusal:?}"))?;
            Ok::<_, String>((address.type_of_number, address.numbering_plan, address.digits))
        };
        assert_eq!(address("Altinn"), Ok((5, 0, "Altinn".to_owned())));
        assert_eq!(address("+4799999999"), Ok((1, 1, "4799999999".to_owned())));
        assert_eq!(address("4799999999"), Ok((1, 1, "4799999999".to_owned())));
        assert_eq!(address("2440"), Ok((3, 0, "2440".to_owned())));
        assert_eq!(address("Altinn-tests"), Ok((5, 0, "Altinn-test".to_owned())));
        assert!(address("Blåbær").is_err() && address("").is_err() && address("1234567890123456").is_err());
        let strict = SmppConfig { refuse_long_senders: true, ..SmppConfig::default() };
        assert!(source(&strict, "Altinn-tests").is_err());
    }

    /// Covers: NP-17, NP-19
    #[test]
    fn a_lifetime_is_a_relative_period_in_whole_seconds() {
        let written = |left: Duration| validity(Some(left)).ok();
        assert_eq!(written(Duration::from_hours(48)).as_deref(), Some("000002000000000R"));
        assert_eq!(written(Duration::from_mins(15)).as_deref(), Some("000000001500000R"));
        assert_eq!(written(Duration::from_millis(59_999)).as_deref(), Some("000000000059000R"));
        assert_eq!(written(Duration::from_secs(1)).as_deref(), Some("000000000001000R"));
        assert_eq!(written(Duration::from_hours(24 * 400)).as_deref(), Some("000030000000000R"));
        for nothing in [Duration::ZERO, Duration::from_millis(999)] {
            let refusal = validity(Some(nothing)).expect_err("too late");
            assert!(matches!(refusal, HandOver::TryLater { cause: Holdup::TooLate, .. }));
        }
        assert_eq!(validity(None).ok().as_deref(), Some(""));
    }
}
