//! What a store must do, whatever engine it runs on.

mod behaviour;
mod blobs;
mod copy;
mod embedded;
mod hosts;
mod moving;
mod outage;
mod schema;
mod shared;
