//! Names of settings, some with numbers: `cyclic`, `adam(0.9, 0.999, 1e-8)`.

use std::fmt::Display;
use std::str::FromStr;

use crate::error::{Error, ParseError};
use crate::kernel::Scalar;

/// A setting that is a text in files: a name, and perhaps numbers.
pub(crate) trait Named: Display + FromStr<Err = ParseError> {
    /// Checks that its numbers are in their range, also after rounding to `F`.
    fn check<F: Scalar>(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Declares an enum by the list of its values. An entry is the documentation of a value, its numbers if it has any, and
/// the file of its rule: there, a type of the same name and numbers is a `Rule<F>`. The name of the file is the name of
/// the value, as in `huber(1.0)`. If an entry says what is `usual`, the name alone means that.
macro_rules! list {
    (
        $(#[$of_list:meta])*
        pub enum $list:ident, a $kind:literal {
            $(
                $(#[$of_value:meta])*
                $value:ident
                $({ $(#[$of_first:meta])* $first:ident: f64, $($(#[$of_number:meta])* $number:ident: f64,)* })?
                in $file:ident
                $(, usual $usual:expr)?;
            )+
        }
    ) => {
        $(#[$of_list])*
        pub enum $list {
            $(
                $(#[$of_value])*
                $value $({ $(#[$of_first])* $first: f64, $($(#[$of_number])* $number: f64,)* })?,
            )+
        }

        impl $list {
            /// The answer of this value's rule.
            fn of_rule<F: Scalar, T>(self, ask: impl FnOnce(&dyn Rule<F>) -> T) -> T {
                match self {
                    $(Self::$value $({ $first $(, $number)* })? => ask(&$file::$value $({ $first $(, $number)* })?),)+
                }
            }
        }

        impl std::fmt::Display for $list {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$value $({ $first $(, $number)* })? => {
                        f.pad(&names::text(stringify!($file), &[$(*$first $(, *$number)*)?]))
                    })+
                }
            }
        }

        impl std::str::FromStr for $list {
            type Err = ParseError;

            /// # Errors
            /// A [`ParseError`] that lists the known names. `build` checks the ranges of the numbers.
            fn from_str(text: &str) -> Result<Self, ParseError> {
                $(
                    if let Some([$($first $(, $number)*)?]) = names::numbers(stringify!($file), text) {
                        return Ok(Self::$value $({ $first $(, $number)* })?);
                    }
                    $(
                        if text == stringify!($file) {
                            return Ok($usual);
                        }
                    )?
                )+
                let forms = [$((
                    stringify!($file),
                    concat!(stringify!($file) $(, "(", stringify!($first) $(, ", ", stringify!($number))*, ")")?),
                    concat!("" $(, stringify!($usual))?),
                )),+];
                Err(names::unknown($kind, text, &forms))
            }
        }
    };
}
pub(super) use list;

/// The error for a text that is none of the values of a [`list`], each given by its name, its form and what is usual:
/// it names those that stand alone, and then the forms with numbers.
pub(super) fn unknown(
    kind: &'static str,
    text: &str,
    forms: &[(&'static str, &'static str, &str)],
) -> ParseError {
    let alone = forms.iter().filter(|(name, form, usual)| form == name || !usual.is_empty());
    let with_numbers = forms.iter().filter(|(name, form, _)| form != name);
    ParseError::new(kind, text, alone.map(|(name, ..)| *name).chain(with_numbers.map(|(_, form, _)| *form)))
}

/// The text of a value: its name, and its numbers in parentheses.
pub(super) fn text(name: &str, numbers: &[f64]) -> String {
    if numbers.is_empty() {
        return name.to_owned();
    }
    let numbers = Vec::from_iter(numbers.iter().map(|number| format!("{number:?}")));
    format!("{name}({})", numbers.join(", "))
}

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

/// Parses the numbers of `name(1, 0.5)`, or of `name` if there are to be none. Returns `None` for another name, for
/// another count, and unless all are numbers.
pub(crate) fn numbers<const N: usize>(name: &str, text: &str) -> Option<[f64; N]> {
    let mut numbers = [0.0; N];
    for (number, argument) in numbers.iter_mut().zip(arguments::<N>(name, text)?) {
        *number = argument.parse().ok()?;
    }
    Some(numbers)
}

/// The texts between the commas of `name(1, 0.5)`, or `name` alone if there are to be none. Returns `None` for another
/// name, and for another count.
pub(crate) fn arguments<'a, const N: usize>(name: &str, text: &'a str) -> Option<[&'a str; N]> {
    if N == 0 {
        return (text == name).then_some([""; N]);
    }
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
        assert_eq!(["a", "a()", "ab", ""].map(|text| numbers::<0>("a", text)), [Some([]), None, None, None]);
    }
}
