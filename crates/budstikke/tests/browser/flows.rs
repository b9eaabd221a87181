//! What people do in the console, by mouse.

use thirtyfour::prelude::*;

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
    browser.driver.find(By::Css("main form button")).await.expect("a button").click().await.expect("a click");
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
    let switch = browser.driver.find(By::Css("header a[hreflang=nb]")).await.expect("a link");
    switch.click().await.expect("a click");
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
    let press = async |wish: &str| {
        let button = format!("main button[name=wish][value={wish}]");
        browser.driver.find(By::Css(button)).await.expect("a button").click().await.expect("a click");
    };
    press("pause").await;
    browser.until("it can go on", "document.querySelector('button[value=resume]')").await;
    assert!(browser.words().await.contains("held"), "{}", browser.words().await);
    press("resume").await;
    browser.until("it can be held again", "document.querySelector('button[value=pause]')").await;
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:#?}");
    browser.quit().await;
}
