//! What the engines spell differently, in statements that fill tables with many rows at once.

use super::figure::Engine;

/// Numbers from `$1` to `$2`, to be named before a `SELECT … FROM rows`.
const ROWS: &str = "WITH RECURSIVE rows(n) AS (SELECT CAST($1 AS BIGINT)
    UNION ALL SELECT n + 1 FROM rows WHERE n < CAST($2 AS BIGINT))";

/// Writes out what stands between angle brackets in a statement:
///
/// - `<rows>`: the numbers `n` from `$1` to `$2`
/// - `<at>`: a moment that grows with `n`, from `$3` in steps of `$4` microseconds
/// - `<key 7>`: sixteen bytes ordered by that moment, others for every digit
/// - `<uuid 7>`: the same as text
/// - `<random>`: text without order, as senders make it
/// - `<words 500>`: so many letters of the pool in `$5`
pub(super) fn spell(engine: Engine, statement: &str) -> String {
    let at = "(CAST($3 AS BIGINT) + n * CAST($4 AS BIGINT))";
    let mut text = statement.replace("<rows>", ROWS).replace("<at>", at).replace("<random>", random(engine));
    for word in ["key", "uuid", "words"] {
        let mark = format!("<{word} ");
        while let Some((before, rest)) = text.split_once(&mark)
            && let Some((argument, after)) = rest.split_once('>')
        {
            text = format!("{before}{}{after}", spell_one(engine, word, argument));
        }
    }
    text
}

fn spell_one(engine: Engine, word: &str, argument: &str) -> String {
    let millis = "((CAST($3 AS BIGINT) + n * CAST($4 AS BIGINT)) / 1000)";
    match (word, engine) {
        ("key", Engine::Sqlite) => format!("unhex(printf('%012x7000800{argument}%012x', {millis}, n))"),
        ("key", Engine::Postgres) => format!(
            "decode(lpad(to_hex({millis}), 12, '0') || '7000800{argument}' || lpad(to_hex(n), 12, '0'), 'hex')"
        ),
        ("uuid", Engine::Sqlite) => {
            format!("printf('%08x-%04x-7000-800{argument}-%012x', {millis} / 65536, {millis} % 65536, n)")
        }
        ("uuid", Engine::Postgres) => format!(
            "(lpad(to_hex({millis} / 65536), 8, '0') || '-' || lpad(to_hex({millis} % 65536), 4, '0')
                || '-7000-800{argument}-' || lpad(to_hex(n), 12, '0'))"
        ),
        ("words", Engine::Sqlite) => format!("CAST(substr($5, 1 + n * 7919 % 1000000, {argument}) AS TEXT)"),
        ("words", Engine::Postgres) => format!(
            "convert_from(substr(CAST($5 AS BYTEA), CAST(1 + n * 7919 % 1000000 AS INTEGER), {argument}), 'UTF8')"
        ),
        _ => unreachable!("<{word}> is not in the list above"),
    }
}

const fn random(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "lower(hex(randomblob(16)))",
        Engine::Postgres => "CAST(gen_random_uuid() AS TEXT)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_uuids_of_version_7_that_grow_with_the_moment() {
        let database = rusqlite::Connection::open_in_memory().expect("a database");
        let sql =
            spell(Engine::Sqlite, "<rows> SELECT lower(hex(<key 2>)), replace(<uuid 2>, '-', '') FROM rows");
        let mut statement = database.prepare(&sql).expect("a statement");
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let params = [1, 50, 1_763_000_000_000_000_i64, 3_600_000_000];
        let keys: Vec<(String, String)> =
            statement.query_map(params, read).and_then(Iterator::collect).expect("fifty rows");

        assert_eq!(keys.len(), 50);
        assert!(keys.is_sorted());
        assert!(keys.iter().all(|(bytes, text)| {
            bytes == text && uuid::Uuid::parse_str(text).is_ok_and(|id| id.get_version_num() == 7)
        }));
    }
}
