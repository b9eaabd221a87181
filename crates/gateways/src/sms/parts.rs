//! How many parts an SMS takes.
//!
//! The alphabets and sizes are those of 3GPP TS 23.038 and TS 23.040: 160 septets or 70 UTF-16 code
//! units in one message, 153 or 67 in each part of a longer one, whose header takes the rest. What
//! cannot be divided (an escape pair, a surrogate pair) moves whole to the next part.

/// Septets that fit in one message, and in each part of a longer one.
pub(super) const GSM: (usize, usize) = (160, 153);
/// UTF-16 code units that fit in one message, and in each part of a longer one.
pub(super) const UCS2: (usize, usize) = (70, 67);
/// The basic character table of 3GPP TS 23.038, section 6.2.1.
const BASIC: &str = concat!(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
);
/// The extension table of section 6.2.1.1; each takes an escape before it.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";
/// Their places in that table.
const EXTENSION_CODES: [u8; 10] = [0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65];

/// How a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The GSM 7-bit default alphabet; units are septets.
    Gsm7,
    /// UCS-2; units are UTF-16 code units.
    Ucs2,
}

/// What a text takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsParts {
    /// The cheapest encoding that holds every character.
    pub encoding: Encoding,
    /// Septets or code units.
    pub units: usize,
    /// Parts; an empty text takes one.
    pub parts: usize,
    /// The characters that force UCS-2, each once, in the order met.
    pub offending: Vec<char>,
}

impl SmsParts {
    /// Measures a text.
    pub fn of(text: &str) -> Self {
        let mut offending = Vec::new();
        for c in text.chars().filter(|c| septets(*c).is_none()) {
            if !offending.contains(&c) {
                offending.push(c);
            }
        }
        let (encoding, sizes) =
            if offending.is_empty() { (Encoding::Gsm7, GSM) } else { (Encoding::Ucs2, UCS2) };
        let width = |c: char| match encoding {
            Encoding::Gsm7 => septets(c).unwrap_or(1),
            Encoding::Ucs2 => c.len_utf16(),
        };
        let units = text.chars().map(width).sum();
        let parts = if units <= sizes.0 { 1 } else { fill_parts(text.chars().map(width), sizes.1) };
        Self { encoding, units, parts, offending }
    }
}

/// Counts parts of `size` units; a character is never divided.
fn fill_parts(widths: impl Iterator<Item = usize>, size: usize) -> usize {
    let (parts, _) =
        widths.fold(
            (1, 0),
            |(parts, used), width| {
                if used + width > size { (parts + 1, width) } else { (parts, used + width) }
            },
        );
    parts
}

/// A character's place in its table, after the escape for those of the extension.
pub(super) fn gsm_code(c: char) -> Option<u8> {
    const ESCAPE: usize = 0x1B;
    let basic = BASIC.chars().position(|other| other == c);
    // The table as written here leaves the escape itself out.
    let basic = basic.map(|place| if place < ESCAPE { place } else { place + 1 });
    let extension = || EXTENSION.chars().position(|other| other == c).map(|place| EXTENSION_CODES[place]);
    basic.and_then(|place| u8::try_from(place).ok()).or_else(extension)
}

/// Septets that a character takes, if the GSM alphabet has it.
pub(super) fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || c == ' ' || BASIC.contains(c) {
        Some(1)
    } else {
        EXTENSION.contains(c).then_some(2)
    }
}

/// The reference's own estimate, wrong for billing, kept to compare reports with: the length of the
/// form-encoded text, 160 to one message, else 134 to a part, at most 16.
pub fn reference_count(text: &str) -> usize {
    const UNRESERVED: &[u8] = b"-_.!*() ";
    let width = |byte: u8| if byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) { 1 } else { 3 };
    match text.bytes().map(width).sum::<usize>() {
        0..=160 => 1,
        length => length.div_ceil(134).min(16),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(text: &str) -> (Encoding, usize, usize, usize) {
        let parts = SmsParts::of(text);
        (parts.encoding, parts.units, parts.parts, reference_count(text))
    }

    /// Covers: NP-80
    #[test]
    fn texts_are_counted_as_the_gateways_count_them() {
        use Encoding::{Gsm7, Ucs2};
        let vectors = [
            ("a".repeat(160), (Gsm7, 160, 1, 1)),
            ("a".repeat(161), (Gsm7, 161, 2, 2)),
            ("a".repeat(306), (Gsm7, 306, 2, 3)),
            ("a".repeat(307), (Gsm7, 307, 3, 3)),
            ("å".repeat(26), (Gsm7, 26, 1, 1)),
            ("å".repeat(27), (Gsm7, 27, 1, 2)),
            ("å".repeat(160), (Gsm7, 160, 1, 8)),
            ("€".repeat(80), (Gsm7, 160, 1, 6)),
            ("€".repeat(81), (Gsm7, 162, 2, 6)),
            (["a".repeat(152), "a".repeat(151)].join("€"), (Gsm7, 305, 2, 3)),
            (["a".repeat(152), "a".repeat(152)].join("€"), (Gsm7, 306, 3, 3)),
            ("ł".repeat(70), (Ucs2, 70, 1, 4)),
            ("ł".repeat(71), (Ucs2, 71, 2, 4)),
            ("😀".repeat(35), (Ucs2, 70, 1, 4)),
            ("😀".repeat(66), (Ucs2, 132, 2, 6)),
            ("😀".repeat(67), (Ucs2, 134, 3, 6)),
            ("a".repeat(159) + "ł", (Ucs2, 160, 3, 2)),
            ("\n".repeat(53), (Gsm7, 53, 1, 1)),
            ("\n".repeat(54), (Gsm7, 54, 1, 2)),
            ("a".repeat(2145), (Gsm7, 2145, 15, 16)),
            ("Du har fått brev i Altinn.".to_owned(), (Gsm7, 26, 1, 1)),
            (String::new(), (Gsm7, 0, 1, 1)),
        ];
        for (text, expected) in vectors {
            assert_eq!(measured(&text), expected, "{text}");
        }
    }

    /// Covers: NP-80
    #[test]
    fn the_alphabet_has_127_basic_and_10_extension_characters_and_no_more() {
        let every = || (0..=0xFFFF).filter_map(char::from_u32);
        // 128 places in the table, of which one is the escape itself.
        assert_eq!(every().filter(|c| septets(*c) == Some(1)).count(), 127);
        assert_eq!(every().filter(|c| septets(*c) == Some(2)).count(), 10);
    }

    #[test]
    fn what_forces_the_dear_encoding_is_listed_once_in_the_order_met() {
        let parts = SmsParts::of("“Čáhci” koster 10 € – čáhci");
        assert_eq!(parts.encoding, Encoding::Ucs2);
        assert_eq!(parts.offending, ['“', 'Č', 'á', '”', '–', 'č']);
        assert!(SmsParts::of("Blåbær & {€}").offending.is_empty());
    }
}
