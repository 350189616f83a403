//! The forward pass of some rows through all layers and the link. A single row stays in one kernel, since entering vector
//! code takes as long as a small layer; for more rows each part is a kernel of its own, some of them with AVX-512.

use super::activate::{Activate, Exp, LeakyRelu, Relu, ScalarFunction, Sigmoid, Tanh};
use super::arch::{Arch, Kernel, dispatch};
use super::mask::{Apply, Mask};
use super::matrix::{Matrix, MatrixView};
use super::product::{Product, ProductOfPanels, ProductPanels, row};
use super::scalar::Scalar;
use super::smooth::{Elu, Gelu, Silu, Softplus, Softsign};
use super::softmax::Softmax;
use crate::activation::{Activation, Link};

/// A layer `A (m, n) ← f(A₋₁ (m, k) · W (k, n) + b (n))`, with the memory for its output.
pub(crate) struct Dense<'a, F> {
    pub(crate) weights: &'a Matrix<F>,
    /// The same weights, if they were packed before.
    pub(crate) panels: Option<&'a ProductPanels<F>>,
    pub(crate) biases: &'a [F],
    pub(crate) activation: Activation,
    pub(crate) output: &'a mut [F],
    /// The memory for what f′ is computed from, where that is not the output: Z if f is not monotone, A before dropout.
    pub(crate) level: Option<&'a mut [F]>,
    /// The mask of dropout, and the row of the mini-batch that is the first here.
    pub(crate) mask: Option<(Mask<F>, usize)>,
}

/// The memory for the results of the link: Ŷ `(m, n_L)`, empty with the identity link; and for softmax max a and
/// Σ e^(a − max a) − 1 of each row a of A_L, `(m, 2)`, else empty.
pub(crate) struct Linked<'a, F> {
    pub(crate) probabilities: &'a mut [F],
    pub(crate) maxima_and_others: &'a mut [F],
}

/// Computes A₁ … A_L and Ŷ for the rows of `input` `(m, n₀)`, which are finite.
#[inline(always)]
pub(crate) fn forward<'a, F: Scalar>(
    input: MatrixView<'a, F>,
    layers: impl Iterator<Item = Dense<'a, F>>,
    link: Link,
    linked: Linked<'a, F>,
) {
    dispatch(Forward { input, checks_input: false, layers, link, linked });
}

/// Like [`forward`], for an input that nobody has checked. Returns true only if it is finite; if so, false is rare.
///
/// The input is finite if the first column of Z₁ is: a term `a · w` that is not finite makes each sum so that contains
/// it, even if w is 0. Many rows are read from memory once, and no value is looked at twice.
#[inline(always)]
pub(crate) fn forward_unchecked<'a, F: Scalar>(
    input: MatrixView<'a, F>,
    layers: impl Iterator<Item = Dense<'a, F>>,
    link: Link,
    linked: Linked<'a, F>,
) -> bool {
    dispatch(Forward { input, checks_input: true, layers, link, linked })
}

pub(super) struct Forward<'a, F, L> {
    pub(super) input: MatrixView<'a, F>,
    pub(super) checks_input: bool,
    pub(super) layers: L,
    pub(super) link: Link,
    pub(super) linked: Linked<'a, F>,
}

impl<'a, F: Scalar, L: Iterator<Item = Dense<'a, F>>> Kernel for Forward<'a, F, L> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> bool {
        let Self { mut input, mut checks_input, layers, link, linked } = self;
        let mut is_finite = true;
        let is_row = input.rows() == 1;
        for Dense { weights, panels, biases, activation, output, level, mask } in layers {
            match panels {
                _ if is_row => row(arch, input.values(), weights.values(), biases, output),
                Some(b) => dispatch(ProductOfPanels { a: input, b, bias: biases, c: output }),
                None => dispatch(Product::affine(input, weights, biases, output)),
            }
            if checks_input {
                let first_column = output.iter().step_by(weights.columns().max(1));
                is_finite = first_column.fold(true, |all, z| all & (z.abs() < F::infinity()));
                checks_input = false;
            }
            match level {
                None => activate(arch, is_row, output, activation),
                Some(level) if activation.needs_z() => {
                    level.copy_from_slice(output);
                    activate(arch, is_row, output, activation);
                }
                Some(level) => {
                    activate(arch, is_row, output, activation);
                    level.copy_from_slice(output);
                }
            }
            if let Some((mask, first)) = mask {
                arch.run(Apply { mask, values: &mut *output, columns: weights.columns(), first });
            }
            input = input.with_rows_of(output, weights.columns());
        }
        let Linked { probabilities: y, maxima_and_others } = linked;
        match link {
            Link::Identity => {}
            Link::Softmax => {
                arch.run(Softmax { a: input.values(), columns: input.columns(), y, maxima_and_others })
            }
            Link::Logistic => {
                y.copy_from_slice(input.values());
                activate(arch, is_row, y, Activation::Sigmoid);
            }
            Link::Log => {
                y.copy_from_slice(input.values());
                apply(arch, is_row, y, Exp);
            }
        }
        is_finite
    }
}

/// `z ← f(z)`
#[inline(always)]
fn activate<A: Arch, F: Scalar>(arch: A, is_row: bool, z: &mut [F], activation: Activation) {
    match activation {
        Activation::Sigmoid => apply(arch, is_row, z, Sigmoid),
        Activation::Identity => {}
        Activation::Relu => apply(arch, is_row, z, Relu),
        Activation::Tanh => apply(arch, is_row, z, Tanh),
        Activation::LeakyRelu { slope } => apply(arch, is_row, z, LeakyRelu { slope: F::from_f64(slope) }),
        Activation::Elu { alpha } => apply(arch, is_row, z, Elu::of(alpha)),
        Activation::Selu => apply(arch, is_row, z, Elu::scaled()),
        Activation::Softplus => apply(arch, is_row, z, Softplus),
        Activation::Softsign => apply(arch, is_row, z, Softsign),
        Activation::Gelu => apply(arch, is_row, z, Gelu),
        Activation::Silu => apply(arch, is_row, z, Silu),
    }
}

#[inline(always)]
fn apply<A: Arch, F: Scalar>(arch: A, is_row: bool, z: &mut [F], function: impl ScalarFunction<F>) {
    let kernel = Activate { z, function };
    if is_row { arch.run(kernel) } else { dispatch(kernel) }
}
