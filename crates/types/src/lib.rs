//! Words everybody uses: things of the real world, checked once.
//!
//! Whoever holds an [`OrgNumber`](org_number::OrgNumber) holds a correct one, so nothing behind the
//! edge checks again. Types with personal data print themselves masked; [`secret::Secret`] never
//! prints at all. To see inside, call `.reveal()`, a word that is easy to search for.
//!
//! Nothing here knows a database, a web framework or a runtime.

pub mod email_address;
pub mod erasure;
pub mod ids;
pub mod mask;
pub mod national_id;
pub mod org_number;
pub mod page;
pub mod participant;
pub mod phone_number;
pub mod random;
pub mod retention;
pub mod roles;
pub mod secret;
pub mod time;

pub use email_address::EmailAddress;
pub use national_id::NationalId;
pub use org_number::OrgNumber;
pub use participant::Participant;
pub use phone_number::PhoneNumber;
pub use roles::Roles;
pub use secret::Secret;
