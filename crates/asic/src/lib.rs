//! ASiC-E containers and CMS envelopes, streamed in constant memory.
//!
//! ```text
//! transport zip "sbd.zip"                            transport
//!  ├─ sbd.json                the message
//!  └─ asic.zip                CMS EnvelopedData      encrypt, decrypt
//!      └─ ASiC-E container, a zip                    pack, unpack
//!          ├─ mimetype        stored, first
//!          ├─ manifest.xml    sender, receiver, main document
//!          ├─ documents…      the main one first
//!          ├─ META-INF/ASiCManifest.xml          digests of manifest.xml and documents
//!          ├─ META-INF/signature-<uuid>.p7s      CMS signature over ASiCManifest.xml
//!          └─ META-INF/manifest.xml              a table of contents that proves nothing
//! ```
//!
//! **Sending** is one pipeline: [`pack()`] writes into an [`EnvelopeWriter`], which writes into a
//! [`TransportWriter`]. A [`HandOver`] in between puts what follows on a second core. Writes come in
//! pieces of all sizes, so put a `BufWriter` around a file.
//!
//! **Receiving**: [`Transport::open`] finds the parts, [`open_envelope`] decrypts as it is read,
//! into a file, since a zip is read from its end. [`Container::open`] checks the structure and
//! [`Container::verify`] checks everything else: signature, signer, every digest, no file
//! unlisted, none missing. Only what has been verified gives documents out.
//!
//! The crate takes readers, writers and moments. It has no clock, no network and no database.

mod asic_manifest;
mod ber;
mod certificate;
mod crypto;
mod decrypt;
mod elements;
mod encrypt;
pub mod error;
mod hand_over;
mod key;
mod keystore;
mod limits;
mod manifest;
mod media_type;
mod name;
mod pack;
mod pem;
mod recipient;
mod revocation;
mod rsa_sha1;
mod sign;
mod time;
mod tlv;
mod transport;
mod trust;
mod unpack;
mod xml;
mod zip;

pub use self::zip::{Archive, Entry, EntryReader};
pub use certificate::Certificate;
pub use crypto::Hash;
pub use decrypt::{Decryptor, open_envelope};
pub use encrypt::{EnvelopeWriter, KeyTransport};
pub use hand_over::HandOver;
pub use key::{Identity, PrivateKey, SignatureHash};
pub use keystore::{KeyEntry, KeyStore, KeyStoreKind, KeyStoreKindError};
pub use limits::Limits;
pub use manifest::Manifest;
pub use media_type::media_type;
pub use pack::{Document, Packed, PackedDocument, pack};
pub use revocation::RevocationList;
pub use sign::{Signature, sign_detached, verify_detached};
pub use time::UnixTime;
pub use transport::{TRANSPORT_NAME, Transport, TransportWriter, write_message};
pub use trust::{PRODUCTION_POLICIES, TEST_POLICIES, TrustAnchors};
pub use unpack::{Container, DocumentReader, Trust, Verified, VerifiedDocument};
