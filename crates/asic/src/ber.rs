//! BER read from a stream, and turned into DER where it is small.
//!
//! Java peers write CMS with indefinite lengths and chop octet strings into pieces (ITU-T X.690
//! 8.1.3.6 and 8.7.3). [`BerReader`] walks such a stream without keeping it, and [`to_der`]
//! rewrites a small structure with definite lengths and whole octet strings, so that the rest of
//! the crate needs to know DER only.

use std::io::{BufReader, ErrorKind, Read};

use crate::error::BerError;
use crate::tlv::push_tlv;

pub(crate) use crate::tlv::{nested, push_length, tlv};

/// SEQUENCE, constructed.
pub(crate) const SEQUENCE: u8 = 0x30;
/// SET, constructed.
pub(crate) const SET: u8 = 0x31;
/// OCTET STRING, primitive.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// OCTET STRING in pieces.
const OCTET_STRING_PIECES: u8 = 0x24;
/// The bit that says "has elements inside".
const CONSTRUCTED: u8 = 0x20;
/// Elements inside elements, at most.
const MAX_DEPTH: usize = 32;
/// Large enough that system calls do not show, small enough to stay in the cache.
const BUFFER: usize = 64 * 1024;

/// Tag and length of an element. No length means "until end-of-contents".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) tag: u8,
    pub(crate) length: Option<u64>,
}

impl Header {
    const END_OF_CONTENTS: Self = Self { tag: 0, length: Some(0) };

    pub(crate) fn is_constructed(self) -> bool {
        self.tag & CONSTRUCTED != 0
    }
}

/// Walks through BER, element by element, in constant memory.
pub(crate) struct BerReader<R> {
    input: BufReader<R>,
    /// Bytes consumed so far.
    position: u64,
    /// The elements we are inside of, by where they end, if that is known.
    open: Vec<Option<u64>>,
    peeked: Option<Header>,
    /// What is left of the current piece of the octet string being read.
    piece: u64,
    /// How many elements were open when the octet string began.
    string_base: usize,
}

impl<R: Read> BerReader<R> {
    pub(crate) fn new(input: R) -> Self {
        let input = BufReader::with_capacity(BUFFER, input);
        Self { input, position: 0, open: Vec::new(), peeked: None, piece: 0, string_base: 0 }
    }

    /// The next element's header, without going past it.
    pub(crate) fn peek(&mut self) -> Result<Header, BerError> {
        let header = self.header()?;
        self.peeked = Some(header);
        Ok(header)
    }

    /// The next element's header.
    pub(crate) fn header(&mut self) -> Result<Header, BerError> {
        if let Some(header) = self.peeked.take() {
            return Ok(header);
        }
        let tag = self.byte()?;
        if tag & 0x1F == 0x1F {
            return Err(BerError::LongTag);
        }
        let length = match self.byte()? {
            0x80 if tag & CONSTRUCTED == 0 => return Err(BerError::PrimitiveWithoutLength),
            0x80 => None,
            short @ 0..0x80 => Some(u64::from(short)),
            long => Some(self.long_length(long & 0x7F)?),
        };
        if let Some(length) = length {
            self.fits(length)?;
        }
        Ok(Header { tag, length })
    }

    fn long_length(&mut self, bytes: u8) -> Result<u64, BerError> {
        if bytes > 8 {
            return Err(BerError::LengthTooLarge);
        }
        let mut length = 0_u64;
        for _ in 0..bytes {
            length = length << 8 | u64::from(self.byte()?);
        }
        Ok(length)
    }

    /// An element must end inside the one around it.
    fn fits(&self, length: u64) -> Result<(), BerError> {
        let end = self.position.checked_add(length).ok_or(BerError::LengthTooLarge)?;
        match self.open.iter().rev().find_map(|end| *end) {
            Some(outer) if end > outer => Err(BerError::Overrun),
            _ => Ok(()),
        }
    }

    /// Steps into an element with this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<(), BerError> {
        let header = self.expect(tag)?;
        self.enter_after(header)
    }

    /// Steps into the element whose header has just been read.
    pub(crate) fn enter_after(&mut self, header: Header) -> Result<(), BerError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(BerError::TooDeep);
        }
        self.open.push(header.length.map(|length| self.position + length));
        Ok(())
    }

    /// Whether the innermost element has nothing more inside.
    pub(crate) fn at_end(&mut self) -> Result<bool, BerError> {
        match self.open.last().copied().flatten() {
            Some(end) => Ok(self.peeked.is_none() && self.position == end),
            None => Ok(self.peek()? == Header::END_OF_CONTENTS),
        }
    }

    /// Steps out of the innermost element, which must have been read to its end.
    pub(crate) fn leave(&mut self) -> Result<(), BerError> {
        if !self.at_end()? {
            let found = self.header()?.tag;
            return Err(BerError::Unexpected { expected: 0, found });
        }
        if self.open.pop().flatten().is_none() {
            self.peeked = None;
        }
        Ok(())
    }

    /// The header of an element that must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Header, BerError> {
        let header = self.header()?;
        if header.tag != tag {
            return Err(BerError::Unexpected { expected: tag, found: header.tag });
        }
        Ok(header)
    }

    /// The next element as DER, at most `budget` bytes of it.
    pub(crate) fn element(&mut self, budget: usize) -> Result<Vec<u8>, BerError> {
        let header = self.header()?;
        let mut left = budget;
        let (tag, content) = self.content(header, &mut left)?;
        Ok(tlv(tag, &content))
    }

    /// The content of an element in DER, and the tag it has there.
    fn content(&mut self, header: Header, left: &mut usize) -> Result<(u8, Vec<u8>), BerError> {
        if !header.is_constructed() {
            let length = header.length.ok_or(BerError::PrimitiveWithoutLength)?;
            return Ok((header.tag, self.take(length, left)?));
        }
        self.enter_after(header)?;
        let mut content = Vec::new();
        while !self.at_end()? {
            let child = self.header()?;
            *left = left.checked_sub(2).ok_or(BerError::TooLarge)?;
            let (tag, inside) = self.content(child, left)?;
            match header.tag {
                OCTET_STRING_PIECES if tag == OCTET_STRING => content.extend_from_slice(&inside),
                OCTET_STRING_PIECES => {
                    return Err(BerError::Unexpected { expected: OCTET_STRING, found: tag });
                }
                _ => push_tlv(&mut content, tag, &inside),
            }
        }
        self.leave()?;
        let tag = if header.tag == OCTET_STRING_PIECES { OCTET_STRING } else { header.tag };
        Ok((tag, content))
    }

    fn take(&mut self, length: u64, left: &mut usize) -> Result<Vec<u8>, BerError> {
        let length = usize::try_from(length).map_err(|_| BerError::TooLarge)?;
        *left = left.checked_sub(length).ok_or(BerError::TooLarge)?;
        let mut content = vec![0; length];
        self.input.read_exact(&mut content).map_err(cut_off)?;
        self.position += length as u64;
        Ok(content)
    }

    /// Begins reading an octet string piece by piece; `header` is its own.
    pub(crate) fn begin_octets(&mut self, header: Header) -> Result<(), BerError> {
        self.string_base = self.open.len();
        match header {
            Header { length: Some(length), .. } if !header.is_constructed() => self.piece = length,
            _ => self.enter_after(header)?,
        }
        Ok(())
    }

    /// Fills `buffer` from the octet string begun before; nothing when it has ended.
    pub(crate) fn octets(&mut self, buffer: &mut [u8]) -> Result<usize, BerError> {
        let mut filled = 0;
        while filled < buffer.len() && self.next_piece()? {
            let room = buffer.len() - filled;
            let wanted = usize::try_from(self.piece).map_or(room, |piece| piece.min(room));
            let read = self.input.read(&mut buffer[filled..filled + wanted])?;
            if read == 0 {
                return Err(BerError::Truncated);
            }
            filled += read;
            self.piece -= read as u64;
            self.position += read as u64;
        }
        Ok(filled)
    }

    /// Makes sure that there is a piece to read from; false at the end of the string.
    fn next_piece(&mut self) -> Result<bool, BerError> {
        while self.piece == 0 {
            if self.open.len() == self.string_base {
                return Ok(false);
            }
            if self.at_end()? {
                self.leave()?;
                continue;
            }
            match self.header()? {
                Header { tag: OCTET_STRING, length: Some(length) } => self.piece = length,
                nested @ Header { tag: OCTET_STRING_PIECES, .. } => self.enter_after(nested)?,
                other => {
                    return Err(BerError::Unexpected { expected: OCTET_STRING, found: other.tag });
                }
            }
        }
        Ok(true)
    }

    /// Checks that the input ends here.
    pub(crate) fn finish(&mut self) -> Result<(), BerError> {
        let mut one = [0];
        match self.input.read_exact(&mut one) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Err(BerError::TrailingBytes),
        }
    }

    fn byte(&mut self) -> Result<u8, BerError> {
        let mut byte = [0];
        if self.open.last().copied().flatten() == Some(self.position) {
            return Err(BerError::Overrun);
        }
        self.input.read_exact(&mut byte).map_err(cut_off)?;
        self.position += 1;
        Ok(byte[0])
    }
}

fn cut_off(error: std::io::Error) -> BerError {
    match error.kind() {
        ErrorKind::UnexpectedEof => BerError::Truncated,
        _ => error.into(),
    }
}

/// A small BER structure with definite lengths and whole octet strings.
pub(crate) fn to_der(ber: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut reader = BerReader::new(ber);
    let der = reader.element(ber.len())?;
    reader.finish()?;
    Ok(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_and_pieces_become_der() {
        let ber = [0x30, 0x80, 0x24, 0x80, 0x04, 1, b'a', 0x24, 3, 0x04, 1, b'b', 0, 0, 2, 1, 5, 0, 0];

        let der = to_der(&ber).expect("valid BER");

        assert_eq!(der, [0x30, 7, 0x04, 2, b'a', b'b', 2, 1, 5]);
    }

    #[test]
    fn der_stays_as_it_is() {
        let der = nested(SEQUENCE, &[&tlv(OCTET_STRING, &[7; 300]), &tlv(2, &[1])]);

        assert_eq!(to_der(&der).expect("valid DER"), der);
    }

    #[test]
    fn an_element_that_reaches_out_of_its_parent_is_refused() {
        assert!(matches!(to_der(&[0x30, 3, 0x04, 9, 1, 2, 3]), Err(BerError::Overrun)));
    }

    #[test]
    fn a_structure_cut_off_anywhere_is_told_apart() {
        let whole = [0x30, 0x80, 0x24, 0x80, 0x04, 2, 1, 2, 0, 0, 0, 0];

        assert!(to_der(&whole).is_ok());
        for end in 0..whole.len() {
            assert!(matches!(to_der(&whole[..end]), Err(BerError::Truncated)), "cut at {end}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_recursing_for_ever() {
        assert!(matches!(to_der(&[0x30, 0x80].repeat(5000)), Err(BerError::TooDeep)));
    }

    #[test]
    fn a_claimed_length_is_not_believed_before_the_bytes_are_there() {
        let claim = [0x04, 0x88, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

        assert!(matches!(to_der(&claim), Err(BerError::TooLarge)));
    }
}
