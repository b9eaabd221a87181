//! Lists of revoked certificates, read and applied. Fetching them is for whoever has a network.

use const_oid::ObjectIdentifier;
use der::Decode as _;
use x509_cert::crl::CertificateList;

use crate::ber::SEQUENCE;
use crate::certificate::Certificate;
use crate::crypto::Signed;
use crate::elements::{Elements, Malformed};
use crate::error::TrustError;
use crate::time::UnixTime;

/// Delta CRL indicator (RFC 5280 section 5.2.4).
const DELTA: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
/// Issuing distribution point (RFC 5280 section 5.2.5).
const ISSUING_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

/// An issuer's list of revoked certificates (RFC 5280 section 5).
pub struct RevocationList {
    parsed: CertificateList,
    signed: Signed,
    issuer: Vec<u8>,
}

impl RevocationList {
    /// Reads DER.
    pub fn from_der(der: &[u8]) -> Result<Self, TrustError> {
        let unreadable = TrustError::RevocationList("it cannot be parsed");
        let Ok(parsed) = CertificateList::from_der(der) else { return Err(unreadable) };
        Self::split(der, parsed).map_err(|_| unreadable)
    }

    fn split(der: &[u8], parsed: CertificateList) -> Result<Self, Malformed> {
        let signed = Signed::parse(der)?;
        let mut fields = signed.fields()?;
        fields.optional(0x02)?;
        fields.element(SEQUENCE)?;
        let issuer = fields.element(SEQUENCE)?.whole.to_vec();
        Ok(Self { parsed, signed, issuer })
    }

    /// When the issuer promises the next list, if it does.
    pub fn next_update(&self) -> Option<UnixTime> {
        let next = self.parsed.tbs_cert_list.next_update.as_ref()?;
        Some(UnixTime::from_duration(next.to_unix_duration()))
    }

    /// Checks that `issuer` made the list, that it is current at `at`, and that `certificate`
    /// (one of that issuer's) is not on it.
    pub fn check(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: UnixTime,
    ) -> Result<(), TrustError> {
        if self.issuer != issuer.subject_der() || self.issuer != certificate.issuer_der() {
            return Err(TrustError::RevocationList("it is another issuer's"));
        }
        self.check_extensions()?;
        if !self.signed.is_by(issuer.key()) {
            return Err(TrustError::RevocationList("its signature does not verify"));
        }
        if self.next_update().is_some_and(|next| at > next) {
            return Err(TrustError::RevocationList("it is out of date"));
        }
        let revoked = self.parsed.tbs_cert_list.revoked_certificates.as_deref().unwrap_or_default();
        if revoked.iter().any(|entry| entry.serial_number.as_bytes() == certificate.serial()) {
            return Err(TrustError::Revoked);
        }
        Ok(())
    }

    /// A list of changes is not a list, and one for some reasons or of other issuers' certificates says
    /// nothing about the rest (RFC 5280 section 5.2).
    fn check_extensions(&self) -> Result<(), TrustError> {
        for extension in self.parsed.tbs_cert_list.crl_extensions.as_deref().unwrap_or_default() {
            match extension.extn_id {
                DELTA => return Err(TrustError::RevocationList("it is a list of changes")),
                ISSUING_POINT if is_partial(extension.extn_value.as_bytes()) => {
                    return Err(TrustError::RevocationList("it is only for some certificates or reasons"));
                }
                ISSUING_POINT => {}
                _ if extension.critical => {
                    return Err(TrustError::RevocationList(
                        "it has a critical extension that is not understood",
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether an IssuingDistributionPoint names reasons `[3]`, other issuers `[4]` or attributes `[5]`.
fn is_partial(der: &[u8]) -> bool {
    let Ok(fields) = Elements::of(der, SEQUENCE) else { return true };
    let mut fields = fields.map(|field| field.map_or(0x83, |field| field.tag));
    fields.any(|tag| matches!(tag, 0x83..=0x85))
}
