//! Checks of a network's arguments, before anything is changed.

use ndarray::ArrayRef2;

use crate::model::layer::sizes;
use crate::validate::{
    check_columns, check_distributions, check_finite, check_not_empty, check_probabilities, check_rows,
};
use crate::{Dnn, Error, Gradients, Link, Pass, Scalar};

impl<F: Scalar> Dnn<F> {
    fn sizes(&self) -> impl Iterator<Item = usize> + Clone {
        sizes(self.state.layers.iter().map(|layer| &layer.affine))
    }

    /// Checks that every parameter is finite; updates by hand can make some infinite.
    pub(crate) fn check_layers(&self) -> Result<(), Error> {
        self.state.check_layers()
    }

    /// Checks that the pass comes from a network like this one.
    pub(crate) fn check_pass(&self, pass: &Pass<F>) -> Result<(), Error> {
        if !pass.sizes().eq(self.sizes()) {
            let (expected, found) = (self.sizes().collect(), pass.sizes().collect());
            return Err(Error::Foreign { what: "pass", expected, found });
        }
        match (self.config.link(), pass.link()) {
            (expected, found) if found == expected => Ok(()),
            (expected, found) => Err(Error::Conflict {
                name: "pass",
                found: format!("a pass with the link {found}"),
                other: format!("a network with the link {expected}"),
            }),
        }
    }

    /// Checks that the array has a row for each row of the pass, and a column for each output.
    pub(crate) fn check_goes_with(
        &self,
        what: &'static str,
        array: &ArrayRef2<F>,
        pass: &Pass<F>,
    ) -> Result<(), Error> {
        check_rows(what, array, pass.rows())?;
        check_columns(what, array, self.output_shape())
    }

    /// Checks that the pass comes from a network like this one and `d` an error for it.
    pub(crate) fn check_error(&self, pass: &Pass<F>, d: &ArrayRef2<F>) -> Result<(), Error> {
        self.check_pass(pass)?;
        self.check_goes_with("d", d, pass)?;
        check_finite("d", d)
    }

    /// Checks that the pass comes from a network like this one and `y` holds targets for it.
    pub(crate) fn check_targets_of(&self, pass: &Pass<F>, y: &ArrayRef2<F>) -> Result<(), Error> {
        self.check_pass(pass)?;
        self.check_goes_with("y", y, pass)?;
        self.check_targets(y)
    }

    /// Checks that the gradients come from a network like this one and finite.
    pub(crate) fn check_gradients(&self, gradients: &Gradients<F>) -> Result<(), Error> {
        let expected = self.sizes();
        if !sizes(gradients.layers.iter()).eq(expected.clone()) {
            let found = sizes(gradients.layers.iter()).collect();
            return Err(Error::Foreign { what: "gradients", expected: expected.collect(), found });
        }
        let what = ["the weights of gradients", "the biases of gradients"];
        gradients.layers.iter().try_for_each(|gradient| gradient.check_finite(what))
    }

    /// Checks that `y` holds targets that this network can be trained towards.
    fn check_targets(&self, y: &ArrayRef2<F>) -> Result<(), Error> {
        check_finite("y", y)?;
        match self.config.link() {
            Link::Identity => Ok(()),
            Link::Softmax => check_distributions("y", y),
            Link::Logistic => check_probabilities(y),
        }
    }

    /// Checks that `x` and `y` have the shapes of a data set for this network.
    pub(crate) fn check_shapes(&self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<(), Error> {
        check_not_empty("x", x)?;
        check_not_empty("y", y)?;
        check_rows("y", y, x.nrows())?;
        check_columns("x", x, self.input_shape())?;
        check_columns("y", y, self.output_shape())
    }

    /// Checks that `x` and `y` hold the values of a data set for this network.
    pub(crate) fn check_values(&self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<(), Error> {
        check_finite("x", x)?;
        self.check_targets(y)
    }
}
