//! What tests stand on is tested too.

mod again;
mod postgres;
mod stores;

testkit::again_on_postgres!();
