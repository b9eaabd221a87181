//! Certificates: whose they are, how long they hold, which key they carry.
//!
//! The bytes are kept as they came, because issuers and signers are compared and verified by
//! their exact encoding.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use const_oid::ObjectIdentifier;
use der::Decode as _;
use der::asn1::{Ia5StringRef, PrintableStringRef, Utf8StringRef};
use der::{Tag, Tagged as _};
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    BasicConstraints, CertificatePolicies, CrlDistributionPoints, KeyUsage, SubjectKeyIdentifier,
};
use x509_cert::name::Name;

use crate::ber::SEQUENCE;
use crate::crypto::{PublicKey, Signed};
use crate::error::CertificateError;
use crate::pem;
use crate::time::UnixTime;

const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
const ORGANIZATION_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// An X.509 certificate (RFC 5280). Cheap to clone.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    parsed: x509_cert::Certificate,
    signed: Signed,
    /// The issuer's name as encoded here.
    issuer: Vec<u8>,
    subject: Vec<u8>,
    /// The serial number's content bytes.
    serial: Vec<u8>,
    key: PublicKey,
}

impl Certificate {
    /// Reads DER.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = x509_cert::Certificate::from_der(der)?;
        let signed = Signed::parse(der)?;
        let mut fields = signed.fields()?;
        fields.optional(0xA0)?;
        let serial = fields.element(0x02)?.content.to_vec();
        fields.element(SEQUENCE)?;
        let issuer = fields.element(SEQUENCE)?.whole.to_vec();
        fields.element(SEQUENCE)?;
        let subject = fields.element(SEQUENCE)?.whole.to_vec();
        let key = PublicKey::parse(fields.element(SEQUENCE)?)?;
        let der = der.to_vec();
        Ok(Self(Arc::new(Inner { der, parsed, signed, issuer, subject, serial, key })))
    }

    /// Reads one certificate in PEM, or in bare base64 without the armour lines.
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        Self::all_from_pem(text)?.into_iter().next().ok_or(CertificateError::Missing)
    }

    /// Reads all certificates of a PEM text in their order.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        if !text.contains("-----BEGIN") {
            let compact: String = text.split_whitespace().collect();
            let der = STANDARD.decode(compact).map_err(|_| CertificateError::NotPem)?;
            return Ok(vec![Self::from_der(&der)?]);
        }
        pem::blocks(text)
            .map(|block| block.ok_or(CertificateError::NotPem))
            .filter(|block| block.as_ref().map_or(true, |block| block.label == "CERTIFICATE"))
            .map(|block| Self::from_der(&block?.der))
            .collect()
    }

    /// The certificate's bytes.
    pub fn to_der(&self) -> &[u8] {
        &self.0.der
    }

    /// The certificate in PEM, lines of 64 characters.
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.0.der)
    }

    /// SHA-256 of the certificate's bytes.
    pub fn fingerprint(&self) -> [u8; 32] {
        let digest = digest::digest(&digest::SHA256, &self.0.der);
        digest.as_ref().try_into().expect("SHA-256 gives 32 bytes")
    }

    /// The subject as text, most specific part first (RFC 4514).
    pub fn subject(&self) -> String {
        self.tbs().subject.to_string()
    }

    /// The issuer as text, most specific part first (RFC 4514).
    pub fn issuer(&self) -> String {
        self.tbs().issuer.to_string()
    }

    /// The serial number, big-endian, as encoded (a leading zero byte when the top bit is set).
    pub fn serial(&self) -> &[u8] {
        &self.0.serial
    }

    /// The serial number in decimal.
    pub fn serial_decimal(&self) -> String {
        decimal(&self.0.serial)
    }

    /// The organization number of whom the certificate belongs to: nine digits.
    ///
    /// SEID 2 certificates carry it in `organizationIdentifier` as `NTRNO-<number>`, SEID 1
    /// certificates in `serialNumber`; issuers have it after a dash in `O` or `CN`.
    pub fn organization_number(&self) -> Result<String, CertificateError> {
        let subject = &self.tbs().subject;
        let identifier = texts(subject, ORGANIZATION_IDENTIFIER)
            .find_map(|text| text.strip_prefix("NTRNO-").and_then(nine_digits));
        let serial = || texts(subject, SERIAL_NUMBER).find_map(|text| nine_digits(&text));
        let suffix = || {
            texts(subject, ORGANIZATION_NAME)
                .chain(texts(subject, COMMON_NAME))
                .find_map(|text| nine_digits(text.rsplit_once('-')?.1.trim()))
        };
        let found = identifier.or_else(serial).or_else(|| self.is_ca().then(suffix).flatten());
        found.ok_or(CertificateError::NoOrganizationNumber)
    }

    /// The first moment of validity.
    pub fn not_before(&self) -> UnixTime {
        UnixTime::from_duration(self.tbs().validity.not_before.to_unix_duration())
    }

    /// The last moment of validity.
    pub fn not_after(&self) -> UnixTime {
        UnixTime::from_duration(self.tbs().validity.not_after.to_unix_duration())
    }

    /// Whether `at` lies within the validity.
    pub fn is_valid_at(&self, at: UnixTime) -> bool {
        (self.not_before()..=self.not_after()).contains(&at)
    }

    /// The public key, a SubjectPublicKeyInfo in DER.
    pub fn public_key_der(&self) -> &[u8] {
        self.0.key.to_der()
    }

    /// Checks that messages can be encrypted to the key: RSA of at least 2048 bits.
    pub fn check_key(&self) -> Result<(), CertificateError> {
        match self.0.key.rsa_bits() {
            None => Err(CertificateError::NotRsa),
            Some(bits) if bits < 2048 => Err(CertificateError::WeakKey { bits }),
            Some(_) => Ok(()),
        }
    }

    /// Where the issuer publishes its revocation lists.
    pub fn revocation_list_urls(&self) -> Vec<String> {
        let points: Option<CrlDistributionPoints> = self.extension();
        points.map(|points| points.0.iter().flat_map(urls).collect()).unwrap_or_default()
    }

    pub(crate) fn key(&self) -> &PublicKey {
        &self.0.key
    }

    /// The issuer's name as encoded.
    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.0.issuer
    }

    /// The subject's name as encoded.
    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.0.subject
    }

    /// Whether `issuer`'s key signed this certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
        self.0.signed.is_by(issuer.key())
    }

    pub(crate) fn subject_key_identifier(&self) -> Option<Vec<u8>> {
        self.extension::<SubjectKeyIdentifier>().map(|id| id.0.as_bytes().to_vec())
    }

    /// The key usage, and whether it is critical.
    pub(crate) fn key_usage(&self) -> Option<(bool, KeyUsage)> {
        self.tbs().get().ok().flatten()
    }

    pub(crate) fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.extension()
    }

    pub(crate) fn is_ca(&self) -> bool {
        self.basic_constraints().is_some_and(|constraints| constraints.ca)
    }

    pub(crate) fn policies(&self) -> Vec<ObjectIdentifier> {
        let policies: Option<CertificatePolicies> = self.extension();
        let identifiers = policies.map(|policies| policies.0).unwrap_or_default();
        identifiers.into_iter().map(|policy| policy.policy_identifier).collect()
    }

    pub(crate) fn critical_extensions(&self) -> impl Iterator<Item = ObjectIdentifier> + '_ {
        let all = self.tbs().extensions.as_deref().unwrap_or_default();
        all.iter().filter(|extension| extension.critical).map(|extension| extension.extn_id)
    }

    fn extension<'a, T: der::Decode<'a> + const_oid::AssociatedOid>(&'a self) -> Option<T> {
        self.tbs().get().ok().flatten().map(|(_, extension)| extension)
    }

    fn tbs(&self) -> &x509_cert::TbsCertificate {
        &self.0.parsed.tbs_certificate
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial_decimal())
    }
}

fn urls(point: &DistributionPoint) -> Vec<String> {
    match &point.distribution_point {
        Some(DistributionPointName::FullName(names)) => names
            .iter()
            .filter_map(|name| match name {
                GeneralName::UniformResourceIdentifier(url) => Some(url.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The text values of one attribute in a name.
fn texts(name: &Name, attribute: ObjectIdentifier) -> impl Iterator<Item = String> {
    name.0.iter().flat_map(|part| part.0.iter()).filter(move |pair| pair.oid == attribute).filter_map(
        |pair| match pair.value.tag() {
            Tag::Utf8String => pair.value.decode_as::<Utf8StringRef<'_>>().ok().map(|t| t.to_string()),
            Tag::PrintableString => {
                pair.value.decode_as::<PrintableStringRef<'_>>().ok().map(|t| t.to_string())
            }
            Tag::Ia5String => pair.value.decode_as::<Ia5StringRef<'_>>().ok().map(|t| t.to_string()),
            _ => None,
        },
    )
}

fn nine_digits(text: &str) -> Option<String> {
    (text.len() == 9 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}

/// A big-endian number in decimal.
fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0_u8];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_written_in_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 255]), "255");
        assert_eq!(decimal(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), "18446744073709551616");
    }

    #[test]
    fn text_that_is_no_certificate_is_refused() {
        assert!(matches!(Certificate::from_pem("hei!"), Err(CertificateError::NotPem)));
        assert!(matches!(Certificate::from_pem("aGVp"), Err(CertificateError::Parse(_))));
    }
}
