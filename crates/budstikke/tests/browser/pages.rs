//! Every page, in every way it is looked at.

use crate::browser::Browser;
use crate::look::{LOOKS, Look};
use crate::{crawl, filled, page};

/// What is not there is told by a page, too.
const NOWHERE: &str = "/console/shipments/00000000-0000-4000-8000-000000000000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "looks at every page in four ways, which takes minutes: cargo test --test browser -- --ignored"]
async fn everybody_can_use_every_page_on_any_screen_and_the_browser_has_nothing_to_complain_about() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    let pages = crawl::pages(&browser, &filled.server, &filled.beginnings()).await;
    println!("{pages:#?}");
    assert!(pages.len() > 10, "there must be more pages than {pages:?}");
    let (mut faults, mut looks) = (Vec::new(), 0);
    for look in LOOKS {
        look.take(&browser).await;
        for path in &pages {
            faults.extend(at(&browser, path, look).await);
            looks += 1;
        }
    }
    println!("{looks} looks at {} pages", pages.len());
    Look::PLAIN.take(&browser).await;
    let lost = at(&browser, NOWHERE, Look::PLAIN).await;
    faults.extend(lost.into_iter().filter(|fault| !fault.contains("status of 404")));
    browser.driver.delete_all_cookies().await.expect("no session");
    for look in LOOKS {
        look.take(&browser).await;
        faults.extend(at(&browser, "/console/sign-in", look).await);
    }
    browser.quit().await;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Looks at one page and keeps a picture; what is wrong with it.
async fn at(browser: &Browser, path: &str, look: Look) -> Vec<String> {
    browser.go(&look.of(path)).await;
    let faults = page::faults(browser, look).await;
    page::keep_picture(browser, path, look).await;
    faults.into_iter().map(|fault| format!("{path}, {}: {fault}", look.name())).collect()
}
