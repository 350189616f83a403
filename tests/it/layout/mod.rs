//! The layout of the source: imports go up the map at the end of the crate's documentation, and not in circles. Modules
//! are read as the compiler reads them.

mod modules;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use modules::Modules;

type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn modules() -> Modules {
    Modules::new(&|file| fs::read_to_string(source().join(file)).ok())
}

/// All files of a folder and of the folders in it, but for packages of their own.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_dir() {
                files.push(path);
            } else if !path.join("Cargo.toml").exists() {
                folders.push(path);
            }
        }
    }
    files
}

/// The rooms of `src/` in the order of the map.
fn map() -> Vec<String> {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let map = text.split("# Layout of the source").nth(1).unwrap();
    let map = map.split("```text").nth(1).unwrap().split("```").next().unwrap();
    let lines = map.lines().filter_map(|line| line.strip_prefix("//! "));
    lines.filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect()
}

fn room(name: &str) -> &str {
    name.split("::").next().unwrap()
}

/// The first module that imports one below it in the map, and that one.
fn first_descent<'a>(imports: &Imports<'a>, map: &[String]) -> Option<(&'a str, &'a str)> {
    let rank = |name: &str| map.iter().position(|other| other == room(name)).unwrap();
    let each = imports.iter().flat_map(|(name, used)| used.iter().map(|used| (*name, *used)));
    each.into_iter().find(|(name, used)| rank(used) > rank(name))
}

/// The modules of a circle of imports, if there is one.
fn circle<'a>(imports: &Imports<'a>) -> Option<Vec<&'a str>> {
    let mut left = imports.clone();
    loop {
        // What imports nothing that is left is in no circle.
        let names = BTreeSet::from_iter(left.keys().copied());
        left.retain(|_, used| used.iter().any(|used| names.contains(used)));
        if left.len() == names.len() {
            break;
        }
    }
    let mut path = vec![*left.keys().next()?];
    loop {
        let last = path.last()?;
        let next = *left[last].iter().find(|used| left.contains_key(*used))?;
        if let Some(begin) = path.iter().position(|name| *name == next) {
            return Some(path.split_off(begin));
        }
        path.push(next);
    }
}

/// The imports between the modules in each module, with all that is in them.
fn by_parents<'a>(imports: &Imports<'a>) -> BTreeMap<String, Imports<'a>> {
    let mut all = BTreeMap::<String, Imports>::new();
    for (name, used) in imports.iter().flat_map(|(name, used)| used.iter().map(move |used| (*name, *used))) {
        let (mut begin, mut a, mut b) = (0, name, used);
        // Behind the names that both have.
        while let (Some((first, rest)), Some((other, others))) = (a.split_once("::"), b.split_once("::")) {
            if first != other {
                break;
            }
            (begin, a, b) = (begin + first.len() + 2, rest, others);
        }
        let child = |name: &'a str| {
            let end = name[begin..].find("::").map_or(name.len(), |end| begin + end);
            &name[..end]
        };
        if child(name) != child(used) {
            let parent = name[..begin].trim_end_matches(':').to_owned();
            all.entry(parent).or_default().entry(child(name)).or_default().insert(child(used));
        }
    }
    all
}

#[test]
fn the_map_names_every_room() {
    let modules = modules();
    let rooms = modules.0.keys().map(|name| room(name)).filter(|room| !room.is_empty());
    assert_eq!(BTreeSet::from_iter(map().iter().map(String::as_str)), BTreeSet::from_iter(rooms));
}

#[test]
fn every_file_is_a_module_in_its_place() {
    let modules = modules();
    let files = files(source());
    let files = files.iter().map(|file| file.strip_prefix(source()).unwrap().to_owned());
    let files = BTreeSet::from_iter(files);
    let found = modules.0.values().map(|module| module.file.clone());
    assert_eq!(BTreeSet::from_iter(found), files);
    let elsewhere = modules.0.iter().filter(|(_, module)| module.is_elsewhere);
    assert_eq!(Vec::from_iter(elsewhere.map(|(name, _)| name)), Vec::<&String>::new());
}

#[test]
fn comments_have_at_most_120_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files =
        ["src", "tests", "examples", "benches"].into_iter().flat_map(|folder| files(root.join(folder)));
    let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    for file in files {
        for (line, text) in (1..).zip(fs::read_to_string(&file).unwrap().lines()) {
            // A table's row and a link stay whole.
            let may_be_long = ["|", "](", "://"].iter().any(|part| text.contains(part));
            let is_comment = text.trim_start().starts_with("//");
            let columns = text.chars().count();
            assert!(!is_comment || may_be_long || columns <= 120, "{}:{line}: {columns}", file.display());
        }
    }
}

#[test]
fn imports_go_up_the_map() {
    let modules = modules();
    if let Some((name, used)) = first_descent(&modules.imports(), &map()) {
        panic!("{name} imports {used}, which is below it in the map");
    }
}

#[test]
fn no_files_and_no_folders_import_each_other() {
    let modules = modules();
    let imports = modules.imports();
    assert_eq!(circle(&imports), None);
    for imports in by_parents(&imports).values() {
        assert_eq!(circle(imports), None);
    }
}

#[test]
fn the_check_finds_what_it_looks_for() {
    let files = BTreeMap::from([
        ("lib.rs", "mod a;\nmod b;\npub use b::X;"),
        ("a.rs", "mod inner { use super::f; pub(in crate::b) fn g() { crate::b::d::h::<u8>() } }"),
        (
            "b/mod.rs",
            "mod c; #[path = \"../other.rs\"] mod o; pub(crate) mod d; mod e; #[cfg(test)] mod tests;
             pub use c::X; // use e::Y;\nmacro_rules! m { () => { $crate::a::f() } }",
        ),
        (
            "b/c.rs",
            "use crate::{a::{A, B as C}, b::{d::{self}}}; #[cfg(test)] fn f(a: [u8; 1]) { super::e::Z }",
        ),
        ("b/d.rs", "mod f; use self::f::X; use super::*; use std::fmt;"),
        ("b/d/f.rs", "fn f() -> impl A + use<'_> { super::super::e::x(\"super::c\") }"),
        ("b/e.rs", "use super::c::X; fn f(c: char) -> c::D {}"),
        ("b/tests.rs", "use super::super::a::A;"),
        ("other.rs", "mod deep; use crate::a::A;"),
        ("deep.rs", ""),
    ]);
    let modules = Modules::new(&|file| files.get(file.to_str().unwrap()).map(|&text| text.to_owned()));
    assert_eq!(modules.0.values().filter(|module| module.is_test).count(), 1);
    assert_eq!(modules.0["b::o::deep"].file, Path::new("deep.rs"));
    assert!(modules.0["b::o"].is_elsewhere && !modules.0["b::d"].is_elsewhere);
    let imports = modules.imports();
    let expected: [(&str, &[&str]); 8] = [
        ("a", &["b::d"]),
        ("b", &["b::c"]),
        ("b::c", &["a", "b::d"]),
        ("b::d", &["b", "b::d::f"]),
        ("b::d::f", &["b::e"]),
        ("b::e", &["b::c"]),
        ("b::o", &["a"]),
        ("b::o::deep", &[]),
    ];
    assert_eq!(imports, BTreeMap::from(expected.map(|(name, used)| (name, used.iter().copied().collect()))));

    let map = ["a", "b"].map(str::to_owned);
    assert_eq!(first_descent(&imports, &map), Some(("a", "b::d")));
    assert_eq!(circle(&imports), Some(vec!["a", "b::d", "b", "b::c"]));
    let folders = by_parents(&imports);
    assert_eq!(circle(&folders[""]), Some(vec!["a", "b"]));
    assert_eq!(circle(&folders["b"]), Some(vec!["b::c", "b::d", "b::e"]));
    let without = imports
        .into_iter()
        .map(|(name, used)| (name, used.into_iter().filter(|used| *used > name).collect()));
    assert_eq!(circle(&without.collect()), None);

    let root = BTreeMap::from([("lib.rs", "mod a; pub use a::X;"), ("a.rs", "use crate::X;")]);
    let modules = Modules::new(&|file| root.get(file.to_str().unwrap()).map(|&text| text.to_owned()));
    assert!(std::panic::catch_unwind(|| modules.imports().len()).is_err());
}
