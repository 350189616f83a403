//! The settings for labels, the outputs of a network with [`Loss::BinaryCrossEntropy`]: a weight for each label, and
//! one for its yes.

use super::config::Config;
use super::loss::Loss;
use crate::error::{Error, Place};
use crate::kernel::Scalar;
use crate::validate::{ABOVE_0, check_length, check_range_at};

impl Config {
    /// The weight w of each label, that is, of each output; `None` if they are not set.
    pub fn label_weights(&self) -> Option<&[f64]> {
        self.label_weights.as_deref()
    }

    /// The weight p of the answer yes of each label; `None` if they are not set.
    pub fn positive_weights(&self) -> Option<&[f64]> {
        self.positive_weights.as_deref()
    }

    /// The weights of labels that are set, with their names.
    fn weights_of_labels(&self) -> impl Iterator<Item = (&'static str, &[f64])> {
        let lists = [("label_weights", &self.label_weights), ("positive_weights", &self.positive_weights)];
        lists.into_iter().filter_map(|(name, weights)| Some((name, weights.as_deref()?)))
    }

    /// Returns an error unless the loss has labels, and the product of both weights of a label is greater than 0 and
    /// finite.
    pub(super) fn check_label_weights<F: Scalar>(&self) -> Result<(), Error> {
        for (name, weights) in self.weights_of_labels() {
            if self.loss != Loss::BinaryCrossEntropy {
                let (found, other) = (format!("{name}({weights:?})"), format!("loss({:?})", self.loss));
                return Err(Error::conflict(name, found, other));
            }
        }
        let (labels, positive) =
            (self.label_weights().unwrap_or(&[]), self.positive_weights().unwrap_or(&[]));
        for (label, (of_label, of_yes)) in labels.iter().zip(positive).enumerate() {
            let name = "label_weights * positive_weights";
            check_range_at::<F>(name, Place::Index(label), ABOVE_0, of_label * of_yes)?;
        }
        Ok(())
    }

    /// Returns an error unless there is a weight for each of so many outputs.
    pub(super) fn check_labels(&self, outputs: usize) -> Result<(), Error> {
        let mut lists = self.weights_of_labels();
        lists.try_for_each(|(name, weights)| check_length(name, weights.len(), outputs))
    }
}
