//! Every page, in every way it is looked at. Each way is a test of its own, so that they go side by side.

use crate::browser::Browser;
use crate::look::{LOOKS, Look};
use crate::{crawl, filled, page};

/// What is not there is told by a page, too.
const NOWHERE: &str = "/console/shipments/00000000-0000-4000-8000-000000000000";
/// Fewer are a sign that links are not followed.
const FEWEST: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_in_english_light_on_a_desk() {
    every_page(LOOKS[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_in_english_dark_on_a_phone() {
    every_page(LOOKS[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_in_norwegian_dark_on_a_desk() {
    every_page(LOOKS[2]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_use_every_page_in_norwegian_light_on_a_phone() {
    every_page(LOOKS[3]).await;
}

/// Every page fits and is usable, and the browser has nothing to complain about.
async fn every_page(look: Look) {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    look.take(&browser).await;
    let pages = crawl::pages(&browser, &filled.server, &filled.beginnings()).await;
    assert!(pages.len() > FEWEST, "there must be more pages than {pages:?}");
    let mut faults = Vec::new();
    for path in &pages {
        faults.extend(at(&browser, path, look).await);
    }
    let lost = at(&browser, NOWHERE, look).await;
    faults.extend(lost.into_iter().filter(|fault| !fault.contains("status of 404")));
    browser.driver.delete_all_cookies().await.expect("no session");
    faults.extend(at(&browser, "/console/sign-in", look).await);
    browser.quit().await;
    assert!(faults.is_empty(), "{} faults of {} pages:\n{}", faults.len(), pages.len(), faults.join("\n"));
}

/// Looks at one page and keeps a picture; what is wrong with it.
async fn at(browser: &Browser, path: &str, look: Look) -> Vec<String> {
    browser.go(&look.of(path)).await;
    let faults = page::faults(browser, look).await;
    page::keep_picture(browser, path, look).await;
    faults.into_iter().map(|fault| format!("{path}, {}: {fault}", look.name())).collect()
}
