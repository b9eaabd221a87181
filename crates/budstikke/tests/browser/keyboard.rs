//! The console by keyboard alone.

use serde::Deserialize;
use thirtyfour::prelude::*;

use crate::browser::Browser;
use crate::look::Look;
use crate::{crawl, filled};

/// Everything that the keyboard must come to, in order; one of each group of radio buttons. Notes where it
/// comes, and whether that can be seen.
const WATCH: &str = "const stops = () => [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
        .filter(one => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true }))
        .filter((one, at, all) => one.type != 'radio' || all.findIndex(o => o.name == one.name) == at);
    window.walked = [];
    document.addEventListener('focusin', event => {
        const one = event.target, style = getComputedStyle(one), box = one.getBoundingClientRect();
        walked.push({ at: stops().indexOf(one), what: one.outerHTML.slice(0, 120),
            seen: style.outlineStyle != 'none' && parseFloat(style.outlineWidth) >= 2
                && box.right > 0 && box.left < innerWidth && box.width > 0 });
    });
    return stops().length";
/// More than this on one page is more of the same.
const ENOUGH: usize = 80;
/// The parts of a date are come to one by one, and what scrolls is a stop too.
const SPARE: usize = 30;

#[derive(Deserialize)]
struct Stop {
    at: i64,
    what: String,
    seen: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_comes_to_everything_in_order_and_one_sees_where_it_is() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    let pages = crawl::pages(&browser, &filled.server, &["/console".to_owned()]).await;
    let mut faults = Vec::new();
    for path in &pages {
        browser.go(&Look::PLAIN.of(path)).await;
        let all = browser.ask(WATCH).await.as_u64().expect("a number");
        let all = usize::try_from(all).expect("a few");
        press_tab(&browser, all.min(ENOUGH) + SPARE).await;
        let walked = browser.ask("return walked").await;
        let walked: Vec<Stop> = serde_json::from_value(walked).expect("stops");
        faults.extend(wrong(&walked, all).into_iter().map(|fault| format!("{path}: {fault}")));
    }
    browser.quit().await;
    assert!(faults.is_empty(), "{faults:#?}");
}

async fn press_tab(browser: &Browser, times: usize) {
    let keys = String::from(Key::Tab.value()).repeat(times);
    browser.driver.action_chain().send_keys(keys).perform().await.expect("keys");
}

/// Every stop comes after the one before it, none is left out, and all can be seen.
fn wrong(walked: &[Stop], all: usize) -> Vec<String> {
    // What scrolls may be a stop too, without being in the list; after the last one it begins anew.
    let known: Vec<&Stop> = walked.iter().filter(|stop| stop.at >= 0).take(all).collect();
    let mut faults = Vec::new();
    for (expected, stop) in (0_i64..).zip(&known) {
        if stop.at != expected {
            faults.push(format!("stop {expected} is {}", stop.what));
            break;
        }
    }
    if known.len() < all.min(ENOUGH) {
        faults.push(format!("only {} of {all} are come to", known.len()));
    }
    faults.extend(known.iter().filter(|stop| !stop.seen).map(|stop| format!("unseen: {}", stop.what)));
    faults
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_signs_in_skips_to_the_content_and_signs_out_without_a_mouse() {
    let filled = filled::server().await;
    let browser = Browser::at(&filled.server).await;
    browser.go("/console?lang=en").await;
    let type_in = async |text: String| {
        browser.driver.action_chain().send_keys(text).perform().await.expect("keys");
    };
    let at =
        async || browser.ask("return document.activeElement.name || document.activeElement.className").await;
    while at().await != "name" {
        type_in(String::from(Key::Tab.value())).await;
    }
    type_in(format!("admin{}{}{}", Key::Tab.value(), filled.server.console_password(), Key::Enter.value()))
        .await;
    browser.until("somebody is signed in", "document.querySelector('nav.sections')").await;

    type_in(String::from(Key::Tab.value())).await;
    assert_eq!(at().await, "skip", "the first thing to come to skips what is on every page");
    type_in(String::from(Key::Enter.value())).await;
    browser.until("the content has the focus", "document.activeElement.id == 'content'").await;
    type_in(String::from(Key::Tab.value())).await;
    let inside = browser.ask("return !document.activeElement.closest('header')").await;
    assert_eq!(inside, true, "what comes next is in the content");

    browser.go("/console?lang=en").await;
    let sign_out = "document.activeElement.closest('form[action$=\"sign-out\"]')";
    for _ in 0..40 {
        type_in(String::from(Key::Tab.value())).await;
        if browser.ask(&format!("return !!{sign_out}")).await == true {
            break;
        }
    }
    type_in(String::from(Key::Enter.value())).await;
    browser.until("nobody is signed in", "document.querySelector('input[name=password]')").await;
    browser.quit().await;
}
