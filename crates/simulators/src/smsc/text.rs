//! What a message says, read from its octets.

use rusmpp_core::pdus::owned::SubmitSm;
use rusmpp_core::tlvs::owned::TlvValue;

/// The GSM 03.38 default alphabet, in order; `\u{1b}` stands for the escape.
const GSM: &str = concat!(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ",
    " !\"#¤%&'()*+,-./0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmnopqrstuvwxyzäöñüà",
);

/// A message or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) text: String,
    /// Reference, total and number, where it is a part.
    pub(super) part: Option<(u16, u8, u8)>,
}

/// Reads what a submission says.
pub(super) fn read(submit: &SubmitSm) -> Said {
    let mut octets = submit.short_message().as_ref().to_vec();
    let mut part = None;
    if u8::from(submit.esm_class) & 0x40 != 0 && !octets.is_empty() {
        let header: Vec<u8> = octets.drain(..(usize::from(octets[0]) + 1).min(octets.len())).collect();
        part = concatenation(&header);
    }
    let (mut reference, mut total, mut number) = (None, None, None);
    for tlv in submit.tlvs() {
        match tlv.value() {
            Some(TlvValue::SarMsgRefNum(value)) => reference = Some(*value),
            Some(TlvValue::SarTotalSegments(value)) => total = Some(*value),
            Some(TlvValue::SarSegmentSeqnum(value)) => number = Some(*value),
            Some(TlvValue::MessagePayload(payload)) => octets = payload.value.as_ref().to_vec(),
            _ => {}
        }
    }
    if let (Some(reference), Some(total), Some(number)) = (reference, total, number) {
        part = Some((reference, total, number));
    }
    Said { text: decode(u8::from(submit.data_coding), &octets), part }
}

/// The concatenation element of a user-data header, with a reference of one or two octets.
fn concatenation(header: &[u8]) -> Option<(u16, u8, u8)> {
    let mut rest = header.get(1..)?;
    loop {
        let (&[element, length], after) = rest.split_first_chunk()?;
        let value = after.get(..usize::from(length))?;
        match (element, value) {
            (0x00, &[reference, total, number]) => return Some((u16::from(reference), total, number)),
            (0x08, &[high, low, total, number]) => {
                return Some((u16::from_be_bytes([high, low]), total, number));
            }
            _ => rest = &after[usize::from(length)..],
        }
    }
}

fn decode(data_coding: u8, octets: &[u8]) -> String {
    match data_coding {
        0x08 => {
            let units: Vec<u16> =
                octets.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        0x03 => octets.iter().copied().map(char::from).collect(),
        _ => gsm(octets),
    }
}

fn gsm(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let mut escaped = false;
    for octet in octets {
        if escaped {
            text.push(match octet {
                0x0A => '\u{c}',
                0x14 => '^',
                0x28 => '{',
                0x29 => '}',
                0x2F => '\\',
                0x3C => '[',
                0x3D => '~',
                0x3E => ']',
                0x40 => '|',
                0x65 => '€',
                _ => '\u{fffd}',
            });
            escaped = false;
        } else if *octet == 0x1B {
            escaped = true;
        } else {
            text.push(GSM.chars().nth(usize::from(*octet)).unwrap_or('\u{fffd}'));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_by_their_coding() {
        assert_eq!(decode(0, b"Bl\x0fb\x1dr \x1b\x65 \x1b\x28"), "Blåbær € {");
        assert_eq!(decode(8, &[0x01, 0x0C, 0xD8, 0x3D, 0xDE, 0x00]), "Č😀");
        assert_eq!(decode(3, b"\xe5"), "å");
        assert_eq!(GSM.chars().count(), 128);
    }

    #[test]
    fn a_part_is_known_by_its_header() {
        assert_eq!(concatenation(&[5, 0, 3, 7, 2, 1]), Some((7, 2, 1)));
        assert_eq!(concatenation(&[6, 8, 4, 1, 7, 3, 2]), Some((0x0107, 3, 2)));
        assert_eq!(concatenation(&[9, 1, 2, 0, 0, 0, 3, 7, 2, 1]), Some((7, 2, 1)));
        for broken in [&[5_u8, 0, 3, 7, 2][..], &[0], &[], &[2, 0, 200]] {
            assert_eq!(concatenation(broken), None, "{broken:?}");
        }
    }
}
