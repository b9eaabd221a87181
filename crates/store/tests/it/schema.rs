//! Both engines have the same tables, columns and keys.

use std::collections::BTreeSet;

use store::{PostgresConfig, Store, params};
use testkit::postgres;

/// `table.column`, what sort of thing it holds, and whether it may be empty.
type Columns = BTreeSet<(String, String, String)>;
/// `table (columns)` of every primary key and unique index.
type Keys = BTreeSet<String>;

async fn embedded() -> (Columns, Keys) {
    let store = Store::temporary().expect("a store");
    let columns = "SELECT t.name || '.' || c.name, c.type, CAST(c.\"notnull\" AS TEXT)
        FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name <> 'migrations'";
    let keys = "SELECT i.tbl || ' (' || (SELECT group_concat(name, ', ') FROM
            (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')'
        FROM (SELECT t.name AS tbl, l.name AS name FROM sqlite_schema t, pragma_index_list(t.name) l
            WHERE t.type = 'table' AND t.name <> 'migrations' AND l.\"unique\" = 1) i
        UNION SELECT t.name || ' (' || c.name || ')' FROM sqlite_schema t, pragma_table_info(t.name) c
            WHERE t.type = 'table' AND c.pk = 1 AND t.name <> 'migrations'
            AND (SELECT count(*) FROM pragma_table_info(t.name) WHERE pk > 0) = 1";
    let read = move |tx: &mut store::Tx<'_>| {
        Ok::<_, store::Error>((tx.all(columns, params![])?, tx.all(keys, params![])?))
    };
    let (columns, keys): (Vec<_>, Vec<String>) = store.read(read).await.expect("the schema");
    (columns.into_iter().collect(), keys.into_iter().collect())
}

fn shared() -> (Columns, Keys) {
    let url = postgres::shared().database();
    drop(Store::connect(&PostgresConfig::at(&url), &store::Options::default()).expect("a store"));
    let columns = "SELECT table_name || '.' || column_name, CASE data_type
            WHEN 'bigint' THEN 'INTEGER' WHEN 'smallint' THEN 'INTEGER' WHEN 'integer' THEN 'INTEGER'
            WHEN 'bytea' THEN 'BLOB' WHEN 'uuid' THEN 'BLOB' WHEN 'text' THEN 'TEXT'
            WHEN 'double precision' THEN 'REAL' ELSE data_type END,
            CASE is_nullable WHEN 'NO' THEN '1' ELSE '0' END
        FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name NOT IN ('migrations', 'leaders')";
    let keys = "SELECT t.relname || ' (' || string_agg(a.attname, ', ' ORDER BY k.place) || ')'
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
        WHERE i.indisunique AND t.relname NOT IN ('migrations', 'leaders')
        GROUP BY i.indexrelid, t.relname";
    let rows = |sql| postgres::shared().query(&url, sql);
    let column = |row: Vec<String>| (row[0].clone(), row[1].clone(), row[2].clone());
    (
        rows(columns).into_iter().map(column).collect(),
        rows(keys).into_iter().map(|row| row[0].clone()).collect(),
    )
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_keys() {
    let ((columns, keys), (theirs, their_keys)) = (embedded().await, shared());

    let differing: Vec<_> = columns.symmetric_difference(&theirs).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    let differing: Vec<_> = keys.symmetric_difference(&their_keys).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(columns.len() > 100 && keys.len() > 20);
}

#[test]
fn text_is_compared_byte_by_byte_on_both_engines() {
    let url = postgres::shared().database();
    drop(Store::connect(&PostgresConfig::at(&url), &store::Options::default()).expect("a store"));
    let others = "SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
        AND table_name <> 'leaders'";
    let others = postgres::shared().query(&url, others);
    assert!(others.is_empty(), "{others:?}");
}
