//! Java's own key stores, JKS and JCEKS: entries one after the other, then a SHA-1 value over all of
//! them and the password.
//!
//! Keys in JKS are hidden by a stream that Java's makers invented, keys in JCEKS by triple DES. Secret
//! keys of JCEKS are Java objects, which cannot be read without Java; a store with one is refused.

use aws_lc_rs::digest;
use const_oid::ObjectIdentifier;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::KeyEntry;
use super::pbe::{Old, iterations};
use crate::ber::{OCTET_STRING, SEQUENCE};
use crate::certificate::Certificate;
use crate::elements::{Algorithm, Elements, Malformed};
use crate::error::KeyStoreError;

const JKS_CIPHER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.17.1.1");
const JCEKS_CIPHER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.42.2.19.1");
/// What is hashed between the password and the store. It is in the format.
const PHRASE: &[u8] = b"Mighty Aphrodite";
/// Bytes of a SHA-1 value.
const SHA1: usize = 20;

pub(super) fn open(bytes: &[u8], password: &str) -> Result<Vec<KeyEntry>, KeyStoreError> {
    let cut_off = KeyStoreError::Damaged("it is cut off");
    let Some(end) = bytes.len().checked_sub(SHA1).filter(|end| *end >= 12) else { return Err(cut_off) };
    let (content, check) = bytes.split_at(end);
    if sha1(&[&utf16(password), PHRASE, content]).as_ref() != check {
        return Err(KeyStoreError::WrongPassword);
    }
    let mut reader = Reader(&content[4..]);
    let version = reader.u32()?;
    let mut entries = Vec::new();
    for _ in 0..reader.u32()? {
        match reader.u32()? {
            1 => entries.push(reader.key(version, password)?),
            2 => {
                reader.text()?;
                reader.take(8)?;
                reader.certificate(version)?;
            }
            3 => {
                return Err(KeyStoreError::UnknownAlgorithm(
                    "a secret key, which is a Java object".to_owned(),
                ));
            }
            _ => return Err(KeyStoreError::Damaged("it has an entry of an unknown kind")),
        }
    }
    Ok(entries)
}

fn sha1(parts: &[&[u8]]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for part in parts {
        context.update(part);
    }
    context.finish()
}

fn utf16(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.encode_utf16().flat_map(u16::to_be_bytes).collect())
}

/// Java's `DataInputStream`.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], KeyStoreError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(KeyStoreError::Damaged("it is cut off"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, KeyStoreError> {
        let bytes = self.take(4)?.try_into().expect("four bytes were taken");
        Ok(u32::from_be_bytes(bytes))
    }

    fn length(&mut self) -> Result<usize, KeyStoreError> {
        usize::try_from(self.u32()?).map_err(|_| KeyStoreError::Damaged("it is cut off"))
    }

    /// Java's own UTF-8 differs for NUL and beyond the first plane, which names do not have.
    fn text(&mut self) -> Result<String, KeyStoreError> {
        let length = self.take(2)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn certificate(&mut self, version: u32) -> Result<&'a [u8], KeyStoreError> {
        if version >= 2 {
            self.text()?;
        }
        let length = self.length()?;
        self.take(length)
    }

    fn key(&mut self, version: u32, password: &str) -> Result<KeyEntry, KeyStoreError> {
        let alias = self.text()?;
        self.take(8)?; // when it was made
        let length = self.length()?;
        let key = open_key(self.take(length)?, password)?
            .ok_or_else(|| KeyStoreError::WrongKeyPassword(alias.clone()))?;
        let mut certificates = Vec::new();
        for _ in 0..self.u32()? {
            certificates.push(Certificate::from_der(self.certificate(version)?)?);
        }
        Ok(KeyEntry { alias, key, certificates })
    }
}

/// `None` when the password is another.
fn open_key(der: &[u8], password: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
    let mut fields = Elements::of(der, SEQUENCE)?;
    let algorithm = Algorithm::parse(fields.element(SEQUENCE)?.inside())?;
    let protected = fields.element(OCTET_STRING)?.content;
    match algorithm.oid {
        JKS_CIPHER => uncover(protected, password),
        JCEKS_CIPHER => {
            let mut parameters = algorithm.parameters.ok_or(Malformed)?.inside();
            let salt = parameters.element(OCTET_STRING)?.content.try_into().map_err(|_| Malformed)?;
            let rounds = iterations(parameters.element(0x02)?.content)?.get();
            let material = md5_material(salt, rounds, password);
            Old::Des3.decrypt(&material[..24], &material[24..], protected)
        }
        other => Err(KeyStoreError::UnknownAlgorithm(other.to_string())),
    }
}

/// Salt, what is hidden, check value. Each value of the stream is the SHA-1 of the password and the one
/// before.
fn uncover(protected: &[u8], password: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
    let end = protected.len().checked_sub(SHA1).filter(|end| *end >= SHA1).ok_or(Malformed)?;
    let (salt, hidden, check) = (&protected[..SHA1], &protected[SHA1..end], &protected[end..]);
    let password = utf16(password);
    let mut key = Zeroizing::new(Vec::with_capacity(hidden.len()));
    let mut before = salt.to_vec();
    for piece in hidden.chunks(SHA1) {
        before = sha1(&[&password, &before]).as_ref().to_vec();
        key.extend(piece.iter().zip(&before).map(|(byte, stream)| byte ^ stream));
    }
    let is_right = sha1(&[&password, &key]).as_ref() == check;
    Ok(is_right.then_some(key))
}

/// Key and beginning for triple DES: each half of the salt hashed with the password, over and over.
fn md5_material(mut salt: [u8; 8], rounds: u32, password: &str) -> Zeroizing<Vec<u8>> {
    if salt[..4] == salt[4..] {
        salt[..4].reverse();
    }
    // Java takes the lower byte of each character.
    let password: Zeroizing<Vec<u8>> =
        Zeroizing::new(password.encode_utf16().map(|unit| unit.to_be_bytes()[1]).collect());
    let mut material = Zeroizing::new(Vec::with_capacity(32));
    for half in salt.chunks(4) {
        let mut value = half.to_vec();
        for _ in 0..rounds {
            value = Md5::new().chain_update(&value).chain_update(password.as_slice()).finalize().to_vec();
        }
        material.extend_from_slice(&value);
    }
    material
}
