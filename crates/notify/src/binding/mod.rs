//! From a JSON document to checked values, by the contract's binding rules.
//!
//! Member names match in any letter case, unknown members are passed over, null means absent, enums
//! are names in any case or ordinals, and numbers may come as text. What is wrong is collected in
//! four groups, of which the first that has anything is the answer:
//!
//! 1. JSON errors, keyed by JSON path (`$.recipient`): a member is missing or unreadable;
//! 2. required members that are there but blank, keyed by property path (`Recipient.Body`);
//! 3. business rules, keyed the same way;
//! 4. rules about the present moment. They are only asked after it is known that the request is no
//!    repetition of an earlier one, which may well have been on time.
//!
//! A [`Reader`] knows both paths of the object it reads, so each rule is written once.

mod choice;
mod faults;
mod moment;
mod reader;

pub use choice::Choice;
pub use faults::Faults;
pub use moment::Moment;
pub use reader::Reader;
