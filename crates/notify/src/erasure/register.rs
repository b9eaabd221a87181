//! What the embedded contact register knows of a person. Organizations' lists belong to the register that they
//! were copied from, and stay.

use store::{Result, Tx, Value};
use types::erasure::Whom;

use crate::lock;

const PERSON: &str = "SELECT count(*) FROM notify_register_persons WHERE national_id = $1";
const PERSON_EMAIL: &str = "SELECT count(*) FROM notify_register_persons WHERE lower(email) = $1";
const PERSON_MOBILE: &str = "SELECT count(*) FROM notify_register_persons WHERE mobile IN ($1, $2, $3, $4)";
const ACCOUNT: &str = "SELECT count(*) FROM notify_register_accounts WHERE username IN ($1, $2)";
const ACCOUNT_EMAIL: &str = "SELECT count(*) FROM notify_register_accounts WHERE lower(email) = $1";
const ACCOUNT_MOBILE: &str = "SELECT count(*) FROM notify_register_accounts WHERE mobile IN ($1, $2, $3, $4)";

const FORGET_PERSON: &str = "DELETE FROM notify_register_persons WHERE national_id = $1";
const FORGET_PERSON_EMAIL: &str =
    "UPDATE notify_register_persons SET email = NULL, email_confirmed = NULL WHERE lower(email) = $1";
const FORGET_PERSON_MOBILE: &str = "UPDATE notify_register_persons
    SET mobile = NULL, mobile_confirmed = NULL WHERE mobile IN ($1, $2, $3, $4)";
const FORGET_ACCOUNT: &str = "DELETE FROM notify_register_accounts WHERE username IN ($1, $2)";
const FORGET_ACCOUNT_EMAIL: &str = "UPDATE notify_register_accounts SET email = NULL WHERE lower(email) = $1";
const FORGET_ACCOUNT_MOBILE: &str =
    "UPDATE notify_register_accounts SET mobile = NULL WHERE mobile IN ($1, $2, $3, $4)";

/// A question, what answers it by going, and by what.
type Step = (&'static str, &'static str, Vec<Value<'static>>);

/// Where somebody may be found, in the order in which it is removed: whole entries first.
fn steps(whom: &Whom) -> Vec<Step> {
    let text = |text: String| Value::Text(text.into());
    match whom {
        Whom::Person(id) => vec![(PERSON, FORGET_PERSON, vec![text(id.reveal().to_owned())])],
        Whom::Email(address) => {
            let (as_given, lower) = (address.reveal(), address.reveal().to_ascii_lowercase());
            let names = vec![text(format!("epost:{as_given}")), text(format!("epost:{lower}"))];
            vec![
                (ACCOUNT, FORGET_ACCOUNT, names),
                (ACCOUNT_EMAIL, FORGET_ACCOUNT_EMAIL, vec![text(lower.clone())]),
                (PERSON_EMAIL, FORGET_PERSON_EMAIL, vec![text(lower)]),
            ]
        }
        Whom::Phone(number) => {
            let international = number.reveal();
            let digits = international.trim_start_matches('+');
            // As registers write it.
            let short = digits.strip_prefix("47").unwrap_or(digits);
            let spellings = || {
                [international.to_owned(), format!("00{digits}"), digits.to_owned(), short.to_owned()]
                    .map(|spelling| Value::Text(spelling.into()))
                    .to_vec()
            };
            vec![
                (ACCOUNT_MOBILE, FORGET_ACCOUNT_MOBILE, spellings()),
                (PERSON_MOBILE, FORGET_PERSON_MOBILE, spellings()),
            ]
        }
        Whom::Organization(_) => Vec::new(),
    }
}

/// How many entries would change.
pub(super) fn count(tx: &mut Tx<'_>, whom: &Whom) -> Result<i64> {
    let mut all = 0;
    for (question, _, named) in steps(whom) {
        all += tx.one::<i64>(question, &named)?;
    }
    Ok(all)
}

/// Removes what is known, and answers how many entries that changed.
pub(super) fn erase(tx: &mut Tx<'_>, whom: &Whom) -> Result<i64> {
    // An import replaces everything; ours follows it or comes before.
    lock::hold_all(tx, &["notify.register"])?;
    let mut all = 0;
    for (_, removal, named) in steps(whom) {
        all += i64::try_from(tx.execute(removal, &named)?).unwrap_or(i64::MAX);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use store::params;
    use testkit::{on_every_store, plan};

    use super::*;

    on_every_store! {
        async fn the_register_is_asked_by_its_indexes(store: Store) {
            let look = |tx: &mut Tx<'_>| {
                for (sql, index) in [
                    (PERSON_EMAIL, "notify_register_persons_email"),
                    (ACCOUNT_EMAIL, "notify_register_accounts_email"),
                ] {
                    plan::of_an_index(tx, sql, params!["a"], index)?;
                }
                for (sql, index) in [
                    (PERSON_MOBILE, "notify_register_persons_mobile"),
                    (ACCOUNT_MOBILE, "notify_register_accounts_mobile"),
                ] {
                    plan::of_an_index(tx, sql, params!["a", "b", "c", "d"], index)?;
                }
                Ok::<_, store::Error>(())
            };
            store.write(look).await.expect("plans");
        }
    }
}
