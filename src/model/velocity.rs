//! The memory of an optimizer: the velocity, or the moving averages of Adam.

use ndarray::{ArrayView1, ArrayView2, Dim, ShapeBuilder};

use super::network::Network;
use super::parameters::Parameters;
use crate::error::Error;
use crate::kernel::{Known, Scalar};

/// What an optimizer remembers of each parameter: a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Slot {
    /// The name in files.
    pub(crate) name: &'static str,
    /// Its numbers, and one of them, in errors.
    pub(crate) all: &'static str,
    pub(crate) one: &'static str,
    /// Whether its numbers are at least 0.
    pub(crate) is_square: bool,
    /// The fraction that each step keeps, if that is a number of the optimizer.
    kept: Option<f64>,
}

impl Slot {
    /// The velocity V, which includes the learning rate, or a mean gradient.
    pub(crate) const VELOCITY: Self =
        Self { name: "velocity", all: "the velocity", one: "the velocity", is_square: false, kept: None };
    /// The mean square v of the gradient.
    pub(super) const SQUARES: Self =
        Self { name: "squares", all: "the mean squares", one: "a mean square", is_square: true, kept: None };

    /// The slot of which each step keeps this fraction.
    pub(super) const fn keeping(self, fraction: f64) -> Self {
        Self { kept: Some(fraction), ..self }
    }

    /// Whether it is what [`Velocity`] shows.
    pub(crate) fn is_velocity(&self) -> bool {
        self.name == Self::VELOCITY.name
    }
}

/// The numbers of a slot for each layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Memory<F> {
    pub(crate) slot: Slot,
    pub(crate) layers: Vec<Parameters<F>>,
}

/// The velocity V of every parameter, which includes the learning rate. With
/// [`Optimizer::Adam`](crate::Optimizer::Adam) and [`Optimizer::AdamW`](crate::Optimizer::AdamW) it is the mean
/// gradient m, with [`Optimizer::RmsProp`](crate::Optimizer::RmsProp) it is 0.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn};
///
/// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
/// assert_eq!(net.velocity().weights(0).unwrap(), ndarray_dnn::ndarray::array![[0.0, 0.0]]);
/// assert!(net.velocity().biases(1).is_none());
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Velocity<F: Scalar = f64> {
    /// The memory of the optimizer, slot by slot.
    pub(crate) memory: Vec<Memory<F>>,
    /// The number of updates since all values were 0.
    pub(crate) updates: usize,
    /// The velocity of every parameter if the optimizer has none.
    zero: F,
}

impl<F: Scalar> Velocity<F> {
    /// Creates a zero for each parameter of the network and each slot.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn zeros(network: &Network<F>, slots: Vec<Slot>) -> Result<Self, Error> {
        let memory = |slot| Ok(Memory { slot, layers: network.zeros("the velocity")? });
        let memory = slots.into_iter().map(memory).collect::<Result<_, Error>>()?;
        Ok(Self { memory, updates: 0, zero: F::zero() })
    }

    /// The velocity whose values are the results of `change`, which keeps the shape of a layer.
    pub(crate) fn try_map<G: Scalar>(
        &self,
        change: impl Fn(&Slot, &Parameters<F>) -> Result<Parameters<G>, Error>,
    ) -> Result<Velocity<G>, Error> {
        let memory = |Memory { slot, layers }: &Memory<F>| {
            let layers = layers.iter().map(|values| change(slot, values)).collect::<Result<_, Error>>()?;
            Ok(Memory { slot: *slot, layers })
        };
        let memory = self.memory.iter().map(memory).collect::<Result<_, Error>>()?;
        Ok(Velocity { memory, updates: self.updates, zero: G::zero() })
    }

    /// V of the weights `(fan_out, fan_in)` and of the biases `(fan_out)` of each layer, the first layer first.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = (ArrayView2<'_, F>, ArrayView1<'_, F>)> {
        let shown = self.memory.iter().find(|memory| memory.slot.is_velocity()).or(self.memory.first());
        let layers = shown.map(|memory| &memory.layers[..]).unwrap_or_default();
        let is_zero = shown.is_some_and(|memory| !memory.slot.is_velocity());
        layers.iter().map(move |values| if is_zero { self.zeros_like(values) } else { values.views() })
    }

    /// V of the weights of `net.layers()[l]`, `(fan_out, fan_in)`; `None` past the last layer.
    pub fn weights(&self, l: usize) -> Option<ArrayView2<'_, F>> {
        self.layers().nth(l).map(|(weights, _)| weights)
    }

    /// V of the biases of `net.layers()[l]`, `(fan_out)`; `None` past the last layer.
    pub fn biases(&self, l: usize) -> Option<ArrayView1<'_, F>> {
        self.layers().nth(l).map(|(_, biases)| biases)
    }

    /// Zeros of the same shape: views of one value.
    fn zeros_like(&self, values: &Parameters<F>) -> (ArrayView2<'_, F>, ArrayView1<'_, F>) {
        let zero = std::slice::from_ref(&self.zero);
        // With strides of 0, one value is enough for every shape.
        let weights = ArrayView2::from_shape(values.weights().raw_dim().strides(Dim([0, 0])), zero);
        let biases = ArrayView1::from_shape(values.biases().raw_dim().strides(Dim([0])), zero);
        let none: &[[F; 0]] = &[];
        (weights.ok().known_or(ArrayView2::from(none)), biases.ok().known_or(ArrayView1::from(&[])))
    }

    /// All values of the memory.
    fn values(&self) -> impl Iterator<Item = (&Slot, &Parameters<F>)> {
        self.memory.iter().flat_map(|Memory { slot, layers }| layers.iter().map(move |values| (slot, values)))
    }

    /// Checks that every value is finite; the error names the first one that is not.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        self.values().try_for_each(|(slot, values)| values.check_finite([slot.all; 2]))
    }

    /// Names the part with a value that is not finite; `None` if every value is finite.
    pub(crate) fn not_finite(&self) -> Option<&'static str> {
        self.values().find(|(_, values)| !values.all_finite()).map(|(slot, _)| slot.one)
    }

    /// Sets all values and the number of updates to 0.
    pub(crate) fn reset(&mut self) {
        let all = self.memory.iter_mut().flat_map(|memory| &mut memory.layers);
        all.flat_map(Parameters::slices_mut).for_each(|slice| slice.fill(F::zero()));
        self.updates = 0;
    }

    /// Copies `other`, a velocity of the same network and optimizer.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let all = self.memory.iter_mut().flat_map(|memory| &mut memory.layers);
        all.zip(other.values()).for_each(|(own, (_, other))| own.copy_from(other));
        self.updates = other.updates;
    }
}
