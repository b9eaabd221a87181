//! Reports that the PSWin gateway pushes: any body is a push or is none, and can be answered.
#![no_main]

use gateways::sms::pswin_report::{answer, parse};
use http::{HeaderMap, HeaderValue, header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (is_utf8, body) = input;
    let mut headers = HeaderMap::new();
    if is_utf8 {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    }
    if let Ok(reports) = parse(&headers, body) {
        assert!(!reports.is_empty() && reports.len() <= 1000);
        let answered = answer(reports.iter().map(|report| (report, true)));
        assert_eq!(answered.matches("<MSG>").count(), reports.len());
    }
});
