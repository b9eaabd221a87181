//! How much a container may make us do.

/// Limits against containers made to exhaust whoever opens them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Entries in the archive.
    pub entries: u64,
    /// Bytes of each part that is kept in memory: the archive's directory, every file in
    /// `META-INF/`, the manifest, `sbd.json`.
    pub metadata_bytes: u64,
    /// Bytes of all entries together after unpacking.
    pub total_bytes: u64,
    /// How many times its packed size an entry may unpack to. Deflate itself cannot do more than
    /// about 1032; entries of up to 1 MiB are not held to it.
    pub ratio: u64,
}

impl Default for Limits {
    /// 10,000 entries, 16 MiB of metadata, 50 GB in all (what the broker can carry), and a ratio
    /// of 1,100, so that only impossible claims are refused: documents full of zeros exist, and
    /// the total is limited anyway.
    fn default() -> Self {
        Self { entries: 10_000, metadata_bytes: 16 * 1024 * 1024, total_bytes: 50_000_000_000, ratio: 1_100 }
    }
}
