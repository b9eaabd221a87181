//! What can be wrong, precisely: one enum per thing that is opened or made.

mod certificate;
mod cms;
mod container;
mod zip;

pub use self::zip::{NameError, ZipError};
pub use crate::elements::Malformed;
pub use certificate::{CertificateError, KeyError, KeyStoreError, TrustError};
pub use cms::{BerError, EnvelopeError, SignatureError};
pub use container::{ContainerError, ManifestError, PackError, TransportError};
