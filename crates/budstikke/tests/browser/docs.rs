//! The pictures in the documentation.

use std::path::Path;

use crate::browser::Browser;
use crate::filled;
use crate::look::{LOOKS, Look};

/// File, page, and how it is looked at; without a page the story of a code.
const PICTURES: [(&str, Option<&str>, Look); 4] = [
    ("console-overview", Some("/console"), LOOKS[0]),
    ("console-timeline", None, LOOKS[0]),
    ("console-phone", None, LOOKS[3]),
    ("console-simulators", Some("/console/simulators"), LOOKS[2]),
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
        let story = format!("/console/shipments/{}", filled.shipments[0]);
        browser.go(&look.of(path.unwrap_or(&story))).await;
        let picture = browser.driver.screenshot_as_png().await.expect("a picture");
        assert!(picture.len() < MOST, "{name} weighs {} bytes", picture.len());
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
    }
    browser.quit().await;
}
