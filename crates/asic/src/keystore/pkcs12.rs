//! PKCS#12 (RFC 7292): a check value over everything, and inside it bags of keys and certificates,
//! some of them encrypted.
//!
//! Written by OpenSSL, Java, Windows and issuers' own programs, in DER and in BER, with passwords as
//! BMP strings for the old ciphers and as UTF-8 for the new.

use std::num::NonZeroU32;

use aws_lc_rs::hmac;
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::{KeyEntry, pbe};
use crate::ber::{OCTET_STRING, SEQUENCE, SET, to_der};
use crate::certificate::Certificate;
use crate::crypto::Hash;
use crate::elements::{Algorithm, Element, Elements, Malformed};
use crate::error::KeyStoreError;

const DATA: ObjectIdentifier = crate::sign::DATA;
const ENCRYPTED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.6");
const KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.3");
const SAFE_CONTENTS_BAG: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.10.1.6");
const X509_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.22.1");
const FRIENDLY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.21");
/// Bags inside bags, at most.
const MAX_DEPTH: usize = 4;

/// What was found in the bags.
#[derive(Default)]
struct Found {
    keys: Vec<(Attributes, Zeroizing<Vec<u8>>)>,
    certificates: Vec<(Attributes, Certificate)>,
}

#[derive(Default)]
struct Attributes {
    name: Option<String>,
    id: Option<Vec<u8>>,
}

pub(super) fn open(bytes: &[u8], password: &str) -> Result<Vec<KeyEntry>, KeyStoreError> {
    let der = to_der(bytes)?;
    let mut fields = Elements::of(&der, SEQUENCE)?;
    fields.element(0x02)?;
    let (kind, content) = content_info(fields.element(SEQUENCE)?)?;
    if kind != DATA {
        return Err(KeyStoreError::UnknownAlgorithm(format!("a store protected by {kind}")));
    }
    let safes = content.ok_or(Malformed)?.inside().element(OCTET_STRING)?.content;
    if let Some(mac) = fields.optional(SEQUENCE)? {
        check_mac(mac, safes, password)?;
    }
    let safes = to_der(safes)?;
    let mut found = Found::default();
    for safe in Elements::of(&safes, SEQUENCE)? {
        let (kind, content) = content_info(safe?)?;
        let content = content.ok_or(Malformed)?;
        let bags = match kind {
            DATA => Zeroizing::new(content.inside().element(OCTET_STRING)?.content.to_vec()),
            ENCRYPTED_DATA => decrypt(content, password)?,
            other => return Err(KeyStoreError::UnknownAlgorithm(format!("contents of kind {other}"))),
        };
        found.gather(&Zeroizing::new(to_der(&bags)?), password, MAX_DEPTH)?;
    }
    Ok(found.into_entries())
}

/// What kind of content, and the content in its explicit tag.
fn content_info(info: Element<'_>) -> Result<(ObjectIdentifier, Option<Element<'_>>), Malformed> {
    let mut fields = info.inside();
    Ok((fields.oid()?, fields.optional(0xA0)?))
}

/// Checks MacData over the bytes of the authenticated safe.
fn check_mac(mac: Element<'_>, safes: &[u8], password: &str) -> Result<(), KeyStoreError> {
    let mut fields = mac.inside();
    let mut info = fields.element(SEQUENCE)?.inside();
    let algorithm = Algorithm::parse(info.element(SEQUENCE)?.inside())?;
    let wanted = info.element(OCTET_STRING)?.content;
    let salt = fields.element(OCTET_STRING)?.content;
    let iterations = fields.optional(0x02)?.map_or(Ok(NonZeroU32::MIN), |it| pbe::iterations(it.content))?;
    let hash = Hash::from_oid(algorithm.oid)
        .ok_or_else(|| KeyStoreError::UnknownAlgorithm(format!("check value {}", algorithm.oid)))?;
    // An empty password is no bytes for some and the two of its end for others.
    let spellings = [Some(pbe::bmp(password)), password.is_empty().then(Zeroizing::default)];
    for spelling in spellings.into_iter().flatten() {
        let key = pbe::derive(hash, 3, &spelling, salt, iterations, hash.algorithm().output_len());
        let key = hmac::Key::new(pbe::hmac_with(hash), &key);
        if hmac::verify(&key, safes, wanted).is_ok() {
            return Ok(());
        }
    }
    Err(KeyStoreError::WrongPassword)
}

/// The content of EncryptedData (RFC 5652 section 8).
fn decrypt(content: Element<'_>, password: &str) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    let mut fields = content.inside().element(SEQUENCE)?.inside();
    fields.element(0x02)?;
    let mut info = fields.element(SEQUENCE)?.inside();
    info.oid()?;
    let algorithm = Algorithm::parse(info.element(SEQUENCE)?.inside())?;
    let encrypted = info.any()?;
    let whole = match encrypted.tag {
        0x80 => encrypted.content.to_vec(),
        // a string in pieces, which is what BER may make of it
        0xA0 => encrypted
            .inside()
            .map(|piece| piece.map(|piece| piece.content))
            .collect::<Result<Vec<_>, _>>()?
            .concat(),
        _ => return Err(Malformed.into()),
    };
    pbe::decrypt(algorithm, &whole, password)?.ok_or(KeyStoreError::WrongPassword)
}

impl Found {
    fn gather(&mut self, bags: &[u8], password: &str, depth: usize) -> Result<(), KeyStoreError> {
        for bag in Elements::of(bags, SEQUENCE)? {
            let mut fields = bag?.inside();
            let kind = fields.oid()?;
            let value = fields.element(0xA0)?;
            let attributes = match fields.optional(SET)? {
                Some(set) => Attributes::parse(set)?,
                None => Attributes::default(),
            };
            match kind {
                KEY_BAG => {
                    let key = value.inside().element(SEQUENCE)?.whole.to_vec();
                    self.keys.push((attributes, Zeroizing::new(key)));
                }
                SHROUDED_KEY_BAG => {
                    let shrouded = value.inside().element(SEQUENCE)?.whole;
                    let name = attributes.name.clone().unwrap_or_default();
                    let key = pbe::open_key(shrouded, password).map_err(|error| match error {
                        KeyStoreError::WrongPassword => KeyStoreError::WrongKeyPassword(name),
                        other => other,
                    })?;
                    self.keys.push((attributes, key));
                }
                CERTIFICATE_BAG => self.certificate(value, attributes)?,
                SAFE_CONTENTS_BAG if depth > 0 => {
                    let inner = value.inside().element(SEQUENCE)?.whole;
                    self.gather(inner, password, depth - 1)?;
                }
                // revocation lists and secrets are for others
                _ => {}
            }
        }
        Ok(())
    }

    fn certificate(&mut self, bag: Element<'_>, attributes: Attributes) -> Result<(), KeyStoreError> {
        let mut fields = bag.inside().element(SEQUENCE)?.inside();
        if fields.oid()? == X509_CERTIFICATE {
            let der = fields.element(0xA0)?.inside().element(OCTET_STRING)?.content;
            self.certificates.push((attributes, Certificate::from_der(der)?));
        }
        Ok(())
    }

    /// Each key with the certificates, the one with the same id first. A key without a name has that of
    /// its certificate, or its number, as Java names it.
    fn into_entries(self) -> Vec<KeyEntry> {
        let Self { keys, certificates } = self;
        let entries = keys.into_iter().enumerate().map(|(number, (attributes, key))| {
            let is_its = |id: &Option<Vec<u8>>| id.is_some() && *id == attributes.id;
            let (its, others): (Vec<_>, Vec<_>) = certificates.iter().partition(|(its, _)| is_its(&its.id));
            let named = its.iter().find_map(|(attributes, _)| attributes.name.clone());
            let alias = attributes.name.or(named).unwrap_or_else(|| (number + 1).to_string());
            let ordered = its.into_iter().chain(others).map(|(_, certificate)| certificate.clone());
            KeyEntry { alias, key, certificates: ordered.collect() }
        });
        entries.collect()
    }
}

impl Attributes {
    fn parse(set: Element<'_>) -> Result<Self, Malformed> {
        let mut attributes = Self::default();
        for attribute in set.inside() {
            let mut fields = attribute?.inside();
            let (kind, values) = (fields.oid()?, fields.element(SET)?);
            let Some(value) = values.inside().next().transpose()? else { continue };
            match kind {
                FRIENDLY_NAME => {
                    let units =
                        value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                    attributes.name = String::from_utf16(&units.collect::<Vec<_>>()).ok();
                }
                LOCAL_KEY_ID => attributes.id = Some(value.content.to_vec()),
                _ => {}
            }
        }
        Ok(attributes)
    }
}
