//! Who an envelope is for, and unwrapping the content key with our private key.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
};
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::ber::{OCTET_STRING, SEQUENCE};
use crate::crypto::{Hash, RSA_ENCRYPTION};
use crate::elements::{Algorithm, Element, Elements, Malformed};
use crate::error::EnvelopeError;
use crate::key::{Identity, PrivateKey};
use crate::sign::identifies;

const RSAES_OAEP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// How the content key was wrapped.
enum Wrapping {
    Pkcs1,
    Oaep(&'static OaepAlgorithm),
    Unknown(String),
}

/// A KeyTransRecipientInfo.
pub(crate) struct Recipient {
    /// RecipientIdentifier in DER.
    id: Vec<u8>,
    wrapping: Wrapping,
    wrapped: Vec<u8>,
}

impl Recipient {
    pub(crate) fn parse(info: Element<'_>) -> Result<Self, Malformed> {
        let mut fields = info.inside();
        fields.element(0x02)?;
        let id = fields.any()?.whole.to_vec();
        let algorithm = Algorithm::parse(fields.element(SEQUENCE)?.inside())?;
        let wrapped = fields.element(OCTET_STRING)?.content.to_vec();
        Ok(Self { id, wrapping: Wrapping::parse(algorithm)?, wrapped })
    }

    fn is(&self, identity: &Identity) -> bool {
        let id = Elements::row(&self.id).any();
        id.is_ok_and(|id| identifies(id, identity.certificate()))
    }

    /// Unwraps the content key of `length` bytes.
    ///
    /// With PKCS#1 v1.5 a wrapping that does not open gives a random key instead of an error, so
    /// that nobody can use us to tell good padding from bad (Bleichenbacher's attack); the content
    /// then fails as it does with any wrong key.
    fn unwrap(&self, key: &PrivateKey, length: usize) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        match &self.wrapping {
            Wrapping::Unknown(name) => Err(EnvelopeError::UnknownKeyTransport(name.clone())),
            Wrapping::Oaep(algorithm) => key
                .unwrap_oaep(algorithm, &self.wrapped)
                .filter(|content_key| content_key.len() == length)
                .ok_or(EnvelopeError::Undecryptable),
            Wrapping::Pkcs1 => {
                let mut instead = Zeroizing::new(vec![0; length]);
                aws_lc_rs::rand::fill(&mut instead).map_err(|_| EnvelopeError::Cryptography)?;
                let unwrapped = key.unwrap_pkcs1(&self.wrapped);
                Ok(unwrapped.filter(|content_key| content_key.len() == length).unwrap_or(instead))
            }
        }
    }
}

impl Wrapping {
    fn parse(algorithm: Algorithm<'_>) -> Result<Self, Malformed> {
        match algorithm.oid {
            RSA_ENCRYPTION => Ok(Self::Pkcs1),
            RSAES_OAEP => Self::oaep(algorithm.parameters),
            other => Ok(Self::Unknown(other.to_string())),
        }
    }

    /// RSAES-OAEP-params (RFC 4055 section 4.1), where everything is SHA-1 unless said otherwise.
    fn oaep(parameters: Option<Element<'_>>) -> Result<Self, Malformed> {
        let mut fields = parameters.map_or(Elements::row(&[]), Element::inside);
        let hash = match fields.optional(0xA0)? {
            None => Some(Hash::Sha1),
            Some(field) => Hash::from_oid(inner_algorithm(field)?.oid),
        };
        let mask = match fields.optional(0xA1)? {
            None => Some(Hash::Sha1),
            Some(field) => {
                let mask = inner_algorithm(field)?;
                let hash = mask.parameters.ok_or(Malformed)?;
                let hash = Algorithm::parse(hash.inside())?.oid;
                Hash::from_oid(hash).filter(|_| mask.oid == MGF1)
            }
        };
        let labelled = match fields.optional(0xA2)? {
            None => false,
            Some(field) => {
                let label = inner_algorithm(field)?.parameters.ok_or(Malformed)?;
                !label.content.is_empty()
            }
        };
        Ok(match (hash, mask) {
            (Some(Hash::Sha1), Some(Hash::Sha1)) if !labelled => Self::Oaep(&OAEP_SHA1_MGF1SHA1),
            (Some(Hash::Sha256), Some(Hash::Sha256)) if !labelled => Self::Oaep(&OAEP_SHA256_MGF1SHA256),
            (Some(Hash::Sha384), Some(Hash::Sha384)) if !labelled => Self::Oaep(&OAEP_SHA384_MGF1SHA384),
            (Some(Hash::Sha512), Some(Hash::Sha512)) if !labelled => Self::Oaep(&OAEP_SHA512_MGF1SHA512),
            (hash, mask) => Self::Unknown(format!("OAEP with {hash:?}, mask {mask:?}, label {labelled}")),
        })
    }
}

fn inner_algorithm(field: Element<'_>) -> Result<Algorithm<'_>, Malformed> {
    Algorithm::parse(field.inside().element(SEQUENCE)?.inside())
}

/// Finds the content key: with the identity that a recipient names, or else with our first
/// identity and the first recipient, since a peer may know our key under another certificate.
pub(crate) fn unwrap_key(
    recipients: &[Recipient],
    identities: &[Identity],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let default = identities.first().ok_or(EnvelopeError::NoRecipient)?;
    let first = recipients.first().ok_or(EnvelopeError::NoKeyTransport)?;
    let mut failure = None;
    for recipient in recipients {
        for identity in identities.iter().filter(|identity| recipient.is(identity)) {
            match recipient.unwrap(identity.key(), length) {
                Ok(key) => return Ok(key),
                Err(error) => failure = Some(error),
            }
        }
    }
    match failure {
        Some(error) => Err(error),
        // that no recipient is us can be read from the envelope, so it may be told
        None => first.unwrap(default.key(), length).map_err(|error| match error {
            EnvelopeError::Undecryptable => EnvelopeError::OtherRecipient,
            other => other,
        }),
    }
}
