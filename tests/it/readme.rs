//! The README's programs can be pasted from any page that shows it, and what it names exists.

use std::fs;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// The blocks of code with their language.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let inside = text.split("\n```").skip(1).step_by(2);
    inside.map(|block| block.split_once('\n').unwrap()).collect()
}

#[test]
fn programs_are_whole_and_have_no_hidden_lines() {
    let text = readme();
    let blocks = blocks(&text);
    let programs = Vec::from_iter(blocks.iter().filter(|(language, _)| *language == "rust"));
    assert!(programs.len() >= 5, "{}", programs.len());
    for (_, program) in programs {
        assert!(program.contains("\nfn main() ->"), "{program}");
        // rustdoc hides such lines, other pages show them.
        assert!(!program.lines().any(|line| line == "#" || line.starts_with("# ")), "{program}");
    }
    // Lines of more columns are cut off, and so are comments far to the right.
    for line in blocks.iter().flat_map(|(_, code)| code.lines()) {
        assert!(line.chars().count() <= 85, "{line}");
        assert!(!line.contains("  //") || line.trim_start().starts_with("//"), "{line}");
    }
}

#[test]
fn a_program_and_a_picture_are_on_the_first_screen() {
    let text = readme();
    let before = |what: &str| text[..text.find(what).unwrap()].lines().count();
    assert!(before("![") < 10 && before("```rust") < 12 && before("`--release`") < 40);
}

#[test]
fn files_and_links_exist() {
    for name in ["README.md", "examples/README.md", "benches/README.md"] {
        let path = root().join(name);
        let text = fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap();
        let paths = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let definitions = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: "));
        let all = Vec::from_iter(paths.chain(definitions.map(|(_, path)| path)));
        assert!(!all.is_empty(), "{name}");
        for path in all.into_iter().filter(|path| !path.starts_with("http")) {
            let file = path.split('#').next().unwrap();
            assert!(folder.join(file).exists() || file.is_empty(), "{name}: {path}");
        }
    }
}
