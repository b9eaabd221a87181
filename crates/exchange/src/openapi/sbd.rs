//! The schema of the standard business document, by hand: a header, and one member more that has the name of
//! the message's type.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Ref, Schema, Type};
use utoipa::openapi::{Object, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::message::business::{
    Arkivmelding, ArkivmeldingKvittering, Avtalt, Dialogmelding, DialogmeldingKvittering, Digital,
    DigitalDpv, EinnsynKvittering, Innsynskrav, Print, Publisering, StatusBody,
};
use crate::message::{Header, MessageType};

/// A standard business document.
pub(crate) struct Sbd;

/// What stands under each type's name.
const fn schema_of(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Arkivmelding => "Arkivmelding",
        MessageType::ArkivmeldingKvittering => "ArkivmeldingKvittering",
        MessageType::Avtalt => "Avtalt",
        MessageType::Digital => "Digital",
        MessageType::DigitalDpv => "DigitalDpv",
        MessageType::Print => "Print",
        MessageType::Innsynskrav => "Innsynskrav",
        MessageType::Publisering => "Publisering",
        MessageType::EinnsynKvittering => "EinnsynKvittering",
        MessageType::Dialogmelding => "Dialogmelding",
        MessageType::DialogmeldingKvittering => "DialogmeldingKvittering",
        MessageType::Status => "StatusMessage",
    }
}

const DESCRIPTION: &str = "A standard business document: its header, and beside it exactly one member, which has \
    the name of the message's type (`documentIdentification.type`) and holds the message.";

impl PartialSchema for Sbd {
    fn schema() -> RefOr<Schema> {
        let mut schema: Object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(DESCRIPTION))
            .property("standardBusinessDocumentHeader", Ref::from_schema_name("Header"))
            .required("standardBusinessDocumentHeader")
            .min_properties(Some(2))
            .max_properties(Some(2))
            .build();
        for kind in MessageType::ALL {
            let body = Ref::from_schema_name(schema_of(kind));
            schema.properties.insert(kind.as_str().to_owned(), body.into());
        }
        Schema::Object(schema).into()
    }
}

impl ToSchema for Sbd {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("StandardBusinessDocument")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        with::<Header>(schemas);
        with::<Arkivmelding>(schemas);
        with::<ArkivmeldingKvittering>(schemas);
        with::<Avtalt>(schemas);
        with::<Digital>(schemas);
        with::<DigitalDpv>(schemas);
        with::<Print>(schemas);
        with::<Innsynskrav>(schemas);
        with::<Publisering>(schemas);
        with::<EinnsynKvittering>(schemas);
        with::<Dialogmelding>(schemas);
        with::<DialogmeldingKvittering>(schemas);
        with::<StatusBody>(schemas);
    }
}

/// A schema and all that it leads to.
fn with<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}
