//! Lists the migration files of both engines, so that adding one is adding a file.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=migrations");
    let home = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    for engine in ["sqlite", "postgres"] {
        let list = list(&Path::new(&home).join("migrations").join(engine));
        fs::write(Path::new(&out).join(format!("{engine}.rs")), list)
            .expect("the output folder can be written");
    }
}

fn list(folder: &Path) -> String {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder of migrations")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let mut list = String::from("&[\n");
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "sql")) {
        let name = file.file_stem().expect("a name").to_string_lossy();
        let path = file.to_string_lossy();
        writeln!(list, "    Migration {{ name: {name:?}, sql: include_str!({path:?}) }},")
            .expect("a string grows");
    }
    list.push(']');
    list
}
