//! Small DER structures taken apart without losing a byte.
//!
//! Signatures cover exact bytes, so certificates and attributes are kept as the slices they came
//! in and never written anew from a parsed form.

use const_oid::ObjectIdentifier;

/// What came instead of well-formed DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the structure is not well-formed DER")]
pub struct Malformed;

/// One element: its tag, its content, and both with the header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// What is inside.
    pub(crate) fn inside(self) -> Elements<'a> {
        Elements(self.content)
    }
}

/// Elements one after the other.
#[derive(Debug)]
pub(crate) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The elements inside the one that `der` is; nothing may follow it.
    pub(crate) fn of(der: &'a [u8], tag: u8) -> Result<Self, Malformed> {
        let mut outer = Self(der);
        let element = outer.element(tag)?;
        outer.end()?;
        Ok(element.inside())
    }

    /// A row of elements without anything around.
    pub(crate) fn row(der: &'a [u8]) -> Self {
        Self(der)
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        let (&tag, after_tag) = self.0.split_first().ok_or(Malformed)?;
        let (&first, mut rest) = after_tag.split_first().ok_or(Malformed)?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let count = usize::from(first & 0x7F);
            if !(1..=4).contains(&count) || rest.len() < count {
                return Err(Malformed);
            }
            let (bytes, after) = rest.split_at(count);
            length = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            rest = after;
        }
        if rest.len() < length {
            return Err(Malformed);
        }
        let (content, rest) = rest.split_at(length);
        let whole = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        Ok(Element { tag, content, whole })
    }

    /// The next element, which must have this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        self.optional(tag)?.ok_or(Malformed)
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.0.first() != Some(&tag) {
            return Ok(None);
        }
        self.any().map(Some)
    }

    /// The next element, which must be an object identifier.
    pub(crate) fn oid(&mut self) -> Result<ObjectIdentifier, Malformed> {
        ObjectIdentifier::from_bytes(self.element(0x06)?.content).map_err(|_| Malformed)
    }

    /// Checks that nothing is left.
    pub(crate) fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let element = self.any();
        if element.is_err() {
            self.0 = &[];
        }
        Some(element)
    }
}

/// An AlgorithmIdentifier: which algorithm, and its parameters as they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Algorithm<'a> {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) parameters: Option<Element<'a>>,
}

impl<'a> Algorithm<'a> {
    pub(crate) fn parse(mut fields: Elements<'a>) -> Result<Self, Malformed> {
        let oid = fields.oid()?;
        let parameters = if fields.is_empty() { None } else { Some(fields.any()?) };
        fields.end()?;
        Ok(Self { oid, parameters })
    }
}
