//! The table of features names things and tests that exist.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of each row of the tables.
fn rows() -> Vec<[String; 4]> {
    let text = fs::read_to_string(root().join("tests/FEATURES.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| feature"));
    rows.map(|line| {
        let cells = Vec::from_iter(line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()));
        cells.try_into().unwrap_or_else(|cells: Vec<_>| panic!("{} cells: {line}", cells.len()))
    })
    .collect()
}

/// The names between backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The Rust code in a folder and in the folders in it.
fn code(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.map(|path| match path.extension() {
        _ if path.is_dir() => code(&path),
        Some(ending) if ending == "rs" => fs::read_to_string(path).unwrap(),
        _ => String::new(),
    });
    files.collect()
}

/// Whether a test has this name, `test::function`, `test::file::function`, or `src::…::function`.
fn is_test(name: &str) -> bool {
    let (path, function) = name.rsplit_once("::").unwrap();
    let path = path.replace("::", "/");
    let folders = if path.starts_with("src/") {
        vec![root()]
    } else {
        vec![root().join("tests/it"), root().join("tests")]
    };
    let files = folders
        .iter()
        .flat_map(|folder| [folder.join(&path).with_extension("rs"), folder.join(&path).join("mod.rs")]);
    let code = files.filter_map(|file| fs::read_to_string(file).ok()).next().unwrap_or_default();
    let test = code.split("#[test]").skip(1).map(|test| test.trim_start());
    test.into_iter().any(|test| test.starts_with(&format!("fn {function}(")))
}

#[test]
fn every_test_in_the_table_exists() {
    let rows = rows();
    assert!(rows.len() > 50, "{}", rows.len());
    for [feature, .., tests] in &rows {
        assert!(names(tests).count() > 0, "{feature}: no test");
        for name in names(tests) {
            assert!(is_test(name), "{feature}: there is no test {name}");
        }
    }
    assert!(!is_test("rates::schedules_are") && !is_test("training::rates::schedules_are_the_formulas"));
}

#[test]
fn every_name_in_the_table_is_public() {
    let code = code(&root().join("src"));
    for [feature, _, here, _] in &rows() {
        assert!(names(here).count() > 0, "{feature}: no name");
        for name in names(here) {
            let is_public = match name.split_once("::") {
                // A variant stands on a line of its own, in an enum of this name or in the list of one.
                Some((owner, variant)) => {
                    let starts = [" {", ", a "].map(|end| format!("pub enum {owner}{end}"));
                    let bodies = starts.iter().filter_map(|start| Some(code.split_once(start)?.1));
                    let body = bodies.into_iter().next().unwrap_or_default();
                    let body = body.split("\n}").next().unwrap_or_default();
                    body.lines().any(|line| {
                        let rest = line.trim().strip_prefix(variant);
                        rest.is_some_and(|rest| {
                            [",", " {", "(", " in "].iter().any(|next| rest.starts_with(next))
                        })
                    })
                }
                None => ["pub fn", "pub struct", "pub trait"].iter().any(|kind| {
                    ["(", "<", " ", ":"].iter().any(|next| code.contains(&format!("{kind} {name}{next}")))
                }),
            };
            assert!(is_public, "{feature}: there is no {name}");
        }
    }
}
