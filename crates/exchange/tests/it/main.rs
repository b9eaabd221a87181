//! The whole gateway over real HTTP: two organizations, a broker and a registry in one process, each
//! with a store of its own, and a clock that the test turns.

mod app;
mod arrivals;
mod bad_arrivals;
mod broker_down;
mod capabilities;
mod described;
mod erasure;
mod faults;
mod folders;
mod general;
mod identities;
mod inbox;
mod letters;
mod locks;
mod nodes;
mod nodes_inbox;
mod outbox;
mod outbox_files;
mod packages;
mod parties;
mod receive;
mod retention;
mod rules;
mod statuses;
mod subscriptions;
mod trace;
mod travel;
mod trays;
mod trust;
mod validation;
mod weak_points;

testkit::again_on_postgres!();
