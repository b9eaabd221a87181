//! Finds every page by following every link.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reqwest::header;
use trials::Server;

use crate::browser::Browser;

/// More pages than this are a sign that two addresses of one page are taken for two pages.
const MOST: usize = 80;

/// These pages, and those that they lead on to, one for each shape of address. Every link must lead somewhere.
pub async fn pages(browser: &Browser, server: &Server, from: &[String]) -> Vec<String> {
    let cookies = browser.driver.get_all_cookies().await.expect("cookies");
    let cookies: Vec<String> = cookies.iter().map(|one| format!("{}={}", one.name, one.value)).collect();
    let (http, cookie) = (reqwest::Client::new(), cookies.join("; "));
    let mut open: VecDeque<String> = from.iter().cloned().collect();
    let (mut seen, mut found, mut broken): (BTreeSet<String>, BTreeMap<_, _>, Vec<_>) = Default::default();
    while let Some(path) = open.pop_front() {
        let which = if from.contains(&path) { path.clone() } else { shape(&path) };
        if !seen.insert(which.clone()) {
            continue;
        }
        let request = http.get(server.url(&path)).header(header::COOKIE, &cookie);
        let answer = request.header(header::ACCEPT, "text/html").send().await.expect("an answer");
        let status = answer.status().as_u16();
        if status != 200 {
            broken.push(format!("{path}: {status}"));
        }
        let media_type = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if media_type.is_some_and(|of| of.starts_with("text/html")) {
            let text = answer.text().await.expect("a page");
            // Part of a page is no page.
            if text.contains("<main") {
                open.extend(links(&text, &path));
                found.insert(which, path);
            }
        }
        assert!(seen.len() < MOST, "too many pages: {seen:#?}");
    }
    assert!(broken.is_empty(), "links lead nowhere: {broken:#?}");
    found.into_values().collect()
}

/// Where a page leads within the console.
fn links(page: &str, at: &str) -> Vec<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let plain = hrefs.map(|href| href.replace("&#38;", "&").replace("&amp;", "&"));
    let whole = plain.map(|href| match href.strip_prefix('?') {
        Some(query) => format!("{}?{query}", at.split('?').next().unwrap_or(at)),
        None => href,
    });
    // The same page in another language is looked at by the looks.
    let ours = whole.filter(|href| href.starts_with("/console") && !href.contains("lang="));
    ours.map(|href| href.split('#').next().unwrap_or_default().to_owned()).collect()
}

/// The address without what distinguishes pages of one kind: ids, values of what is asked for, the language.
fn shape(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_id = |part: &str| part.len() > 30 || part.chars().any(|letter| letter.is_ascii_digit());
    let parts: Vec<&str> = path.split('/').map(|part| if is_id(part) { "…" } else { part }).collect();
    let names: BTreeSet<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty() && *name != "lang").collect();
    format!("{}?{}", parts.join("/"), names.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_page_have_one_shape() {
        assert_eq!(shape("/console/a/0192f1a2-aaaa"), shape("/console/a/7"));
        assert_eq!(shape("/console/a?q=1&lang=nb"), shape("/console/a?q=2"));
        assert_ne!(shape("/console/a"), shape("/console/b"));
    }

    #[test]
    fn links_are_followed_within_the_console_alone() {
        let page = r#"<a href="/console/b?x=1&#38;y=2#z">b</a><a href="https://elsewhere">c</a><a href="?page=2">d</a>"#;
        assert_eq!(links(page, "/console/a?q=1"), ["/console/b?x=1&y=2", "/console/a?page=2"]);
    }
}
