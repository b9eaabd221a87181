//! Signatures in the Standard Webhooks format, version 1: HMAC-SHA256 over `id.timestamp.body`.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use types::Secret;
use types::random::Random;

/// What deliveries are signed with.
pub struct SigningKey(hmac::Key);

/// Why a secret is no signing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing secret of webhooks is whsec_ followed by 24 to 64 bytes in Base64")]
pub struct SigningKeyError;

impl SigningKey {
    /// Reads `whsec_` and Base64.
    pub fn parse(secret: &Secret) -> Result<Self, SigningKeyError> {
        let encoded = secret.reveal().strip_prefix("whsec_").ok_or(SigningKeyError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SigningKeyError)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(SigningKeyError);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// A new secret in the form that [`SigningKey::parse`] reads: 32 bytes.
    pub fn make(random: &Random) -> Secret {
        let bytes = [random.bytes(), random.bytes()].concat();
        Secret::new(format!("whsec_{}", STANDARD.encode(bytes)))
    }

    /// The value of `webhook-signature`.
    pub fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let signed = format!("{id}.{}.{body}", at.as_second());
        format!("v1,{}", STANDARD.encode(hmac::sign(&self.0, signed.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn the_published_example_is_signed_alike() {
        let key = SigningKey::parse(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()));
        let at = Timestamp::from_second(1_614_265_330).expect("a moment");

        let signature =
            key.expect("a key").sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#);

        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_made_is_a_signing_key_and_no_two_are_alike() {
        let random = Random::system();
        let (one, other) = (SigningKey::make(&random), SigningKey::make(&random));
        assert!(SigningKey::parse(&one).is_ok() && SigningKey::parse(&other).is_ok());
        assert_ne!(one.reveal(), other.reveal());
    }

    #[test]
    fn short_or_unmarked_secrets_are_refused() {
        for text in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert!(SigningKey::parse(&Secret::new(text.to_owned())).is_err(), "{text}");
        }
    }
}
