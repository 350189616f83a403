//! Names of settings, some with numbers: `cyclic`, `adam(0.9, 0.999, 1e-8)`.

use crate::error::ParseError;

/// Returns the value with the name `text`, or an error of `kind` that lists all names and `more`.
pub(crate) fn value_of<T: Copy>(
    kind: &'static str,
    names: &[(T, &'static str)],
    more: impl IntoIterator<Item = &'static str>,
    text: &str,
) -> Result<T, ParseError> {
    let named = names.iter().find(|(_, name)| *name == text).map(|(value, _)| *value);
    named.ok_or_else(|| ParseError::new(kind, text, names.iter().map(|(_, name)| *name).chain(more)))
}

/// The name of a value; empty if it has none.
pub(crate) fn name_of<T: PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    names.iter().find(|(named, _)| *named == value).map_or("", |(_, name)| name)
}

/// Parses the numbers of `name(1, 0.5)`. Returns `None` for another name, for another count, and unless all are
/// numbers.
pub(crate) fn numbers<const N: usize>(name: &str, text: &str) -> Option<[f64; N]> {
    let mut numbers = [0.0; N];
    for (number, argument) in numbers.iter_mut().zip(arguments::<N>(name, text)?) {
        *number = argument.parse().ok()?;
    }
    Some(numbers)
}

/// The texts between the commas of `name(1, 0.5)`. Returns `None` for another name, and for another count.
pub(crate) fn arguments<'a, const N: usize>(name: &str, text: &'a str) -> Option<[&'a str; N]> {
    let list = text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?;
    let mut arguments = [""; N];
    let mut parts = list.split(',');
    for argument in &mut arguments {
        *argument = parts.next()?.trim();
    }
    parts.next().is_none().then_some(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parsed_from_parentheses() {
        assert_eq!(numbers("a", "a(1, -0.5)"), Some([1.0, -0.5]));
        assert_eq!(numbers("a", "a(1e-8,2)"), Some([1e-8, 2.0]));
        for text in
            ["a", "a()", "a(1)", "a(1, 2, 3)", "a(1, 2", "a(1, x)", "b(1, 2)", "a(1, 2) ", "a (1, 2)", "a(,)"]
        {
            assert_eq!(numbers::<2>("a", text), None, "{text}");
        }
    }
}
