//! The article's verbs, each with its checks, for a caller who makes the steps.

use ndarray::{Array2, ArrayRef2};

use super::backward::backward;
use super::criterion::Criterion;
use super::pass::Pass;
use super::step::update;
use crate::error::Error;
use crate::kernel::{self, Factors, Matrix, Rows, Scalar, concrete};
use crate::model::{Config, Gradients, Network, State};
use crate::validate::{check_columns, check_finite, check_inputs, check_loss, check_not_empty, check_rows};

concrete!(
    /// Computes the pass for all rows of `x`.
    pub(crate) fn compute<'a, F>(
        network: &'a Network<F>,
        x: &'a ArrayRef2<F>,
        pass: &'a mut Pass<F>,
    ) -> Result<(), Error> {
        check_and_compute(network, x, pass)
    }
);

/// Computes the pass for all rows of `x`, which nobody has checked.
pub(super) fn check_and_compute<F: Scalar>(
    network: &Network<F>,
    x: &ArrayRef2<F>,
    pass: &mut Pass<F>,
) -> Result<(), Error> {
    check_not_empty("x", x)?;
    check_inputs(x, network.inputs())?;
    // Reserve before reading the values: a broadcast array can have more rows than can ever be read.
    pass.reserve(x)?;
    check_finite("x", x)?;
    let cost = network.cost(x.nrows());
    kernel::in_pool(cost, cost, || pass.compute(network, x))
}

/// Checks that the pass comes from a network of the same shape and link, and that `array` has the shape of the output,
/// `(b, n_L)`.
fn check_pass<F: Scalar>(
    network: &Network<F>,
    pass: &Pass<F>,
    what: &'static str,
    array: &ArrayRef2<F>,
) -> Result<(), Error> {
    pass.check(network)?;
    check_rows(what, array, pass.rows())?;
    check_columns(what, array, network.outputs()).map_err(|error| network.explain(error))
}

concrete!(
    /// Replaces `d` by the error D of the pass.
    pub(crate) fn error<'a, F>(
        network: &'a Network<F>,
        config: &'a Config,
        pass: &'a Pass<F>,
        y: &'a ArrayRef2<F>,
        d: &'a mut Array2<F>,
    ) -> Result<(), Error> {
        check_pass(network, pass, "y", y)?;
        config.loss().check_targets(y, |_| true)?;
        let mut difference = Matrix::from_array(std::mem::take(d));
        let loaded = difference.load("d", y, &Rows::Window(0..y.nrows()));
        if loaded.is_ok() {
            Criterion::minimised(config).error(pass.parts().1, &mut difference);
        }
        *d = difference.into_array();
        loaded
    }
);

concrete!(
    /// The loss of the pass, as training reports it.
    pub(crate) fn loss<'a, F>(
        network: &'a Network<F>,
        config: &'a Config,
        pass: &'a Pass<F>,
        y: &'a ArrayRef2<F>,
    ) -> Result<f64, Error> {
        check_pass(network, pass, "y", y)?;
        config.loss().check_targets(y, |_| true)?;
        let mut d = Matrix::default();
        d.load("d", y, &Rows::Window(0..y.nrows()))?;
        let (mut criterion, factors) = (Criterion::reported(config), Factors::Ones(pass.rows()));
        let sum = criterion.error_and_losses(pass.parts().1, &mut d, factors);
        check_loss("the loss", sum.per(factors.sum()))
    }
);

concrete!(
    /// The gradients from the pass and its error `d`.
    pub(crate) fn bp<'a, F>(
        network: &'a Network<F>,
        pass: &'a Pass<F>,
        d: &'a ArrayRef2<F>,
        gradients: &'a mut Gradients<F>,
    ) -> Result<(), Error> {
        check_pass(network, pass, "d", d)?;
        check_finite("d", d)?;
        let (input, outputs) = pass.parts();
        gradients.reserve(network, input.rows())?.load("d", d, &Rows::Window(0..d.nrows()))?;
        let cost = network.cost(input.rows());
        kernel::in_pool(cost, cost, || backward(network, input.by_ref(), outputs, gradients))
    }
);

concrete!(
    /// A step of descent with gradients of the caller's.
    pub(crate) fn update_by_hand<'a, F>(
        state: &'a mut State<F>,
        config: &'a Config,
        gradients: &'a Gradients<F>,
    ) -> Result<(), Error> {
        state.network.check_sizes("gradients", gradients.sizes())?;
        let what = ["the weights of gradients", "the biases of gradients"];
        gradients.layers.iter().try_for_each(|gradient| gradient.check_finite(what))?;
        update(state, config, gradients, 1.0);
        Ok(())
    }
);
