//! Answers of the PSWin gateway: any text is an answer or is none.
#![no_main]

use gateways::sms::pswin_wire::read_answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = read_answer(text);
});
