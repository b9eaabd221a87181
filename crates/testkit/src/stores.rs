//! The stores that every behaviour is shown on.

use store::{Options, Store};

/// An embedded store in a folder of its own.
pub fn sqlite(options: Options) -> Store {
    Store::temporary_with(options).expect("a temporary store")
}

/// Runs each function once for every engine: `…::sqlite`, and whatever joins it.
///
/// The function takes a freshly made, empty [`Store`].
#[macro_export]
macro_rules! on_every_store {
    ($($(#[$meta:meta])* async fn $name:ident($store:ident: Store) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn behaviour($store: store::Store) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let options = store::Options { readers: 2, full_sync: false, ..Default::default() };
                behaviour($crate::stores::sqlite(options)).await;
            }
        }
    )+};
}
