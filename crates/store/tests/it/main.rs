//! What a store must do, whatever engine it runs on.

mod behaviour;
mod blobs;
mod copy;
mod embedded;
mod moving;
mod hosts;
mod schema;
mod shared;
