//! Looking for something, following its story, and acting on it.

use crate::browser::Browser;
use crate::filled;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipient_is_looked_for_the_story_followed_and_the_number_shown_when_asked_for() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    browser.go("/console/search?lang=en").await;
    browser.fill("sought", "98 76 54 32").await;
    browser.press("main form[role=search] button").await;
    browser.until("something is found", "document.querySelector('ol.hits a')").await;
    browser.press("ol.hits a").await;
    browser.until("its story is told", "document.querySelector('ol.timeline li')").await;
    let story = browser.words().await;
    assert!(story.contains("+4798****32") && !story.contains("98765432"), "{story}");

    browser.press("main details summary").await;
    browser.fill("why", "The recipient is on the phone").await;
    browser.press("form[action$=reveal] button").await;
    browser
        .until("the number is shown", "document.querySelector('main').innerText.includes('+4798765432')")
        .await;
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:#?}");
    browser.go("/console/audit?lang=en").await;
    let audit = browser.words().await;
    assert!(audit.contains("admin") && !audit.contains("98765432"), "{audit}");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_cancelled_from_its_page() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    browser.go(&format!("/console/shipments/{}?lang=en", filled.shipments[3])).await;
    browser.press("main button[value=cancel]").await;
    browser.until("it is said to be done", "document.querySelector('[role=status]')").await;
    let left = browser.ask("return document.querySelectorAll('main button[value=cancel]').length").await;
    assert_eq!(left, 0, "what is cancelled cannot be cancelled again");
    browser.quit().await;
}
