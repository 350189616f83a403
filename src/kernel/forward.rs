//! The forward pass of some rows through all layers and the link, in one kernel: the vector code is entered once.

use super::activate::{Activate, Exponential, Function, LeakyRelu, Relu, Sigmoid, Tanh};
use super::arch::{Arch, Kernel, dispatch};
use super::mask::{Apply, Mask};
use super::matrix::{Matrix, MatrixView};
use super::product::{Panels, Product, ProductOfPanels, Row};
use super::scalar::Scalar;
use super::smooth::{Elu, Gelu, Silu, Softplus, Softsign};
use super::softmax::Softmax;
use crate::activation::{Activation, Link};

/// A layer `A (m, n) ← f(A₋₁ (m, k) · W (k, n) + b (n))`, with the memory for its output.
pub(crate) struct Dense<'a, F> {
    pub(crate) weights: &'a Matrix<F>,
    /// The same weights, if they were packed before.
    pub(crate) panels: Option<&'a Panels<F>>,
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

    const IS_WIDE: bool = true;

    /// A single row has too few values.
    #[inline(always)]
    fn is_large(&self) -> bool {
        self.input.rows() > 1
    }

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> bool {
        let Self { mut input, mut checks_input, layers, link, linked } = self;
        let mut is_finite = true;
        for Dense { weights, panels, biases, activation, output, level, mask } in layers {
            match panels {
                _ if input.rows() == 1 => {
                    arch.run(Row { a: input.values(), b: weights.values(), bias: biases, c: output })
                }
                Some(b) => arch.run(ProductOfPanels { a: input, b, bias: biases, c: output }),
                None => arch.run(Product::forward(input, weights, biases, output)),
            }
            if checks_input {
                let first_column = output.iter().step_by(weights.columns().max(1));
                is_finite = first_column.fold(true, |all, z| all & (z.abs() < F::infinity()));
                checks_input = false;
            }
            match level {
                None => activate(arch, output, activation),
                Some(level) if activation.needs_z() => {
                    level.copy_from_slice(output);
                    activate(arch, output, activation);
                }
                Some(level) => {
                    activate(arch, output, activation);
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
                activate(arch, y, Activation::Sigmoid);
            }
            Link::Log => {
                y.copy_from_slice(input.values());
                apply(arch, y, Exponential);
            }
        }
        is_finite
    }
}

/// `z ← f(z)`
#[inline(always)]
fn activate<A: Arch, F: Scalar>(arch: A, z: &mut [F], activation: Activation) {
    match activation {
        Activation::Sigmoid => apply(arch, z, Sigmoid),
        Activation::Identity => {}
        Activation::Relu => apply(arch, z, Relu),
        Activation::Tanh => apply(arch, z, Tanh),
        Activation::LeakyRelu { slope } => apply(arch, z, LeakyRelu { slope: F::from_f64(slope) }),
        Activation::Elu { alpha } => apply(arch, z, Elu::of(alpha)),
        Activation::Selu => apply(arch, z, Elu::scaled()),
        Activation::Softplus => apply(arch, z, Softplus),
        Activation::Softsign => apply(arch, z, Softsign),
        Activation::Gelu => apply(arch, z, Gelu),
        Activation::Silu => apply(arch, z, Silu),
    }
}

#[inline(always)]
fn apply<A: Arch, F: Scalar>(arch: A, z: &mut [F], function: impl Function<F>) {
    arch.run(Activate { z, function });
}
