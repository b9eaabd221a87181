//! Encrypting for a certificate: CMS EnvelopedData (RFC 5652 section 6), written as it comes.
//!
//! A fresh AES-256 key and IV per envelope; the key travels wrapped with RSA. The content is
//! written in indefinite-length BER, in octet strings of 64 KiB, because its size is not known
//! beforehand; with a known size it is DER. Java peers read both.

use std::io::{self, Write};

use aws_lc_rs::cipher::{AES_256, EncryptionContext, StreamingEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey,
};
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::ber::{OCTET_STRING, SEQUENCE, SET, nested, push_length, tlv};
use crate::certificate::Certificate;
use crate::error::EnvelopeError;
use crate::sign::{DATA, issuer_and_serial, oid};

pub(crate) const ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
const VERSION_0: [u8; 3] = [0x02, 1, 0];
const BLOCK: usize = 16;
/// Plaintext taken, and ciphertext written, at a time.
const CHUNK: usize = 64 * 1024;
/// Tag and length of an octet string of [`CHUNK`] bytes.
const CHUNK_HEADER: [u8; 5] = [OCTET_STRING, 0x83, 0x01, 0x00, 0x00];
/// The ends of encrypted content, content info, enveloped data, explicit tag and message.
const FIVE_ENDS: [u8; 10] = [0; 10];

/// AlgorithmIdentifier of RSAES-OAEP with SHA-256 for hash and mask, and an empty label, with the
/// NULL parameters that peers write.
pub(crate) const OAEP_SHA256: [u8; 62] = [
    0x30, 0x3C, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x07, 0x30, 0x2F, 0xA0, 0x0F,
    0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xA1, 0x1C,
    0x30, 0x1A, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x08, 0x30, 0x0D, 0x06, 0x09,
    0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
];
/// AlgorithmIdentifier of RSAES-PKCS1-v1_5: rsaEncryption, NULL.
const PKCS1: [u8; 15] =
    [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];

/// How the content key is wrapped for the recipient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyTransport {
    /// RSAES-OAEP with SHA-256: every channel but one.
    #[default]
    OaepSha256,
    /// RSAES-PKCS1-v1_5: the eInnsyn channel asks for it.
    Pkcs1,
}

/// Encrypts what is written to it. [`finish`](Self::finish) must be called at the end.
pub struct EnvelopeWriter<W> {
    out: W,
    cipher: StreamingEncryptingKey,
    /// Plaintext that does not fill a chunk yet.
    waiting: Zeroizing<Vec<u8>>,
    /// Room for one chunk of ciphertext with its header.
    chunk: Vec<u8>,
    /// Plaintext bytes promised, when the framing is definite.
    promised: Option<u64>,
    written: u64,
}

impl<W: Write> EnvelopeWriter<W> {
    /// Begins an envelope of unknown size, wrapped with RSA-OAEP.
    ///
    /// Reference peers look at the first recipient only, so give one certificate unless you know
    /// who reads.
    pub fn new(out: W, recipients: &[Certificate]) -> Result<Self, EnvelopeError> {
        Self::begin(out, recipients, KeyTransport::default(), None)
    }

    /// Begins an envelope with a choice of key transport, and of plaintext size in bytes if it is
    /// known; then the envelope is DER and exactly so many bytes must be written.
    pub fn begin(
        mut out: W,
        recipients: &[Certificate],
        transport: KeyTransport,
        size: Option<u64>,
    ) -> Result<Self, EnvelopeError> {
        let mut key = Zeroizing::new([0; 32]);
        let mut iv = [0; BLOCK];
        aws_lc_rs::rand::fill(&mut *key).map_err(|_| EnvelopeError::Cryptography)?;
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| EnvelopeError::Cryptography)?;

        let infos = recipients
            .iter()
            .map(|recipient| recipient_info(recipient, transport, &*key))
            .collect::<Result<Vec<_>, _>>()?;
        if infos.is_empty() {
            return Err(EnvelopeError::NoRecipient);
        }
        let algorithm = nested(SEQUENCE, &[&oid(AES_256_CBC), &tlv(OCTET_STRING, &iv)]);
        let header = header(&infos.concat(), &algorithm, size.map(encrypted_size));
        out.write_all(&header)?;

        let unbound = UnboundCipherKey::new(&AES_256, &*key);
        let context = EncryptionContext::Iv128(FixedLength::from(iv));
        let cipher = unbound
            .and_then(|key| StreamingEncryptingKey::less_safe_cbc_pkcs7(key, context))
            .map_err(|_| EnvelopeError::Cryptography)?;
        Ok(Self {
            out,
            cipher,
            waiting: Zeroizing::new(Vec::with_capacity(CHUNK)),
            chunk: vec![0; CHUNK_HEADER.len() + CHUNK + BLOCK],
            promised: size,
            written: 0,
        })
    }

    /// Writes the rest and gives the output back.
    pub fn finish(mut self) -> Result<W, EnvelopeError> {
        if self.promised.is_some_and(|promised| promised != self.written) {
            return Err(self.size_mismatch());
        }
        let (rest, last) = (std::mem::take(&mut self.waiting), &mut self.chunk);
        let mut length =
            self.cipher.update(&rest, last).map_err(|_| EnvelopeError::Cryptography)?.written().len();
        let (_, padding) =
            self.cipher.finish(&mut last[length..]).map_err(|_| EnvelopeError::Cryptography)?;
        length += padding.written().len();
        if self.promised.is_some() {
            self.out.write_all(&last[..length])?;
        } else {
            self.out.write_all(&tlv(OCTET_STRING, &last[..length]))?;
            self.out.write_all(&FIVE_ENDS)?;
        }
        self.out.flush()?;
        Ok(self.out)
    }

    /// Encrypts exactly [`CHUNK`] bytes and writes them as one piece.
    fn write_chunk(&mut self, plain: &[u8]) -> Result<(), EnvelopeError> {
        let header = if self.promised.is_some() { 0 } else { CHUNK_HEADER.len() };
        self.chunk[..header].copy_from_slice(&CHUNK_HEADER[..header]);
        let encrypted = self
            .cipher
            .update(plain, &mut self.chunk[header..])
            .map_err(|_| EnvelopeError::Cryptography)?
            .written()
            .len();
        debug_assert_eq!(encrypted, CHUNK, "whole blocks in, whole blocks out");
        Ok(self.out.write_all(&self.chunk[..header + encrypted])?)
    }

    fn take(&mut self, mut plain: &[u8]) -> Result<(), EnvelopeError> {
        if !self.waiting.is_empty() {
            let (head, tail) = plain.split_at(plain.len().min(CHUNK - self.waiting.len()));
            self.waiting.extend_from_slice(head);
            plain = tail;
            if self.waiting.len() == CHUNK {
                let mut full = std::mem::take(&mut self.waiting);
                let result = self.write_chunk(&full);
                full.clear();
                self.waiting = full;
                result?;
            }
        }
        let mut chunks = plain.chunks_exact(CHUNK);
        for chunk in chunks.by_ref() {
            self.write_chunk(chunk)?;
        }
        self.waiting.extend_from_slice(chunks.remainder());
        Ok(())
    }

    fn size_mismatch(&self) -> EnvelopeError {
        EnvelopeError::SizeMismatch { promised: self.promised.unwrap_or_default(), written: self.written }
    }
}

impl<W: Write> Write for EnvelopeWriter<W> {
    fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        self.written += plain.len() as u64;
        if self.promised.is_some_and(|promised| self.written > promised) {
            return Err(io::Error::other(self.size_mismatch()));
        }
        match self.take(plain) {
            Ok(()) => Ok(plain.len()),
            Err(EnvelopeError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    /// Flushes the output; what does not fill a chunk yet waits for more or for the end.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Ciphertext bytes for so many plaintext bytes: padded to whole blocks, by at least one byte.
fn encrypted_size(plain: u64) -> u64 {
    (plain / BLOCK as u64 + 1) * BLOCK as u64
}

/// KeyTransRecipientInfo, version 0, recipient by issuer and serial number.
fn recipient_info(
    recipient: &Certificate,
    transport: KeyTransport,
    key: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    recipient.check_key()?;
    let refused = |_| EnvelopeError::Cryptography;
    let public =
        PublicEncryptingKey::from_der(recipient.public_key_der()).map_err(|_| EnvelopeError::Cryptography)?;
    let mut wrapped = vec![0; public.key_size_bytes()];
    let algorithm = match transport {
        KeyTransport::OaepSha256 => {
            let public = OaepPublicEncryptingKey::new(public).map_err(refused)?;
            public.encrypt(&OAEP_SHA256_MGF1SHA256, key, &mut wrapped, None).map_err(refused)?;
            &OAEP_SHA256[..]
        }
        KeyTransport::Pkcs1 => {
            let public = Pkcs1PublicEncryptingKey::new(public).map_err(refused)?;
            public.encrypt(key, &mut wrapped).map_err(refused)?;
            &PKCS1[..]
        }
    };
    let id = issuer_and_serial(recipient);
    Ok(nested(SEQUENCE, &[&VERSION_0, &id, algorithm, &tlv(OCTET_STRING, &wrapped)]))
}

/// Everything before the first byte of content. `size` is that of the encrypted content.
pub(crate) fn header(infos: &[u8], algorithm: &[u8], size: Option<u64>) -> Vec<u8> {
    let before = [&VERSION_0[..], &tlv(SET, infos)].concat();
    let about = [&oid(DATA)[..], algorithm].concat();
    let kind = oid(ENVELOPED_DATA);
    let Some(size) = size else {
        let mut out = vec![SEQUENCE, 0x80];
        out.extend([&kind[..], &[0xA0, 0x80, SEQUENCE, 0x80], &before].concat());
        out.extend([&[SEQUENCE, 0x80], &about[..], &[0xA0, 0x80]].concat());
        return out;
    };
    // from the inside out: each layer's length counts the header of the next and the content
    let mut head = open(0x80, size, &[]);
    let mut length = size;
    for (tag, front) in [(SEQUENCE, about), (SEQUENCE, before), (0xA0, Vec::new()), (SEQUENCE, kind)] {
        length = size + (front.len() + head.len()) as u64;
        head = open(tag, length, &[&front[..], &head].concat());
    }
    debug_assert!(length > size, "layers add bytes");
    head
}

/// A header with this length, followed by the first bytes of what it covers.
fn open(tag: u8, length: u64, first: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    push_length(&mut out, length);
    out.extend_from_slice(first);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definite_headers_count_every_layer() {
        let head = header(&tlv(0x30, &[5, 0]), &tlv(0x30, &[5, 0]), Some(16));
        let whole = [&head[..], &[0; 16]].concat();

        assert_eq!(crate::ber::to_der(&whole).expect("well-formed"), whole);
    }

    #[test]
    fn padding_adds_one_to_sixteen_bytes() {
        assert_eq!([0, 1, 15, 16, 17].map(encrypted_size), [16, 16, 16, 32, 32]);
    }
}
