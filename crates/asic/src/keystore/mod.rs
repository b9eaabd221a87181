//! Key stores as certificate issuers and Java programs hand them out: PKCS#12, JKS and JCEKS, and
//! certificate and key in one PEM text.
//!
//! One password protects both the store and the keys in it. Bytes in, identities out; files are for
//! whoever has a disk.

mod jks;
mod pbe;
mod pkcs12;

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::error::{KeyError, KeyStoreError};
use crate::key::{Identity, PrivateKey};
use crate::pem;

/// What kind of key store a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStoreKind {
    /// PKCS#12 (RFC 7292), also called PFX.
    Pkcs12,
    /// Java's own until version 8.
    Jks,
    /// Java's own with a stronger cipher for keys.
    Jceks,
    /// Certificates and a key in PEM.
    Pem,
}

/// A name that is no kind of key store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of key store; there are pkcs12, jks, jceks and pem")]
pub struct KeyStoreKindError(String);

impl FromStr for KeyStoreKind {
    type Err = KeyStoreKindError;

    /// Takes the names that Java has for them too, in small or capital letters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "pkcs12" | "p12" | "pfx" => Ok(Self::Pkcs12),
            "jks" => Ok(Self::Jks),
            "jceks" => Ok(Self::Jceks),
            "pem" => Ok(Self::Pem),
            _ => Err(KeyStoreKindError(text.to_owned())),
        }
    }
}

impl fmt::Display for KeyStoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs12 => "pkcs12",
            Self::Jks => "jks",
            Self::Jceks => "jceks",
            Self::Pem => "pem",
        })
    }
}

impl KeyStoreKind {
    /// What a file is, by how it begins; what its name says is often wrong.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFE, 0xED, 0xFE, 0xED, ..] => Some(Self::Jks),
            [0xCE, 0xCE, 0xCE, 0xCE, ..] => Some(Self::Jceks),
            [0x30, ..] => Some(Self::Pkcs12),
            _ if bytes.windows(11).any(|window| window == b"-----BEGIN ") => Some(Self::Pem),
            _ => None,
        }
    }
}

/// A private key in a store, with what the store knows about it. Prints nothing of the key.
pub struct KeyEntry {
    /// Its name, as the store spells it.
    alias: String,
    /// PKCS#8.
    key: Zeroizing<Vec<u8>>,
    /// Its certificate first, if the store says which; otherwise all certificates of the store.
    certificates: Vec<Certificate>,
}

impl fmt::Debug for KeyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyEntry({:?}, {} certificates)", self.alias, self.certificates.len())
    }
}

/// An opened key store.
#[derive(Debug)]
pub struct KeyStore {
    entries: Vec<KeyEntry>,
}

impl KeyStore {
    /// Opens a store of the kind that its first bytes show, and all keys in it.
    pub fn open(bytes: &[u8], password: &str) -> Result<Self, KeyStoreError> {
        let kind = KeyStoreKind::of(bytes).ok_or(KeyStoreError::UnknownKind)?;
        let entries = match kind {
            KeyStoreKind::Pkcs12 => pkcs12::open(bytes, password)?,
            KeyStoreKind::Jks | KeyStoreKind::Jceks => jks::open(bytes, password)?,
            KeyStoreKind::Pem => from_pem(bytes, password)?,
        };
        Ok(Self { entries })
    }

    /// The names of the keys, as the store spells them.
    pub fn aliases(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.alias.clone()).collect()
    }

    /// The key of this name, in whatever capitals, with its certificate and those above it. Without
    /// a name the store must have one key only.
    pub fn identity(&self, alias: Option<&str>) -> Result<Identity, KeyStoreError> {
        self.entry(alias)?.identity()
    }

    /// The same key alone, in PKCS#8 (DER): for whoever signs other things than containers with it.
    pub fn key_der(&self, alias: Option<&str>) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
        Ok(self.entry(alias)?.key.clone())
    }

    fn entry(&self, alias: Option<&str>) -> Result<&KeyEntry, KeyStoreError> {
        let Some(wanted) = alias.filter(|alias| !alias.is_empty()) else {
            return match self.entries.as_slice() {
                [] => Err(KeyStoreError::NoKey),
                [only] => Ok(only),
                _ => Err(KeyStoreError::SeveralKeys(self.aliases())),
            };
        };
        let found = self.entries.iter().find(|entry| entry.alias.to_lowercase() == wanted.to_lowercase());
        found.ok_or_else(|| {
            if self.entries.is_empty() {
                return KeyStoreError::NoKey;
            }
            KeyStoreError::NoSuchAlias { wanted: wanted.to_owned(), there: self.aliases() }
        })
    }
}

impl KeyEntry {
    fn identity(&self) -> Result<Identity, KeyStoreError> {
        let key = PrivateKey::from_der(&self.key)?;
        let own = self.certificates.iter().find(|certificate| key.belongs_to(certificate));
        let own = own.ok_or_else(|| KeyStoreError::NoCertificate(self.alias.clone()))?.clone();
        let chain = above(&own, &self.certificates);
        Ok(Identity::new(own, chain, key)?)
    }
}

/// The issuers of a certificate among others, the nearest first, as far as they are there.
fn above(own: &Certificate, all: &[Certificate]) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = Vec::new();
    loop {
        let last = chain.last().unwrap_or(own);
        let is_new = |issuer: &&Certificate| *issuer != own && !chain.contains(issuer);
        let next = all
            .iter()
            .filter(is_new)
            .find(|issuer| issuer.subject_der() == last.issuer_der() && last.is_signed_by(issuer));
        match next.cloned() {
            Some(issuer) => chain.push(issuer),
            None => return chain,
        }
    }
}

/// A PEM text has one key, which has no name.
fn from_pem(bytes: &[u8], password: &str) -> Result<Vec<KeyEntry>, KeyStoreError> {
    let text = std::str::from_utf8(bytes).map_err(|_| KeyStoreError::Damaged("it is not UTF-8"))?;
    let mut keys = Vec::new();
    for block in pem::blocks(text) {
        let block = block.ok_or(KeyError::NotPem)?;
        match block.label.as_str() {
            "PRIVATE KEY" | "RSA PRIVATE KEY" => keys.push(block.der),
            "ENCRYPTED PRIVATE KEY" => keys.push(pbe::open_key(&block.der, password)?),
            _ => {}
        }
    }
    let certificates = Certificate::all_from_pem(text)?;
    let entry = |key| KeyEntry { alias: String::new(), key, certificates: certificates.clone() };
    Ok(keys.into_iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_go_by_content_and_are_named_as_in_java() {
        assert_eq!(KeyStoreKind::of(b"\xFE\xED\xFE\xED\0\0\0\x02"), Some(KeyStoreKind::Jks));
        assert_eq!(KeyStoreKind::of(b"Bag Attributes\n-----BEGIN CERTIFICATE-----"), Some(KeyStoreKind::Pem));
        assert_eq!(KeyStoreKind::of(b"hei"), None);
        for kind in [KeyStoreKind::Pkcs12, KeyStoreKind::Jks, KeyStoreKind::Jceks, KeyStoreKind::Pem] {
            assert_eq!(kind.to_string().to_uppercase().parse(), Ok(kind));
        }
        assert!("Windows-MY".parse::<KeyStoreKind>().is_err());
    }

    #[test]
    fn what_is_no_key_store_is_refused() {
        assert!(matches!(KeyStore::open(b"hei", "x"), Err(KeyStoreError::UnknownKind)));
        assert!(matches!(KeyStore::open(&[0x30, 0x82, 1], "x"), Err(KeyStoreError::Ber(_))));
        assert!(matches!(KeyStore::open(b"\xFE\xED\xFE\xED\0\0", "x"), Err(KeyStoreError::Damaged(_))));
    }
}
