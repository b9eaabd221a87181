//! The words that members of the API are limited to, taken from where they are decided.

use std::borrow::Cow;

use gateways::{BodyFormat, EmailResult, SmsResult};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::binding::Choice;
use crate::orders::{Kind, SendingTime, State};
use crate::recipients::ChannelSchema;
use crate::send_condition::FailurePolicy;
use crate::sending::Standing;
use crate::suppression::Reason;

/// A schema of its own for each list of words.
macro_rules! lists {
    ($($name:ident, $description:literal, $words:expr;)+) => {$(
        #[doc = $description]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                texts($description, $words)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

lists! {
    OrderStatus, "How far an order has come.", STATES.map(State::wire);
    EndStatus, "How an order has ended.", ENDS.map(State::wire);
    OlderOrderStatus, "How far an order has come, in the older words.",
        unique(STATES.iter().map(|state| state.legacy()));
    ShipmentType, "What an order was registered as.",
        unique(KINDS.iter().map(|kind| kind.wire()));
    Channels, "E-mail, SMS, whichever is found first, or both.", names::<ChannelSchema>();
    ContentType, "What an e-mail's body is written in.", names::<BodyFormat>();
    SendingTimePolicy, "At any time, or in the daytime window only.", names::<SendingTime>();
    ConditionFailurePolicy,
        "What follows when the condition cannot be asked: send, wait, or send nothing.",
        names::<FailurePolicy>();
    SuppressionReason, "Why an address is not sent to.", names::<Reason>();
    DeliveryStatus, "What became of a message, with its channel in front.", results().map(Standing::wire);
    OlderDeliveryStatus, "What became of a message, in the older words.",
        unique(results().map(Standing::legacy));
    RawResult, "What became of a message, as it is kept.", unique(results().map(Standing::as_str));
    Channel, "How a message goes.", ["Email", "SMS"];
    LogChannel, "How a message went.", ["Email", "Sms"];
    SupportChannel, "How a message went.", ["email", "sms"];
    LookupStatus, "Whether those who were looked up can be reached: all, some, none.",
        ["Success", "PartialSuccess", "Failed"];
    DeliveryState, "Whether a delivery waits, was taken, or was given up.",
        ["pending", "delivered", "given_up"];
    FeedOrder, "Oldest or newest first; any letter case.", ["asc", "desc"];
    BulkAnswers, "Which lines are answered.", ["refused", "all"];
}

const STATES: [State; 6] = [
    State::Registered,
    State::Processing,
    State::Processed,
    State::Completed,
    State::SendConditionNotMet,
    State::Cancelled,
];
const ENDS: [State; 3] = [State::Completed, State::SendConditionNotMet, State::Cancelled];
const KINDS: [Kind; 4] = [Kind::Notification, Kind::Reminder, Kind::Instant, Kind::Composed];

fn names<C: Choice>() -> impl Iterator<Item = &'static str> {
    C::ALL.iter().map(|(_, name, _)| *name)
}

fn results() -> impl Iterator<Item = Standing> {
    let sms = SmsResult::ALL.iter().map(|result| Standing::Sms(*result));
    sms.chain(EmailResult::ALL.iter().map(|result| Standing::Email(*result)))
}

/// Each word once, where it first comes.
fn unique(words: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut found = Vec::new();
    for word in words {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

fn texts<T: Into<String>>(description: &str, words: impl IntoIterator<Item = T>) -> RefOr<Schema> {
    let words: Vec<String> = words.into_iter().map(Into::into).collect();
    let schema = ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .description(Some(description))
        .enum_values(Some(words));
    Schema::Object(schema.build()).into()
}
