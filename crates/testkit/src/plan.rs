//! How an engine means to go about a query.

use store::{Engine, Error, Result, Store, Tx, Value, params};

/// Lets PostgreSQL count what a table holds, as it does by itself sooner or later: without, it guesses.
pub async fn figures(store: &Store, table: &'static str) {
    if store.engine() == Engine::Postgres {
        let counted = store.write(move |tx| tx.execute(&format!("ANALYZE {table}"), params![])).await;
        Result::<_, Error>::expect(counted, "figures for the planner");
    }
}

/// The engine's plan for a statement, a step on each line.
pub fn of(tx: &mut Tx<'_>, sql: &str, params: &[Value<'_>]) -> Result<String> {
    let steps: Vec<String> = match tx.engine() {
        Engine::Sqlite => {
            let steps: Vec<(i64, i64, i64, String)> = tx.all(&format!("EXPLAIN QUERY PLAN {sql}"), params)?;
            steps.into_iter().map(|(.., step)| step).collect()
        }
        Engine::Postgres => tx.all(&format!("EXPLAIN {sql}"), params)?,
    };
    Ok(steps.join("\n"))
}

/// The same, refused when it reads a whole table or sorts what it has read.
#[track_caller]
pub fn of_an_index(tx: &mut Tx<'_>, sql: &str, params: &[Value<'_>], index: &str) -> Result<()> {
    let plan = of(tx, sql, params)?;
    let reads_all =
        plan.lines().any(|step| step.contains("Seq Scan") || step.trim_start().starts_with("SCAN"));
    assert!(plan.contains(index), "it does not use {index}: {sql}\n{plan}");
    assert!(!reads_all, "it reads a whole table: {sql}\n{plan}");
    Ok(())
}
