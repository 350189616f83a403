//! What is done with every setting: it is checked, read from a file, and written to one.

use std::marker::PhantomData;
use std::sync::Arc;

use super::names::Named;
use crate::error::{Error, Place};
use crate::kernel::Scalar;
use crate::validate::{Range, check_count, check_range, check_range_at};

/// A visitor of all settings of [`Config`](super::Config): a method for each type of value, with the name of the
/// setting in files and errors.
pub(crate) trait Visit {
    /// A number in a range.
    fn number(&mut self, name: &'static str, value: &mut f64, range: Range) -> Result<(), Error>;

    /// A number in a range, or no limit.
    fn limit(&mut self, name: &'static str, value: &mut Option<f64>, range: Range) -> Result<(), Error>;

    /// A number in a range for each hidden layer, or none.
    fn of_layers(&mut self, name: &'static str, values: &mut Vec<f64>, range: Range) -> Result<(), Error>;

    /// A number in a range for each output, or nothing.
    fn of_outputs(
        &mut self,
        name: &'static str,
        values: &mut Option<Arc<[f64]>>,
        range: Range,
    ) -> Result<(), Error>;

    /// A whole number of at least 1.
    fn count(&mut self, name: &'static str, value: &mut usize) -> Result<(), Error>;

    /// Any whole number.
    fn whole(&mut self, name: &'static str, value: &mut usize) -> Result<(), Error>;

    /// Any whole number of 64 bits.
    fn bits(&mut self, name: &'static str, value: &mut u64) -> Result<(), Error>;

    /// Yes or no.
    fn flag(&mut self, name: &'static str, value: &mut bool) -> Result<(), Error>;

    /// A value with a name, and perhaps with numbers.
    fn named<T: Named>(&mut self, name: &'static str, value: &mut T) -> Result<(), Error>;
}

/// Checks that every setting is in its range, also after rounding to `F`.
pub(super) struct Check<F>(pub(super) PhantomData<F>);

impl<F: Scalar> Check<F> {
    fn each(name: &'static str, values: &[f64], range: Range) -> Result<(), Error> {
        let check = |(i, value): (usize, &f64)| check_range_at::<F>(name, Place::Index(i), range, *value);
        values.iter().enumerate().try_for_each(check)
    }
}

impl<F: Scalar> Visit for Check<F> {
    fn number(&mut self, name: &'static str, value: &mut f64, range: Range) -> Result<(), Error> {
        check_range::<F>(name, range, *value)
    }

    fn limit(&mut self, name: &'static str, value: &mut Option<f64>, range: Range) -> Result<(), Error> {
        value.map_or(Ok(()), |value| check_range::<F>(name, range, value))
    }

    fn of_layers(&mut self, name: &'static str, values: &mut Vec<f64>, range: Range) -> Result<(), Error> {
        Self::each(name, values, range)
    }

    fn of_outputs(
        &mut self,
        name: &'static str,
        values: &mut Option<Arc<[f64]>>,
        range: Range,
    ) -> Result<(), Error> {
        values.as_deref().map_or(Ok(()), |values| Self::each(name, values, range))
    }

    fn count(&mut self, name: &'static str, value: &mut usize) -> Result<(), Error> {
        check_count(name, *value)
    }

    fn whole(&mut self, _: &'static str, _: &mut usize) -> Result<(), Error> {
        Ok(())
    }

    fn bits(&mut self, _: &'static str, _: &mut u64) -> Result<(), Error> {
        Ok(())
    }

    fn flag(&mut self, _: &'static str, _: &mut bool) -> Result<(), Error> {
        Ok(())
    }

    fn named<T: Named>(&mut self, _: &'static str, value: &mut T) -> Result<(), Error> {
        value.check::<F>()
    }
}
