//! The pictures in the documentation.

use std::path::Path;

use crate::browser::Browser;
use crate::filled;
use crate::look::{LOOKS, Look};

/// File, page, and how it is looked at.
const PICTURES: [(&str, &str, Look); 3] = [
    ("console-overview", "/console", LOOKS[0]),
    ("console-phone", "/console", LOOKS[3]),
    ("console-webhooks", "/console/webhooks", LOOKS[2]),
];
/// The most that one may weigh, in bytes.
const MOST: usize = 150_000;

/// Renews them: `cargo screenshots`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes into docs/images"]
async fn the_documentation_shows_the_console_as_it_is() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    for (name, path, look) in PICTURES {
        look.take(&browser).await;
        browser.go(&look.of(path)).await;
        let picture = browser.driver.screenshot_as_png().await.expect("a picture");
        assert!(picture.len() < MOST, "{name} weighs {} bytes", picture.len());
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
    }
    browser.quit().await;
}
