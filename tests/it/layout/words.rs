//! The words of Rust code: what is left of it without comments and space.

/// Names and numbers, `::`, texts in their quotes, and every other character by itself. Of a lifetime or a character in
/// quotes nothing is left.
pub(super) fn words(code: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let (length, is_word) = match first {
            _ if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            _ if rest.starts_with("/*") => (comment(rest), false),
            _ if rest.starts_with("::") => (2, true),
            '"' => (text(rest), true),
            '\'' => (quoted(rest), false),
            'r' | 'b' | 'c' => (raw_text(rest).unwrap_or_else(|| name(rest)), true),
            _ if is_of_name(first) => (name(rest), true),
            _ => (first.len_utf8(), !first.is_whitespace()),
        };
        if is_word {
            words.push(&rest[..length]);
        }
        rest = &rest[length..];
    }
    words
}

pub(super) fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn name(rest: &str) -> usize {
    rest.find(|c| !is_of_name(c)).unwrap_or(rest.len())
}

/// The length of a block comment, which may hold others.
fn comment(rest: &str) -> usize {
    let mut depth = 0;
    for (at, _) in rest.match_indices(['*', '/']) {
        if rest[at..].starts_with("/*") {
            depth += 1;
        } else if rest[..at].ends_with('*') && rest[at..].starts_with('/') {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    rest.len()
}

/// The length of a text, quotes included.
fn text(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of `r"…"`, `r#"…"#`, `br"…"`, …
fn raw_text(rest: &str) -> Option<usize> {
    let begin = rest.find('r').filter(|begin| *begin <= 1)? + 1;
    let hashes = rest[begin..].find(|c| c != '#')?;
    let inside = rest[begin + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(begin + hashes + 1 + inside.find(&end)? + end.len())
}

/// The length of a character in quotes, or of a lifetime.
fn quoted(rest: &str) -> usize {
    let inside = &rest[1..];
    let mut characters = inside.chars();
    match (characters.next(), characters.next()) {
        // The character after the backslash may be a quote.
        (Some('\\'), Some(escaped)) => {
            let begin = 1 + '\\'.len_utf8() + escaped.len_utf8();
            begin + rest[begin..].find('\'').map_or(0, |at| at + 1)
        }
        (Some(c), Some('\'')) => 2 + c.len_utf8(),
        _ => 1 + name(inside),
    }
}

#[test]
fn comments_and_texts_are_no_code() {
    let cases = [
        ("// use a; \"\n/* /* b */ \" */ let c: &'d str = e;", "let c : & str = e ;"),
        (r##"f("\"g // h" + r#"i"j"# + br"k\")"##, r##"f ( "\"g // h" + r#"i"j"# + br"k\" )"##),
        (r#"match l { '"' | '\'' | '\u{1F}' | '/' => m::n }"#, "match l { | | | = > m :: n }"),
        ("#[path = \"a/b.rs\"] mod r#c;", "# [ path = \"a/b.rs\" ] mod r # c ;"),
    ];
    for (code, expected) in cases {
        assert_eq!(words(code).join(" "), expected);
    }
}
