//! Damped steps: the model of the objective around the present parameters, its minimum, and the rule for the damping.

use super::penalty::{Penalty, parameters_of};
use super::problem::{Problem, size_of_products};
use crate::error::Error;
use crate::kernel::{Factor, PANEL_WIDTH, TrianglePanels};
use crate::model::Network;

/// The model `F(θ + h) ≈ F(θ) + gᵀh + ½ hᵀ(A + λR)h`, with `A = JᵀJ / n`, `g = Jᵀr / n + λRθ`, and R of the
/// [`Penalty`].
pub(super) struct Model {
    /// n · A, and n · g without the penalty in row p
    pub(super) products: TrianglePanels,
    pub(super) factor: Factor,
    /// The number of parameters p.
    pub(super) size: usize,
    /// 1 / n
    pub(super) scale: f64,
    /// g (p)
    pub(super) gradient: Vec<f64>,
    /// h (p)
    pub(super) step: Vec<f64>,
    /// Memory for 8 right sides.
    pub(super) columns: Vec<f64>,
    right: Vec<f64>,
}

impl Model {
    /// Allocates the two triangles, together about 8 · p² bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] with p rows and columns.
    pub(super) fn new(size: usize, rows: usize) -> Result<Self, Error> {
        let what = "JᵀJ and its Cholesky factor";
        let products = TrianglePanels::zeros(what, size_of_products(size), size)?;
        let factor = Factor::zeros(what, &products, size)?;
        let padded = factor.padded();
        Ok(Self {
            products,
            factor,
            size,
            scale: 1.0 / rows as f64,
            gradient: vec![0.0; size],
            step: vec![0.0; size],
            columns: vec![0.0; padded * PANEL_WIDTH],
            right: vec![0.0; padded],
        })
    }

    /// Computes JᵀJ and Jᵀr at a network.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::NonFinite`] for an element that is not finite.
    pub(super) fn accumulate(
        &mut self,
        problem: &mut Problem<'_>,
        network: &Network<f64>,
    ) -> Result<(), Error> {
        problem.accumulate(network, &mut self.products)?;
        // An element is not finite only if one of the diagonal is not, or overflows with it.
        for row in 0..=self.size {
            let (what, column) = ("JᵀJ", row);
            if !self.products.get(row, row).is_finite() {
                return Err(Error::NonFinite { what, row, column });
            }
        }
        Ok(())
    }

    /// Computes g with the penalty at the network of JᵀJ.
    pub(super) fn differentiate(&mut self, network: &Network<f64>, penalty: &Penalty) {
        let of_data = self.products.row(self.size);
        let parameters = parameters_of(network).zip(penalty.selected());
        for ((gradient, of_data), (theta, &is_selected)) in
            self.gradient.iter_mut().zip(of_data).zip(parameters)
        {
            *gradient = self.scale * of_data + if is_selected { penalty.strength * theta } else { 0.0 };
        }
    }

    /// ‖g‖
    pub(super) fn gradient_norm(&self) -> f64 {
        norm(self.gradient.iter().copied())
    }

    /// The largest element of the diagonal of A.
    pub(super) fn largest(&self) -> f64 {
        self.largest_with(|_| 0.0)
    }

    /// The largest element of the diagonal of A, with `shift` added to it.
    pub(super) fn largest_with(&self, shift: impl Fn(usize) -> f64) -> f64 {
        let of_row = |i| self.scale * self.products.get(i, i) + shift(i);
        (0..self.size).map(of_row).fold(0.0, f64::max)
    }

    /// Factors A with `shift` added to its diagonal.
    ///
    /// # Errors
    /// The index of the first parameter whose pivot is not above `tolerance` times its element of the diagonal.
    pub(super) fn factorize(&mut self, shift: impl Fn(usize) -> f64, tolerance: f64) -> Result<(), usize> {
        self.factor.compute(&self.products, self.size, self.scale, shift, tolerance)
    }

    /// Computes `h = −(A + λR + μI)⁻¹ g` by the factor.
    pub(super) fn solve(&mut self) {
        self.columns.fill(0.0);
        for (column, gradient) in self.columns.chunks_exact_mut(PANEL_WIDTH).zip(&self.gradient) {
            column[0] = -gradient;
        }
        self.factor.half_solve(&mut self.columns, 0);
        for (right, column) in self.right.iter_mut().zip(self.columns.chunks_exact(PANEL_WIDTH)) {
            *right = column[0];
        }
        self.factor.back_solve(&mut self.right);
        self.step.iter_mut().zip(&self.right).for_each(|(step, right)| *step = *right);
    }

    /// By how much the model falls with the step: `½ hᵀ(μh − g)`, equation (3.14) of Madsen, Nielsen and Tingleff.
    pub(super) fn predicted(&self, mu: f64) -> f64 {
        0.5 * self.step.iter().zip(&self.gradient).map(|(h, g)| h * (mu * h - g)).sum::<f64>()
    }
}

/// `‖v‖`
pub(super) fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// The damping μ and its rule, by H. B. Nielsen, *Damping parameter in Marquardt's method*, 1999; algorithm 3.16 of
/// K. Madsen, H. B. Nielsen and O. Tingleff, *Methods for non-linear least squares problems*, 2nd edition, 2004.
#[derive(Clone, Copy, Debug)]
pub(super) struct Damping {
    pub(super) mu: f64,
    /// The factor of μ after the next step that is refused.
    nu: f64,
}

impl Damping {
    pub(super) fn new(mu: f64) -> Self {
        Self { mu, nu: 2.0 }
    }

    /// After a step that lowered the objective by `gain` times what the model predicted:
    /// `μ ← μ · max(⅓, 1 − (2·gain − 1)³)`.
    pub(super) fn accept(&mut self, gain: f64) {
        let cube = (2.0 * gain - 1.0) * (2.0 * gain - 1.0) * (2.0 * gain - 1.0);
        let factor = 1.0 - cube;
        // A model that promises too little is no reason for more damping.
        self.mu *= if factor > 1.0 / 3.0 { factor } else { 1.0 / 3.0 };
        self.nu = 2.0;
    }

    /// After a step that did not lower the objective: `μ ← μν`, `ν ← 2ν`.
    pub(super) fn refuse(&mut self) {
        self.mu *= self.nu;
        self.nu *= 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_damping_follows_nielsen_s_rule() {
        let mut damping = Damping::new(8.0);
        damping.refuse();
        damping.refuse();
        assert_eq!(damping.mu, 8.0 * 2.0 * 4.0);
        damping.accept(0.5);
        assert_eq!(damping.mu, 64.0);
        damping.accept(1.0);
        assert_eq!(damping.mu, 64.0 * (1.0 / 3.0));
        damping.refuse();
        assert_eq!(damping.mu, 2.0 * (64.0 * (1.0 / 3.0)));
        let mut damping = Damping::new(1.0);
        damping.accept(0.75);
        assert_eq!(damping.mu, 0.875);
    }
}
