//! The penalty of the objective: L2 on some of the parameters.

use crate::kernel::Scalar;
use crate::model::{Network, Parameters};

/// `½·λ‖Rθ‖²`, where the diagonal matrix R is 1 for each parameter of the penalty and else 0. The order of the
/// parameters is that of [`parameters_of`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Penalty {
    /// λ
    pub(super) strength: f64,
    /// The diagonal of R.
    selected: Vec<bool>,
}

impl Penalty {
    /// The penalty of all weights, and of the biases too if this is so.
    pub(super) fn new<F: Scalar>(network: &Network<F>, has_biases: bool, strength: f64) -> Self {
        let mut selected = Vec::with_capacity(network.parameter_count());
        for parameters in network.parameters() {
            let [weights, biases] = parameters.slices().map(<[F]>::len);
            selected.extend(std::iter::repeat_n(true, weights));
            selected.extend(std::iter::repeat_n(has_biases, biases));
        }
        Self { strength, selected }
    }

    /// Whether each parameter is one of the penalty, in order.
    pub(super) fn selected(&self) -> &[bool] {
        &self.selected
    }

    /// Whether the parameter of this index is one of the penalty.
    pub(super) fn selects(&self, index: usize) -> bool {
        self.selected.get(index) == Some(&true)
    }

    /// λ for each parameter of the penalty, 0 for the other ones.
    pub(super) fn of(&self, index: usize) -> f64 {
        if self.selects(index) { self.strength } else { 0.0 }
    }

    /// The number of parameters of the penalty.
    pub(super) fn count(&self) -> usize {
        self.selected.iter().filter(|is_selected| **is_selected).count()
    }

    /// `‖Rθ‖²`
    pub(super) fn squares<F: Scalar>(&self, network: &Network<F>) -> f64 {
        let parameters = parameters_of(network).zip(&self.selected).filter(|(_, is_selected)| **is_selected);
        parameters.map(|(theta, _)| theta.as_f64() * theta.as_f64()).sum()
    }

    /// The objective at a point whose loss is known.
    pub(super) fn objective(&self, loss: f64, network: &Network<f64>) -> f64 {
        loss + 0.5 * self.strength * self.squares(network)
    }
}

/// θ: for each layer Wᵀ row by row, then b. All vectors and matrices of this folder have this order.
pub(super) fn parameters_of<F: Scalar>(network: &Network<F>) -> impl Iterator<Item = F> {
    network.parameters().flat_map(Parameters::slices).flatten().copied()
}

/// [`parameters_of`], to be changed.
pub(super) fn parameters_of_mut<F: Scalar>(network: &mut Network<F>) -> impl Iterator<Item = &mut F> {
    network.parameters_mut().flat_map(Parameters::slices_mut).flatten()
}
