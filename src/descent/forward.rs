//! The forward pass: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every layer, then the link.

use std::iter::once;

use super::layers::{Dense, Linked, forward};
use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{self, Factors, Mask, Matrix, MatrixView, Scalar};
use crate::model::{Network, Predicted};
use crate::validate::check_finite;

/// The outputs of all layers for some rows, and the network's output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outputs<F: Scalar> {
    /// A₁ … A_L: (b, nₗ); none before the first pass.
    layers: Vec<Matrix<F>>,
    /// What f′ is computed from where that is not in `layers`: Zₗ if f is not monotone, Aₗ before dropout; else (0, 0).
    levels: Vec<Matrix<F>>,
    /// The masks of dropout; empty without dropout.
    masks: Vec<Option<Mask<F>>>,
    link: Link,
    /// Ŷ: (b, n_L); (0, 0) with the identity link, where Ŷ is A_L.
    probabilities: Matrix<F>,
    /// For softmax, max a and Σ e^(a − max a) − 1 of each row a of A_L: (b, 2); else (0, 0).
    maxima_and_others: Matrix<F>,
}

impl<F: Scalar> Default for Outputs<F> {
    fn default() -> Self {
        let (probabilities, maxima_and_others) = Default::default();
        let (layers, levels, masks) = Default::default();
        Self { layers, levels, masks, link: Link::Identity, probabilities, maxima_and_others }
    }
}

impl<F: Scalar> Outputs<F> {
    /// Computes the outputs for the rows of `input` `(b, n₀)`.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; the outputs are then empty.
    pub(crate) fn forward(&mut self, network: &Network<F>, input: MatrixView<'_, F>) -> Result<(), Error> {
        let rows = input.rows();
        let reserved = self.reserve(network, rows);
        if reserved.is_err() {
            self.clear();
            return reserved;
        }
        let others = [&mut self.probabilities, &mut self.maxima_and_others];
        let masks = &self.masks;
        // The output of each layer, followed by what f′ is computed from if that is kept.
        let layers_and_levels = self.layers.iter_mut().zip(&mut self.levels).flat_map(|(output, level)| {
            let kept = Some(level).filter(|level| level.columns() > 0);
            once(output).chain(kept)
        });
        kernel::by_rows_of_all(
            layers_and_levels,
            others,
            rows,
            network.cost(rows),
            |rows, outputs, linked| {
                let first = rows.start;
                forward_rows(network, masks, first, input.part(rows), outputs, linked);
            },
        );
        Ok(())
    }

    /// Sets the rates of dropout of the hidden layers, and the key of the masks of the next mini-batch.
    pub(crate) fn drop_out(&mut self, rates: &[f64], key: u64) {
        self.masks.clear();
        let keys = (0..).map(|layer| kernel::stream(key, layer));
        self.masks
            .extend(rates.iter().zip(keys).map(|(&rate, key)| (rate > 0.0).then(|| Mask::new(key, rate))));
    }

    /// The mask of layer l, which is 0 for the first; `None` if its outputs are not dropped.
    pub(crate) fn mask(&self, l: usize) -> Option<Mask<F>> {
        mask_of(&self.masks, l)
    }

    /// Gives every matrix its shape.
    fn reserve(&mut self, network: &Network<F>, rows: usize) -> Result<(), Error> {
        let (layers, link) = (network.layers(), network.link());
        self.layers.resize_with(layers.len(), Matrix::default);
        self.levels.resize_with(layers.len(), Matrix::default);
        for (l, (layer, output)) in layers.iter().zip(&mut self.layers).enumerate() {
            output.resize("the output of a layer", rows, layer.fan_out())?;
            let Some(level) = self.levels.get_mut(l) else { continue };
            if layer.activation().needs_z() || mask_of(&self.masks, l).is_some() {
                level.resize("the output of a layer", rows, layer.fan_out())?;
            } else {
                level.clear();
            }
        }
        self.link = link;
        let columns = network.outputs();
        let (answer, softmax) = match link {
            Link::Identity => ((0, 0), (0, 0)),
            Link::Logistic | Link::Log => ((rows, columns), (0, 0)),
            Link::Softmax => ((rows, columns), (rows, 2)),
        };
        self.probabilities.resize("the output", answer.0, answer.1)?;
        self.maxima_and_others.resize("the output", softmax.0, softmax.1)
    }

    /// Makes the outputs empty.
    pub(crate) fn clear(&mut self) {
        let Self { layers, levels, masks, link, probabilities, maxima_and_others } = self;
        layers.clear();
        levels.clear();
        masks.clear();
        *link = Link::Identity;
        probabilities.clear();
        maxima_and_others.clear();
    }

    /// Sets the rows of A₁ … A_L, and of what f′ is computed from, with the factor 0 to 0. Their deltas are 0, and
    /// 0 · ∞ would be NaN in a gradient.
    pub(crate) fn clear_absent_rows(&mut self, factors: Factors<'_>) {
        if factors.has_absent_rows() {
            let all = self.layers.iter_mut().chain(&mut self.levels);
            all.for_each(|values| factors.clear_absent_rows(values));
        }
    }

    /// A₁ … A_L
    pub(crate) fn layers(&self) -> &[Matrix<F>] {
        &self.layers
    }

    /// What f′ of each layer is computed from.
    pub(crate) fn bases(&self) -> impl DoubleEndedIterator<Item = &Matrix<F>> + ExactSizeIterator + Clone {
        let pairs = self.layers.iter().zip(&self.levels);
        pairs.map(|(output, level)| if level.columns() > 0 { level } else { output })
    }

    /// Checks that Ŷ is finite.
    ///
    /// # Errors
    /// [`Error::NonFinite`], with rows counted from `first`.
    #[inline]
    pub(crate) fn check(&self, first: usize) -> Result<(), Error> {
        if kernel::all_finite(self.answer().values()) { Ok(()) } else { self.find_not_finite(first) }
    }

    #[inline(never)]
    fn find_not_finite(&self, first: usize) -> Result<(), Error> {
        check_finite("the output", &self.answer().view()).map_err(|error| match error {
            Error::NonFinite { what, row, column } => Error::NonFinite { what, row: first + row, column },
            other => other,
        })
    }

    pub(crate) fn link(&self) -> Link {
        self.link
    }

    /// Ŷ: (b, n_L); (0, 0) if empty.
    pub(crate) fn answer(&self) -> &Matrix<F> {
        match self.link {
            Link::Identity => self.layers.last().unwrap_or(Matrix::EMPTY),
            Link::Softmax | Link::Logistic | Link::Log => &self.probabilities,
        }
    }

    /// What a loss is computed from.
    pub(crate) fn predicted(&self) -> Predicted<'_, F> {
        let (answer, maxima_and_others) = (self.answer(), &self.maxima_and_others);
        Predicted { logits: self.layers.last().unwrap_or(Matrix::EMPTY), answer, maxima_and_others }
    }
}

/// The mask of layer l, which is 0 for the first.
fn mask_of<F: Scalar>(masks: &[Option<Mask<F>>], l: usize) -> Option<Mask<F>> {
    masks.get(l).copied().flatten()
}

/// Computes some rows of A₁ … A_L and of Ŷ, of which the first is row `first` of the mini-batch. `outputs` has the rows
/// of each layer's output, followed by those of what f′ is computed from if that is kept.
fn forward_rows<'a, F: Scalar>(
    network: &'a Network<F>,
    masks: &[Option<Mask<F>>],
    first: usize,
    input: MatrixView<'a, F>,
    mut outputs: impl Iterator<Item = &'a mut [F]>,
    [probabilities, maxima_and_others]: [&'a mut [F]; 2],
) {
    let layers = network.layers().iter().enumerate().map_while(|(l, layer)| {
        let (mask, output) = (mask_of(masks, l), outputs.next()?);
        let level = if layer.activation().needs_z() || mask.is_some() { outputs.next() } else { None };
        let mask = mask.map(|mask| (mask, first));
        Some(Dense { layer, panels: None, output, level, mask })
    });
    forward(input, layers, network.link(), Linked { probabilities, maxima_and_others });
}
