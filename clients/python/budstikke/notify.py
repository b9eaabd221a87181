"""Budstikke Notify: types and calls. Made by clients/generate; do not change it by hand."""

from typing import Any, BinaryIO, Iterable, Literal, NotRequired, TypedDict

from .http import Api, Answer


# Addresses.
Addresses = TypedDict(
    "Addresses",
    {
        "emailAddresses": list[str],
    },
)

# A file that is fetched when the e-mail is sent.
Attachment = TypedDict(
    "Attachment",
    {
        # A name with an extension, without a path.
        "filename": str,
        # One of the kinds of files that e-mail carries here.
        "mimeType": str,
        # Where it is: an https link with a signature that lets it be read until 15 minutes after the e-mail's
        # time at least. Treated as a secret.
        "sasUrl": str,
    },
)

Bulk = TypedDict(
    "Bulk",
    {
        # Orders that were new.
        "accepted": int,
        # Orders that had been accepted before, under the same idempotency id.
        "known": int,
        # Lines that held an order.
        "lines": int,
        # Orders that cannot be accepted.
        "refused": int,
        "bulkId": str,
        "created": str,
        "lastUpdate": str,
        # Main orders by their status.
        "orders": dict[str, int],
        "state": "BulkState",
    },
)

# Which lines are answered.
BulkAnswers = Literal["refused", "all"]

# Where a bulk stands.
BulkState = Literal["taking", "complete", "stopped"]

# How a message goes.
Channel = Literal["Email", "SMS"]

# E-mail, SMS, whichever is found first, or both.
Channels = Literal["Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms"]

# The same text in the cheaper encoding.
CheaperText = TypedDict(
    "CheaperText",
    {
        "parts": int,
        "text": str,
    },
)

# One e-mail to one address, with files.
ComposedEmail = TypedDict(
    "ComposedEmail",
    {
        # Asked right before sending whether to send.
        "conditionEndpoint": NotRequired[str],
        # Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
        "conditionFailurePolicy": NotRequired["ConditionFailurePolicy"],
        "dialogportenAssociation": NotRequired["DialogportenAssociation"],
        # Names the request for all time: the same again gives the first answer again and sends nothing.
        "idempotencyId": str,
        "recipient": "ComposedRecipient",
        # When it is wanted, with a zone and not in the past; now when absent.
        "requestedSendTime": NotRequired[str],
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
    },
)

# An address that the sender knows.
ComposedRecipient = TypedDict(
    "ComposedRecipient",
    {
        # One address, without a name.
        "emailAddress": str,
        "emailSettings": "ComposedSettings",
    },
)

# What an e-mail says and brings.
ComposedSettings = TypedDict(
    "ComposedSettings",
    {
        "attachments": NotRequired[list["Attachment"]],
        # Not blank.
        "body": str,
        # `Plain` when absent.
        "contentType": NotRequired["ContentType"],
        # Whom it comes from; the configured sender when absent.
        "senderEmailAddress": NotRequired[str],
        # E-mail goes at any time: `Anytime`, or absent.
        "sendingTimePolicy": NotRequired["SendingTimePolicy"],
        # Not blank; line breaks become spaces.
        "subject": str,
    },
)

# What follows when the condition cannot be asked: send, wait, or send nothing.
ConditionFailurePolicy = Literal["Send", "Hold", "Drop"]

# What an e-mail's body is written in.
ContentType = Literal["Plain", "Html"]

# Whether a delivery waits, was taken, or was given up.
DeliveryState = Literal["pending", "delivered", "given_up"]

# What became of a message, with its channel in front.
DeliveryStatus = Literal["SMS_New", "SMS_Sending", "SMS_Accepted", "SMS_Delivered", "SMS_Failed", "SMS_Failed_BarredReceiver", "SMS_Failed_Deleted", "SMS_Failed_Expired", "SMS_Failed_InvalidRecipient", "SMS_Failed_Undelivered", "SMS_Failed_Rejected", "SMS_Failed_RecipientReserved", "SMS_Failed_RecipientNotIdentified", "SMS_Failed_TTL", "Email_New", "Email_Sending", "Email_Succeeded", "Email_Delivered", "Email_Failed", "Email_Failed_RecipientReserved", "Email_Failed_RecipientNotIdentified", "Email_Failed_InvalidFormat", "Email_Failed_SuppressedRecipient", "Email_Failed_TransientError", "Email_Failed_Bounced", "Email_Failed_FilteredSpam", "Email_Failed_Quarantined", "Email_Failed_TTL", "Email_Failed_InvalidSasUrl", "Email_Failed_PayloadTooLarge"]

# The dialog that an order belongs to. It is kept and shown in the log, and changes nothing else.
DialogportenAssociation = TypedDict(
    "DialogportenAssociation",
    {
        "dialogId": NotRequired[str],
        "transmissionId": NotRequired[str],
    },
)

# What an order would do.
DryRun = TypedDict(
    "DryRun",
    {
        # Whether its id has been used, so that nothing new would come of it.
        "alreadyRegistered": bool,
        "orders": list["PlannedOrder"],
    },
)

# What an e-mail says.
EmailSettings = TypedDict(
    "EmailSettings",
    {
        # Not blank. `$recipientName$` and `$recipientNumber$` are filled in.
        "body": str,
        # `Plain` when absent.
        "contentType": NotRequired["ContentType"],
        # Whom it comes from; the configured sender when absent.
        "senderEmailAddress": NotRequired[str],
        # E-mail goes at any time: `Anytime`, or absent.
        "sendingTimePolicy": NotRequired["SendingTimePolicy"],
        # Not blank; line breaks become spaces. `$recipientName$` and `$recipientNumber$` are filled in.
        "subject": str,
    },
)

# What an e-mail says.
EmailTemplate = TypedDict(
    "EmailTemplate",
    {
        # Not blank where the channel may be e-mail.
        "body": str,
        # `Plain` when absent.
        "contentType": NotRequired["ContentType"],
        # Whom it comes from; the configured sender when absent or empty.
        "fromAddress": NotRequired[str],
        # Not blank where the channel may be e-mail.
        "subject": str,
    },
)

EmailTemplateShown = TypedDict(
    "EmailTemplateShown",
    {
        "body": str,
        "contentType": "ContentType",
        "fromAddress": NotRequired[str],
        "subject": str,
    },
)

# How an order has ended.
EndStatus = Literal["Order_Completed", "Order_SendConditionNotMet", "Order_Cancelled"]

# An order that has come to its end.
FeedEntry = TypedDict(
    "FeedEntry",
    {
        "lastUpdate": str,
        "recipients": list["FeedRecipient"],
        "sendersReference": NotRequired[str],
        "shipmentId": str,
        "shipmentType": "ShipmentType",
        "status": "EndStatus",
        # Grows from entry to entry, perhaps by more than one.
        "sequenceNumber": int,
    },
)

# Oldest or newest first; any letter case.
FeedOrder = Literal["asc", "desc"]

FeedRecipient = TypedDict(
    "FeedRecipient",
    {
        "destination": str,
        "lastUpdate": str,
        "status": "DeliveryStatus",
    },
)

# One e-mail, now.
InstantEmail = TypedDict(
    "InstantEmail",
    {
        # Names the request for all time: the same again gives the first answer again and sends nothing. One
        # space for all instant messages.
        "idempotencyId": str,
        "recipientEmail": "InstantEmailRecipient",
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
    },
)

# To whom.
InstantEmailRecipient = TypedDict(
    "InstantEmailRecipient",
    {
        # One address, without a name.
        "emailAddress": str,
        "emailSettings": "InstantEmailSettings",
    },
)

# What it says. Keywords stay as they are written.
InstantEmailSettings = TypedDict(
    "InstantEmailSettings",
    {
        # Not blank.
        "body": str,
        # `Plain` when absent.
        "contentType": NotRequired["ContentType"],
        # Whom it comes from; the configured sender when absent.
        "senderEmailAddress": NotRequired[str],
        # Not blank.
        "subject": str,
    },
)

# One SMS, now, in the older shape.
InstantOrder = TypedDict(
    "InstantOrder",
    {
        # Names the request for all time, as for the newer shapes.
        "idempotencyId": str,
        "recipient": "InstantOrderRecipient",
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
    },
)

# To whom.
InstantOrderRecipient = TypedDict(
    "InstantOrderRecipient",
    {
        "recipientSms": "InstantSmsRecipient",
    },
)

# One SMS, now.
InstantSms = TypedDict(
    "InstantSms",
    {
        # Names the request for all time: the same again gives the first answer again and sends nothing. One
        # space for all instant messages.
        "idempotencyId": str,
        "recipientSms": "InstantSmsRecipient",
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
    },
)

# To whom, and for how long it is worth delivering.
InstantSmsRecipient = TypedDict(
    "InstantSmsRecipient",
    {
        # With `+` or `00` and the country's code.
        "phoneNumber": str,
        "smsSettings": "InstantSmsSettings",
        # Seconds that it may take, a minute to two days.
        "timeToLiveInSeconds": int,
    },
)

# What it says. Keywords stay as they are written.
InstantSmsSettings = TypedDict(
    "InstantSmsSettings",
    {
        # Not blank.
        "body": str,
        # Whom it comes from; the configured sender when absent or blank.
        "sender": NotRequired[str],
    },
)

Lifted = TypedDict(
    "Lifted",
    {
        "lifted": int,
    },
)

# How a message went.
LogChannel = Literal["Email", "Sms"]

LoggedNotification = TypedDict(
    "LoggedNotification",
    {
        "channel": "LogChannel",
        "destination": str,
        "dialogId": str,
        "lastUpdateTime": str,
        "notificationId": str,
        "requestedSendTime": str,
        "status": "DeliveryStatus",
        "transmissionId": NotRequired[str],
        "type": "ShipmentType",
    },
)

# Whether those who were looked up can be reached: all, some, none.
LookupStatus = Literal["Success", "PartialSuccess", "Failed"]

Manifest = TypedDict(
    "Manifest",
    {
        "lastUpdate": str,
        "recipients": list["ManifestRecipient"],
        "sendersReference": NotRequired[str],
        "shipmentId": str,
        "status": "OrderStatus",
        "type": "ShipmentType",
    },
)

ManifestRecipient = TypedDict(
    "ManifestRecipient",
    {
        "destination": str,
        "lastUpdate": str,
        "status": "DeliveryStatus",
        "type": "Channel",
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

# Addresses that are not to be sent to.
NewSuppressions = TypedDict(
    "NewSuppressions",
    {
        "emailAddresses": list[str],
        # Until when, with a zone; what is said of the reason when absent.
        "expires": NotRequired[str],
        # `Manual` when absent.
        "reason": NotRequired["SuppressionReason"],
    },
)

# What somebody wants to be told, and where.
NewWebhook = TypedDict(
    "NewWebhook",
    {
        # Only of notifications on this channel: `Sms` or `Email`.
        "channel": NotRequired[str],
        # Names of events, or the beginning of some with `*` after it; all when absent.
        "events": NotRequired[list[str]],
        "name": NotRequired[str],
        # Only of orders with one of these references.
        "sendersReferences": NotRequired[list[str]],
        # An absolute http or https address.
        "url": str,
    },
)

NotificationCount = TypedDict(
    "NotificationCount",
    {
        "generated": int,
        "links": "OwnLink",
        "succeeded": int,
    },
)

NotificationCounts = TypedDict(
    "NotificationCounts",
    {
        "email": NotRequired["NotificationCount"],
        "sms": NotRequired["NotificationCount"],
    },
)

NotificationRecipient = TypedDict(
    "NotificationRecipient",
    {
        "emailAddress": NotRequired[str],
        "mobileNumber": NotRequired[str],
        "nationalIdentityNumber": NotRequired[str],
        "organizationNumber": NotRequired[str],
    },
)

NotificationShown = TypedDict(
    "NotificationShown",
    {
        "id": str,
        "recipient": "NotificationRecipient",
        "sendStatus": "SendStatus",
        "succeeded": bool,
    },
)

NotificationSummary = TypedDict(
    "NotificationSummary",
    {
        "generated": int,
        "notifications": list["NotificationShown"],
        "orderId": str,
        "sendersReference": NotRequired[str],
        "succeeded": int,
    },
)

# A character that the dearer encoding is needed for.
OffendingCharacter = TypedDict(
    "OffendingCharacter",
    {
        "character": str,
        "codePoint": str,
        "replacement": NotRequired[str],
    },
)

# What became of a message, in the older words.
OlderDeliveryStatus = Literal["New", "Sending", "Accepted", "Delivered", "Failed", "Failed_BarredReceiver", "Failed_Deleted", "Failed_Expired", "Failed_InvalidRecipient", "Failed_Undelivered", "Failed_Rejected", "Failed_RecipientReserved", "Failed_RecipientNotIdentified", "Succeeded", "Failed_InvalidEmailFormat", "Failed_SupressedRecipient", "Failed_TransientError", "Failed_Bounced", "Failed_FilteredSpam", "Failed_Quarantined", "Failed_InvalidSasUrl", "Failed_PayloadTooLarge"]

# An e-mail to many.
OlderEmailOrder = TypedDict(
    "OlderEmailOrder",
    {
        # Asked right before sending whether to send; a host with a name and a top-level domain.
        "conditionEndpoint": NotRequired[str],
        # Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
        "conditionFailurePolicy": NotRequired["ConditionFailurePolicy"],
        # Send although a person has reserved against electronic messages.
        "ignoreReservation": NotRequired[bool],
        # When it is wanted, with a zone; up to five minutes in the past. Now when absent.
        "requestedSendTime": NotRequired[str],
        # What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
        "resourceAction": NotRequired[str],
        # A resource, with or without `urn:altinn:resource:` in front.
        "resourceId": NotRequired[str],
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
        # Not blank.
        "body": str,
        # `Plain` when absent.
        "contentType": NotRequired["ContentType"],
        "recipients": list["OlderRecipient"],
        # Not blank; line breaks become spaces.
        "subject": str,
    },
)

# An order on any channel, to many.
OlderOrder = TypedDict(
    "OlderOrder",
    {
        # Asked right before sending whether to send; a host with a name and a top-level domain.
        "conditionEndpoint": NotRequired[str],
        # Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
        "conditionFailurePolicy": NotRequired["ConditionFailurePolicy"],
        # Send although a person has reserved against electronic messages.
        "ignoreReservation": NotRequired[bool],
        # When it is wanted, with a zone; up to five minutes in the past. Now when absent.
        "requestedSendTime": NotRequired[str],
        # What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
        "resourceAction": NotRequired[str],
        # A resource, with or without `urn:altinn:resource:` in front.
        "resourceId": NotRequired[str],
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
        # Needed where the channel may be e-mail.
        "emailTemplate": NotRequired["EmailTemplate"],
        "notificationChannel": "Channels",
        "recipients": list["OlderRecipient"],
        # Needed where the channel may be SMS.
        "smsTemplate": NotRequired["SmsTemplate"],
    },
)

OlderOrderShown = TypedDict(
    "OlderOrderShown",
    {
        "conditionEndpoint": NotRequired[str],
        "created": str,
        "creator": str,
        "id": str,
        "ignoreReservation": NotRequired[bool],
        "notificationChannel": "Channels",
        "requestedSendTime": str,
        "resourceAction": NotRequired[str],
        "resourceId": NotRequired[str],
        "sendersReference": NotRequired[str],
        "emailTemplate": NotRequired["EmailTemplateShown"],
        "links": "OrderLinks",
        "recipients": list["OlderRecipientShown"],
        "smsTemplate": NotRequired["SmsTemplateShown"],
    },
)

OlderOrderStanding = TypedDict(
    "OlderOrderStanding",
    {
        "conditionEndpoint": NotRequired[str],
        "created": str,
        "creator": str,
        "id": str,
        "ignoreReservation": NotRequired[bool],
        "notificationChannel": "Channels",
        "requestedSendTime": str,
        "resourceAction": NotRequired[str],
        "resourceId": NotRequired[str],
        "sendersReference": NotRequired[str],
        "notificationsStatusSummary": NotRequired["NotificationCounts"],
        "processingStatus": "ProcessingStatus",
    },
)

# How far an order has come, in the older words.
OlderOrderStatus = Literal["Registered", "Processing", "Completed", "SendConditionNotMet", "Cancelled"]

OlderOrders = TypedDict(
    "OlderOrders",
    {
        "count": int,
        "orders": list["OlderOrderShown"],
    },
)

OlderReceipt = TypedDict(
    "OlderReceipt",
    {
        "orderId": str,
        "recipientLookup": NotRequired["RecipientLookup"],
    },
)

# Somebody, named by a number of theirs or by addresses.
OlderRecipient = TypedDict(
    "OlderRecipient",
    {
        "emailAddress": NotRequired[str],
        # Means nothing in a request.
        "isReserved": NotRequired[bool],
        "mobileNumber": NotRequired[str],
        "nationalIdentityNumber": NotRequired[str],
        "organizationNumber": NotRequired[str],
    },
)

OlderRecipientShown = TypedDict(
    "OlderRecipientShown",
    {
        "emailAddress": NotRequired[str],
        "mobileNumber": NotRequired[str],
        "nationalIdentityNumber": NotRequired[str],
        "organizationNumber": NotRequired[str],
    },
)

# An SMS to many, in the daytime window.
OlderSmsOrder = TypedDict(
    "OlderSmsOrder",
    {
        # Asked right before sending whether to send; a host with a name and a top-level domain.
        "conditionEndpoint": NotRequired[str],
        # Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
        "conditionFailurePolicy": NotRequired["ConditionFailurePolicy"],
        # Send although a person has reserved against electronic messages.
        "ignoreReservation": NotRequired[bool],
        # When it is wanted, with a zone; up to five minutes in the past. Now when absent.
        "requestedSendTime": NotRequired[str],
        # What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
        "resourceAction": NotRequired[str],
        # A resource, with or without `urn:altinn:resource:` in front.
        "resourceId": NotRequired[str],
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
        # Not blank.
        "body": str,
        "recipients": list["OlderRecipient"],
        # Whom it comes from; the configured sender when absent or empty.
        "senderNumber": NotRequired[str],
    },
)

# A main order, and what follows it.
Order = TypedDict(
    "Order",
    {
        # Asked right before sending whether to send.
        "conditionEndpoint": NotRequired[str],
        # Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
        "conditionFailurePolicy": NotRequired["ConditionFailurePolicy"],
        "dialogportenAssociation": NotRequired["DialogportenAssociation"],
        # Names the request for all time: the same again gives the first answer again and sends nothing.
        "idempotencyId": str,
        "recipient": "Recipient",
        # Orders that follow, each by itself.
        "reminders": NotRequired[list["Reminder"]],
        # When it is wanted, with a zone and not in the past; now when absent.
        "requestedSendTime": NotRequired[str],
        # The sender's own words, for finding it again.
        "sendersReference": NotRequired[str],
    },
)

OrderLinks = TypedDict(
    "OrderLinks",
    {
        "self": str,
        "status": str,
    },
)

# How far an order has come.
OrderStatus = Literal["Order_Registered", "Order_Processing", "Order_Processed", "Order_Completed", "Order_SendConditionNotMet", "Order_Cancelled"]

OwnLink = TypedDict(
    "OwnLink",
    {
        "self": str,
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

PlannedMessage = TypedDict(
    "PlannedMessage",
    {
        "destination": str,
        "expires": NotRequired[str],
        "notBefore": NotRequired[str],
        "sms": NotRequired["SmsMeasure"],
        # What the notification would begin as.
        "status": "DeliveryStatus",
        "type": "Channel",
        "wouldSend": bool,
    },
)

PlannedOrder = TypedDict(
    "PlannedOrder",
    {
        "conditionEndpoint": NotRequired[str],
        "emails": int,
        "messages": list["PlannedMessage"],
        "requestedSendTime": str,
        "sendersReference": NotRequired[str],
        # Parts of all SMS together.
        "smsParts": int,
        "type": "ShipmentType",
    },
)

ProcessingStatus = TypedDict(
    "ProcessingStatus",
    {
        "description": str,
        "lastUpdate": str,
        "status": "OlderOrderStatus",
    },
)

# What became of a message, as it is kept.
RawResult = Literal["New", "Sending", "Accepted", "Delivered", "Failed", "Failed_BarredReceiver", "Failed_Deleted", "Failed_Expired", "Failed_InvalidRecipient", "Failed_Undelivered", "Failed_Rejected", "Failed_RecipientReserved", "Failed_RecipientNotIdentified", "Failed_TTL", "Succeeded", "Failed_InvalidEmailFormat", "Failed_SupressedRecipient", "Failed_TransientError", "Failed_Bounced", "Failed_FilteredSpam", "Failed_Quarantined", "Failed_InvalidSasUrl", "Failed_PayloadTooLarge"]

Receipt = TypedDict(
    "Receipt",
    {
        "notification": "RegisteredShipment",
        "notificationOrderId": str,
    },
)

# To whom: exactly one of these.
Recipient = TypedDict(
    "Recipient",
    {
        "recipientEmail": NotRequired["RecipientEmail"],
        "recipientExternalIdentity": NotRequired["RecipientExternalIdentity"],
        "recipientOrganization": NotRequired["RecipientOrganization"],
        "recipientPerson": NotRequired["RecipientPerson"],
        "recipientSms": NotRequired["RecipientSms"],
    },
)

# An address that the sender knows.
RecipientEmail = TypedDict(
    "RecipientEmail",
    {
        # One address, without a name.
        "emailAddress": str,
        "emailSettings": "EmailSettings",
    },
)

# Somebody who is known by a name that another register gave.
RecipientExternalIdentity = TypedDict(
    "RecipientExternalIdentity",
    {
        "channelSchema": "Channels",
        # Needed where the channel may be e-mail.
        "emailSettings": NotRequired["EmailSettings"],
        "externalIdentity": str,
        # Kept and shown. Means nothing without `resourceId`.
        "resourceAction": NotRequired[str],
        # Kept and shown.
        "resourceId": NotRequired[str],
        # Needed where the channel may be SMS.
        "smsSettings": NotRequired["SmsSettings"],
    },
)

# `recipientLookup`.
RecipientLookup = TypedDict(
    "RecipientLookup",
    {
        "isReserved": list[str],
        "missingContact": list[str],
        "status": "LookupStatus",
    },
)

# An organization, whose addresses a register knows.
RecipientOrganization = TypedDict(
    "RecipientOrganization",
    {
        "channelSchema": "Channels",
        # Needed where the channel may be e-mail.
        "emailSettings": NotRequired["EmailSettings"],
        "orgNumber": str,
        # What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
        "resourceAction": NotRequired[str],
        # Whoever may do `resourceAction` on it is told, too.
        "resourceId": NotRequired[str],
        # Needed where the channel may be SMS.
        "smsSettings": NotRequired["SmsSettings"],
    },
)

# A person, whose addresses a register knows.
RecipientPerson = TypedDict(
    "RecipientPerson",
    {
        "channelSchema": "Channels",
        # Needed where the channel may be e-mail.
        "emailSettings": NotRequired["EmailSettings"],
        # Send although the person has reserved against electronic messages.
        "ignoreReservation": NotRequired[bool],
        "nationalIdentityNumber": str,
        # What must be allowed on the resource; `read` when absent. Means nothing without `resourceId`.
        "resourceAction": NotRequired[str],
        # `urn:altinn:resource:` and a resource's name.
        "resourceId": NotRequired[str],
        # Needed where the channel may be SMS.
        "smsSettings": NotRequired["SmsSettings"],
        # Use addresses that nobody has confirmed for long.
        "useStaleContactInformation": NotRequired[bool],
    },
)

# A number that the sender knows.
RecipientSms = TypedDict(
    "RecipientSms",
    {
        # With `+` or `00` and the country's code.
        "phoneNumber": str,
        "smsSettings": "SmsSettings",
    },
)

RegisteredShipment = TypedDict(
    "RegisteredShipment",
    {
        "reminders": NotRequired[list["RegisteredShipment"]],
        "sendersReference": NotRequired[str],
        "shipmentId": str,
    },
)

# A further order, after `delayDays` or at a time of its own: exactly one of them is given.
Reminder = TypedDict(
    "Reminder",
    {
        # Asked right before sending whether to send.
        "conditionEndpoint": NotRequired[str],
        # Beyond the reference: what follows when the condition cannot be asked. `Send` when absent.
        "conditionFailurePolicy": NotRequired["ConditionFailurePolicy"],
        # Days of 24 hours after the main order.
        "delayDays": NotRequired[int],
        "recipient": "Recipient",
        # A time with a zone, not in the past.
        "requestedSendTime": NotRequired[str],
        "sendersReference": NotRequired[str],
    },
)

# From where on everything is told again: exactly one of these.
ReplayFrom = TypedDict(
    "ReplayFrom",
    {
        # The number of a delivery.
        "sequence": NotRequired[int],
        # A moment, with a zone.
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

SendStatus = TypedDict(
    "SendStatus",
    {
        "description": str,
        "lastUpdate": str,
        "status": "OlderDeliveryStatus",
    },
)

# At any time, or in the daytime window only.
SendingTimePolicy = Literal["Anytime", "Daytime"]

ShipmentMessage = TypedDict(
    "ShipmentMessage",
    {
        "destination": str,
        "expires": str,
        "lastUpdate": str,
        "notificationId": str,
        "sms": NotRequired["SmsMeasure"],
        "status": "DeliveryStatus",
        "type": "Channel",
    },
)

# The messages of an order.
ShipmentMessages = TypedDict(
    "ShipmentMessages",
    {
        "messages": list["ShipmentMessage"],
        "shipmentId": str,
    },
)

# What an order was registered as.
ShipmentType = Literal["Notification", "Reminder", "Instant", "Composed"]

# What a text takes.
SmsMeasure = TypedDict(
    "SmsMeasure",
    {
        "alternative": NotRequired["CheaperText"],
        "encoding": str,
        "offending": NotRequired[list["OffendingCharacter"]],
        # What the operator counts, and what it costs.
        "parts": int,
        # Septets, or UTF-16 code units.
        "units": int,
    },
)

# What an SMS says.
SmsSettings = TypedDict(
    "SmsSettings",
    {
        # Not blank. `$recipientName$` and `$recipientNumber$` are filled in.
        "body": str,
        # Whom it comes from; the configured sender when absent.
        "sender": NotRequired[str],
        # `Daytime` when absent.
        "sendingTimePolicy": NotRequired["SendingTimePolicy"],
    },
)

# What an SMS says.
SmsTemplate = TypedDict(
    "SmsTemplate",
    {
        # Not blank where the channel may be SMS.
        "body": str,
        # Whom it comes from; the configured sender when absent or empty.
        "senderNumber": NotRequired[str],
    },
)

SmsTemplateShown = TypedDict(
    "SmsTemplateShown",
    {
        "body": str,
        "senderNumber": str,
    },
)

# A text.
SmsText = TypedDict(
    "SmsText",
    {
        # Not blank.
        "body": str,
    },
)

SupportAttempt = TypedDict(
    "SupportAttempt",
    {
        "channel": "SupportChannel",
        "emailAddress": NotRequired[str],
        "mobileNumber": NotRequired[str],
        "nationalIdentityNumber": NotRequired[str],
        "organizationNumber": NotRequired[str],
        "result": "RawResult",
        "resultTime": str,
    },
)

# How a message went.
SupportChannel = Literal["email", "sms"]

SupportShipment = TypedDict(
    "SupportShipment",
    {
        "creatorName": str,
        "deliveryAttempts": list["SupportAttempt"],
        "notificationChannel": NotRequired["Channels"],
        "notificationType": "ShipmentType",
        "requestedSendTime": str,
        "resourceId": NotRequired[str],
        "sendersReference": NotRequired[str],
        "shipmentId": str,
    },
)

SuppressedAddress = TypedDict(
    "SuppressedAddress",
    {
        "channel": "Channel",
        "created": str,
        "expires": NotRequired[str],
        "id": str,
        "reason": "SuppressionReason",
        "scope": str,
        "emailAddress": str,
    },
)

# An entry as it is shown. It does not hold the address.
Suppression = TypedDict(
    "Suppression",
    {
        "channel": "Channel",
        "created": str,
        "expires": NotRequired[str],
        "id": str,
        "reason": "SuppressionReason",
        "scope": str,
    },
)

SuppressionPage = TypedDict(
    "SuppressionPage",
    {
        # Where the next page begins, if there may be one.
        "next": NotRequired[str],
        "suppressions": list["Suppression"],
    },
)

# Why an address is not sent to.
SuppressionReason = Literal["HardBounce", "Complaint", "Manual"]

Suppressions = TypedDict(
    "Suppressions",
    {
        "suppressions": list["Suppression"],
    },
)

SuppressionsFound = TypedDict(
    "SuppressionsFound",
    {
        "suppressions": list["SuppressedAddress"],
    },
)

Webhook = TypedDict(
    "Webhook",
    {
        "channel": NotRequired[str],
        "created": str,
        "events": list[str],
        "failures": int,
        "id": str,
        "lastPing": NotRequired["WebhookPing"],
        "name": str,
        # Only in the answer that makes it.
        "secret": NotRequired[str],
        "sendersReferences": NotRequired[list[str]],
        "url": str,
        # Deliveries that wait; only where one subscription is shown.
        "waiting": NotRequired[int],
    },
)

# What somebody wants to be told, and where. What is absent stays as it is, or means everything.
WebhookChange = TypedDict(
    "WebhookChange",
    {
        # Only of notifications on this channel: `Sms` or `Email`.
        "channel": NotRequired[str],
        # Names of events, or the beginning of some with `*` after it; all when absent.
        "events": NotRequired[list[str]],
        "name": NotRequired[str],
        # Only of orders with one of these references.
        "sendersReferences": NotRequired[list[str]],
        # An absolute http or https address.
        "url": NotRequired[str],
    },
)

# A page of deliveries.
WebhookDeliveries = TypedDict(
    "WebhookDeliveries",
    {
        "deliveries": list["WebhookDelivery"],
    },
)

WebhookDelivery = TypedDict(
    "WebhookDelivery",
    {
        "created": str,
        "ended": NotRequired[str],
        "event": NotRequired[str],
        "id": str,
        "outcome": NotRequired[str],
        "sequence": int,
        "state": "DeliveryState",
        "tries": int,
    },
)

WebhookPing = TypedDict(
    "WebhookPing",
    {
        "at": str,
        "outcome": str,
    },
)

# The caller's subscriptions.
Webhooks = TypedDict(
    "Webhooks",
    {
        "webhooks": list["Webhook"],
    },
)

class Notify(Api):
    """Budstikke Notify."""

    def is_alive(
        self,
    ) -> Answer:
        """Says that the process lives, whatever else is wrong."""
        return self.ask("GET", "/health", accept="text/plain")

    def find_by_person(
        self,
        national_identity_number: str,
        *,
        from_: str | None = None,
        to: str | None = None,
    ) -> list[SupportShipment]:
        """Tells what was sent to a person."""
        return self.ask("GET", "/notifications/api/v1/future/dashboard/recipients/notifications/nin", query={"from": from_, "to": to}, headers={"NationalIdentityNumber": national_identity_number}, accept="application/json").json()

    def find_by_organization(
        self,
        organization_number: str,
        *,
        from_: str | None = None,
        to: str | None = None,
    ) -> list[SupportShipment]:
        """Tells what was sent to an organization."""
        return self.ask("GET", "/notifications/api/v1/future/dashboard/recipients/notifications/orgnumber", query={"from": from_, "to": to}, headers={"OrganizationNumber": organization_number}, accept="application/json").json()

    def read_log(
        self,
        dialog_id: str,
        *,
        transmission_id: str | None = None,
    ) -> list[LoggedNotification]:
        """Shows the caller's own rows about a dialog.

        Beyond the reference.
        """
        return self.ask("GET", "/notifications/api/v1/future/log", query={"dialogId": dialog_id, "transmissionId": transmission_id}, accept="application/json").json()

    def place_order(
        self,
        body: Order,
    ) -> Receipt:
        """Registers a chain."""
        return self.ask("POST", "/notifications/api/v1/future/orders", json=body, accept="application/json").json()

    def place_bulk(
        self,
        body: bytes | BinaryIO | Iterable[bytes],
        *,
        answers: BulkAnswers | None = None,
    ) -> Answer:
        """Reads the lines; the answer begins at once and ends with the last of them.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/orders/bulk", query={"answers": answers}, stream=body, media_type="application/x-ndjson", accept="application/x-ndjson")

    def show_bulk(
        self,
        id_: str,
    ) -> Bulk:
        """Shows one of the caller's own bulks.

        Beyond the reference.
        """
        return self.ask("GET", "/notifications/api/v1/future/orders/bulk/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def place_composed_email(
        self,
        body: ComposedEmail,
    ) -> Receipt:
        """Registers an e-mail with files."""
        return self.ask("POST", "/notifications/api/v1/future/orders/composed-email", json=body, accept="application/json").json()

    def dry_run(
        self,
        body: Order,
    ) -> DryRun:
        """Says what would happen.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/orders/dry-run", json=body, accept="application/json").json()

    def send_instant(
        self,
        body: InstantOrder,
    ) -> Receipt:
        """Sends one SMS."""
        return self.ask("POST", "/notifications/api/v1/future/orders/instant", json=body, accept="application/json").json()

    def send_instant_email(
        self,
        body: InstantEmail,
    ) -> Receipt:
        """Sends one e-mail."""
        return self.ask("POST", "/notifications/api/v1/future/orders/instant/email", json=body, accept="application/json").json()

    def send_instant_sms(
        self,
        body: InstantSms,
    ) -> Receipt:
        """Sends one SMS."""
        return self.ask("POST", "/notifications/api/v1/future/orders/instant/sms", json=body, accept="application/json").json()

    def read_feed(
        self,
        *,
        seq: int | None = None,
        page_size: int | None = None,
        order_by: FeedOrder | None = None,
        wait: int | None = None,
        follow: bool | None = None,
    ) -> list[FeedEntry]:
        """Gives a page of the caller's own entries."""
        return self.ask("GET", "/notifications/api/v1/future/shipment/feed", query={"seq": seq, "pageSize": page_size, "orderBy": order_by, "wait": wait, "follow": follow}, accept="application/json").json()

    def show_shipment(
        self,
        id_: str,
    ) -> Manifest:
        """Shows one of the caller's own orders."""
        return self.ask("GET", "/notifications/api/v1/future/shipment/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def show_messages(
        self,
        id_: str,
    ) -> ShipmentMessages:
        """Shows the messages of one of the caller's own orders.

        Beyond the reference.
        """
        return self.ask("GET", "/notifications/api/v1/future/shipment/{id}/messages".replace("{id}", self.step(id_)), accept="application/json").json()

    def measure_sms(
        self,
        body: SmsText,
    ) -> SmsMeasure:
        """Measures the body's text. Keywords are measured as they stand.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/sms/preview", json=body, accept="application/json").json()

    def list_suppressions(
        self,
        *,
        after: str | None = None,
        page_size: int | None = None,
    ) -> SuppressionPage:
        """Gives a page.

        Beyond the reference.
        """
        return self.ask("GET", "/notifications/api/v1/future/suppressions", query={"after": after, "pageSize": page_size}, accept="application/json").json()

    def add_suppressions(
        self,
        body: NewSuppressions,
    ) -> Suppressions:
        """Puts them there; what is there already is renewed. All or, when one cannot be read, none.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/suppressions", json=body, accept="application/json").json()

    def lift_suppressions(
        self,
        body: Addresses,
    ) -> Lifted:
        """Takes addresses off the list.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/suppressions/lift", json=body, accept="application/json").json()

    def look_up_suppressions(
        self,
        body: Addresses,
    ) -> SuppressionsFound:
        """Tells it, for the caller's own mail.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/suppressions/lookup", json=body, accept="application/json").json()

    def lift_suppression(
        self,
        id_: str,
    ) -> None:
        """Takes one entry off the list.

        Beyond the reference.
        """
        self.ask("DELETE", "/notifications/api/v1/future/suppressions/{id}".replace("{id}", self.step(id_))).close()

    def list_webhooks(
        self,
    ) -> Webhooks:
        """`GET`: all of the caller's.

        Beyond the reference.
        """
        return self.ask("GET", "/notifications/api/v1/future/webhooks", accept="application/json").json()

    def create_webhook(
        self,
        body: NewWebhook,
    ) -> Webhook:
        """`POST`: makes a subscription and pings its address. The answer is the only one that has the secret.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/webhooks", json=body, accept="application/json").json()

    def show_webhook(
        self,
        id_: str,
    ) -> Webhook:
        """`GET …/{id}`

        Beyond the reference.
        """
        return self.ask("GET", "/notifications/api/v1/future/webhooks/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def change_webhook(
        self,
        id_: str,
        body: WebhookChange,
    ) -> Webhook:
        """`PUT …/{id}`: what is absent stays as it is.

        Beyond the reference.
        """
        return self.ask("PUT", "/notifications/api/v1/future/webhooks/{id}".replace("{id}", self.step(id_)), json=body, accept="application/json").json()

    def remove_webhook(
        self,
        id_: str,
    ) -> None:
        """`DELETE …/{id}`: also what is on its way there.

        Beyond the reference.
        """
        self.ask("DELETE", "/notifications/api/v1/future/webhooks/{id}".replace("{id}", self.step(id_))).close()

    def list_webhook_deliveries(
        self,
        id_: str,
        *,
        after: int | None = None,
        state: DeliveryState | None = None,
        page_size: int | None = None,
    ) -> WebhookDeliveries:
        """`GET …/deliveries?after=&state=&pageSize=`

        Beyond the reference.
        """
        return self.ask("GET", "/notifications/api/v1/future/webhooks/{id}/deliveries".replace("{id}", self.step(id_)), query={"after": after, "state": state, "pageSize": page_size}, accept="application/json").json()

    def ping_webhook(
        self,
        id_: str,
    ) -> PingOutcome:
        """`POST …/ping`

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/webhooks/{id}/ping".replace("{id}", self.step(id_)), accept="application/json").json()

    def replay_webhook(
        self,
        id_: str,
        body: ReplayFrom,
    ) -> Replayed:
        """`POST …/replay`: `{"since": moment}` or `{"sequence": number}`. Tells again what was told or given up
        from there on, in the old order and under the old ids.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/webhooks/{id}/replay".replace("{id}", self.step(id_)), json=body, accept="application/json").json()

    def renew_webhook_secret(
        self,
        id_: str,
    ) -> NewSecret:
        """`POST …/secret`: makes a new secret, which only this answer has. The one before signs as well for a
        while.

        Beyond the reference.
        """
        return self.ask("POST", "/notifications/api/v1/future/webhooks/{id}/secret".replace("{id}", self.step(id_)), accept="application/json").json()

    def find_older_orders(
        self,
        senders_reference: str,
    ) -> OlderOrders:
        """Shows the caller's own orders with a reference."""
        return self.ask("GET", "/notifications/api/v1/orders", query={"sendersReference": senders_reference}, accept="application/json").json()

    def place_older_order(
        self,
        body: OlderOrder,
    ) -> OlderReceipt:
        """Places an order."""
        return self.ask("POST", "/notifications/api/v1/orders", json=body, accept="application/json").json()

    def place_older_emails(
        self,
        body: OlderEmailOrder,
    ) -> OlderReceipt:
        """Places an order."""
        return self.ask("POST", "/notifications/api/v1/orders/email", json=body, accept="application/json").json()

    def place_older_sms(
        self,
        body: OlderSmsOrder,
    ) -> OlderReceipt:
        """Places an order."""
        return self.ask("POST", "/notifications/api/v1/orders/sms", json=body, accept="application/json").json()

    def show_older_order(
        self,
        id_: str,
    ) -> OlderOrderShown:
        """Shows one of the caller's own orders."""
        return self.ask("GET", "/notifications/api/v1/orders/{id}".replace("{id}", self.step(id_)), accept="application/json").json()

    def cancel_order(
        self,
        id_: str,
    ) -> OlderOrderStanding:
        """Cancels one of the caller's own orders; cancelling it again changes nothing."""
        return self.ask("PUT", "/notifications/api/v1/orders/{id}/cancel".replace("{id}", self.step(id_)), accept="application/json").json()

    def show_older_emails(
        self,
        id_: str,
    ) -> NotificationSummary:
        """Shows the e-mails of one of the caller's own orders."""
        return self.ask("GET", "/notifications/api/v1/orders/{id}/notifications/email".replace("{id}", self.step(id_)), accept="application/json").json()

    def show_older_sms(
        self,
        id_: str,
    ) -> NotificationSummary:
        """Shows the SMS of one of the caller's own orders."""
        return self.ask("GET", "/notifications/api/v1/orders/{id}/notifications/sms".replace("{id}", self.step(id_)), accept="application/json").json()

    def show_older_order_status(
        self,
        id_: str,
    ) -> OlderOrderStanding:
        """Shows one of the caller's own orders with its counts."""
        return self.ask("GET", "/notifications/api/v1/orders/{id}/status".replace("{id}", self.step(id_)), accept="application/json").json()
