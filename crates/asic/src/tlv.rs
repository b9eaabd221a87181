//! DER elements written: tag, length, value.

/// One DER element.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 10);
    push_tlv(&mut out, tag, content);
    out
}

/// One DER element around several others.
pub(crate) fn nested(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

/// Appends one DER element.
pub(crate) fn push_tlv(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    push_length(out, content.len() as u64);
    out.extend_from_slice(content);
}

/// A definite length in its shortest form.
pub(crate) fn push_length(out: &mut Vec<u8>, length: u64) {
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out.push(short);
        return;
    }
    let bytes = length.to_be_bytes();
    let skip = (length.leading_zeros() / 8) as usize;
    let count = bytes.len() - skip;
    out.push(0x80 | u8::try_from(count).unwrap_or(8));
    out.extend_from_slice(&bytes[skip..]);
}
