//! What must hold for every page, however it is looked at.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::browser::Browser;
use crate::look::Look;

const AXE: &str = include_str!("axe/axe.min.js");
/// These of its rules, or all; answers what is violated, by which elements.
const JUDGE: &str = "const [rules, done] = arguments, options = { resultTypes: ['violations'] };
    if (rules.length) options.runOnly = rules;
    axe.run(document, options).then(
        found => done(found.violations.map(one => one.id + ' (' + one.help + '): '
            + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | '))),
        error => done(['axe failed: ' + error]))";
/// Those that ask how a page is drawn. The others find the same in every look: what is written in the page.
const DRAWN: [&str; 4] =
    ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"];
/// What axe leaves open, or what it does not ask.
const SHAPE: &str = "const root = document.documentElement, wide = [];
    if (root.scrollWidth > root.clientWidth)
        for (const one of document.querySelectorAll('body *'))
            if (one.getBoundingClientRect().right > root.clientWidth + 1)
                wide.push(one.outerHTML.slice(0, 100));
    return { lang: root.lang, title: document.title, h1: document.querySelectorAll('h1').length,
        main: document.querySelectorAll('main').length, over: root.scrollWidth - root.clientWidth,
        wide: wide.slice(0, 3), broken: [...document.images].filter(i => i.complete && !i.naturalWidth).length,
        same: [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, at, all) => all.indexOf(id) != at) }";

/// What is wrong with the page that the browser is at.
pub async fn faults(browser: &Browser, look: Look) -> Vec<String> {
    let mut faults = judged(browser, look).await;
    let shape = browser.ask(SHAPE).await;
    let mut expect = |holds: bool, what: String| faults.extend((!holds).then_some(what));
    expect(shape["lang"] == look.lang, format!("its language is {}", shape["lang"]));
    let title = shape["title"].as_str().unwrap_or_default();
    expect(!title.trim_start().starts_with('–') && !title.is_empty(), format!("its title is {title:?}"));
    expect(shape["h1"] == 1, format!("it has {} first headings", shape["h1"]));
    expect(shape["main"] == 1, format!("it has {} main parts", shape["main"]));
    expect(shape["over"] == 0, format!("it is {} wider than the screen: {}", shape["over"], shape["wide"]));
    expect(shape["broken"] == 0, "an image did not come".to_owned());
    expect(shape["same"] == Value::Array(Vec::new()), format!("ids are used twice: {}", shape["same"]));
    faults.extend(browser.complaints().await.into_iter().map(|told| format!("the browser says: {told}")));
    faults
}

/// What axe has against it, by all of its rules in the plain look.
async fn judged(browser: &Browser, look: Look) -> Vec<String> {
    let rules: &[&str] = if look == Look::PLAIN { &[] } else { &DRAWN };
    browser.driver.execute(AXE, Vec::new()).await.expect("axe");
    let found = browser.driver.execute_async(JUDGE, vec![rules.into()]).await.expect("a judgement");
    found.convert().expect("a list of violations")
}

/// Where screenshots go: beside what Cargo builds.
fn folder() -> PathBuf {
    let ours = std::env::current_exe().expect("where this program is");
    ours.ancestors().nth(3).unwrap_or_else(|| Path::new("target")).join("screenshots")
}

/// Keeps a picture of what the browser shows.
pub async fn keep_picture(browser: &Browser, page: &str, look: Look) {
    let name: String = page.trim_start_matches("/console").chars().map(plain).collect();
    let name = name.trim_matches('-');
    let name = if name.is_empty() { "overview" } else { name };
    let folder = folder();
    std::fs::create_dir_all(&folder).expect("a folder");
    let picture = browser.driver.screenshot_as_png().await.expect("a picture");
    std::fs::write(folder.join(format!("{name}-{}.png", look.name())), picture).expect("a file");
}

fn plain(letter: char) -> char {
    if letter.is_ascii_alphanumeric() { letter } else { '-' }
}
