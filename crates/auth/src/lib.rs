//! Maskinporten in both directions, an embedded issuer and a small certificate authority.
