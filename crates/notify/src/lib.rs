//! The notification service: SMS and e-mail.
