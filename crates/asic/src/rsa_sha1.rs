//! RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8017 section 8.2), for receivers that know nothing newer.
//!
//! The library that we use for everything else rightly refuses to make such signatures. The private
//! operation is done here with numbers of any size, whose speed depends on what they are; so the message
//! is multiplied with a random number first and the exponent moved by a random multiple, and what can be
//! measured says nothing about the key. The result is verified before it is given out, because a faulty one
//! could betray the key.

use aws_lc_rs::rand;
use num_bigint::BigUint;
use zeroize::Zeroizing;

use crate::ber::{OCTET_STRING, SEQUENCE};
use crate::crypto::Hash;
use crate::elements::Elements;

/// DigestInfo around a SHA-1 value.
const DIGEST_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14];

/// The numbers of a key.
struct Numbers {
    modulus: BigUint,
    public: BigUint,
    private: BigUint,
    /// (p-1)(q-1): exponents that differ by it do the same.
    order: BigUint,
}

impl Numbers {
    /// Reads PKCS#8.
    fn parse(pkcs8: &[u8]) -> Option<Self> {
        let mut info = Elements::of(pkcs8, SEQUENCE).ok()?;
        info.element(0x02).ok()?;
        info.element(SEQUENCE).ok()?;
        let mut key = Elements::of(info.element(OCTET_STRING).ok()?.content, SEQUENCE).ok()?;
        key.element(0x02).ok()?;
        let mut number = || key.element(0x02).ok().map(|number| BigUint::from_bytes_be(number.content));
        let (modulus, public, private) = (number()?, number()?, number()?);
        let one = BigUint::from(1_u8);
        let order = (number()? - &one) * (number()? - &one);
        Some(Self { modulus, public, private, order })
    }

    /// The private operation on a number below the modulus.
    fn apply(&self, number: &BigUint) -> Option<BigUint> {
        let blind = random(&self.modulus)?;
        let back = blind.modinv(&self.modulus)?;
        let blinded = number * blind.modpow(&self.public, &self.modulus) % &self.modulus;
        let exponent = &self.private + &self.order * random_below_64_bits()?;
        let result = blinded.modpow(&exponent, &self.modulus) * back % &self.modulus;
        (result.modpow(&self.public, &self.modulus) == *number).then_some(result)
    }
}

fn random(below: &BigUint) -> Option<BigUint> {
    let length = usize::try_from(below.bits().div_ceil(8)).ok()? + 8;
    let mut bytes = Zeroizing::new(vec![0; length]);
    rand::fill(&mut bytes).ok()?;
    Some(BigUint::from_bytes_be(&bytes) % below)
}

fn random_below_64_bits() -> Option<BigUint> {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).ok()?;
    Some(BigUint::from_bytes_be(&bytes))
}

/// Signs with a key in PKCS#8; `None` when the key cannot be used.
pub(crate) fn sign(pkcs8: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let numbers = Numbers::parse(pkcs8)?;
    let length = usize::try_from(numbers.modulus.bits().div_ceil(8)).ok()?;
    let digest = Hash::Sha1.of(message);
    let padding = length.checked_sub(3 + DIGEST_INFO.len() + digest.as_ref().len())?;
    let encoded = [&[0, 1], &vec![0xFF; padding][..], &[0], &DIGEST_INFO, digest.as_ref()].concat();
    let signature = numbers.apply(&BigUint::from_bytes_be(&encoded))?.to_bytes_be();
    let mut out = vec![0; length.checked_sub(signature.len())?];
    out.extend(signature);
    Some(out)
}
