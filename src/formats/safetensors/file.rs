//! A safetensors file as it is read: the length of the header in 8 bytes, the header in JSON, and the tensors.
//!
//! The library's own reader takes many times the memory of a hostile header, and a sum of sizes can overflow in it.
//! Here the header is read twice: first the metadata, while the tensors are only counted; then the places of the
//! tensors, if there are as many as the network needs.

use std::borrow::Cow;
use std::fmt;

use ndarray::{Array1, Array2};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::json::{Raw, Section, clip, malformed, object};
use crate::error::{Error, FileError};
use crate::formats::bytes::{is_f32, values};
use crate::kernel::Scalar;

/// The most bytes of a header: enough for 10,000 layers.
pub(super) const MOST_OF_A_HEADER: usize = 10_000_000;

/// A file whose tensors are not read yet.
pub(super) struct File<'a> {
    header: &'a str,
    data: &'a [u8],
    /// The network's own header: the text in the metadata.
    pub(super) text: String,
    /// The number of tensors.
    pub(super) count: usize,
}

impl<'a> File<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let (header, data) = split(bytes)?;
        let Outline { metadata, count } = object("the header", header)?;
        Ok(Self { header, data, text: text(metadata)?, count })
    }

    /// The places of the tensors, which must cover the data without gaps.
    pub(super) fn tensors(&self) -> Result<Tensors<'a>, Error> {
        let mut json = serde_json::Deserializer::from_str(self.header);
        let tensors = Infos { count: self.count }.deserialize(&mut json);
        let mut tensors = tensors.map_err(|error| malformed("the header", error))??;
        tensors.sort_unstable_by_key(|(_, info)| info.offsets);
        let mut end = 0;
        for (name, info) in &tensors {
            if info.offsets[0] != end {
                return Err(malformed(clip(name), "it must begin where the tensor before it ends"));
            }
            end = info.offsets[1];
        }
        if end != self.data.len() as u64 {
            let reason = format!("the tensors must be {end} bytes, found {}", self.data.len());
            return Err(malformed("the header", reason));
        }
        tensors.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let twins = tensors.windows(2).find(|pair| matches!(pair, [(a, _), (b, _)] if a == b));
        if let Some([(name, _), ..]) = twins {
            return Err(malformed(clip(name), "there must be one tensor of this name, found two"));
        }
        Ok(Tensors { tensors, data: self.data })
    }
}

/// The header and the data.
fn split(bytes: &[u8]) -> Result<(&str, &[u8]), Error> {
    let (length, rest) = bytes.split_first_chunk().ok_or(FileError::NotSafetensors)?;
    let length = u64::from_le_bytes(*length);
    let is_long = length > MOST_OF_A_HEADER as u64;
    // The first letters of a text are the length of a header that no file can have.
    if rest.first() != Some(&b'{') || (is_long && length > rest.len() as u64) {
        return Err(FileError::NotSafetensors.into());
    }
    if is_long {
        let reason = format!("it must be at most {MOST_OF_A_HEADER} bytes, found {length}");
        return Err(malformed("the header", reason));
    }
    let parts = rest.split_at_checked(length as usize);
    let (header, data) = parts.ok_or_else(|| malformed("the header", "the file ends within it"))?;
    let header = std::str::from_utf8(header).map_err(|error| malformed("the header", error))?;
    Ok((header, data))
}

/// The header of a network in the metadata; an error for a file of another program, whatever its metadata are.
fn text(metadata: Raw<'_>) -> Result<String, Error> {
    let is_object = metadata.get().is_some_and(|text| text.starts_with('{'));
    let Metadata { ndarray_dnn } =
        if is_object { Section("the header").object("__metadata__", metadata)? } else { Metadata::default() };
    let text = ndarray_dnn.get().ok_or(FileError::OtherProgram)?;
    let text = if text.starts_with('"') { serde_json::from_str(text).ok() } else { None };
    text.ok_or_else(|| malformed("ndarray_dnn", "must be a text"))
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Metadata<'a> {
    ndarray_dnn: Raw<'a>,
}

/// A key of the header.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Key<'_> {
    fn is_metadata(&self) -> bool {
        self.0 == "__metadata__"
    }
}

/// The metadata, and the number of tensors.
struct Outline<'a> {
    metadata: Raw<'a>,
    count: usize,
}

impl<'de: 'a, 'a> Deserialize<'de> for Outline<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Outline<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut outline = Outline { metadata: Raw::default(), count: 0 };
                while let Some(key) = map.next_key::<Key<'_>>()? {
                    if key.is_metadata() {
                        outline.metadata = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                        outline.count += 1;
                    }
                }
                Ok(outline)
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// Reads the places of `count` tensors.
struct Infos {
    count: usize,
}

impl<'de> DeserializeSeed<'de> for Infos {
    type Value = Result<Vec<(Cow<'de, str>, Info<'de>)>, Error>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Infos {
    type Value = Result<Vec<(Cow<'de, str>, Info<'de>)>, Error>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut infos = Ok(Vec::with_capacity(self.count));
        while let Some((key, raw)) = map.next_entry::<Key<'_>, Raw<'_>>()? {
            // After an error the rest is only passed over.
            if let (Ok(found), false) = (&mut infos, key.is_metadata()) {
                match Info::of(&key.0, raw) {
                    Ok(info) => found.push((key.0, info)),
                    Err(error) => infos = Err(error),
                }
            }
        }
        Ok(infos)
    }
}

/// The type, the shape and the place of a tensor.
struct Info<'a> {
    /// With its quotes.
    dtype: &'a str,
    dimensions: usize,
    /// The first two dimensions.
    shape: [u64; 2],
    /// The first byte, and the byte after the last one.
    offsets: [u64; 2],
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundTensor<'a> {
    dtype: Raw<'a>,
    shape: Raw<'a>,
    data_offsets: Raw<'a>,
}

impl<'a> Info<'a> {
    fn of(name: &str, raw: Raw<'a>) -> Result<Self, Error> {
        let name = clip(name);
        let place = Section(&name);
        let FoundTensor { dtype, shape, data_offsets } = object(&name, raw.get().unwrap_or_default())?;
        let (dimensions, shape) = place.integers("shape", shape)?;
        let (count, offsets) = place.integers("data_offsets", data_offsets)?;
        if count != 2 {
            return Err(place.malformed("data_offsets", format_args!("must be 2 numbers, found {count}")));
        }
        Ok(Self { dtype: dtype.get().unwrap_or_default(), dimensions, shape, offsets })
    }
}

/// The tensors of a file, by name.
pub(super) struct Tensors<'a> {
    tensors: Vec<(Cow<'a, str>, Info<'a>)>,
    data: &'a [u8],
}

impl<'a> Tensors<'a> {
    /// Whether there is a tensor of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.iter().any(|(found, _)| found == name)
    }

    /// The shape and the bytes of a tensor of N dimensions.
    fn get<F: Scalar, const N: usize>(&self, name: &str) -> Result<([usize; N], &'a [u8]), Error> {
        let at = self.tensors.binary_search_by(|(found, _)| found[..].cmp(name)).ok();
        let info = at.and_then(|at| self.tensors.get(at)).map(|(_, info)| info);
        let info = info.ok_or_else(|| malformed(name, "there is no such tensor"))?;
        let dtype = if is_f32::<F>() { "F32" } else { "F64" };
        let found = info.dtype.trim_matches('"');
        if found != dtype {
            return Err(malformed(name, format_args!("its type must be {dtype}, found {}", clip(found))));
        }
        if info.dimensions != N {
            let reason = format!("it must have {N} dimensions, found {}", info.dimensions);
            return Err(malformed(name, reason));
        }
        let shape: [u64; N] = std::array::from_fn(|axis| info.shape.get(axis).copied().unwrap_or(1));
        // Within the data, since the tensors cover them without gaps.
        let [start, end] = info.offsets.map(|offset| usize::try_from(offset).unwrap_or(usize::MAX));
        let data = self.data.get(start..end).unwrap_or_default();
        // In 64 bits, since a 32-bit machine reads the same files.
        let bytes = shape.iter().try_fold(size_of::<F>() as u64, |bytes, &length| bytes.checked_mul(length));
        if bytes != Some(data.len() as u64) {
            let reason = format!("its bytes must be those of its shape {shape:?}, found {}", data.len());
            return Err(malformed(name, reason));
        }
        Ok((shape.map(|length| usize::try_from(length).unwrap_or(usize::MAX)), data))
    }

    pub(super) fn matrix<F: Scalar>(&self, name: &str) -> Result<Array2<F>, Error> {
        let (shape, data) = self.get::<F, 2>(name)?;
        Array2::from_shape_vec(shape, values(data).collect()).map_err(|error| malformed(name, error))
    }

    pub(super) fn vector<F: Scalar>(&self, name: &str) -> Result<Array1<F>, Error> {
        let (_, data) = self.get::<F, 1>(name)?;
        Ok(values(data).collect())
    }
}
