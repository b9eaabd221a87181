//! SMPP receipts: any text is read or is none, and every id compares with itself.
#![no_main]

use gateways::sms::smpp::IdFormat;
use gateways::sms::smpp::pdu::Delivery;
use gateways::sms::smpp::receipt::Receipt;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let delivery = Delivery { esm_class: 4, content: octets.to_vec(), ..Delivery::default() };
    if let Some(receipt) = Receipt::parse(&delivery, &TimeZone::UTC) {
        for format in [IdFormat::Same, IdFormat::HexToDec, IdFormat::DecToHex] {
            let _ = (format.of_answer(&receipt.id), format.of_receipt(&receipt.id));
        }
        assert_eq!(IdFormat::Same.of_answer(&receipt.id), IdFormat::Same.of_receipt(&receipt.id));
        assert!(receipt.state.is_ascii());
    }
});
