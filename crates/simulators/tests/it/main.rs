//! The simulators, spoken to over real sockets.

mod condition;
mod contact_register;
mod mail_cloud;
mod sms_gateway;
mod smtp_sink;
mod subscriber;

use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

fn client() -> reqwest::Client {
    web::plain_client().expect("a client")
}
