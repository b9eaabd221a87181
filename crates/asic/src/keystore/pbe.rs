//! Ciphers whose key is made from a password: those of PKCS#12 (RFC 7292 appendix B and C) and those
//! of PKCS#5 (RFC 8018).

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac, pbkdf2};
use const_oid::ObjectIdentifier;
use des::cipher::generic_array::GenericArray;
use des::cipher::{BlockDecrypt, BlockSizeUser, KeyInit as _};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

use crate::ber::{OCTET_STRING, SEQUENCE};
use crate::crypto::Hash;
use crate::elements::{Algorithm, Elements, Malformed};
use crate::error::KeyStoreError;

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
/// A second of work; files that ask for more want to keep us busy.
const MAX_ITERATIONS: u64 = 5_000_000;
/// What a key and its cipher's beginning need at most, in bytes.
const MAX_DERIVED: usize = 64;

/// The MAC that is made with a hash function.
pub(super) fn hmac_with(hash: Hash) -> hmac::Algorithm {
    match hash {
        Hash::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha384 => hmac::HMAC_SHA384,
        Hash::Sha512 => hmac::HMAC_SHA512,
    }
}

/// Key material after RFC 7292 appendix B.2; `id` is 1 for a key, 2 for a cipher's beginning and 3
/// for a check value.
pub(super) fn derive(
    hash: Hash,
    id: u8,
    password: &[u8],
    salt: &[u8],
    rounds: NonZeroU32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let algorithm = hash.algorithm();
    let block = algorithm.block_len();
    let stretched = |bytes: &[u8]| -> Vec<u8> {
        let whole = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(whole).collect()
    };
    let mut input = Zeroizing::new([stretched(salt), stretched(password)].concat());
    let mut out = Zeroizing::new(Vec::with_capacity(length + algorithm.output_len()));
    while out.len() < length {
        let mut first = digest::Context::new(algorithm);
        first.update(&vec![id; block]);
        first.update(&input);
        let mut value = first.finish();
        for _ in 1..rounds.get() {
            value = hash.of(value.as_ref());
        }
        out.extend_from_slice(value.as_ref());
        let added: Vec<u8> = value.as_ref().iter().copied().cycle().take(block).collect();
        for piece in input.chunks_exact_mut(block) {
            add(piece, &added);
        }
    }
    out.truncate(length);
    out
}

/// `number += other + 1`, both big-endian and of one length; what overflows is lost.
fn add(number: &mut [u8], other: &[u8]) {
    let mut carry = 1_u16;
    for (digit, added) in number.iter_mut().zip(other).rev() {
        carry += u16::from(*digit) + u16::from(*added);
        let [high, low] = carry.to_be_bytes();
        *digit = low;
        carry = u16::from(high);
    }
}

/// A password as the old ciphers take it: UTF-16 with an end.
pub(super) fn bmp(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect())
}

/// How often the hash function is applied.
pub(super) fn iterations(integer: &[u8]) -> Result<NonZeroU32, KeyStoreError> {
    let mut number = 0_u64;
    for byte in integer {
        number = number.checked_mul(256).ok_or(Malformed)? + u64::from(*byte);
    }
    if number > MAX_ITERATIONS {
        return Err(KeyStoreError::TooManyIterations(number));
    }
    u32::try_from(number).ok().and_then(NonZeroU32::new).ok_or_else(|| Malformed.into())
}

/// The key in an EncryptedPrivateKeyInfo (RFC 5208 section 6).
pub(super) fn open_key(der: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    let mut fields = Elements::of(der, SEQUENCE)?;
    let algorithm = Algorithm::parse(fields.element(SEQUENCE)?.inside())?;
    let encrypted = fields.element(OCTET_STRING)?.content;
    decrypt(algorithm, encrypted, password)?.ok_or(KeyStoreError::WrongPassword)
}

/// Decrypts with whatever algorithm is named; `None` when the padding is wrong, and so, almost
/// certainly, the password.
pub(super) fn decrypt(
    algorithm: Algorithm<'_>,
    encrypted: &[u8],
    password: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
    if algorithm.oid == PBES2 {
        return decrypt_pbes2(algorithm, encrypted, password);
    }
    let (cipher, key_length) = match algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.12.1.3" => (Old::Des3, 24),
        "1.2.840.113549.1.12.1.4" => (Old::Des2, 16),
        "1.2.840.113549.1.12.1.5" => (Old::Rc2 { bits: 128 }, 16),
        "1.2.840.113549.1.12.1.6" => (Old::Rc2 { bits: 40 }, 5),
        other => return Err(KeyStoreError::UnknownAlgorithm(other.to_owned())),
    };
    let mut fields = algorithm.parameters.ok_or(Malformed)?.inside();
    let salt = fields.element(OCTET_STRING)?.content;
    let rounds = iterations(fields.element(0x02)?.content)?;
    let password = bmp(password);
    let key = derive(Hash::Sha1, 1, &password, salt, rounds, key_length);
    let iv = derive(Hash::Sha1, 2, &password, salt, rounds, 8);
    cipher.decrypt(&key, &iv, encrypted)
}

fn decrypt_pbes2(
    algorithm: Algorithm<'_>,
    encrypted: &[u8],
    password: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
    let mut fields = algorithm.parameters.ok_or(Malformed)?.inside();
    let derivation = Algorithm::parse(fields.element(SEQUENCE)?.inside())?;
    let cipher = Algorithm::parse(fields.element(SEQUENCE)?.inside())?;
    if derivation.oid != PBKDF2 {
        return Err(KeyStoreError::UnknownAlgorithm(derivation.oid.to_string()));
    }
    let iv = cipher.parameters.filter(|it| it.tag == OCTET_STRING).ok_or(Malformed)?.content;
    let name = cipher.oid.to_string();
    let (aes, length) = match name.as_str() {
        "2.16.840.1.101.3.4.1.2" => (Some(&AES_128), 16),
        "2.16.840.1.101.3.4.1.22" => (Some(&AES_192), 24),
        "2.16.840.1.101.3.4.1.42" => (Some(&AES_256), 32),
        "1.2.840.113549.3.7" => (None, 24),
        _ => return Err(KeyStoreError::UnknownAlgorithm(name)),
    };
    let key = pbkdf2_key(derivation, password, length)?;
    let Some(aes) = aes else { return Old::Des3.decrypt(&key, iv, encrypted) };
    let iv: [u8; 16] = iv.try_into().map_err(|_| Malformed)?;
    let refused = |_| KeyStoreError::Damaged("the cryptographic library refused");
    let key =
        UnboundCipherKey::new(aes, &key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).map_err(refused)?;
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let length = match key.decrypt(&mut plain, DecryptionContext::Iv128(FixedLength::from(iv))) {
        Ok(plain) => plain.len(),
        Err(_) => return Ok(None),
    };
    plain.truncate(length);
    Ok(Some(plain))
}

/// PBKDF2-params (RFC 8018 appendix A.2); HMAC with SHA-1 when nothing is said.
fn pbkdf2_key(
    derivation: Algorithm<'_>,
    password: &str,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, KeyStoreError> {
    let mut fields = derivation.parameters.ok_or(Malformed)?.inside();
    let salt = fields.element(OCTET_STRING)?.content;
    let rounds = iterations(fields.element(0x02)?.content)?;
    fields.optional(0x02)?;
    let function = match fields.optional(SEQUENCE)? {
        None => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(named) => match Algorithm::parse(named.inside())?.oid.to_string().as_str() {
            "1.2.840.113549.2.7" => pbkdf2::PBKDF2_HMAC_SHA1,
            "1.2.840.113549.2.9" => pbkdf2::PBKDF2_HMAC_SHA256,
            "1.2.840.113549.2.10" => pbkdf2::PBKDF2_HMAC_SHA384,
            "1.2.840.113549.2.11" => pbkdf2::PBKDF2_HMAC_SHA512,
            other => return Err(KeyStoreError::UnknownAlgorithm(other.to_owned())),
        },
    };
    let mut key = Zeroizing::new(vec![0; length.min(MAX_DERIVED)]);
    pbkdf2::derive(function, rounds, salt, password.as_bytes(), &mut key);
    Ok(key)
}

/// Ciphers of blocks of eight bytes, in CBC, from before AES.
#[derive(Clone, Copy, Debug)]
pub(super) enum Old {
    /// Triple DES with three keys.
    Des3,
    /// Triple DES with two keys.
    Des2,
    /// RC2 with so many bits that count.
    Rc2 { bits: usize },
}

impl Old {
    /// Decrypts and takes the padding off; `None` when there is none that is right.
    pub(super) fn decrypt(
        self,
        key: &[u8],
        iv: &[u8],
        encrypted: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        let unusable = |_| KeyStoreError::from(Malformed);
        let mut plain = Zeroizing::new(encrypted.to_vec());
        match self {
            Self::Des3 => cbc(&TdesEde3::new_from_slice(key).map_err(unusable)?, iv, &mut plain)?,
            Self::Des2 => cbc(&TdesEde2::new_from_slice(key).map_err(unusable)?, iv, &mut plain)?,
            Self::Rc2 { bits } => cbc(&Rc2::new_with_eff_key_len(key, bits), iv, &mut plain)?,
        }
        let padding = usize::from(plain.last().copied().unwrap_or(0));
        let kept = plain.len().checked_sub(padding).filter(|_| (1..=8).contains(&padding));
        let Some(kept) = kept.filter(|kept| plain[*kept..].iter().all(|byte| usize::from(*byte) == padding))
        else {
            return Ok(None);
        };
        plain.truncate(kept);
        Ok(Some(plain))
    }
}

/// Cipher block chaining, undone in place.
fn cbc<C: BlockDecrypt + BlockSizeUser>(cipher: &C, iv: &[u8], content: &mut [u8]) -> Result<(), Malformed> {
    let size = C::block_size();
    if iv.len() != size || !content.len().is_multiple_of(size) {
        return Err(Malformed);
    }
    let mut before = iv.to_vec();
    for block in content.chunks_exact_mut(size) {
        let encrypted = block.to_vec();
        cipher.decrypt_block(GenericArray::from_mut_slice(block));
        block.iter_mut().zip(&before).for_each(|(byte, other)| *byte ^= other);
        before = encrypted;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_added_across_bytes() {
        let mut number = [0x00, 0xFF, 0xFF];
        add(&mut number, &[0x00, 0x00, 0x00]);
        assert_eq!(number, [0x01, 0x00, 0x00]);
        let mut number = [0xFF, 0xFF];
        add(&mut number, &[0xFF, 0xFF]);
        assert_eq!(number, [0xFF, 0xFF], "what overflows is lost");
    }

    #[test]
    fn nobody_keeps_us_busy() {
        assert_eq!(iterations(&[0x08, 0x00]).expect("2048").get(), 2048);
        assert!(matches!(iterations(&[0x7F; 4]), Err(KeyStoreError::TooManyIterations(_))));
        assert!(matches!(iterations(&[0x7F; 9]), Err(KeyStoreError::Malformed(_))));
        assert!(iterations(&[0]).is_err());
    }
}
