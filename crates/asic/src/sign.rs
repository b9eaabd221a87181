//! Detached CMS signatures with CAdES attributes (RFC 5652, ETSI EN 319 122-1), made and verified.
//!
//! Made: DER, SHA-256 (or SHA-1 where that is asked for), signed attributes content type, signing time, message digest and
//! signing-certificate-v2 (RFC 5035). Verified: also what Java peers make, which is BER with
//! SHA-1, with or without signed attributes, the signer named by serial number or by key.

use const_oid::ObjectIdentifier;
use der::asn1::{GeneralizedTime, UtcTime};
use der::{Decode as _, Encode as _};

use crate::ber::{OCTET_STRING, SEQUENCE, SET, nested, tlv, to_der};
use crate::certificate::Certificate;
use crate::crypto::{Hash, RSA_ENCRYPTION, SHA1, SHA256, SignatureScheme};
use crate::elements::{Algorithm, Element, Elements, Malformed};
use crate::error::SignatureError;
use crate::key::{Identity, SignatureHash};
use crate::time::UnixTime;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(crate) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const NULL: [u8; 2] = [0x05, 0x00];
const VERSION_1: [u8; 3] = [0x02, 1, 1];

/// Signs `content` without including it. The result is a CMS ContentInfo in DER.
pub fn sign_detached(content: &[u8], identity: &Identity, at: UnixTime) -> Result<Vec<u8>, SignatureError> {
    let hash = match identity.signature_hash() {
        SignatureHash::Sha256 => Hash::Sha256,
        SignatureHash::Sha1 => Hash::Sha1,
    };
    let attributes = signed_attributes(content, hash, identity.certificate(), at)?;
    let signature = identity.key().sign(identity.signature_hash(), &tlv(SET, &attributes));
    let signature = signature.ok_or(SignatureError::CouldNotSign)?;

    let digest = match hash {
        // as the reference writes it
        Hash::Sha1 => nested(SEQUENCE, &[&oid(SHA1), &NULL]),
        _ => nested(SEQUENCE, &[&oid(SHA256)]),
    };
    let rsa = nested(SEQUENCE, &[&oid(RSA_ENCRYPTION), &NULL]);
    let signer = nested(
        SEQUENCE,
        &[
            &VERSION_1,
            &issuer_and_serial(identity.certificate()),
            &digest,
            &tlv(0xA0, &attributes),
            &rsa,
            &tlv(OCTET_STRING, &signature),
        ],
    );
    let signed_data = nested(
        SEQUENCE,
        &[
            &VERSION_1,
            &tlv(SET, &digest),
            &nested(SEQUENCE, &[&oid(DATA)]),
            &tlv(0xA0, &certificates(identity)),
            &tlv(SET, &signer),
        ],
    );
    Ok(nested(SEQUENCE, &[&oid(SIGNED_DATA), &tlv(0xA0, &signed_data)]))
}

/// IssuerAndSerialNumber, the usual way to point at a certificate.
pub(crate) fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    nested(SEQUENCE, &[certificate.issuer_der(), &tlv(0x02, certificate.serial())])
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(0x06, oid.as_bytes())
}

/// The certificates in the order that DER wants for a set.
fn certificates(identity: &Identity) -> Vec<u8> {
    let mut all: Vec<&[u8]> = identity.chain().iter().map(Certificate::to_der).collect();
    all.push(identity.certificate().to_der());
    all.sort_unstable();
    all.dedup();
    all.concat()
}

/// The attributes in the order that DER wants for a set, without the set around them.
fn signed_attributes(
    content: &[u8],
    hash: Hash,
    signer: &Certificate,
    at: UnixTime,
) -> Result<Vec<u8>, SignatureError> {
    let digest = tlv(OCTET_STRING, hash.of(content).as_ref());
    let mut all = [
        attribute(CONTENT_TYPE, &oid(DATA)),
        attribute(SIGNING_TIME, &time(at)?),
        attribute(MESSAGE_DIGEST, &digest),
        attribute(SIGNING_CERTIFICATE_V2, &signing_certificate(signer)),
    ];
    all.sort_unstable();
    Ok(all.concat())
}

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    nested(SEQUENCE, &[&oid(kind), &tlv(SET, value)])
}

/// UTCTime until 2049, GeneralizedTime after (RFC 5652 section 11.3).
fn time(at: UnixTime) -> Result<Vec<u8>, SignatureError> {
    let time = at.date_time().ok_or(SignatureError::SigningTime)?;
    let encoded = match UtcTime::from_date_time(time) {
        Ok(time) => time.to_der(),
        Err(_) => GeneralizedTime::from_date_time(time).to_der(),
    };
    encoded.map_err(|_| SignatureError::SigningTime)
}

/// SigningCertificateV2: the certificate's SHA-256, which is the default and so not named, and
/// issuer and serial number.
fn signing_certificate(signer: &Certificate) -> Vec<u8> {
    let hash = tlv(OCTET_STRING, &signer.fingerprint());
    let issuer = nested(SEQUENCE, &[&tlv(0xA4, signer.issuer_der())]);
    let issuer_serial = nested(SEQUENCE, &[&issuer, &tlv(0x02, signer.serial())]);
    let certificate_id = nested(SEQUENCE, &[&hash, &issuer_serial]);
    nested(SEQUENCE, &[&nested(SEQUENCE, &[&certificate_id])])
}

/// A signature that holds. Whether to trust the signer is another question.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Who signed.
    pub signer: Certificate,
    /// All certificates that came with the signature, the signer's among them.
    pub certificates: Vec<Certificate>,
    /// When, as claimed by the signer.
    pub signed_at: Option<UnixTime>,
    /// The hash function used.
    pub hash: Hash,
}

/// Verifies that the CMS signature `p7s` (DER or BER) covers exactly `content`.
pub fn verify_detached(p7s: &[u8], content: &[u8]) -> Result<Signature, SignatureError> {
    let der = to_der(p7s)?;
    let parts = SignedData::parse(&der)?;
    let info = SignerInfo::parse(parts.signer.ok_or(SignatureError::NoSigner)?)?;
    let certificates = parts
        .certificates
        .into_iter()
        .map(|certificate| Certificate::from_der(certificate.whole))
        .collect::<Result<Vec<_>, _>>()?;
    let signer = certificates
        .iter()
        .find(|certificate| info.names(certificate))
        .ok_or(SignatureError::SignerCertificateMissing)?
        .clone();

    let hash = Hash::from_oid(info.digest.oid)
        .ok_or_else(|| SignatureError::UnknownAlgorithm(info.digest.oid.to_string()))?;
    let scheme = SignatureScheme::parse(info.algorithm, Some(hash))
        .ok_or_else(|| SignatureError::UnknownAlgorithm(info.algorithm.oid.to_string()))?;
    let attributes = info.attributes.map(Attributes::parse).transpose()?;
    let holds = match &attributes {
        Some(attributes) => {
            attributes.check(content, hash, &signer)?;
            signer.key().verifies(scheme, &attributes.signed_bytes(), info.signature)
        }
        None => signer.key().verifies(scheme, content, info.signature),
    };
    if !holds {
        return Err(SignatureError::Invalid);
    }
    let signed_at = attributes.and_then(|attributes| attributes.signing_time());
    Ok(Signature { signer, certificates, signed_at, hash })
}

struct SignedData<'a> {
    certificates: Vec<Element<'a>>,
    signer: Option<Element<'a>>,
}

impl<'a> SignedData<'a> {
    fn parse(der: &'a [u8]) -> Result<Self, SignatureError> {
        let mut info = Elements::of(der, SEQUENCE)?;
        let kind = info.oid()?;
        if kind != SIGNED_DATA {
            return Err(SignatureError::NotSignedData(kind.to_string()));
        }
        let mut fields = info.element(0xA0)?.inside().element(SEQUENCE)?.inside();
        fields.element(0x02)?;
        fields.element(SET)?;
        let mut content = fields.element(SEQUENCE)?.inside();
        content.oid()?;
        if content.optional(0xA0)?.is_some() {
            return Err(SignatureError::Attached);
        }
        let certificates = match fields.optional(0xA0)? {
            // other kinds of certificate have context tags and are of no use here
            Some(set) => set
                .inside()
                .filter(|it| it.as_ref().map_or(true, |element| element.tag == SEQUENCE))
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        fields.optional(0xA1)?;
        let signer = fields.element(SET)?.inside().next().transpose()?;
        Ok(Self { certificates, signer })
    }
}

struct SignerInfo<'a> {
    id: Element<'a>,
    digest: Algorithm<'a>,
    attributes: Option<Element<'a>>,
    algorithm: Algorithm<'a>,
    signature: &'a [u8],
}

impl<'a> SignerInfo<'a> {
    fn parse(info: Element<'a>) -> Result<Self, Malformed> {
        let mut fields = info.inside();
        fields.element(0x02)?;
        Ok(Self {
            id: fields.any()?,
            digest: Algorithm::parse(fields.element(SEQUENCE)?.inside())?,
            attributes: fields.optional(0xA0)?,
            algorithm: Algorithm::parse(fields.element(SEQUENCE)?.inside())?,
            signature: fields.element(OCTET_STRING)?.content,
        })
    }

    fn names(&self, certificate: &Certificate) -> bool {
        identifies(self.id, certificate)
    }
}

/// Whether a signer or recipient identifier means this certificate. It is issuer and serial
/// number, or `[0]` with the subject key identifier.
pub(crate) fn identifies(id: Element<'_>, certificate: &Certificate) -> bool {
    match id.tag {
        SEQUENCE => id.whole == issuer_and_serial(certificate),
        0x80 => certificate.subject_key_identifier().is_some_and(|key| key == id.content),
        // a constructed string, which is what BER may make of it
        0xA0 => certificate.subject_key_identifier().is_some_and(|key| id.content == tlv(OCTET_STRING, &key)),
        _ => false,
    }
}

struct Attributes<'a>(Vec<Element<'a>>);

impl<'a> Attributes<'a> {
    fn parse(set: Element<'a>) -> Result<Self, Malformed> {
        Ok(Self(set.inside().collect::<Result<_, _>>()?))
    }

    /// What the signature covers: the attributes as a DER set, whatever order they came in.
    fn signed_bytes(&self) -> Vec<u8> {
        let mut all: Vec<&[u8]> = self.0.iter().map(|attribute| attribute.whole).collect();
        all.sort_unstable();
        tlv(SET, &all.concat())
    }

    fn get(&self, kind: ObjectIdentifier) -> Option<Element<'a>> {
        self.0.iter().find_map(|attribute| {
            let mut fields = attribute.inside();
            (fields.oid().ok()? == kind).then(|| fields.element(SET).ok()?.inside().any().ok())?
        })
    }

    fn check(&self, content: &[u8], hash: Hash, signer: &Certificate) -> Result<(), SignatureError> {
        self.get(CONTENT_TYPE).ok_or(SignatureError::AttributeMissing("the content type"))?;
        let digest =
            self.get(MESSAGE_DIGEST).ok_or(SignatureError::AttributeMissing("the message digest"))?;
        if digest.content != hash.of(content).as_ref() {
            return Err(SignatureError::OtherContent);
        }
        match self.get(SIGNING_CERTIFICATE_V2) {
            Some(named) if !names_certificate(named, signer)? => Err(SignatureError::OtherSigningCertificate),
            _ => Ok(()),
        }
    }

    fn signing_time(&self) -> Option<UnixTime> {
        let time = self.get(SIGNING_TIME)?;
        let since_1970 = match UtcTime::from_der(time.whole) {
            Ok(time) => time.to_unix_duration(),
            Err(_) => GeneralizedTime::from_der(time.whole).ok()?.to_unix_duration(),
        };
        Some(UnixTime::from_duration(since_1970))
    }
}

/// Whether the first certificate in a SigningCertificateV2 is `signer`.
fn names_certificate(attribute: Element<'_>, signer: &Certificate) -> Result<bool, SignatureError> {
    let mut id = attribute.inside().element(SEQUENCE)?.inside().element(SEQUENCE)?.inside();
    let hash = match id.optional(SEQUENCE)? {
        None => Hash::Sha256,
        Some(algorithm) => {
            let named = Algorithm::parse(algorithm.inside())?.oid;
            Hash::from_oid(named).ok_or_else(|| SignatureError::UnknownAlgorithm(named.to_string()))?
        }
    };
    Ok(id.element(OCTET_STRING)?.content == hash.of(signer.to_der()).as_ref())
}
