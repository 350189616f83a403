//! Some rows through all layers and the link. A single row stays in one kernel, since entering vector code takes as
//! long as a small layer; for more rows each part is a kernel of its own, some of them with AVX-512.

use super::activations::activate;
use crate::activation::{Activation, Link};
use crate::kernel::activate::Exp;
use crate::kernel::{self, Arch, Kernel, Mask, MatrixView, ProductPanels, Scalar, dispatch};
use crate::model::{Layer, Parameters};

/// A layer `A (m, n) ← f(A₋₁ (m, k) · W (k, n) + b (n))`, with the memory for its output.
pub(super) struct Dense<'a, F: Scalar> {
    pub(super) layer: &'a Layer<F>,
    /// The weights, if they were packed before.
    pub(super) panels: Option<&'a ProductPanels<F>>,
    pub(super) output: &'a mut [F],
    /// The memory for what f′ is computed from, where that is not the output: Z if f is not monotone, A before dropout.
    pub(super) level: Option<&'a mut [F]>,
    /// The mask of dropout, and the row of the mini-batch that is the first here.
    pub(super) mask: Option<(Mask<F>, usize)>,
}

/// The memory for the results of the link: Ŷ `(m, n_L)`, empty with the identity link; and for softmax max a and
/// Σ e^(a − max a) − 1 of each row a of A_L, `(m, 2)`, else empty.
pub(super) struct Linked<'a, F> {
    pub(super) probabilities: &'a mut [F],
    pub(super) maxima_and_others: &'a mut [F],
}

/// Computes A₁ … A_L and Ŷ for the rows of `input` `(m, n₀)`, which are finite.
#[inline(always)]
pub(super) fn forward<'a, F: Scalar>(
    input: MatrixView<'a, F>,
    layers: impl Iterator<Item = Dense<'a, F>>,
    link: Link,
    linked: Linked<'a, F>,
) {
    dispatch(Forward { input, checks_input: false, layers, link, linked });
}

/// Like [`forward`], for an input that nobody has checked. If it returns true, the input is finite. It may return false
/// for a finite input too, which is rare.
///
/// It looks at the first column of Z₁ in place of the input, so that no row is read from memory twice. A value that is
/// NaN or infinite makes its product with any weight so, even with 0, and then the sum that contains the product. The
/// rare case is a sum of finite products that overflows.
#[inline(always)]
pub(super) fn forward_unchecked<'a, F: Scalar>(
    input: MatrixView<'a, F>,
    layers: impl Iterator<Item = Dense<'a, F>>,
    link: Link,
    linked: Linked<'a, F>,
) -> bool {
    dispatch(Forward { input, checks_input: true, layers, link, linked })
}

struct Forward<'a, F, L> {
    input: MatrixView<'a, F>,
    checks_input: bool,
    layers: L,
    link: Link,
    linked: Linked<'a, F>,
}

impl<'a, F: Scalar, L: Iterator<Item = Dense<'a, F>>> Kernel for Forward<'a, F, L> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> bool {
        let Self { mut input, mut checks_input, layers, link, linked } = self;
        let mut is_finite = true;
        let is_row = input.rows() == 1;
        for Dense { layer, panels, output, level, mask } in layers {
            let (Parameters { weights, biases }, activation) = (&layer.parameters, layer.activation());
            kernel::affine(arch, input, weights, panels, biases, output);
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
                mask.apply_in(arch, output, weights.columns(), first);
            }
            input = input.with_rows_of(output, weights.columns());
        }
        let Linked { probabilities: y, maxima_and_others } = linked;
        match link {
            Link::Identity => {}
            Link::Softmax => kernel::softmax(arch, input, y, maxima_and_others),
            Link::Logistic => {
                y.copy_from_slice(input.values());
                activate(arch, is_row, y, Activation::Sigmoid);
            }
            Link::Log => {
                y.copy_from_slice(input.values());
                kernel::replace(arch, is_row, y, Exp);
            }
        }
        is_finite
    }
}

#[cfg(test)]
mod tests;
