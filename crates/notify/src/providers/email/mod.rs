//! Mail servers and services, one file each.
