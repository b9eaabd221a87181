//! What people do in the console, by mouse.

use crate::browser::Browser;
use crate::filled;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gives_a_wrong_password_is_told_so_and_who_signs_in_comes_to_the_page_asked_for() {
    let filled = filled::server().await;
    let browser = Browser::at(&filled.server).await;
    browser.go("/console/webhooks?lang=nb").await;
    assert!(browser.here().await.starts_with("/console/sign-in"), "{}", browser.here().await);
    browser.fill("name", "admin").await;
    browser.fill("password", "feil passord").await;
    browser.press("main form button").await;
    browser.until("it is refused", "document.querySelector('[role=alert]')").await;

    browser.sign_in("admin", &filled.server.console_password()).await;
    assert!(browser.here().await.starts_with("/console/webhooks"), "{}", browser.here().await);
    assert_eq!(browser.ask("return document.documentElement.lang").await, "nb", "the language stays");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_is_switched_on_the_page_and_stays() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    browser.go("/console/webhooks?lang=en").await;
    browser.press("header a[hreflang=nb]").await;
    browser.until("it is in Norwegian", "document.documentElement.lang == 'nb'").await;
    assert!(browser.here().await.starts_with("/console/webhooks"), "{}", browser.here().await);
    browser.go("/console").await;
    assert_eq!(browser.ask("return document.documentElement.lang").await, "nb");
    browser.quit().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_is_held_and_let_go_on() {
    let filled = filled::server().await;
    let browser = Browser::signed_in(&filled.server).await;
    browser.go("/console/webhooks?lang=en").await;
    browser.press("main td a, main th a").await;
    browser.until("its page is there", "document.querySelector('main button[value=pause]')").await;
    browser.press("main button[value=pause]").await;
    let state = |word: &str| format!("document.querySelector('main dd').innerText.includes('{word}')");
    browser.until("it is held", &state("held")).await;
    browser.press("main button[value=resume]").await;
    browser.until("it goes on", &format!("!{}", state("held"))).await;
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:#?}");
    browser.quit().await;
}
