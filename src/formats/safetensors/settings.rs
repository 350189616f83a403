//! The settings of a network in the JSON of a file: an object with a key for each setting.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::json::{Fields, Raw, Section};
use super::old;
use crate::error::Error;
use crate::model::{Config, Named, Visit};
use crate::validate::Range;

/// The path of the object, for messages.
const PLACE: Section<'_> = Section("ndarray_dnn.settings");

/// The settings that the files of every format have, and those that files have from format 2 on. A later setting is not
/// in older files, which then mean its default.
const ALWAYS: [&str; 14] = [
    "batch_order",
    "decay_power",
    "eta",
    "init",
    "loss",
    "max_epochs",
    "minibatch_size",
    "momentum",
    "optimizer",
    "regularization",
    "regularize_biases",
    "seed",
    "threshold",
    "verbose",
];
const FROM_2: [&str; 5] = ["clip_norm", "dropout", "l1", "max_norm", "schedule"];

/// Reads the settings of a network with at most so many layers and outputs.
pub(super) fn read(
    root: Section<'_>,
    settings: Raw<'_>,
    format: u64,
    [most_layers, most_outputs]: [usize; 2],
) -> Result<Config, Error> {
    let mut config = Config::default();
    let names = Writer::of(config.clone())?.0.into_keys().chain([old::SOFTMAX]);
    let fields = root.fields("settings", settings, &Vec::from_iter(names))?;
    config.visit(&mut Reader { fields, format, most_layers, most_outputs })?;
    Ok(config)
}

/// The settings as they are written.
pub(super) fn written(config: &Config) -> Result<BTreeMap<&'static str, Written>, Error> {
    let values = Writer::of(config.clone())?.0.into_iter();
    Ok(values.filter_map(|(name, value)| Some((name, value?))).collect())
}

struct Reader<'a> {
    fields: Fields<'a>,
    format: u64,
    most_layers: usize,
    most_outputs: usize,
}

impl<'a> Reader<'a> {
    /// The value of a setting; `None` if the file is older than the setting.
    fn find(&self, name: &str) -> Result<Option<Raw<'a>>, Error> {
        let raw = self.fields.get(name);
        let is_known = ALWAYS.contains(&name) || self.format >= 2 && FROM_2.contains(&name);
        match raw.get() {
            None if is_known => Err(PLACE.malformed(name, "is missing")),
            None => Ok(None),
            Some(_) => Ok(Some(raw)),
        }
    }

    /// Reads the value of a setting, unless the file is older.
    fn read<T>(
        &self,
        name: &str,
        value: &mut T,
        read: impl FnOnce(Raw<'a>) -> Result<T, Error>,
    ) -> Result<(), Error> {
        if let Some(raw) = self.find(name)? {
            *value = read(raw)?;
        }
        Ok(())
    }

    /// At most so many numbers.
    fn numbers<T: FromIterator<f64>>(name: &str, list: Raw<'_>, most: usize) -> Result<T, Error> {
        PLACE.list(name, list, most)?.into_iter().map(|number| PLACE.number(name, number)).collect()
    }
}

impl Visit for Reader<'_> {
    fn number(&mut self, name: &'static str, value: &mut f64, _: Range) -> Result<(), Error> {
        self.read(name, value, |raw| PLACE.number(name, raw))
    }

    fn limit(&mut self, name: &'static str, value: &mut Option<f64>, _: Range) -> Result<(), Error> {
        self.read(name, value, |raw| PLACE.optional_number(name, raw))
    }

    fn of_layers(&mut self, name: &'static str, values: &mut Vec<f64>, _: Range) -> Result<(), Error> {
        self.read(name, values, |raw| Self::numbers(name, raw, self.most_layers))
    }

    fn of_outputs(
        &mut self,
        name: &'static str,
        values: &mut Option<Arc<[f64]>>,
        _: Range,
    ) -> Result<(), Error> {
        self.read(name, values, |raw| Self::numbers(name, raw, self.most_outputs).map(Some))
    }

    fn count(&mut self, name: &'static str, value: &mut usize) -> Result<(), Error> {
        self.read(name, value, |raw| PLACE.limit(name, raw))
    }

    fn whole(&mut self, name: &'static str, value: &mut usize) -> Result<(), Error> {
        self.read(name, value, |raw| PLACE.limit(name, raw))
    }

    fn bits(&mut self, name: &'static str, value: &mut u64) -> Result<(), Error> {
        self.read(name, value, |raw| PLACE.integer(name, raw))
    }

    fn flag(&mut self, name: &'static str, value: &mut bool) -> Result<(), Error> {
        self.read(name, value, |raw| PLACE.flag(name, raw))
    }

    fn named<T: Named>(&mut self, name: &'static str, value: &mut T) -> Result<(), Error> {
        self.read(name, value, |raw| {
            let old = if self.format <= 2 { old::text(PLACE, name, &self.fields)? } else { None };
            match old {
                None => PLACE.parse(name, raw),
                Some(text) => text.parse().map_err(|error| PLACE.malformed(name, error)),
            }
        })
    }
}

/// The value of a setting as it is written.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Written {
    Number(f64),
    Limit(Option<f64>),
    Numbers(Vec<f64>),
    Whole(u64),
    Flag(bool),
    Name(String),
}

/// The values of all settings, in alphabetical order; `None` for one that is not set, and not written.
#[derive(Default)]
struct Writer(BTreeMap<&'static str, Option<Written>>);

impl Writer {
    fn of(mut config: Config) -> Result<Self, Error> {
        let mut writer = Self::default();
        config.visit(&mut writer)?;
        Ok(writer)
    }

    fn write(&mut self, name: &'static str, value: Written) -> Result<(), Error> {
        self.0.insert(name, Some(value));
        Ok(())
    }
}

impl Visit for Writer {
    fn number(&mut self, name: &'static str, value: &mut f64, _: Range) -> Result<(), Error> {
        self.write(name, Written::Number(*value))
    }

    fn limit(&mut self, name: &'static str, value: &mut Option<f64>, _: Range) -> Result<(), Error> {
        self.write(name, Written::Limit(*value))
    }

    fn of_layers(&mut self, name: &'static str, values: &mut Vec<f64>, _: Range) -> Result<(), Error> {
        self.write(name, Written::Numbers(values.clone()))
    }

    fn of_outputs(
        &mut self,
        name: &'static str,
        values: &mut Option<Arc<[f64]>>,
        _: Range,
    ) -> Result<(), Error> {
        self.0.insert(name, values.as_ref().map(|values| Written::Numbers(values.to_vec())));
        Ok(())
    }

    fn count(&mut self, name: &'static str, value: &mut usize) -> Result<(), Error> {
        self.write(name, Written::Whole(*value as u64))
    }

    fn whole(&mut self, name: &'static str, value: &mut usize) -> Result<(), Error> {
        self.write(name, Written::Whole(*value as u64))
    }

    fn bits(&mut self, name: &'static str, value: &mut u64) -> Result<(), Error> {
        self.write(name, Written::Whole(*value))
    }

    fn flag(&mut self, name: &'static str, value: &mut bool) -> Result<(), Error> {
        self.write(name, Written::Flag(*value))
    }

    fn named<T: Named>(&mut self, name: &'static str, value: &mut T) -> Result<(), Error> {
        self.write(name, Written::Name(value.to_string()))
    }
}
