//! The forward pass of some rows through all layers and the link, in one kernel: the vector code is entered once.

use super::activate::{Activate, Function, LeakyRelu, Relu, Sigmoid, Tanh};
use super::arch::{Arch, Kernel, dispatch};
use super::matrix::{Matrix, MatrixView};
use super::product::{Product, row};
use super::scalar::Scalar;
use super::softmax::Softmax;
use crate::activation::{Activation, Link};

/// A layer `A (m, n) ← f(A₋₁ (m, k) · W (k, n) + b (n))`, with the memory for its output.
pub(crate) struct Dense<'a, F> {
    pub(crate) weights: &'a Matrix<F>,
    pub(crate) biases: &'a [F],
    pub(crate) activation: Activation,
    pub(crate) output: &'a mut [F],
}

/// The memory for the results of the link: Ŷ `(m, n_L)`, empty with the identity link; and for softmax max a and
/// Σ e^(a − max a) of each row a of A_L, `(m, 2)`, else empty.
pub(crate) struct Linked<'a, F> {
    pub(crate) probabilities: &'a mut [F],
    pub(crate) maxima_and_sums: &'a mut [F],
}

/// Computes A₁ … A_L and Ŷ for the rows of `input` `(m, n₀)`.
#[inline(always)]
pub(crate) fn forward<'a, F: Scalar>(
    input: MatrixView<'a, F>,
    layers: impl Iterator<Item = Dense<'a, F>>,
    link: Link,
    linked: Linked<'a, F>,
) {
    dispatch(Forward { input, layers, link, linked });
}

pub(super) struct Forward<'a, F, L> {
    pub(super) input: MatrixView<'a, F>,
    pub(super) layers: L,
    pub(super) link: Link,
    pub(super) linked: Linked<'a, F>,
}

impl<'a, F: Scalar, L: Iterator<Item = Dense<'a, F>>> Kernel for Forward<'a, F, L> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { mut input, layers, link, linked } = self;
        for Dense { weights, biases, activation, output } in layers {
            if input.rows() == 1 {
                row(arch, input.values(), weights.values(), biases, output);
            } else {
                arch.run(Product::forward(input, weights, biases, output));
            }
            activate(arch, output, activation);
            input = input.with_rows_of(output, weights.columns());
        }
        let Linked { probabilities: y, maxima_and_sums } = linked;
        match link {
            Link::Identity => {}
            Link::Softmax => {
                arch.run(Softmax { a: input.values(), columns: input.columns(), y, maxima_and_sums })
            }
            Link::Logistic => {
                y.copy_from_slice(input.values());
                activate(arch, y, Activation::Sigmoid);
            }
        }
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
    }
}

#[inline(always)]
fn apply<A: Arch, F: Scalar>(arch: A, z: &mut [F], function: impl Function<F>) {
    arch.run(Activate { z, function });
}
