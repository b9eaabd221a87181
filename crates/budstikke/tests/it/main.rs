//! The binary as a process: killed, stopped, refused, filled up, fed with nonsense.
//!
//! Everything goes over HTTP to a server that was started as anybody would start it. What the world
//! outside remembers (the SMS gateway, the mail server) lives in the test's own process, so that it
//! survives the server.

mod alone;
mod audit;
mod audit_page;
mod backup;
mod bad_input;
mod certificates;
mod check;
mod cloud_mail;
mod commands;
mod console;
mod console_search;
mod console_views;
mod contacts;
mod disk;
mod docs;
mod doctor;
mod forget;
mod guides;
mod inbox;
mod logs;
mod mail;
mod manage;
mod moving;
mod openapi;
mod openid;
mod refused_start;
mod reload;
mod retention;
mod secrets;
mod sending;
mod shutdown;
mod sign_in;
mod smsc;
mod tls;
mod traces;
mod try_it;
mod upload;
mod users;
mod watching;
mod whole_run;
