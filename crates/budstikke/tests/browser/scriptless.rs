//! The console without JavaScript: everything reads.

use serde_json::Value;

use crate::browser::Browser;
use crate::look::Look;
use crate::{crawl, filled};

/// What a page has to say: its headings, and how many tables, forms and pictures it has.
const CONTENT: &str = "const main = document.querySelector('main');
    const shown = [...main.querySelectorAll('h1, h2, h3')].filter(one => one.checkVisibility());
    const many = name => main.querySelectorAll(name).length;
    return [shown.map(one => one.innerText), many('table'), many('form'), many('svg'), many('dl')]";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_says_the_same_with_scripts_and_without() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    let pages = crawl::pages(&browser, &filled.server, &["/console".to_owned()]).await;
    for path in &pages {
        same(&browser, path).await;
    }
    browser.scripts(false).await;
    // Signing out and in works by forms alone.
    browser.driver.delete_all_cookies().await.expect("no session");
    browser.go("/console").await;
    browser.sign_in("admin", &filled.server.console_password()).await;
    assert!(!browser.words().await.is_empty());
    browser.quit().await;
}

/// A page says the same with scripts and without. What is live may change between two looks; it has five.
async fn same(browser: &Browser, path: &str) {
    let (mut with, mut without) = (Value::Null, Value::Bool(false));
    for _ in 0..5 {
        for (on, said) in [(true, &mut with), (false, &mut without)] {
            browser.scripts(on).await;
            browser.go(&Look::PLAIN.of(path)).await;
            *said = browser.ask(CONTENT).await;
        }
        if with == without {
            break;
        }
    }
    assert_eq!(without, with, "{path}");
    assert_ne!(with[0], Value::Array(Vec::new()), "{path} says nothing");
}
