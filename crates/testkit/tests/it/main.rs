//! What tests stand on is tested too.

mod again;
mod patroni;
mod postfix;
mod postgres;
mod stores;

testkit::again_on_postgres!();
