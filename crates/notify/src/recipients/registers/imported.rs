//! What came of importing a register's file.

use std::fmt;

/// What an import brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Persons.
    pub persons: usize,
    /// Organizations.
    pub organizations: usize,
    /// Persons without a national identity number.
    pub accounts: usize,
    /// Persons who have registered addresses of their own at organizations.
    pub users: usize,
    /// Rights that stand by themselves.
    pub grants: usize,
    /// Addresses and numbers that nothing can be sent to; they are kept, and never used.
    pub unusable: usize,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { persons, organizations, accounts, users, grants, unusable } = self;
        write!(f, "imported {persons} persons, {organizations} organizations and {accounts} accounts")?;
        if *users + *grants > 0 {
            write!(f, ", {users} users and {grants} rights")?;
        }
        if *unusable > 0 {
            write!(f, "; {unusable} addresses or numbers among them cannot be sent to")?;
        }
        Ok(())
    }
}

/// Why an import changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not the expected JSON. The message says where, and shows nothing of the content.
    #[error("the register file cannot be read: line {line}, column {column}")]
    Malformed {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What was wrong there, which may quote the content.
        #[source]
        cause: serde_json::Error,
    },
    /// Not the expected CSV. The message says where, and shows nothing of the content.
    #[error("the register file cannot be read: line {line}: {what}")]
    Row {
        /// Counted from 1.
        line: usize,
        /// What was wrong there.
        what: &'static str,
    },
    /// A user is at an organization that is not in the register.
    #[error("the register file lists users of an organization that is not in the register")]
    UnknownOrganization,
    /// A user's number is not above zero.
    #[error("the register file gives a user a number that is not above zero")]
    UserNumber,
    /// Somebody is listed twice.
    #[error("the register file lists the same {0} twice")]
    Repeated(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}
