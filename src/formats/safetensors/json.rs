//! JSON from files that may be hostile: values stay texts of the file until their size is known to be small.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, FileError};

/// The most bytes of a number, a name or another short value.
const SHORT: usize = 256;

/// The most bytes of a value in a message.
const CLIP: usize = 40;

/// A value that is not read yet: a part of the file's text, or nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Raw<'a>(Option<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(Some(raw)))
    }
}

impl<'a> Raw<'a> {
    /// The text of the value.
    pub(super) fn get(self) -> Option<&'a str> {
        self.0.map(RawValue::get)
    }
}

/// The path of an object, for messages.
#[derive(Clone, Copy)]
pub(super) struct Section<'a>(pub(super) &'a str);

impl Section<'_> {
    pub(super) fn malformed(self, key: &str, reason: impl Display) -> Error {
        malformed(format_args!("{}.{key}", self.0), reason)
    }

    fn text<'a>(self, key: &str, raw: Raw<'a>) -> Result<&'a str, Error> {
        raw.get().ok_or_else(|| self.malformed(key, "is missing"))
    }

    /// A value of at most [`SHORT`] bytes.
    fn short<T: DeserializeOwned>(self, key: &str, raw: Raw<'_>, kind: &str) -> Result<T, Error> {
        let text = self.text(key, raw)?;
        let value = if text.len() <= SHORT { serde_json::from_str(text).ok() } else { None };
        value.ok_or_else(|| self.malformed(key, format_args!("must be {kind}, found {}", clip(text))))
    }

    pub(super) fn number(self, key: &str, raw: Raw<'_>) -> Result<f64, Error> {
        self.short(key, raw, "a number")
    }

    pub(super) fn optional_number(self, key: &str, raw: Raw<'_>) -> Result<Option<f64>, Error> {
        self.short(key, raw, "a number or null")
    }

    pub(super) fn integer<T: DeserializeOwned>(self, key: &str, raw: Raw<'_>) -> Result<T, Error> {
        self.short(key, raw, "a whole number of at least 0")
    }

    /// A counter. One that a 64-bit machine has written may be too large for a 32-bit machine.
    pub(super) fn count(self, key: &str, raw: Raw<'_>) -> Result<usize, Error> {
        let count: u64 = self.integer(key, raw)?;
        let largest = usize::MAX;
        usize::try_from(count).map_err(|_| {
            self.malformed(key, format_args!("must be at most {largest} on this machine, found {count}"))
        })
    }

    /// A setting that limits a number. The largest number, which means no limit, is less on a 32-bit machine.
    pub(super) fn limit(self, key: &str, raw: Raw<'_>) -> Result<usize, Error> {
        self.integer(key, raw).map(|limit: u64| usize::try_from(limit).unwrap_or(usize::MAX))
    }

    pub(super) fn flag(self, key: &str, raw: Raw<'_>) -> Result<bool, Error> {
        self.short(key, raw, "true or false")
    }

    pub(super) fn name(self, key: &str, raw: Raw<'_>) -> Result<String, Error> {
        self.short(key, raw, "a name")
    }

    /// The value of a name.
    pub(super) fn parse<T: FromStr<Err: Display>>(self, key: &str, raw: Raw<'_>) -> Result<T, Error> {
        self.name(key, raw)?.parse().map_err(|error| self.malformed(key, error))
    }

    /// A text of any length.
    pub(super) fn any_text(self, key: &str, raw: Raw<'_>) -> Result<String, Error> {
        let text = self.text(key, raw)?;
        let value = if text.starts_with('"') { serde_json::from_str(text).ok() } else { None };
        value.ok_or_else(|| self.malformed(key, format_args!("must be a text, found {}", clip(text))))
    }

    /// A list of at most `most` texts.
    pub(super) fn texts(self, key: &str, raw: Raw<'_>, most: usize) -> Result<Vec<String>, Error> {
        let list = self.list(key, raw, most)?;
        list.into_iter().map(|text| self.any_text(key, text)).collect()
    }

    pub(super) fn optional_integer<T: DeserializeOwned>(
        self,
        key: &str,
        raw: Raw<'_>,
    ) -> Result<Option<T>, Error> {
        self.short(key, raw, "a whole number of at least 0, or null")
    }

    /// An object, whose fields are not read yet.
    pub(super) fn object<'a, T: Deserialize<'a>>(self, key: &str, raw: Raw<'a>) -> Result<T, Error> {
        object(format_args!("{}.{key}", self.0), self.text(key, raw)?)
    }

    /// The fields of an object that have these names, which are not read yet. Fields of other names take no memory.
    pub(super) fn fields<'a>(
        self,
        key: &str,
        raw: Raw<'a>,
        names: &[&'static str],
    ) -> Result<Fields<'a>, Error> {
        let text = self.text(key, raw)?;
        check_object(format_args!("{}.{key}", self.0), text)?;
        let fields = (&Names(names)).deserialize(&mut serde_json::Deserializer::from_str(text));
        fields.map_err(|error| self.malformed(key, error))
    }

    /// A list of at most `most` elements, which are not read yet.
    pub(super) fn list<'a>(self, key: &str, raw: Raw<'a>, most: usize) -> Result<Vec<Raw<'a>>, Error> {
        let (text, found) = self.counted(key, raw)?;
        if found > most {
            return Err(self.malformed(key, format_args!("must have at most {most} elements, found {found}")));
        }
        serde_json::from_str(text).map_err(|error| self.malformed(key, error))
    }

    /// The number of elements of a list of whole numbers, and the first two of them, or 0; of a longer list, zeros.
    pub(super) fn integers(self, key: &str, raw: Raw<'_>) -> Result<(usize, [u64; 2]), Error> {
        let (_, found) = self.counted(key, raw)?;
        let numbers: Vec<u64> =
            if found > 2 { Vec::new() } else { self.short(key, raw, "a list of whole numbers")? };
        Ok((found, [0, 1].map(|i| numbers.get(i).copied().unwrap_or_default())))
    }

    /// The text of a list, and its elements, counted without any memory.
    fn counted<'a>(self, key: &str, raw: Raw<'a>) -> Result<(&'a str, usize), Error> {
        let text = self.text(key, raw)?;
        let list =
            if text.starts_with('[') { serde_json::from_str::<Vec<IgnoredAny>>(text).ok() } else { None };
        let list =
            list.ok_or_else(|| self.malformed(key, format_args!("must be a list, found {}", clip(text))))?;
        Ok((text, list.len()))
    }
}

/// The object in a text, whose fields are not read yet.
pub(super) fn object<'a, T: Deserialize<'a>>(place: impl Display, text: &'a str) -> Result<T, Error> {
    check_object(&place, text)?;
    serde_json::from_str(text).map_err(|error| malformed(place, error))
}

/// Checks that a text begins as an object does.
fn check_object(place: impl Display, text: &str) -> Result<(), Error> {
    if text.trim_ascii_start().starts_with('{') {
        Ok(())
    } else {
        Err(malformed(place, format_args!("must be an object, found {}", clip(text))))
    }
}

/// Some fields of an object.
pub(super) struct Fields<'a>(Vec<(&'static str, Raw<'a>)>);

impl<'a> Fields<'a> {
    /// The field of this name, or nothing.
    pub(super) fn get(&self, name: &str) -> Raw<'a> {
        self.0.iter().find(|(found, _)| *found == name).map_or(Raw(None), |(_, raw)| *raw)
    }
}

/// Reads the fields of these names.
struct Names<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for &Names<'_> {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &Names<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::with_capacity(self.0.len());
        while let Some(key) = map.next_key_seed(Name(self.0))? {
            match key {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(name) if fields.iter().any(|(found, _)| *found == name) => {
                    return Err(de::Error::duplicate_field(name));
                }
                Some(name) => fields.push((name, map.next_value()?)),
            }
        }
        Ok(Fields(fields))
    }
}

/// Reads a key: one of these names, or another one.
struct Name<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|name| **name == key).copied())
    }
}

/// The beginning of a text, for a message.
pub(super) fn clip(text: &str) -> String {
    match text.char_indices().find(|(start, character)| start + character.len_utf8() > CLIP) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", text.get(..end).unwrap_or_default(), text.len()),
    }
}

pub(super) fn malformed(part: impl Display, reason: impl Display) -> Error {
    FileError::Malformed { part: part.to_string(), reason: reason.to_string() }.into()
}
