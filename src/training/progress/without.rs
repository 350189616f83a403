//! The bar without the feature `progress`: it shows nothing.

use crate::training::report::EpochReport;

/// A bar that is never seen.
pub(crate) struct Bar;

impl Bar {
    pub(crate) fn new(_is_shown: bool, _name: &str, _most: usize) -> Self {
        Self
    }

    pub(crate) fn show(&self, _epoch: &EpochReport) {}

    pub(crate) fn show_values<'a>(
        &self,
        _finished: usize,
        _loss: f64,
        _others: impl IntoIterator<Item = (&'a str, f64)>,
    ) {
    }
}
