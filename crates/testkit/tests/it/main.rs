//! What tests stand on is tested too.

mod again;
mod patroni;
mod postgres;
mod stores;

testkit::again_on_postgres!();
