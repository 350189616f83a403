//! The files of trained estimators. Only with the feature `safetensors`.

use std::any::type_name;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use super::trained::Trained;
use super::trained_classifier::TrainedClassifier;
use super::trained_regressor::TrainedRegressor;
use crate::data::LabelEncoder;
use crate::dnn::Dnn;
use crate::error::{Error, FileError};
use crate::formats::safetensors::estimator::{Extra, Kind};
use crate::formats::safetensors::{from_safetensors, read_file, to_safetensors, write_file};
use crate::kernel::{Known, Scalar};

impl<L: Ord + Clone + Display, F: Scalar> TrainedClassifier<L, F> {
    /// Saves everything in one file: the network with the state of its training, the scaler, the classes as texts by
    /// `Display`, the names of the columns, and the report. Only with the feature `safetensors`.
    ///
    /// The file is a safetensors file like that of [`Dnn::save`], which says how it is replaced in one step. The scaler
    /// is in the tensors `estimator.scaler.means` and `estimator.scaler.scales`, and the classes are in the metadata.
    ///
    /// # Errors
    /// Those of [`Dnn::save`]; [`Error::Conflict`] if two classes have the same text.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Classifier, TrainedClassifier};
    ///
    /// let (x, labels) = (array![[0.0], [1.0], [0.1]], ["no", "yes", "no"]);
    /// let model = Classifier::new([8]).fit(&x, &labels)?;
    /// let path = std::env::temp_dir().join("ndarray-dnn-classifier.safetensors");
    /// model.save(&path)?;
    ///
    /// let loaded = TrainedClassifier::<String>::load(&path)?;
    /// assert_eq!(loaded.predict_row(&[0.9])?, "yes");
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write_file(path.as_ref(), &self.to_safetensors()?)
    }

    /// The bytes that [`save`](Self::save) writes.
    ///
    /// # Errors
    /// Those of [`save`](Self::save) except [`FileError::Io`].
    pub fn to_safetensors(&self) -> Result<Vec<u8>, Error> {
        let classes = Vec::from_iter(self.classes().iter().map(ToString::to_string));
        let mut sorted = Vec::from_iter(&classes);
        sorted.sort_unstable();
        if let Some([text, _]) = sorted.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Error::conflict("classes", format!("two classes of the text {text:?}"), "a file"));
        }
        self.trained.to_safetensors(Kind::Classifier, classes)
    }
}

impl<L: Ord + Clone + Display + FromStr, F: Scalar> TrainedClassifier<L, F> {
    /// Loads a classifier as if it had never been saved. Labels are parsed by `FromStr`: load `&str` as `String`. Only
    /// with the feature `safetensors`.
    ///
    /// # Errors
    /// [`FileError::Io`], or the errors of [`from_safetensors`](Self::from_safetensors) within [`FileError::In`]. Both
    /// name the path.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::ndarray::array;
    /// # use ndarray_dnn::{Classifier, TrainedClassifier};
    /// # let path = std::env::temp_dir().join("ndarray-dnn-labels.safetensors");
    /// let model = Classifier::new([8]).fit(&array![[0.0], [1.0]], &["no", "yes"])?;
    /// model.save(&path)?;
    /// let error = TrainedClassifier::<u8>::load(&path).unwrap_err();
    /// let text = format!("{}: the file's labels must be of the type u8, found \"no\"", path.display());
    /// assert_eq!(error.to_string(), text);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        read_file(path.as_ref(), Self::from_safetensors)
    }

    /// The classifier in the bytes of a file, such as one that is part of the program by `include_bytes!`.
    ///
    /// # Errors
    /// Within [`Error::File`]: [`FileError::Kind`] for the file of a network or a regressor; [`FileError::Labels`] for
    /// a label that is none of the type L, and for labels that the type L sorts in another way, such as 9 and 10 as
    /// texts; and those of [`Dnn::from_safetensors`].
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, Error> {
        let (trained, classes) = Trained::from_safetensors(bytes, Kind::Classifier)?;
        let expected = || short_name(type_name::<L>()).to_owned();
        let label = |text: &String| {
            let unknown =
                |_| FileError::Labels { expected: expected(), order: "", found: format!("{text:?}") };
            text.parse().map_err(unknown)
        };
        let labels = classes.iter().map(label).collect::<Result<Vec<L>, _>>()?;
        let unsorted = labels.windows(2).position(|pair| !matches!(pair, [a, b] if a < b));
        if let (Some(at), order) = (unsorted, " and in its order") {
            let pair = classes.get(at..at + 2).known();
            let found = format!("{pair:?}");
            return Err(FileError::Labels { expected: expected(), order, found }.into());
        }
        match LabelEncoder::of_classes(labels) {
            Some(encoder) => Ok(Self { trained, encoder }),
            // Never: a network has outputs, and a class for each of them.
            None => Err(Error::Empty { what: "classes", rows: 0, columns: 1 }),
        }
    }
}

impl<F: Scalar> TrainedRegressor<F> {
    /// Saves everything in one file: the network with the state of its training, the scalers, the names of the columns,
    /// and the report. Only with the feature `safetensors`.
    ///
    /// The file is a safetensors file like that of [`Dnn::save`], which says how it is replaced in one step. The
    /// scalers are in the tensors `estimator.scaler.means`, `estimator.scaler.scales`, `estimator.target_scaler.means`
    /// and `estimator.target_scaler.scales`.
    ///
    /// # Errors
    /// Those of [`Dnn::save`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Dnn, Regressor, TrainedRegressor};
    ///
    /// let model = Regressor::new([8]).fit(&array![[0.0], [1.0]], &[100.0, 300.0])?;
    /// let path = std::env::temp_dir().join("ndarray-dnn-regressor.safetensors");
    /// model.save(&path)?;
    /// assert_eq!(TrainedRegressor::load(&path)?, model);
    ///
    /// let error = Dnn::<f64>::load(&path).unwrap_err();
    /// let text = "the file must hold a Dnn, found a TrainedRegressor: load it by TrainedRegressor::load";
    /// assert!(error.to_string().ends_with(text));
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write_file(path.as_ref(), &self.to_safetensors()?)
    }

    /// Loads a regressor as if it had never been saved. Only with the feature `safetensors`.
    ///
    /// # Errors
    /// [`FileError::Io`], or the errors of [`from_safetensors`](Self::from_safetensors) within [`FileError::In`]. Both
    /// name the path.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        read_file(path.as_ref(), Self::from_safetensors)
    }

    /// The bytes that [`save`](Self::save) writes.
    ///
    /// # Errors
    /// Those of [`save`](Self::save) except [`FileError::Io`].
    pub fn to_safetensors(&self) -> Result<Vec<u8>, Error> {
        self.trained.to_safetensors(Kind::Regressor, Vec::new())
    }

    /// The regressor in the bytes of a file, such as one that is part of the program by `include_bytes!`.
    ///
    /// # Errors
    /// Within [`Error::File`]: [`FileError::Kind`] for the file of a network or a classifier, and those of
    /// [`Dnn::from_safetensors`].
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, Error> {
        Trained::from_safetensors(bytes, Kind::Regressor).map(|(trained, _)| Self { trained })
    }
}

impl<F: Scalar> Trained<F> {
    fn to_safetensors(&self, kind: Kind, classes: Vec<String>) -> Result<Vec<u8>, Error> {
        let extra = Extra {
            kind,
            scaler: self.scaler.clone(),
            target_scaler: self.target_scaler.clone(),
            classes,
            column_names: self.column_names.clone(),
            report: self.report.clone(),
        };
        to_safetensors(&self.net, Some(&extra))
    }

    /// The estimator, and its classes as texts.
    fn from_safetensors(bytes: &[u8], kind: Kind) -> Result<(Self, Vec<String>), Error> {
        let (net, extra): (Dnn<F>, _) = from_safetensors(bytes, kind)?;
        // Never `None`: the file is of this kind.
        let extra = extra.ok_or(FileError::OtherProgram)?;
        let Extra { scaler, target_scaler, classes, column_names, report, .. } = extra;
        Ok((Self { net, scaler, target_scaler, report, column_names }, classes))
    }
}

/// The name of a type without its path.
fn short_name(name: &str) -> &str {
    if name.contains('<') { name } else { name.rsplit("::").next().unwrap_or(name) }
}
