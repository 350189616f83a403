//! The layout of the source: imports go up the map at the end of the crate's documentation, and not in circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The two files that may import each other: a network makes its builder, and the builder makes a network.
const EXCEPTION: [&str; 2] = ["dnn::builder", "dnn::dnn"];

/// The modules of the crate by path, `dnn::builder`, with their code: without comments and without tests.
fn modules() -> BTreeMap<String, String> {
    let mut modules = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().with_extension("");
            let parts = Vec::from_iter(name.iter().map(|part| part.to_str().unwrap()));
            if parts.contains(&"tests") || parts == ["lib"] {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = parts.strip_suffix(&["mod"]).unwrap_or(&parts).join("::");
            let text = fs::read_to_string(path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            modules.insert(name, Vec::from_iter(code).join("\n"));
        }
    }
    modules
}

/// The folders and files of `src/` in the order of the map.
fn map() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let map = text.split("# Layout of the source").nth(1).unwrap();
    let map = map.split("```text").nth(1).unwrap().split("```").next().unwrap();
    let lines = map.lines().filter_map(|line| line.strip_prefix("//! "));
    lines.filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect()
}

/// The paths after each `prefix` in the code, `dnn::builder::DnnBuilder`; of a group the part before the brace.
fn paths<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(prefix).map(move |(start, _)| {
        let rest = &code[start + prefix.len()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
        rest[..end].trim_end_matches(':')
    })
}

/// The module that contains an item, or the module itself; `None` if the path leads to no module.
fn module_of(path: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let mut path = path;
    while !modules.contains_key(path) {
        path = path.rsplit_once("::")?.0;
    }
    Some(path.to_owned())
}

/// The modules that a module imports, by `crate::`, `super::`, `self::` and the names of its own modules.
fn imports(name: &str, code: &str, modules: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut imports = BTreeSet::new();
    // `$crate::` stands in macros, which are expanded elsewhere, and `in crate::` in visibilities.
    let code = &code.replace("$crate::", "").replace("(in crate::", "(");
    for path in paths(code, "crate::") {
        let module = module_of(path, modules);
        imports.insert(module.unwrap_or_else(|| panic!("{name} imports {path} from the root of the crate")));
    }
    let parent =
        |name: &str| name.rsplit_once("::").map_or(String::new(), |(parent, _)| format!("{parent}::"));
    for path in paths(code, "super::") {
        imports.extend(module_of(&format!("{}{path}", parent(name)), modules));
    }
    for path in paths(code, "self::") {
        imports.extend(module_of(&format!("{name}::{path}"), modules));
    }
    // Of a file with a folder of its own: `use child::Item`.
    for path in paths(code, "use ") {
        imports.extend(module_of(&format!("{name}::{path}"), modules));
    }
    imports.remove(name);
    imports
}

#[test]
fn the_map_names_every_folder() {
    let top = modules().into_keys().map(|name| name.split("::").next().unwrap().to_owned());
    assert_eq!(BTreeSet::from_iter(map()), BTreeSet::from_iter(top));
}

#[test]
fn imports_go_up_the_map() {
    let (map, modules) = (map(), modules());
    let rank = |name: &str| {
        let top = name.split("::").next().unwrap();
        map.iter().position(|folder| folder == top).unwrap()
    };
    for (name, code) in &modules {
        for import in imports(name, code, &modules) {
            assert!(rank(&import) <= rank(name), "{name} imports {import}, which is below it in the map");
        }
    }
}

#[test]
fn no_files_import_each_other() {
    let modules = modules();
    let graph = BTreeMap::from_iter(
        modules.iter().map(|(name, code)| (name.as_str(), imports(name, code, &modules))),
    );
    // Every module is reachable from itself only by the exception.
    for start in graph.keys() {
        let (mut seen, mut open) = (BTreeSet::new(), vec![*start]);
        while let Some(name) = open.pop() {
            for import in &graph[name] {
                if EXCEPTION.contains(&name) && EXCEPTION.contains(&import.as_str()) {
                    continue;
                }
                assert_ne!(import, start, "{name} imports {start}, which imports it by way of {seen:?}");
                if seen.insert(import.as_str()) {
                    open.push(graph.get_key_value(import.as_str()).unwrap().0);
                }
            }
        }
    }
}

#[test]
fn the_check_finds_what_it_looks_for() {
    let modules = BTreeMap::from_iter(
        [("a", ""), ("b", ""), ("b::c", ""), ("b::d", "")]
            .map(|(name, code)| (name.to_owned(), code.to_owned())),
    );
    let code = "use crate::{\n};\nuse crate::a::{X, Y};\nuse super::d::Z;\nlet x = self::e();\ncrate::b::f()";
    let found = imports("b::c", &code.replace("use crate::{\n};\n", ""), &modules);
    assert_eq!(Vec::from_iter(found), ["a", "b", "b::d"]);
    assert!(std::panic::catch_unwind(|| imports("b::c", code, &modules)).is_err());
}
