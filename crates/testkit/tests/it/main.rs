//! What tests stand on is tested too.

mod postgres;
