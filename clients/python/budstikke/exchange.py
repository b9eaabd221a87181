"""Budstikke Exchange: types and calls. Made by clients/generate; do not change it by hand."""

from typing import Any, BinaryIO, Iterable, Literal, NotRequired, TypedDict

from .http import Api, Answer


# The business message.
Arkivmelding = TypedDict(
    "Arkivmelding",
    {
        # For receivers that are reached over SvarUt.
        "dpf": NotRequired["Dpf"],
        # For receivers that are reached over the post for businesses.
        "dpv": NotRequired["Dpv"],
        # The primary file.
        "hoveddokument": NotRequired[str],
        # 3 or 4.
        "sikkerhetsnivaa": NotRequired[int],
    },
)

# The business message.
ArkivmeldingKvittering = TypedDict(
    "ArkivmeldingKvittering",
    {
        # The primary file.
        "hoveddokument": NotRequired[str],
        # Details.
        "messages": NotRequired[list["ReceiptMessage"]],
        # `OK`, `WARNING`, `ERROR` or `NOTSUPPORTED`; anything else counts as `OK`.
        "receiptType": NotRequired[str],
        # The message id of what is answered.
        "relatedToMessageId": NotRequired[str],
    },
)

# A file that has been attached.
AttachedFile = TypedDict(
    "AttachedFile",
    {
        "filename": str,
        "mimetype": str,
        # From 1 on, in the order in which they came.
        "number": int,
        # In hexadecimal.
        "sha256": str,
        # Bytes.
        "size": int,
        "title": NotRequired[str],
    },
)

# Whose numbering an identifier is of.
Authority = Literal["iso6523-actorid-upis", "nhn-actorid"]

# The business message.
Avtalt = TypedDict(
    "Avtalt",
    {
        # Any JSON, returned unchanged.
        "content": NotRequired[Any],
        # The primary file.
        "hoveddokument": NotRequired[str],
        # Which agreement.
        "identifier": NotRequired[str],
    },
)

# What a document belongs to.
BusinessScope = TypedDict(
    "BusinessScope",
    {
        # The scopes, in their order.
        "scope": list["Scope"],
    },
)

# What a receiver can get.
Capabilities = TypedDict(
    "Capabilities",
    {
        "capabilities": list["Capability"],
    },
)

# One way to a receiver.
Capability = TypedDict(
    "Capability",
    {
        "digitalPostAddress": NotRequired["DigitalPostAddress"],
        "documentTypes": list["DocumentType"],
        # Where letters go; for digital post only.
        "postAddress": NotRequired["PostAddress"],
        # To be used as `identifier` of the scope `ConversationId`.
        "process": str,
        # Where letters come back to; for digital post only.
        "returnAddress": NotRequired["PostAddress"],
        "serviceIdentifier": "ServiceOrUnknown",
    },
)

# Colours.
Colour = Literal["SORT_HVIT", "FARGE"]

# How a partner is reached.
ContactInformation = TypedDict(
    "ContactInformation",
    {
        # A name.
        "contact": str,
        # What sort of contact it is.
        "contactTypeIdentifier": NotRequired[str],
        # An e-mail address.
        "emailAddress": NotRequired[str],
        # A fax number.
        "faxNumber": NotRequired[str],
        # A telephone number.
        "telephoneNumber": NotRequired[str],
    },
)

# The story of one message.
Conversation = TypedDict(
    "Conversation",
    {
        "conversationId": str,
        "direction": "Direction",
        "documentIdentifier": str,
        "expiry": str,
        # Its id at the channel.
        "externalSystemReference": NotRequired[str],
        # Whether nothing more has to happen.
        "finished": bool,
        "id": int,
        "lastUpdate": str,
        "messageId": str,
        "messageReference": str,
        "messageStatuses": list["MessageStatus"],
        "messageTitle": str,
        "processIdentifier": str,
        # Absent where a letter has an address only.
        "receiver": NotRequired[str],
        "receiverIdentifier": NotRequired[str],
        # With scheme, and with whom it is sent for.
        "sender": str,
        "senderIdentifier": str,
        "serviceIdentifier": "ServiceOrUnknown",
    },
)

# A page of deliveries.
Deliveries = TypedDict(
    "Deliveries",
    {
        "deliveries": list["Delivery"],
        "subscription": "SubscriptionStanding",
    },
)

# One telling.
Delivery = TypedDict(
    "Delivery",
    {
        "created": str,
        "ended": NotRequired[str],
        "eventId": NotRequired[str],
        "id": str,
        "outcome": NotRequired[str],
        "sequence": int,
        "state": "DeliveryState",
        "tries": int,
    },
)

# Whether a delivery waits, was taken, or was given up.
DeliveryState = Literal["pending", "delivered", "given_up"]

# How it went.
DialogStatus = Literal["OK", "REJECTED", "OK_ERROR_IN_MESSAGE_PART"]

# `dialogmelding`.
Dialogmelding = TypedDict(
    "Dialogmelding",
    {
        # The primary file.
        "hoveddokument": NotRequired[str],
        # File name to issue date and description.
        "metadataFiler": NotRequired[Any],
        # Whom it is about.
        "pasient": NotRequired["Patient"],
    },
)

# `dialogmelding_kvittering`.
DialogmeldingKvittering = TypedDict(
    "DialogmeldingKvittering",
    {
        # Details.
        "messages": NotRequired[list["ReceiptMessage"]],
        # As it came.
        "rawReceipt": NotRequired[str],
        # The message id of what is answered.
        "relatedToMessageId": NotRequired[str],
        # How it went.
        "status": NotRequired["DialogStatus"],
    },
)

# `digital`.
Digital = TypedDict(
    "Digital",
    {
        # The sender's identifier inside digital post.
        "avsenderId": NotRequired[str],
        # When it becomes visible, and whether opening it is told.
        "digitalPostInfo": NotRequired["DigitalPostInfo"],
        # For the invoice.
        "fakturaReferanse": NotRequired[str],
        # The primary file.
        "hoveddokument": NotRequired[str],
        # Document file name to metadata file name.
        "metadataFiler": NotRequired[Any],
        # 3 or 4.
        "sikkerhetsnivaa": NotRequired[int],
        # The language.
        "spraak": NotRequired[str],
        # A title that anybody may see.
        "tittel": NotRequired[str],
        # Texts of notifications.
        "varsler": NotRequired["DigitalPostNotifications"],
    },
)

# `digital_dpv`.
DigitalDpv = TypedDict(
    "DigitalDpv",
    {
        # How it is notified.
        "dpv": NotRequired["Dpv"],
        # The primary file.
        "hoveddokument": NotRequired[str],
        # The text.
        "innhold": NotRequired[str],
        # The summary.
        "sammendrag": NotRequired[str],
        # The title.
        "tittel": NotRequired[str],
    },
)

# A mailbox; empty where there is none.
DigitalPostAddress = TypedDict(
    "DigitalPostAddress",
    {
        "address": NotRequired[str],
        # The organization number of who runs it.
        "supplier": NotRequired[str],
    },
)

# When it becomes visible, and whether opening it is told.
DigitalPostInfo = TypedDict(
    "DigitalPostInfo",
    {
        # Whether opening it is told.
        "aapningskvittering": NotRequired[bool],
        # A date.
        "virkningsdato": NotRequired[str],
    },
)

# Texts of notifications.
DigitalPostNotifications = TypedDict(
    "DigitalPostNotifications",
    {
        # By e-mail.
        "epostTekst": NotRequired[str],
        # By SMS.
        "smsTekst": NotRequired[str],
    },
)

# Which way a message goes.
Direction = Literal["OUTGOING", "INCOMING"]

# Which document this is.
DocumentIdentification = TypedDict(
    "DocumentIdentification",
    {
        # When it was made.
        "creationDateAndTime": NotRequired[str],
        # The message id.
        "instanceIdentifier": NotRequired[str],
        # Carried unchanged.
        "multipleType": NotRequired[bool],
        # The document type.
        "standard": str,
        # The message type.
        "type": str,
        # Its version.
        "typeVersion": str,
    },
)

# A document that is taken.
DocumentType = TypedDict(
    "DocumentType",
    {
        # To be used as `documentIdentification.standard`.
        "standard": str,
        # The message type, where it is known.
        "type": NotRequired["DocumentTypeName"],
    },
)

# The name of a message type.
DocumentTypeName = Literal["arkivmelding", "arkivmelding_kvittering", "avtalt", "digital", "digital_dpv", "print", "innsynskrav", "publisering", "einnsyn_kvittering", "dialogmelding", "dialogmelding_kvittering", "status", "feil"]

# How a shipment over SvarUt is classified.
Dpf = TypedDict(
    "Dpf",
    {
        # One of the types SvarUt offers.
        "forsendelseType": NotRequired[str],
    },
)

# How a business is notified.
Dpv = TypedDict(
    "Dpv",
    {
        # Days to the due date.
        "dagerTilSvarfrist": NotRequired[int],
        # With which text, when the matter is confidential.
        "taushetsbelagtVarselTekst": NotRequired[str],
        # With which text.
        "varselTekst": NotRequired[str],
        # On which way.
        "varselTransportType": NotRequired["NotificationTransport"],
        # With or without a reminder.
        "varselType": NotRequired["NotificationType"],
    },
)

# `einnsyn_kvittering`.
EinnsynKvittering = TypedDict(
    "EinnsynKvittering",
    {
        # What is answered.
        "dokumentId": NotRequired[str],
        # The primary file.
        "hoveddokument": NotRequired[str],
        # `innsynskrav` or `publisering`; the reference writes the latter in upper case.
        "referanseType": NotRequired["ReferenceType"],
        # How it went.
        "status": NotRequired[str],
    },
)

# What happens to it.
Event = Literal["all", "status"]

# `standardBusinessDocumentHeader`.
Header = TypedDict(
    "Header",
    {
        # What it belongs to.
        "businessScope": "BusinessScope",
        # Which document this is.
        "documentIdentification": "DocumentIdentification",
        # `1.0` in practice.
        "headerVersion": str,
        # Carried unchanged.
        "manifest": NotRequired["Manifest"],
        # At most one.
        "receiver": NotRequired[list["Partner"]],
        # At most one.
        "sender": NotRequired[list["Partner"]],
    },
)

# `innsynskrav`.
Innsynskrav = TypedDict(
    "Innsynskrav",
    {
        # Whom to answer.
        "epost": NotRequired[str],
        # The primary file.
        "hoveddokument": NotRequired[str],
        # Whose records.
        "orgnr": NotRequired[str],
    },
)

# A postal address. Prints nothing of it.
LetterAddress = TypedDict(
    "LetterAddress",
    {
        # First line.
        "adresselinje1": NotRequired[str],
        # Second line.
        "adresselinje2": NotRequired[str],
        # Third line.
        "adresselinje3": NotRequired[str],
        # Fourth line.
        "adresselinje4": NotRequired[str],
        # Country.
        "land": NotRequired[str],
        # The name on it.
        "navn": NotRequired[str],
        # Postal code.
        "postnummer": NotRequired[str],
        # Post town.
        "poststed": NotRequired[str],
    },
)

# What happens when it cannot be delivered.
LetterReturn = TypedDict(
    "LetterReturn",
    {
        # Where it goes back to.
        "mottaker": NotRequired["LetterAddress"],
        # Back, or shredded.
        "returhaandtering": NotRequired["Returning"],
    },
)

# A list of what belongs to the document.
Manifest = TypedDict(
    "Manifest",
    {
        # The items.
        "manifestItem": NotRequired[list["ManifestItem"]],
        # How many items there are.
        "numberOfItems": NotRequired[int],
    },
)

# One of them.
ManifestItem = TypedDict(
    "ManifestItem",
    {
        # What it is.
        "description": NotRequired[str],
        # Its language.
        "languageCode": NotRequired[str],
        # Its media type.
        "mimeTypeQualifierCode": str,
        # Where it is.
        "uniformResourceIdentifier": str,
    },
)

# A step of it.
MessageStatus = TypedDict(
    "MessageStatus",
    {
        "description": NotRequired[str],
        "id": int,
        "lastUpdate": str,
        "status": "StatusName",
    },
)

# A message with its files.
MessageWithFiles = TypedDict(
    "MessageWithFiles",
    {
        # Files: any other parts with file names. A part's name is the file's title.
        "file": NotRequired[list[str]],
        # The document, without a file name.
        "sbd": "StandardBusinessDocument",
    },
)

# A new secret, shown this once.
NewSecret = TypedDict(
    "NewSecret",
    {
        # Until then the one before signs as well.
        "previousSignsUntil": str,
        "secret": str,
    },
)

# Somebody who is to be told.
NewSubscription = TypedDict(
    "NewSubscription",
    {
        "event": "Event",
        # Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when absent.
        "filter": NotRequired[str],
        "name": str,
        # An absolute http or https address.
        "pushEndpoint": str,
        "resource": "Resource",
    },
)

# On which way a notification goes.
NotificationTransport = Literal["Epost", "SMS", "EpostOgSMS"]

# Whether a notification is repeated.
NotificationType = Literal["VarselDPVUtenRevarsel", "VarselDPVMedRevarsel"]

# Part of a list.
PageConversation = TypedDict(
    "PageConversation",
    {
        # What is on the page.
        "content": list[Any],
        # Whether nothing is on this page.
        "empty": bool,
        # Whether no page comes before.
        "first": bool,
        # Whether no page follows.
        "last": bool,
        # Which page it is, from 0 on.
        "number": int,
        # How much is on this page.
        "numberOfElements": int,
        "pageable": "Pageable",
        # How much fits on a page.
        "size": int,
        "sort": "Sort",
        # How much there is altogether.
        "totalElements": int,
        # How many pages there are.
        "totalPages": int,
    },
)

# Part of a list.
PageReceivedStandardBusinessDocument = TypedDict(
    "PageReceivedStandardBusinessDocument",
    {
        # What is on the page.
        "content": list[Any],
        # Whether nothing is on this page.
        "empty": bool,
        # Whether no page comes before.
        "first": bool,
        # Whether no page follows.
        "last": bool,
        # Which page it is, from 0 on.
        "number": int,
        # How much is on this page.
        "numberOfElements": int,
        "pageable": "Pageable",
        # How much fits on a page.
        "size": int,
        "sort": "Sort",
        # How much there is altogether.
        "totalElements": int,
        # How many pages there are.
        "totalPages": int,
    },
)

# Part of a list.
PageStandardBusinessDocument = TypedDict(
    "PageStandardBusinessDocument",
    {
        # What is on the page.
        "content": list[Any],
        # Whether nothing is on this page.
        "empty": bool,
        # Whether no page comes before.
        "first": bool,
        # Whether no page follows.
        "last": bool,
        # Which page it is, from 0 on.
        "number": int,
        # How much is on this page.
        "numberOfElements": int,
        "pageable": "Pageable",
        # How much fits on a page.
        "size": int,
        "sort": "Sort",
        # How much there is altogether.
        "totalElements": int,
        # How many pages there are.
        "totalPages": int,
    },
)

# Part of a list.
PageStatus = TypedDict(
    "PageStatus",
    {
        # What is on the page.
        "content": list[Any],
        # Whether nothing is on this page.
        "empty": bool,
        # Whether no page comes before.
        "first": bool,
        # Whether no page follows.
        "last": bool,
        # Which page it is, from 0 on.
        "number": int,
        # How much is on this page.
        "numberOfElements": int,
        "pageable": "Pageable",
        # How much fits on a page.
        "size": int,
        "sort": "Sort",
        # How much there is altogether.
        "totalElements": int,
        # How many pages there are.
        "totalPages": int,
    },
)

# Part of a list.
PageSubscription = TypedDict(
    "PageSubscription",
    {
        # What is on the page.
        "content": list[Any],
        # Whether nothing is on this page.
        "empty": bool,
        # Whether no page comes before.
        "first": bool,
        # Whether no page follows.
        "last": bool,
        # Which page it is, from 0 on.
        "number": int,
        # How much is on this page.
        "numberOfElements": int,
        "pageable": "Pageable",
        # How much fits on a page.
        "size": int,
        "sort": "Sort",
        # How much there is altogether.
        "totalElements": int,
        # How many pages there are.
        "totalPages": int,
    },
)

# Which part it is.
Pageable = TypedDict(
    "Pageable",
    {
        # How much comes before the page.
        "offset": int,
        "pageNumber": int,
        "pageSize": int,
        "paged": bool,
        "sort": "Sort",
        "unpaged": bool,
    },
)

# A sender or receiver.
Partner = TypedDict(
    "Partner",
    {
        # Carried unchanged; an empty list is left out.
        "contactInformation": NotRequired[list["ContactInformation"]],
        # Who it is.
        "identifier": "PartnerIdentifier",
    },
)

# Who a partner is.
PartnerIdentifier = TypedDict(
    "PartnerIdentifier",
    {
        # Whose numbering it is.
        "authority": "Authority",
        # The identifier.
        "value": str,
    },
)

# Whom a dialogue is about. Prints nothing of it.
Patient = TypedDict(
    "Patient",
    {
        "etternavn": NotRequired[str],
        "fnr": NotRequired[str],
        "fornavn": NotRequired[str],
        "mellomnavn": NotRequired[str],
    },
)

# How an address answered.
PingOutcome = TypedDict(
    "PingOutcome",
    {
        "answered": bool,
        "outcome": str,
    },
)

# A postal address.
PostAddress = TypedDict(
    "PostAddress",
    {
        "country": NotRequired[str],
        "name": NotRequired[str],
        "postalArea": NotRequired[str],
        "postalCode": NotRequired[str],
        # Lines with `;` between them.
        "street": NotRequired[str],
    },
)

# Classes of post.
Postage = Literal["B_OEKONOMI", "A_PRIORITERT"]

# The business message.
Print = TypedDict(
    "Print",
    {
        # The sender's identifier inside digital post.
        "avsenderId": NotRequired[str],
        # For the invoice.
        "fakturaReferanse": NotRequired[str],
        # The primary file.
        "hoveddokument": NotRequired[str],
        # Where it goes.
        "mottaker": NotRequired["LetterAddress"],
        # How fast.
        "posttype": NotRequired["Postage"],
        # For the printer.
        "printinstruksjoner": NotRequired[Any],
        # What happens when it cannot be delivered.
        "retur": NotRequired["LetterReturn"],
        # In black and white, or in colour.
        "utskriftsfarge": NotRequired["Colour"],
    },
)

# `publisering`.
Publisering = TypedDict(
    "Publisering",
    {
        # The primary file.
        "hoveddokument": NotRequired[str],
        # Whose records.
        "orgnr": NotRequired[str],
    },
)

# One detail.
ReceiptMessage = TypedDict(
    "ReceiptMessage",
    {
        # Its code.
        "code": NotRequired[str],
        # Its text.
        "text": NotRequired[str],
    },
)

# What a document belongs to.
ReceivedBusinessScope = TypedDict(
    "ReceivedBusinessScope",
    {
        # The scopes, in their order.
        "scope": NotRequired[list["ReceivedScope"]],
    },
)

# How a partner is reached.
ReceivedContactInformation = TypedDict(
    "ReceivedContactInformation",
    {
        # A name.
        "contact": NotRequired[str],
        # What sort of contact it is.
        "contactTypeIdentifier": NotRequired[str],
        # An e-mail address.
        "emailAddress": NotRequired[str],
        # A fax number.
        "faxNumber": NotRequired[str],
        # A telephone number.
        "telephoneNumber": NotRequired[str],
    },
)

# Which document this is.
ReceivedDocumentIdentification = TypedDict(
    "ReceivedDocumentIdentification",
    {
        # When it was made.
        "creationDateAndTime": NotRequired[str],
        # The message id.
        "instanceIdentifier": NotRequired[str],
        # Carried unchanged.
        "multipleType": NotRequired[bool],
        # The document type.
        "standard": NotRequired[str],
        # The message type.
        "type": NotRequired[str],
        # Its version.
        "typeVersion": NotRequired[str],
    },
)

# `standardBusinessDocumentHeader`.
ReceivedHeader = TypedDict(
    "ReceivedHeader",
    {
        # What it belongs to.
        "businessScope": NotRequired["ReceivedBusinessScope"],
        # Which document this is.
        "documentIdentification": NotRequired["ReceivedDocumentIdentification"],
        # `1.0` in practice.
        "headerVersion": NotRequired[str],
        # Carried unchanged.
        "manifest": NotRequired["ReceivedManifest"],
        # At most one.
        "receiver": NotRequired[list["ReceivedPartner"]],
        # At most one.
        "sender": NotRequired[list["ReceivedPartner"]],
    },
)

# A list of what belongs to the document.
ReceivedManifest = TypedDict(
    "ReceivedManifest",
    {
        # The items.
        "manifestItem": NotRequired[list["ReceivedManifestItem"]],
        # How many items there are.
        "numberOfItems": NotRequired[int],
    },
)

# One of them.
ReceivedManifestItem = TypedDict(
    "ReceivedManifestItem",
    {
        # What it is.
        "description": NotRequired[str],
        # Its language.
        "languageCode": NotRequired[str],
        # Its media type.
        "mimeTypeQualifierCode": NotRequired[str],
        # Where it is.
        "uniformResourceIdentifier": NotRequired[str],
    },
)

# A sender or receiver.
ReceivedPartner = TypedDict(
    "ReceivedPartner",
    {
        # Carried unchanged; an empty list is left out.
        "contactInformation": NotRequired[list["ReceivedContactInformation"]],
        # Who it is.
        "identifier": NotRequired["ReceivedPartnerIdentifier"],
    },
)

# Who a partner is.
ReceivedPartnerIdentifier = TypedDict(
    "ReceivedPartnerIdentifier",
    {
        # Whose numbering it is.
        "authority": NotRequired[str],
        # The identifier.
        "value": NotRequired[str],
    },
)

# One thing it belongs to.
ReceivedScope = TypedDict(
    "ReceivedScope",
    {
        # A process or a channel's name.
        "identifier": NotRequired[str],
        # Its own id.
        "instanceIdentifier": NotRequired[str],
        # Deadlines; an empty list is left out.
        "scopeInformation": NotRequired[list["ScopeInformation"]],
        # Which sort of thing.
        "type": NotRequired[str],
    },
)

# A standard business document: its header, and beside it exactly one member, which has the name of the
# message's type (`documentIdentification.type`) and holds the message. The header is as its sender wrote it:
# anything may be missing.
ReceivedStandardBusinessDocument = TypedDict(
    "ReceivedStandardBusinessDocument",
    {
        "arkivmelding": NotRequired["Arkivmelding"],
        "arkivmelding_kvittering": NotRequired["ArkivmeldingKvittering"],
        "avtalt": NotRequired["Avtalt"],
        "dialogmelding": NotRequired["Dialogmelding"],
        "dialogmelding_kvittering": NotRequired["DialogmeldingKvittering"],
        "digital": NotRequired["Digital"],
        "digital_dpv": NotRequired["DigitalDpv"],
        "einnsyn_kvittering": NotRequired["EinnsynKvittering"],
        "innsynskrav": NotRequired["Innsynskrav"],
        "print": NotRequired["Print"],
        "publisering": NotRequired["Publisering"],
        "standardBusinessDocumentHeader": "ReceivedHeader",
        "status": NotRequired["StatusMessage"],
    },
)

# What a receipt answers.
ReferenceType = Literal["innsynskrav", "publisering"]

# What the registry knows, as it said it.
RelayedRecord = TypedDict(
    "RelayedRecord",
    {
        "infoRecord": Any,
        # The first of `serviceRecords`.
        "serviceRecord": NotRequired[Any],
        "serviceRecords": list[Any],
    },
)

# From where on everything is told again: exactly one of these.
ReplayFrom = TypedDict(
    "ReplayFrom",
    {
        # The id of an event.
        "eventId": NotRequired[str],
        # The number of a delivery.
        "sequence": NotRequired[int],
        # A moment, with an offset.
        "since": NotRequired[str],
    },
)

# How many are told again.
Replayed = TypedDict(
    "Replayed",
    {
        "replayed": int,
    },
)

# What is told of.
Resource = Literal["all", "messages"]

# What happens to returned letters.
Returning = Literal["DIREKTE_RETUR", "MAKULERING_MED_MELDING"]

# One thing it belongs to.
Scope = TypedDict(
    "Scope",
    {
        # A process or a channel's name.
        "identifier": NotRequired[str],
        # Its own id.
        "instanceIdentifier": NotRequired[str],
        # Deadlines; an empty list is left out.
        "scopeInformation": NotRequired[list["ScopeInformation"]],
        # Which sort of thing.
        "type": "ScopeType",
    },
)

# A deadline and what was asked for.
ScopeInformation = TypedDict(
    "ScopeInformation",
    {
        # The message is worthless after this moment.
        "expectedResponseDateTime": NotRequired[str],
        # Carried unchanged.
        "requestingDocumentCreationDateTime": NotRequired[str],
        # Carried unchanged.
        "requestingDocumentInstanceIdentifier": NotRequired[str],
    },
)

# What a scope says.
ScopeType = Literal["ConversationId", "SenderRef", "ReceiverRef", "MessageChannel", "JournalpostId", "ParentId"]

# A channel.
Service = Literal["DPO", "DPV", "DPI", "DPF", "DPE", "DPH"]

# A channel; `UNKNOWN` is one that is newer than this server.
ServiceOrUnknown = Literal["DPO", "DPV", "DPI", "DPF", "DPE", "DPH", "UNKNOWN"]

# Whether the list has an order.
Sort = TypedDict(
    "Sort",
    {
        "empty": bool,
        "sorted": bool,
        "unsorted": bool,
    },
)

# A standard business document: its header, and beside it exactly one member, which has the name of the
# message's type (`documentIdentification.type`) and holds the message.
StandardBusinessDocument = TypedDict(
    "StandardBusinessDocument",
    {
        "arkivmelding": NotRequired["Arkivmelding"],
        "arkivmelding_kvittering": NotRequired["ArkivmeldingKvittering"],
        "avtalt": NotRequired["Avtalt"],
        "dialogmelding": NotRequired["Dialogmelding"],
        "dialogmelding_kvittering": NotRequired["DialogmeldingKvittering"],
        "digital": NotRequired["Digital"],
        "digital_dpv": NotRequired["DigitalDpv"],
        "einnsyn_kvittering": NotRequired["EinnsynKvittering"],
        "innsynskrav": NotRequired["Innsynskrav"],
        "print": NotRequired["Print"],
        "publisering": NotRequired["Publisering"],
        "standardBusinessDocumentHeader": "Header",
        "status": NotRequired["StatusMessage"],
    },
)

# A step of a message.
Status = TypedDict(
    "Status",
    {
        # The conversation's number.
        "convId": int,
        "conversationId": str,
        "description": NotRequired[str],
        "id": int,
        "lastUpdate": str,
        "messageId": str,
        # What the channel answered, as it came.
        "rawReceipt": NotRequired[str],
        "status": "StatusName",
    },
)

# The business message.
StatusMessage = TypedDict(
    "StatusMessage",
    {
        # The status's name.
        "status": NotRequired[str],
    },
)

# How far a message has come.
StatusName = Literal["OPPRETTET", "SENDT", "MOTTATT", "LEVERT", "LEST", "FEIL", "ANNET", "INNKOMMENDE_MOTTATT", "INNKOMMENDE_LEVERT", "LEVETID_UTLOPT"]

# Somebody who is told.
Subscription = TypedDict(
    "Subscription",
    {
        "event": "Event",
        # Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when absent.
        "filter": NotRequired[str],
        "id": int,
        "name": str,
        "pushEndpoint": str,
        "resource": "Resource",
    },
)

# What is to be different; what is absent stays as it is.
SubscriptionChange = TypedDict(
    "SubscriptionChange",
    {
        "event": NotRequired["Event"],
        # Only of what fits; it cannot be taken away again.
        "filter": NotRequired[str],
        "name": NotRequired[str],
        # An absolute http or https address.
        "pushEndpoint": NotRequired[str],
        "resource": NotRequired["Resource"],
    },
)

# How the last ping went.
SubscriptionPing = TypedDict(
    "SubscriptionPing",
    {
        "at": str,
        "outcome": str,
    },
)

# A subscription, and how it stands.
SubscriptionStanding = TypedDict(
    "SubscriptionStanding",
    {
        "event": "Event",
        # Only of what fits, such as `status=LEVERT,FEIL&direction=OUTGOING`; of everything when absent.
        "filter": NotRequired[str],
        "id": int,
        "name": str,
        "pushEndpoint": str,
        "resource": "Resource",
        # In a row.
        "failures": int,
        "lastPing": NotRequired["SubscriptionPing"],
        "pausedSince": NotRequired[str],
        # Whether it has a secret that events are signed with.
        "signed": bool,
        "state": "SubscriptionState",
        # Deliveries that wait.
        "waiting": int,
    },
)

# Whether it is told, rests by itself after failures, or was put to rest.
SubscriptionState = Literal["active", "paused", "held"]

class Exchange(Api):
    """Budstikke Exchange."""

    def show_capabilities(
        self,
        receiver: str,
        *,
        security_level: int | None = None,
        process: str | None = None,
    ) -> Capabilities:
        """Tells what a receiver can get, and over which channel."""
        return self.ask("GET", "/api/capabilities/{receiver}".replace("{receiver}", self.step(receiver)), query={"securityLevel": security_level, "process": process}, accept="application/json").json()

    def list_conversations(
        self,
        *,
        conversation_id: str | None = None,
        message_id: str | None = None,
        receiver: str | None = None,
        receiver_identifier: str | None = None,
        sender: str | None = None,
        sender_identifier: str | None = None,
        service_identifier: Service | None = None,
        message_reference: str | None = None,
        message_title: str | None = None,
        pollable: bool | None = None,
        finished: bool | None = None,
        direction: Direction | None = None,
        last_update_from: str | None = None,
        last_update_to: str | None = None,
        page: int | None = None,
        size: int | None = None,
        sort: list[str] | None = None,
    ) -> PageConversation:
        """Lists the stories of messages, both ways."""
        return self.ask("GET", "/api/conversations", query={"conversationId": conversation_id, "messageId": message_id, "receiver": receiver, "receiverIdentifier": receiver_identifier, "sender": sender, "senderIdentifier": sender_identifier, "serviceIdentifier": service_identifier, "messageReference": message_reference, "messageTitle": message_title, "pollable": pollable, "finished": finished, "direction": direction, "lastUpdateFrom": last_update_from, "lastUpdateTo": last_update_to, "page": page, "size": size, "sort": sort}, accept="application/json").json()

    def show_conversation_of_message(
        self,
        id_: str,
    ) -> Conversation:
        """Shows the story of the message with this id."""
        return self.ask("GET", "/api/conversations/messageId/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def delete_conversation_of_message(
        self,
        id_: str,
    ) -> None:
        """Forgets the story of the message with this id. Messages and files stay."""
        self.ask("DELETE", "/api/conversations/messageId/{id}".replace("{id}", self.step(id_))).close()

    def list_polled_conversations(
        self,
        *,
        page: int | None = None,
        size: int | None = None,
        sort: list[str] | None = None,
    ) -> PageConversation:
        """Lists those whose channel is still asked."""
        return self.ask("GET", "/api/conversations/queue", query={"page": page, "size": size, "sort": sort}, accept="application/json").json()

    def show_conversation(
        self,
        id_: int,
    ) -> Conversation:
        """Shows the story of a message."""
        return self.ask("GET", "/api/conversations/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def delete_conversation(
        self,
        id_: int,
    ) -> None:
        """Forgets the story of a message. Messages and files stay."""
        self.ask("DELETE", "/api/conversations/{id}".replace("{id}", self.step(id_))).close()

    def list_waiting(
        self,
        *,
        conversation_id: str | None = None,
        message_id: str | None = None,
        receiver_identifier: str | None = None,
        sender_identifier: str | None = None,
        service_identifier: Service | None = None,
        process: str | None = None,
        page: int | None = None,
        size: int | None = None,
        sort: list[str] | None = None,
    ) -> PageReceivedStandardBusinessDocument:
        """Lists what waits, locked or not. Locks nothing."""
        return self.ask("GET", "/api/messages/in", query={"conversationId": conversation_id, "messageId": message_id, "receiverIdentifier": receiver_identifier, "senderIdentifier": sender_identifier, "serviceIdentifier": service_identifier, "process": process, "page": page, "size": size, "sort": sort}, accept="application/json").json()

    def peek_message(
        self,
        *,
        conversation_id: str | None = None,
        message_id: str | None = None,
        receiver_identifier: str | None = None,
        sender_identifier: str | None = None,
        service_identifier: Service | None = None,
        process: str | None = None,
    ) -> ReceivedStandardBusinessDocument | None:
        """Locks the next message that fits, and shows it."""
        return self.ask("GET", "/api/messages/in/peek", query={"conversationId": conversation_id, "messageId": message_id, "receiverIdentifier": receiver_identifier, "senderIdentifier": sender_identifier, "serviceIdentifier": service_identifier, "process": process}, accept="application/json").json()

    def pop_message(
        self,
        id_: str,
    ) -> Answer:
        """Gives the files of a locked message, decrypted, as one ASiC-E container. May be repeated."""
        return self.ask("GET", "/api/messages/in/pop/{id}".replace("{id}", self.step(id_)), accept="application/vnd.etsi.asic-e+zip")

    def acknowledge_message_by_pop(
        self,
        id_: str,
    ) -> ReceivedStandardBusinessDocument:
        """Takes a locked message: it is removed, and its sender is told that it was delivered.

        Beyond the reference. The same as `DELETE /api/messages/in/{id}`.
        """
        return self.ask("DELETE", "/api/messages/in/pop/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def acknowledge_message(
        self,
        id_: str,
    ) -> ReceivedStandardBusinessDocument:
        """Takes a locked message: it is removed, and its sender is told that it was delivered."""
        return self.ask("DELETE", "/api/messages/in/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def pop_message_short(
        self,
        id_: str,
    ) -> Answer:
        """Gives the files of a locked message, decrypted, as one ASiC-E container. May be repeated.

        Beyond the reference. The same as `GET /api/messages/in/pop/{id}`.
        """
        return self.ask("GET", "/api/messages/in/{id}".replace("{id}", self.step(id_)), accept="application/vnd.etsi.asic-e+zip")

    def extend_lock(
        self,
        id_: str,
    ) -> None:
        """Keeps a lock: it then lasts as long as one taken now.

        Beyond the reference.
        """
        self.ask("PUT", "/api/messages/in/{id}/lock".replace("{id}", self.step(id_))).close()

    def unlock_message(
        self,
        id_: str,
    ) -> None:
        """Gives a locked message back before its lock runs out; it keeps its place.

        Beyond the reference.
        """
        self.ask("DELETE", "/api/messages/in/{id}/lock".replace("{id}", self.step(id_))).close()

    def list_outgoing(
        self,
        *,
        conversation_id: str | None = None,
        message_id: str | None = None,
        process_identifier: str | None = None,
        receiver_identifier: str | None = None,
        sender_identifier: str | None = None,
        service_identifier: Service | None = None,
        last_updated: str | None = None,
        files_filename: str | None = None,
        files_mimetype: str | None = None,
        files_title: str | None = None,
        page: int | None = None,
        size: int | None = None,
        sort: list[str] | None = None,
    ) -> PageStandardBusinessDocument:
        """Lists drafts, and what is queued or being tried again."""
        return self.ask("GET", "/api/messages/out", query={"conversationId": conversation_id, "messageId": message_id, "processIdentifier": process_identifier, "receiverIdentifier": receiver_identifier, "senderIdentifier": sender_identifier, "serviceIdentifier": service_identifier, "lastUpdated": last_updated, "files.filename": files_filename, "files.mimetype": files_mimetype, "files.title": files_title, "page": page, "size": size, "sort": sort}, accept="application/json").json()

    def create_message(
        self,
        body: StandardBusinessDocument,
    ) -> StandardBusinessDocument:
        """Makes a draft.

        Files are added to it and it is sent in further calls. What is left out of the header is filled in;
        the answer is the document as it is kept.
        """
        return self.ask("POST", "/api/messages/out", json=body, accept="application/json").json()

    def send_with_files(
        self,
        body: dict[str, Any],
    ) -> StandardBusinessDocument:
        """Makes a message, attaches its files and sends it in one request: all of it or nothing."""
        return self.ask("POST", "/api/messages/out/multipart", form=body, accept="application/json").json()

    def show_outgoing(
        self,
        id_: str,
    ) -> StandardBusinessDocument:
        """Shows a draft, or what is on its way. What has been handed over is not here any more."""
        return self.ask("GET", "/api/messages/out/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def attach_file(
        self,
        id_: str,
        content_disposition: str,
        body: bytes | BinaryIO | Iterable[bytes],
        media_type: str = "application/octet-stream",
        *,
        title: str | None = None,
    ) -> None:
        """Adds one file to a draft, of any size: the body is the file, byte by byte."""
        self.ask("PUT", "/api/messages/out/{id}".replace("{id}", self.step(id_)), query={"title": title}, headers={"Content-Disposition": content_disposition}, stream=body, media_type=media_type).close()

    def send_message(
        self,
        id_: str,
    ) -> None:
        """Checks a draft and sends it. Asking again changes nothing."""
        self.ask("POST", "/api/messages/out/{id}".replace("{id}", self.step(id_))).close()

    def discard_message(
        self,
        id_: str,
    ) -> None:
        """Discards a draft, or cancels what is on its way. The story of it stays."""
        self.ask("DELETE", "/api/messages/out/{id}".replace("{id}", self.step(id_))).close()

    def list_files(
        self,
        id_: str,
    ) -> list[AttachedFile]:
        """Lists the files of a draft, so that an upload can be resumed.

        Beyond the reference.
        """
        return self.ask("GET", "/api/messages/out/{id}/files".replace("{id}", self.step(id_)), accept="application/json").json()

    def list_statuses(
        self,
        *,
        id_: int | None = None,
        message_id: str | None = None,
        conversation_id: str | None = None,
        status: str | None = None,
        from_date_time: str | None = None,
        to_date_time: str | None = None,
        page: int | None = None,
        size: int | None = None,
        sort: list[str] | None = None,
    ) -> PageStatus:
        """Lists statuses, of both directions."""
        return self.ask("GET", "/api/statuses", query={"id": id_, "messageId": message_id, "conversationId": conversation_id, "status": status, "fromDateTime": from_date_time, "toDateTime": to_date_time, "page": page, "size": size, "sort": sort}, accept="application/json").json()

    def peek_status(
        self,
    ) -> Status | None:
        """Shows the oldest status in the queue, and leaves it there."""
        return self.ask("GET", "/api/statuses/peek", accept="application/json").json()

    def list_statuses_of_message(
        self,
        id_: str,
        *,
        page: int | None = None,
        size: int | None = None,
        sort: list[str] | None = None,
    ) -> PageStatus:
        """Lists the statuses of one message; of a conversation where no message has the id."""
        return self.ask("GET", "/api/statuses/{id}".replace("{id}", self.step(id_)), query={"page": page, "size": size, "sort": sort}, accept="application/json").json()

    def take_status(
        self,
        id_: int,
    ) -> None:
        """Takes a status off the queue. It stays in the lists."""
        self.ask("DELETE", "/api/statuses/{id}".replace("{id}", self.step(id_))).close()

    def list_subscriptions(
        self,
        *,
        page: int | None = None,
        size: int | None = None,
        sort: list[str] | None = None,
    ) -> PageSubscription:
        """Lists subscriptions."""
        return self.ask("GET", "/api/subscriptions", query={"page": page, "size": size, "sort": sort}, accept="application/json").json()

    def subscribe(
        self,
        body: NewSubscription,
    ) -> Subscription:
        """Subscribes an address, which is pinged first."""
        return self.ask("POST", "/api/subscriptions", json=body, accept="application/json").json()

    def unsubscribe_all(
        self,
    ) -> None:
        """Ends all subscriptions."""
        self.ask("DELETE", "/api/subscriptions").close()

    def show_subscription(
        self,
        id_: int,
    ) -> Subscription:
        """Shows a subscription."""
        return self.ask("GET", "/api/subscriptions/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def change_subscription(
        self,
        id_: int,
        body: SubscriptionChange,
    ) -> None:
        """Changes a subscription; what is absent stays as it is."""
        self.ask("PUT", "/api/subscriptions/{id}".replace("{id}", self.step(id_)), json=body).close()

    def unsubscribe(
        self,
        id_: int,
    ) -> None:
        """Ends a subscription."""
        self.ask("DELETE", "/api/subscriptions/{id}".replace("{id}", self.step(id_))).close()

    def list_deliveries(
        self,
        id_: int,
        *,
        after: int | None = None,
        state: DeliveryState | None = None,
        size: int | None = None,
    ) -> Deliveries:
        """Lists what has been told and what waits.

        Beyond the reference.
        """
        return self.ask("GET", "/api/subscriptions/{id}/deliveries".replace("{id}", self.step(id_)), query={"after": after, "state": state, "size": size}, accept="application/json").json()

    def pause_subscription(
        self,
        id_: int,
    ) -> SubscriptionStanding:
        """Tells nothing until it is let go on.

        Beyond the reference.
        """
        return self.ask("POST", "/api/subscriptions/{id}/pause".replace("{id}", self.step(id_)), accept="application/json").json()

    def ping_subscription(
        self,
        id_: int,
    ) -> PingOutcome:
        """Asks whether the address answers, now.

        Beyond the reference.
        """
        return self.ask("POST", "/api/subscriptions/{id}/ping".replace("{id}", self.step(id_)), accept="application/json").json()

    def replay_subscription(
        self,
        id_: int,
        body: ReplayFrom,
    ) -> Replayed:
        """Tells again what was told, or would have been, from somewhere on.

        Beyond the reference.
        """
        return self.ask("POST", "/api/subscriptions/{id}/replay".replace("{id}", self.step(id_)), json=body, accept="application/json").json()

    def resume_subscription(
        self,
        id_: int,
    ) -> SubscriptionStanding:
        """Goes on, and tells what waits, now.

        Beyond the reference.
        """
        return self.ask("POST", "/api/subscriptions/{id}/resume".replace("{id}", self.step(id_)), accept="application/json").json()

    def renew_subscription_secret(
        self,
        id_: int,
    ) -> NewSecret:
        """Makes a secret that events are signed with; only this answer has it.

        Beyond the reference.

        The one before signs as well for a while.
        """
        return self.ask("POST", "/api/subscriptions/{id}/secret".replace("{id}", self.step(id_)), accept="application/json").json()

    def relay_record(
        self,
        identifier: str,
    ) -> RelayedRecord:
        """Passes on what the registry knows of somebody, for older integrations."""
        return self.ask("GET", "/servicerecord/{identifier}".replace("{identifier}", self.step(identifier)), accept="application/json").json()

    def create_message_short(
        self,
        body: StandardBusinessDocument,
    ) -> StandardBusinessDocument:
        """Makes a draft.

        Beyond the reference. The same as `POST /api/messages/out`.
        """
        return self.ask("POST", "/api/messages", json=body, accept="application/json").json()

    def unlock_message_by_post(
        self,
        id_: str,
    ) -> None:
        """Gives a locked message back before its lock runs out; it keeps its place.

        Beyond the reference. The same as `DELETE /api/messages/in/{id}/lock`.
        """
        self.ask("POST", "/api/messages/in/{id}/unlock".replace("{id}", self.step(id_))).close()
