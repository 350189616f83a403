//! The modules of a crate as the compiler sees them: it begins with `lib.rs` and follows the declarations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::words::{is_of_name, words};

/// A module, without those in it.
pub(super) struct Module {
    /// Below `src/`.
    pub(super) file: PathBuf,
    /// The words of its code, without attributes, visibilities, and what is compiled for tests alone.
    code: Vec<String>,
    /// Whether it is compiled for tests alone.
    pub(super) is_test: bool,
    /// Whether an attribute `path` names its file.
    pub(super) is_elsewhere: bool,
}

/// The modules by path, `dnn::builder`; that of `lib.rs` is empty.
pub(super) struct Modules(pub(super) BTreeMap<String, Module>);

/// Gives the text of a file below `src/`, if there is one.
type Read<'a> = &'a dyn Fn(&Path) -> Option<String>;

impl Modules {
    /// Reads the modules of a crate.
    pub(super) fn new(read: Read) -> Self {
        let mut modules = Self(BTreeMap::new());
        let (file, folder) = ("lib.rs".into(), PathBuf::new());
        modules
            .add_file(Place { name: String::new(), file, folder, is_test: false, is_elsewhere: false }, read);
        modules
    }

    fn add_file(&mut self, place: Place, read: Read) {
        let text = read(&place.file).unwrap_or_else(|| panic!("no file {}", place.file.display()));
        self.add(place, &words(&text), read);
    }

    fn add(&mut self, place: Place, words: &[&str], read: Read) {
        let mut code = Vec::new();
        let mut attributes = Vec::new();
        let mut rest = words;
        loop {
            let is_for_tests = attributes.contains(&"cfg(test)".to_owned());
            match rest {
                [] => break,
                ["#", "[", ..] | ["#", "!", "[", ..] => {
                    let begin = rest.iter().position(|word| *word == "[").unwrap();
                    let end = begin + group(&rest[begin..]);
                    attributes.push(rest[begin + 1..end - 1].concat());
                    rest = &rest[end..];
                    continue;
                }
                ["pub", "(", ..] => {
                    rest = &rest[1 + group(&rest[1..])..];
                    continue;
                }
                ["pub", others @ ..] => {
                    rest = others;
                    continue;
                }
                ["mod", name, ";", others @ ..] => {
                    let path = attributes.iter().find_map(|attribute| attribute.strip_prefix("path="));
                    let child = match path {
                        Some(path) => place.elsewhere(name, path.trim_matches('"')),
                        None => place.child(name, |file| read(file).is_some()),
                    };
                    self.add_file(child.for_tests(is_for_tests), read);
                    rest = others;
                }
                ["mod", name, "{", ..] => {
                    let end = 2 + group(&rest[2..]);
                    self.add(place.inside(name).for_tests(is_for_tests), &rest[3..end - 1], read);
                    rest = &rest[end..];
                }
                _ if is_for_tests => rest = &rest[item(rest)..],
                [word, others @ ..] => {
                    code.push((*word).to_owned());
                    rest = others;
                }
            }
            attributes.clear();
        }
        let Place { name, file, is_test, is_elsewhere, .. } = place;
        let module = Module { file, code, is_test, is_elsewhere };
        assert!(self.0.insert(name.clone(), module).is_none(), "two modules {name}");
    }

    /// The module with the file that holds the code of this one.
    fn with_file<'a>(&self, name: &'a str) -> &'a str {
        match name.rsplit_once("::") {
            Some((parent, _)) if self.0[parent].file == self.0[name].file => self.with_file(parent),
            _ => name,
        }
    }

    /// The modules with files whose items each of them uses, without those for tests.
    pub(super) fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut imports = BTreeMap::<_, BTreeSet<_>>::new();
        for (name, module) in self.0.iter().filter(|(name, module)| !module.is_test && !name.is_empty()) {
            let file = self.with_file(name);
            let used = paths(&module.code).into_iter().filter_map(|path| self.leads_to(name, &path));
            let used = used.map(|used| self.with_file(used)).filter(|used| *used != file);
            imports.entry(file).or_default().extend(used);
        }
        imports
    }

    /// The module that holds the item of a path in the code of the module `name`, or is this item; `None` if this is no
    /// item of the crate, or a name that another path has brought.
    fn leads_to(&self, name: &str, path: &[&str]) -> Option<&str> {
        let (base, rest) = match path {
            ["crate", rest @ ..] => ("", rest),
            ["self", rest @ ..] => (name, rest),
            ["super", ..] => {
                let supers = path.iter().take_while(|word| **word == "super").count();
                let base =
                    (0..supers).fold(name, |name, _| name.rsplit_once("::").map_or("", |(parent, _)| parent));
                (base, &path[supers..])
            }
            [first, ..] if self.0.contains_key(&join(name, first)) => (name, path),
            _ => return None,
        };
        let mut module = self.0.get_key_value(base)?.0;
        for word in rest {
            let Some((inner, _)) = self.0.get_key_value(&join(module, word)) else { break };
            module = inner;
        }
        assert!(!module.is_empty(), "{name} imports {} from the root of the crate", path.join("::"));
        Some(module)
    }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

/// Where a module is.
#[derive(Clone)]
struct Place {
    name: String,
    file: PathBuf,
    /// The folder of its modules' files.
    folder: PathBuf,
    is_test: bool,
    is_elsewhere: bool,
}

impl Place {
    /// A module in the same file.
    fn inside(&self, name: &str) -> Self {
        let (name, folder) = (join(&self.name, name), self.folder.join(name));
        Self { name, folder, is_elsewhere: false, ..self.clone() }
    }

    /// A module with a file in the usual place.
    fn child(&self, name: &str, exists: impl Fn(&Path) -> bool) -> Self {
        let child = self.inside(name);
        let file = child.folder.with_extension("rs");
        Self { file: if exists(&file) { file } else { child.folder.join("mod.rs") }, ..child }
    }

    /// A module whose file is named.
    fn elsewhere(&self, name: &str, path: &str) -> Self {
        let mut file = PathBuf::new();
        for part in self.file.parent().unwrap().join(path).components() {
            if part == Component::ParentDir {
                file.pop();
            } else {
                file.push(part);
            }
        }
        let folder = file.parent().unwrap().to_owned();
        Self { file, folder, is_elsewhere: true, ..self.inside(name) }
    }

    fn for_tests(self, is_test: bool) -> Self {
        Self { is_test: self.is_test || is_test, ..self }
    }
}

/// The length of the group in brackets at the beginning.
fn group(words: &[&str]) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate() {
        match *word {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    panic!("a bracket is not closed: {}", words[..words.len().min(20)].join(" "))
}

/// The length of the item or statement at the beginning: up to its semicolon or the end of its braces.
fn item(words: &[&str]) -> usize {
    let mut at = 0;
    loop {
        match words[at] {
            ";" => return at + 1,
            "{" => return at + group(&words[at..]),
            "(" | "[" => at += group(&words[at..]),
            _ => at += 1,
        }
    }
}

/// The paths in code: those of `use`, and others of at least two names.
fn paths(code: &[String]) -> Vec<Vec<&str>> {
    let code = Vec::from_iter(code.iter().map(String::as_str));
    let mut paths = Vec::new();
    let (mut at, mut before) = (0, "");
    while at < code.len() {
        let begin = at;
        if code[at] == "use" && code.get(at + 1) != Some(&"<") {
            let end = at + code[at..].iter().position(|word| *word == ";").unwrap();
            tree(&code[at + 1..end], &[], &mut paths);
            at = end;
        } else if is_name(code[at]) && code.get(at + 1) == Some(&"::") {
            while code.get(at + 1) == Some(&"::") && code.get(at + 2).is_some_and(|word| is_name(word)) {
                at += 2;
            }
            // `$crate` stands in macros, which are expanded elsewhere.
            if before != "$" && before != "::" {
                paths.push(code[begin..=at].iter().copied().filter(|word| *word != "::").collect());
            }
        }
        before = code[at];
        at += 1;
    }
    paths
}

fn is_name(word: &str) -> bool {
    word.starts_with(is_of_name)
}

/// The paths of a `use` behind those names.
fn tree<'a>(words: &[&'a str], behind: &[&'a str], paths: &mut Vec<Vec<&'a str>>) {
    let names = words.iter().take_while(|word| is_name(word) || **word == "::");
    let length = names.count();
    // `as` and a new name do not matter to where the path leads.
    let names = words[..length].iter().take_while(|word| **word != "as").filter(|word| **word != "::");
    let path = Vec::from_iter(behind.iter().chain(names).copied());
    if words.get(length) != Some(&"{") {
        paths.push(path);
        return;
    }
    let inside = &words[length + 1..length + group(&words[length..]) - 1];
    let mut depth = 0;
    let parts = inside.split(|word| {
        match *word {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && *word == ","
    });
    parts.filter(|part| !part.is_empty()).for_each(|part| tree(part, &path, paths));
}
