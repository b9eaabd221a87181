//! The fields of a frame's body, read leniently and written to the octet.

/// Reads a body from front to back. What is missing at the end reads as nothing.
pub(super) struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    pub(super) const fn of(body: &'b [u8]) -> Self {
        Self(body)
    }

    pub(super) fn octet(&mut self) -> u8 {
        self.octets(1).first().copied().unwrap_or(0)
    }

    pub(super) fn octets(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A text up to its zero octet, or up to the end.
    pub(super) fn text(&mut self) -> String {
        let length = self.0.iter().position(|octet| *octet == 0).unwrap_or(self.0.len());
        let text = self.octets(length);
        self.octets(1);
        latin1(text)
    }

    /// An optional parameter: its tag and value.
    pub(super) fn parameter(&mut self) -> Option<(u16, &'b [u8])> {
        let tag = u16::from_be_bytes(*self.0.first_chunk()?);
        let length = usize::from(u16::from_be_bytes(*self.0.get(2..)?.first_chunk()?));
        self.octets(4);
        Some((tag, self.octets(length)))
    }
}

/// Octets as text; every octet is a character, so nothing is lost.
pub(super) fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

/// Writes a text and the zero octet that ends it. A zero within would end it early, so it is left out.
pub(super) fn put_text(body: &mut Vec<u8>, text: &str) {
    body.extend(text.bytes().filter(|octet| *octet != 0));
    body.push(0);
}

/// Writes an optional parameter.
pub(super) fn put_parameter(body: &mut Vec<u8>, tag: u16, value: &[u8]) {
    // Nothing of ours is nearly that long; see `Submit`.
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    body.extend_from_slice(&tag.to_be_bytes());
    body.extend_from_slice(&length.to_be_bytes());
    body.extend_from_slice(&value[..usize::from(length)]);
}
