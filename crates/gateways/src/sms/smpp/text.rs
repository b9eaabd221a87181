//! Texts as SMPP carries them: one octet for each septet, or UTF-16 in big-endian order, divided into
//! parts that never cut a character in two.

use serde::Deserialize;

use crate::sms::parts::{self, Encoding, SmsParts};

/// What a message centre understands by data coding 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alphabet {
    /// GSM 03.38, one octet for each septet.
    #[default]
    Gsm,
    /// ISO-8859-1.
    Latin1,
    /// ASCII.
    Ascii,
}

/// `data_coding` of the message centre's own alphabet.
const OWN_ALPHABET: u8 = 0x00;
/// `data_coding` of UTF-16 in big-endian order.
const UCS2: u8 = 0x08;

/// A text ready for the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) data_coding: u8,
    /// In order; one for a text that fits in one message.
    pub(super) parts: Vec<Vec<u8>>,
}

/// One character: its octets, and the units that it takes of a part.
struct Character {
    octets: [u8; 4],
    length: usize,
    units: usize,
}

impl Character {
    fn new(octets: &[u8], units: usize) -> Self {
        let mut own = [0; 4];
        own[..octets.len()].copy_from_slice(octets);
        Self { octets: own, length: octets.len(), units }
    }

    fn in_alphabet(c: char, alphabet: Alphabet) -> Option<Self> {
        let units = parts::septets(c)?;
        match alphabet {
            Alphabet::Gsm if units == 2 => Some(Self::new(&[0x1B, parts::gsm_code(c)?], 2)),
            Alphabet::Gsm => Some(Self::new(&[parts::gsm_code(c)?], 1)),
            Alphabet::Latin1 => Some(Self::new(&[u8::try_from(c).ok()?], units)),
            Alphabet::Ascii => Some(Self::new(&[u8::try_from(c).ok().filter(u8::is_ascii)?], units)),
        }
    }

    fn in_ucs2(c: char) -> Self {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units);
        let octets: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        Self::new(&octets, units.len())
    }

    fn octets(&self) -> &[u8] {
        &self.octets[..self.length]
    }
}

impl Encoded {
    /// Encodes a text in the alphabet if that has every character of it, otherwise in UCS-2.
    pub(super) fn of(text: &str, alphabet: Alphabet) -> Self {
        let own = || text.chars().map(|c| Character::in_alphabet(c, alphabet)).collect::<Option<Vec<_>>>();
        let own = if SmsParts::of(text).encoding == Encoding::Gsm7 { own() } else { None };
        let (data_coding, characters, sizes) = match own {
            Some(characters) => (OWN_ALPHABET, characters, parts::GSM),
            None => (UCS2, text.chars().map(Character::in_ucs2).collect(), parts::UCS2),
        };
        let units: usize = characters.iter().map(|character| character.units).sum();
        let size = if units <= sizes.0 { sizes.0 } else { sizes.1 };
        Self { data_coding, parts: divide(&characters, size) }
    }

    /// The whole text in one piece.
    pub(super) fn whole(&self) -> Vec<u8> {
        self.parts.concat()
    }
}

/// Fills parts of `size` units one after another.
fn divide(characters: &[Character], size: usize) -> Vec<Vec<u8>> {
    let (mut parts, mut used) = (vec![Vec::new()], 0);
    for character in characters {
        if used + character.units > size {
            parts.push(Vec::new());
            used = 0;
        }
        used += character.units;
        if let Some(part) = parts.last_mut() {
            part.extend_from_slice(character.octets());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lengths(text: &str) -> Vec<usize> {
        Encoded::of(text, Alphabet::Gsm).parts.iter().map(Vec::len).collect()
    }

    #[test]
    fn nothing_is_cut_in_two() {
        assert_eq!(lengths(&"a".repeat(160)), [160]);
        assert_eq!(lengths(&"a".repeat(161)), [153, 8]);
        let pair_at_the_seam = format!("{}€{}", "a".repeat(152), "b".repeat(152));
        assert_eq!(lengths(&pair_at_the_seam), [152, 153, 1]);
        assert_eq!(lengths(&"ł".repeat(70)), [140]);
        assert_eq!(lengths(&"ł".repeat(71)), [134, 8]);
        let surrogates_at_the_seam = format!("{}😀{}", "ł".repeat(66), "ł".repeat(10));
        assert_eq!(lengths(&surrogates_at_the_seam), [132, 24]);
        assert_eq!(lengths(""), [0]);
    }

    #[test]
    fn the_accounts_alphabet_decides_how_letters_are_written() {
        let written = |text: &str, alphabet| {
            let encoded = Encoded::of(text, alphabet);
            (encoded.data_coding, encoded.whole())
        };
        assert_eq!(written("på {€}", Alphabet::Gsm), (0, b"p\x0f \x1b\x28\x1b\x65\x1b\x29".to_vec()));
        assert_eq!(written("på {", Alphabet::Latin1), (0, b"p\xe5 {".to_vec()));
        assert_eq!(written("pa", Alphabet::Ascii), (0, b"pa".to_vec()));
        let unicode = (8, vec![0, b'p', 0, 0xe5, 0x20, 0xac]);
        assert_eq!(written("på€", Alphabet::Latin1), unicode);
        assert_eq!(written("på€", Alphabet::Ascii), unicode);
        // In the alphabet of the message centre but not in that of telephones: it could not deliver it.
        assert_eq!(written("á", Alphabet::Latin1), (8, vec![0, 0xe1]));
    }

    /// Reads back what [`Encoded`] wrote.
    fn read(encoded: &Encoded) -> String {
        let octets = encoded.whole();
        if encoded.data_coding == UCS2 {
            let units: Vec<u16> = octets.chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
            return String::from_utf16(&units).expect("whole characters");
        }
        let find = |code: u8, septets| {
            let is = |c: &char| parts::septets(*c) == Some(septets) && parts::gsm_code(*c) == Some(code);
            (0..=0xFFFF).filter_map(char::from_u32).find(is).expect("a character")
        };
        let mut text = String::new();
        let mut octets = octets.into_iter();
        while let Some(octet) = octets.next() {
            let escaped = octet == 0x1B;
            let code = if escaped { octets.next().expect("the escaped one") } else { octet };
            text.push(find(code, if escaped { 2 } else { 1 }));
        }
        text
    }

    /// Covers: NP-80
    #[test]
    fn every_character_of_the_alphabet_reads_back() {
        let all: String =
            (0..=0xFFFF).filter_map(char::from_u32).filter(|c| parts::septets(*c).is_some()).collect();
        assert_eq!(all.chars().count(), 137);
        let encoded = Encoded::of(&all, Alphabet::Gsm);
        assert_eq!((encoded.data_coding, read(&encoded)), (0, all));
    }

    proptest! {
        #[test]
        fn any_text_reads_back_and_takes_the_parts_that_were_counted(text in "[a-z€{}åłČ😀]{0,400}") {
            let encoded = Encoded::of(&text, Alphabet::Gsm);
            prop_assert_eq!(encoded.parts.len(), SmsParts::of(&text).parts);
            let most = if encoded.parts.len() == 1 { [160, 140] } else { [153, 134] };
            let most = most[usize::from(encoded.data_coding == UCS2)];
            prop_assert!(encoded.parts.iter().all(|part| part.len() <= most));
            if encoded.data_coding == UCS2 {
                prop_assert_eq!(read(&encoded), text);
            }
        }
    }
}
