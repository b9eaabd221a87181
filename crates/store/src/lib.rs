//! Both databases, group commit, and blobs.
