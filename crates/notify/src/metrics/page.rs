//! `GET /metrics` and `POST /metrics`: a page with a form, and the figures of the month asked for.

use std::fmt::Write as _;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;

use super::count;
use super::day::{ByCreator, Month};
use crate::Notify;
use crate::problem::Problem;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Shows the form.
#[utoipa::path(get, path = "/metrics", operation_id = "askFigures", tag = "Operators",
    responses((status = 200, body = String, content_type = "text/html")))]
pub(super) async fn ask(State(notify): State<Notify>) -> Html<String> {
    let now = notify.clock().now();
    Html(page(Month::of(now), now, None))
}

/// Which month.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "the form is read by `show`; this says what it reads")]
struct AskedMonth {
    #[schema(minimum = 1, maximum = 12)]
    month: i32,
    /// This one or one of five back.
    year: i32,
}

/// Shows the form and a month's figures.
#[utoipa::path(post, path = "/metrics", operation_id = "showFigures", tag = "Operators",
    request_body(content = AskedMonth, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = String, content_type = "text/html"), (status = 400)))]
pub(super) async fn show(State(notify): State<Notify>, form: Bytes) -> Result<Response, Problem> {
    let now = notify.clock().now();
    let given = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(&form);
        pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
    };
    let (month, year) = (given("month").unwrap_or_default(), given("year").unwrap_or_default());
    let month = Month::parse(&month, &year, now).ok_or_else(|| {
        Problem::wrong("month", "month (1..12) and year (this one and five back) are needed")
    })?;
    let figures = count::of_month(&notify, month).await?;
    Ok(Html(page(month, now, Some(&figures))).into_response())
}

fn page(chosen: Month, now: Timestamp, figures: Option<&ByCreator>) -> String {
    let months: String =
        (1_i8..).zip(MONTHS).map(|(number, name)| option(number.into(), name, chosen.month.into())).collect();
    let years: String = Month::years(now).map(|year| option(year, &year.to_string(), chosen.year)).collect();
    let table = figures.map(table).unwrap_or_default();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Notifications by month</title>\n\
         <style>body{{font-family:sans-serif;margin:2rem}}td,th{{padding:.3rem .8rem;text-align:right}}\
         td:first-child,th:first-child{{text-align:left}}</style></head>\n\
         <body><h1>Notifications by month</h1>\n\
         <form method=\"post\"><label>Month <select name=\"month\">{months}</select></label>\n\
         <label>Year <select name=\"year\">{years}</select></label> <button>Show</button></form>\n\
         {table}</body></html>\n"
    )
}

fn option(value: i16, shown: &str, chosen: i16) -> String {
    let selected = if value == chosen { " selected" } else { "" };
    format!("<option value=\"{value}\"{selected}>{shown}</option>")
}

fn table(figures: &ByCreator) -> String {
    let mut text = String::from(
        "<table><thead><tr><th>Creator</th><th>Orders</th><th>E-mails</th><th>E-mails succeeded</th>\
         <th>SMS parts</th><th>SMS succeeded</th></tr></thead><tbody>\n",
    );
    for (creator, of) in figures {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(creator.as_str()),
            of.orders,
            of.emails,
            of.emails_succeeded,
            of.sms_parts,
            of.sms_succeeded
        );
    }
    text.push_str("</tbody></table>\n");
    text
}

/// A creator's name comes out of a token.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Creator;
    use crate::metrics::day::Figures;

    #[test]
    fn a_name_is_text_whatever_it_holds() {
        let figures = Figures { orders: 7, ..Figures::default() };
        let all = ByCreator::from([(Creator::new("<b>&\"bym\""), figures)]);
        let text = table(&all);
        assert!(text.contains("<td>&lt;b&gt;&amp;&quot;bym&quot;</td><td>7</td>"), "{text}");
    }
}
