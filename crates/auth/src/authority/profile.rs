//! What the certificates look like.

use std::time::Duration;

use der::Encode as _;
use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
};
use types::OrgNumber;
use x509_cert::ext::pkix::CertificatePolicies;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;

use super::{AuthorityError, MARK, Subject};

const DAY: Duration = Duration::from_hours(24);
/// X.520 serialNumber, where the older profile (SEID 1) shows the organization number.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];
/// X.520 organizationIdentifier, where the newer profile (SEID 2) shows `NTRNO-<number>`.
const ORGANIZATION_IDENTIFIER: [u64; 4] = [2, 5, 4, 97];
/// RFC 5280 section 4.2.1.4.
const CERTIFICATE_POLICIES: [u64; 4] = [2, 5, 29, 32];
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");
/// The policy of Digdir's own test hierarchy; accepted in test environments, never in production.
const TEST_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.578.1.1.1.1.100");
/// The longest common or organization name (X.520 ub-common-name), in characters.
const LONGEST_NAME: usize = 64;

/// Where an organization's certificate shows the organization number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// In both places, so that every reader finds it.
    #[default]
    Both,
    /// In `serialNumber` only (SEID 1).
    Older,
    /// In `organizationIdentifier` only (SEID 2).
    Newer,
}

pub(super) fn root(now: Timestamp) -> CertificateParams {
    let mut params = authority("Budstikke Root", now, 3650);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

pub(super) fn issuing(now: Timestamp) -> Result<CertificateParams, AuthorityError> {
    let mut params = authority("Budstikke Issuing CA", now, 1825);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.use_authority_key_identifier_extension = true;
    params.custom_extensions.push(policy(ANY_POLICY)?);
    Ok(params)
}

/// One key pair signs, decrypts and authenticates, so the certificate allows all three.
pub(super) fn organization(subject: &Subject, now: Timestamp) -> Result<CertificateParams, AuthorityError> {
    let mut params = leaf(&subject.name, now);
    number(&mut params.distinguished_name, subject.org, subject.profile)?;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::DataEncipherment,
    ];
    params.custom_extensions.push(policy(TEST_POLICY)?);
    Ok(params)
}

pub(super) fn server(names: &[String], now: Timestamp) -> Result<CertificateParams, AuthorityError> {
    let first = names.first().map_or("localhost", String::as_str);
    let mut params = leaf(first, now);
    params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn authority(name: &str, now: Timestamp, days: u32) -> CertificateParams {
    let mut params = named(name, now, days);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf(name: &str, now: Timestamp) -> CertificateParams {
    let mut params = named(name, now, 730);
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params
}

/// Valid from an hour ago, so that a reader whose clock is behind ours takes it too.
fn named(name: &str, now: Timestamp, days: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    let since_epoch = u64::try_from(now.as_second()).unwrap_or(0);
    let now = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(since_epoch);
    params.not_before = now - Duration::from_hours(1);
    params.not_after = now + DAY * days;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CountryName, DnValue::PrintableString(norway()));
    subject.push(DnType::OrganizationName, marked(name));
    subject.push(DnType::CommonName, marked(name));
    params.distinguished_name = subject;
    params
}

fn norway() -> PrintableString {
    PrintableString::try_from("NO").expect("two capital letters are printable")
}

fn number(subject: &mut DistinguishedName, org: OrgNumber, profile: Profile) -> Result<(), AuthorityError> {
    if profile != Profile::Newer {
        let value = PrintableString::try_from(org.to_string())?;
        let serial = DnType::CustomDnType(SERIAL_NUMBER.to_vec());
        subject.push(serial, DnValue::PrintableString(value));
    }
    if profile != Profile::Older {
        let identifier = DnType::CustomDnType(ORGANIZATION_IDENTIFIER.to_vec());
        subject.push(identifier, format!("NTRNO-{org}"));
    }
    Ok(())
}

/// The name with the mark behind it; a long name is cut, never the mark.
fn marked(name: &str) -> String {
    let room = LONGEST_NAME - MARK.chars().count() - 3;
    let cut: String = name.chars().take(room).collect();
    format!("{} ({MARK})", cut.trim_end())
}

fn policy(identifier: ObjectIdentifier) -> Result<CustomExtension, AuthorityError> {
    let policies = CertificatePolicies(vec![PolicyInformation {
        policy_identifier: identifier,
        policy_qualifiers: None,
    }]);
    let content =
        policies.to_der().map_err(|_| AuthorityError::Certificate(rcgen::Error::CouldNotParseCertificate))?;
    Ok(CustomExtension::from_oid_content(&CERTIFICATE_POLICIES, content))
}
