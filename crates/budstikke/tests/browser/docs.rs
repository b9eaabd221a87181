//! The pictures in the documentation.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params};
use serde_json::Value;
use trials::{Place, within};

use crate::browser::Browser;
use crate::filled;
use crate::look::{LOOKS, Look};

/// File, page, and how it is looked at; without a page the story of a code.
const PICTURES: [(&str, Option<&str>, Look); 4] = [
    ("console-overview", Some("/console"), LOOKS[0]),
    ("console-timeline", None, LOOKS[0]),
    ("console-phone", None, LOOKS[3]),
    ("console-simulators", Some("/console/simulators"), LOOKS[2]),
];
/// The most that one may weigh, in bytes.
const MOST: usize = 150_000;
const MINUTE: i64 = 60_000_000;
const ADD: &str = "INSERT INTO history_figures (grain, at, node, figures) VALUES (60, $1, $2, $3)";

/// Renews them: `cargo screenshots`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes into docs/images"]
async fn the_documentation_shows_the_console_as_it_is() {
    let filled = filled::server().await;
    an_hour_before(&filled.place).await;
    let browser = Browser::signed_in(&filled.server).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    for (name, path, look) in PICTURES {
        look.take(&browser).await;
        browser.tell("Emulation.setScrollbarsHidden", serde_json::json!({ "hidden": true })).await;
        let story = format!("/console/shipments/{}", filled.shipments[0]);
        browser.go(&look.of(path.unwrap_or(&story))).await;
        let picture = browser.driver.screenshot_as_png().await.expect("a picture");
        assert!(picture.len() < MOST, "{name} weighs {} bytes", picture.len());
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
    }
    browser.quit().await;
}

/// Plots of a server that has only just started show nothing. So the first minute that this one has counted is
/// made into an hour, with more and with less in its minutes.
async fn an_hour_before(place: &Place) {
    let file = Connection::open(place.data().join("budstikke.db")).expect("the database");
    file.busy_timeout(Duration::from_secs(10)).expect("patience");
    let counted = async || {
        const FIRST: &str = "SELECT at, node, figures FROM history_figures
            WHERE grain = 60 AND node <> '' AND figures LIKE '%\"s\":%' ORDER BY at LIMIT 1";
        file.query_row(FIRST, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).ok()
    };
    let (at, node, figures): (i64, String, String) =
        within(Duration::from_secs(90), "a minute's figures", counted).await;
    for minute in 1..60 {
        let mut more: Value = serde_json::from_str(&figures).expect("figures");
        let wave = (minute * minute * 7 + minute * 13) % 17 + (60 - minute) / 4;
        multiply(&mut more, u64::try_from(wave).expect("a number") + 20);
        file.execute(ADD, params![at - minute * MINUTE, node, more.to_string()]).expect("an earlier minute");
    }
}

fn multiply(figures: &mut Value, by: u64) {
    match figures {
        Value::Object(members) => members.values_mut().for_each(|member| multiply(member, by)),
        Value::Array(items) => items.iter_mut().for_each(|item| multiply(item, by)),
        number => *number = number.as_u64().map_or(Value::Null, |number| (number * by).into()),
    }
}
