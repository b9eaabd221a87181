//! Facts that come after a message's way has ended: kept, and marked as late in their own words.

use store::{Result, Tx, params};

use super::model::Status;
use super::record::NewStatus;

/// The status as it is to be recorded on a conversation that has been finished.
pub(super) fn marked(tx: &mut Tx<'_>, conversation: i64, new: &NewStatus) -> Result<NewStatus> {
    const SQL: &str = "SELECT status FROM exchange_statuses WHERE conversation = $1 ORDER BY id";
    let earlier: Vec<String> = tx.all(SQL, params![conversation])?;
    let mut earlier = earlier.iter().filter_map(|name| name.parse::<Status>().ok());
    let Some(end) = earlier.find(|earlier| earlier.overtakes(new.status)) else { return Ok(new.clone()) };
    let description = match &new.description {
        Some(description) => format!("{description} (late: came after {end})"),
        None => format!("Late: came after {end}"),
    };
    Ok(NewStatus { description: Some(description), ..new.clone() })
}
