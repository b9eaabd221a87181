//! Opening envelopes: CMS EnvelopedData and AuthEnvelopedData (RFC 5652, RFC 5083), read as they
//! come, in BER or DER.
//!
//! CBC says nothing about whether content was altered. Nothing of what comes out may be acted on
//! before the signature inside has been verified. GCM does say, so its content is checked whole,
//! in memory and up to a limit, before the first byte is given out.

use std::io::{self, Read};

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, StreamingDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::ber::{BerReader, OCTET_STRING, SEQUENCE, SET};
use crate::elements::{Algorithm, Element, Elements};
use crate::encrypt::ENVELOPED_DATA;
use crate::error::{BerError, EnvelopeError};
use crate::key::Identity;
use crate::recipient::{Recipient, unwrap_key};

const AUTH_ENVELOPED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.23");
/// Ciphertext read at a time.
const CHUNK: usize = 64 * 1024;
const BLOCK: usize = 16;
/// All recipients together, and any other part of the header, at most.
const MAX_PART: usize = 1024 * 1024;
/// GCM content at most. The one channel that uses it stops at 18 MB.
const MAX_AUTHENTICATED: usize = 64 * 1024 * 1024;

/// Begins to open an envelope with whichever of our identities it is meant for.
///
/// Everything that does not depend on the content is checked here; the rest comes as an
/// [`EnvelopeError`] inside the reader's [`io::Error`], at the end of the content at the latest.
pub fn open_envelope<R: Read>(input: R, identities: &[Identity]) -> Result<Decryptor<R>, EnvelopeError> {
    let mut ber = BerReader::new(input);
    ber.enter(SEQUENCE)?;
    let kind = ObjectIdentifier::from_bytes(Elements::row(&ber.element(MAX_PART)?).element(0x06)?.content);
    let authenticated = match kind {
        Ok(ENVELOPED_DATA) => false,
        Ok(AUTH_ENVELOPED_DATA) => true,
        Ok(other) => return Err(EnvelopeError::NotEnveloped(other.to_string())),
        Err(_) => return Err(crate::elements::Malformed.into()),
    };
    ber.enter(0xA0)?;
    ber.enter(SEQUENCE)?;
    ber.expect_element(0x02, MAX_PART)?;
    if ber.peek()?.tag == 0xA0 {
        ber.element(MAX_PART)?; // originatorInfo: certificates that we do not need
    }
    let recipients = recipients(&mut ber)?;

    ber.enter(SEQUENCE)?;
    ber.expect_element(0x06, MAX_PART)?;
    let algorithm = ber.expect_element(SEQUENCE, MAX_PART)?;
    let cipher = ContentCipher::parse(&algorithm)?;
    let key = unwrap_key(&recipients, identities, cipher.key_length())?;
    let content = ber.header()?;
    if !matches!(content.tag, 0x80 | 0xA0) {
        return Err(BerError::Unexpected { expected: 0x80, found: content.tag }.into());
    }
    ber.begin_octets(content)?;
    let state = State::begin(&cipher, &key)?;
    Ok(Decryptor::new(ber, state, authenticated))
}

/// The recipients that have an RSA key, in their order.
fn recipients<R: Read>(ber: &mut BerReader<R>) -> Result<Vec<Recipient>, EnvelopeError> {
    let set = ber.expect_element(SET, MAX_PART)?;
    let mut recipients = Vec::new();
    for info in Elements::of(&set, SET)? {
        let info = info?;
        if info.tag == SEQUENCE {
            recipients.push(Recipient::parse(info)?);
        }
    }
    Ok(recipients)
}

/// The cipher of the content, with what its parameters say.
#[derive(Debug)]
enum ContentCipher {
    Cbc { algorithm: &'static aws_lc_rs::cipher::Algorithm, key_length: usize, iv: [u8; BLOCK] },
    Gcm { algorithm: &'static aead::Algorithm, nonce: [u8; 12] },
}

impl ContentCipher {
    fn parse(der: &[u8]) -> Result<Self, EnvelopeError> {
        let algorithm = Algorithm::parse(Elements::of(der, SEQUENCE)?)?;
        let name = algorithm.oid.to_string();
        let (cbc, key_length) = match name.as_str() {
            "2.16.840.1.101.3.4.1.2" => (&AES_128, 16),
            "2.16.840.1.101.3.4.1.22" => (&AES_192, 24),
            "2.16.840.1.101.3.4.1.42" => (&AES_256, 32),
            "2.16.840.1.101.3.4.1.6" => return Self::gcm(&aead::AES_128_GCM, algorithm, name),
            "2.16.840.1.101.3.4.1.26" => return Self::gcm(&aead::AES_192_GCM, algorithm, name),
            "2.16.840.1.101.3.4.1.46" => return Self::gcm(&aead::AES_256_GCM, algorithm, name),
            _ => return Err(EnvelopeError::UnknownCipher(name)),
        };
        let iv = algorithm.parameters.filter(|it| it.tag == OCTET_STRING);
        match iv.and_then(|iv| iv.content.try_into().ok()) {
            Some(iv) => Ok(Self::Cbc { algorithm: cbc, key_length, iv }),
            None => Err(crate::elements::Malformed.into()),
        }
    }

    /// GCMParameters (RFC 5084): nonce, and the tag's length, which is 12 by default.
    fn gcm(
        cipher: &'static aead::Algorithm,
        algorithm: Algorithm<'_>,
        name: String,
    ) -> Result<Self, EnvelopeError> {
        let fields = algorithm.parameters.map(Element::inside);
        let mut fields = fields.ok_or(crate::elements::Malformed)?;
        let nonce = fields.element(OCTET_STRING)?.content.try_into();
        let tag_length = fields.optional(0x02)?.map(|length| length.content);
        match (nonce, tag_length) {
            (Ok(nonce), Some([16])) => Ok(Self::Gcm { algorithm: cipher, nonce }),
            _ => Err(EnvelopeError::UnknownCipher(name)),
        }
    }

    fn key_length(&self) -> usize {
        match self {
            Self::Cbc { key_length, .. } => *key_length,
            Self::Gcm { algorithm, .. } => algorithm.key_len(),
        }
    }
}

enum State {
    Cbc(StreamingDecryptingKey),
    Gcm(Box<(LessSafeKey, [u8; 12])>),
    Done,
    Failed,
}

impl State {
    fn begin(cipher: &ContentCipher, key: &[u8]) -> Result<Self, EnvelopeError> {
        let refused = |_| EnvelopeError::Cryptography;
        match cipher {
            ContentCipher::Cbc { algorithm, iv, .. } => {
                let key = UnboundCipherKey::new(algorithm, key).map_err(refused)?;
                let context = DecryptionContext::Iv128(FixedLength::from(*iv));
                StreamingDecryptingKey::cbc_pkcs7(key, context).map_err(refused).map(Self::Cbc)
            }
            ContentCipher::Gcm { algorithm, nonce } => {
                let key = UnboundKey::new(algorithm, key).map_err(refused)?;
                Ok(Self::Gcm(Box::new((LessSafeKey::new(key), *nonce))))
            }
        }
    }
}

/// Reads the content of an envelope.
pub struct Decryptor<R> {
    ber: BerReader<R>,
    state: State,
    /// AuthEnvelopedData: attributes and tag follow the content.
    authenticated: bool,
    encrypted: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    /// The part of `plain` not given out yet.
    ready: std::ops::Range<usize>,
}

impl<R: Read> Decryptor<R> {
    fn new(ber: BerReader<R>, state: State, authenticated: bool) -> Self {
        Self {
            ber,
            state,
            authenticated,
            encrypted: vec![0; CHUNK],
            plain: Zeroizing::new(vec![0; CHUNK + 2 * BLOCK]),
            ready: 0..0,
        }
    }

    /// Decrypts the next piece; nothing is ready afterwards only at the end.
    fn advance(&mut self) -> Result<(), EnvelopeError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Cbc(cipher) => self.advance_cbc(cipher),
            State::Gcm(key) => self.open_gcm(&key.0, key.1),
            State::Done => {
                self.state = State::Done;
                Ok(())
            }
            State::Failed => Err(EnvelopeError::Undecryptable),
        }
    }

    fn advance_cbc(&mut self, mut cipher: StreamingDecryptingKey) -> Result<(), EnvelopeError> {
        let filled = self.ber.octets(&mut self.encrypted)?;
        let undecryptable = |_| EnvelopeError::Undecryptable;
        if filled > 0 {
            let update = cipher.update(&self.encrypted[..filled], &mut self.plain);
            self.ready = 0..update.map_err(undecryptable)?.written().len();
            self.state = State::Cbc(cipher);
            return Ok(());
        }
        self.ber.close_envelope(false)?;
        let last = cipher.finish(&mut self.plain).map_err(undecryptable)?;
        self.ready = 0..last.written().len();
        self.state = State::Done;
        Ok(())
    }

    fn open_gcm(&mut self, key: &LessSafeKey, nonce: [u8; 12]) -> Result<(), EnvelopeError> {
        let mut sealed = Zeroizing::new(Vec::new());
        loop {
            let filled = self.ber.octets(&mut self.encrypted)?;
            if filled == 0 {
                break;
            }
            if sealed.len() + filled > MAX_AUTHENTICATED {
                return Err(EnvelopeError::AuthenticatedContentTooLarge { limit: MAX_AUTHENTICATED });
            }
            sealed.extend_from_slice(&self.encrypted[..filled]);
        }
        let trailer = self.ber.close_envelope(self.authenticated)?;
        sealed.extend_from_slice(&trailer.tag);
        let length = key
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(&trailer.attributes), &mut sealed)
            .map_err(|_| EnvelopeError::Undecryptable)?
            .len();
        self.plain = sealed;
        self.ready = 0..length;
        self.state = State::Done;
        Ok(())
    }
}

/// What follows the content of AuthEnvelopedData.
#[derive(Default)]
struct Trailer {
    attributes: Vec<u8>,
    tag: Vec<u8>,
}

impl<R: Read> BerReader<R> {
    /// Reads what follows the content, and checks that nothing comes after.
    fn close_envelope(&mut self, authenticated: bool) -> Result<Trailer, EnvelopeError> {
        let mut trailer = Trailer::default();
        self.leave()?;
        if authenticated {
            if self.peek()?.tag == 0xA1 {
                // what is authenticated is the set with its own tag (RFC 5083 section 2.2)
                trailer.attributes = self.element(MAX_PART)?;
                trailer.attributes[0] = SET;
            }
            let tag = self.expect_element(OCTET_STRING, MAX_PART)?;
            trailer.tag = Elements::row(&tag).element(OCTET_STRING)?.content.to_vec();
        }
        while !self.at_end()? {
            self.element(MAX_PART)?; // unprotected attributes
        }
        self.leave()?;
        self.leave()?;
        self.leave()?;
        self.finish()?;
        Ok(trailer)
    }

    /// The next element as DER, which must have this tag.
    fn expect_element(&mut self, tag: u8, budget: usize) -> Result<Vec<u8>, BerError> {
        let found = self.peek()?.tag;
        if found != tag {
            return Err(BerError::Unexpected { expected: tag, found });
        }
        self.element(budget)
    }
}

impl<R: Read> Read for Decryptor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !buffer.is_empty() {
            self.advance().map_err(|error| match error {
                EnvelopeError::Io(error) | EnvelopeError::Ber(BerError::Io(error)) => error,
                other => io::Error::other(other),
            })?;
            if self.ready.is_empty() && matches!(self.state, State::Done) {
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.ready.len());
        let from = self.ready.start;
        buffer[..count].copy_from_slice(&self.plain[from..from + count]);
        self.ready.start += count;
        Ok(count)
    }
}
