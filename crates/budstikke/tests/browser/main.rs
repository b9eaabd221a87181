//! The console in a real browser: Debian's Chromium without a window, led by its driver.
//!
//! Servers are real, and filled over their APIs. Pages are not listed anywhere: they are found by following
//! every link from the first one, so a page that is added is tried with the others. Each is looked at in
//! both languages, light and dark, on a phone and on a desk; axe judges whether everybody can use it.
//! Screenshots of all of them are left in `target/screenshots`.
//!
//! `cargo screenshots` renews those in `docs/images`.

mod browser;
mod crawl;
mod docs;
mod filled;
mod flows;
mod keyboard;
mod look;
mod page;
mod pages;
mod scriptless;
mod stories;
