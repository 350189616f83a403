//! The network as a function: layers that chain, and the link after the last one.

use ndarray::ArrayRef2;

use super::layer::Layer;
use super::parameters::{Parameters, sizes};
use crate::activation::Link;
use crate::error::{Error, Extent, Place};
use crate::kernel::Scalar;
use crate::validate::{check_not_empty_list, check_shapes};

/// At least one layer, each with an input for every output of the one before, and a link.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Network<F: Scalar> {
    /// Never empty.
    layers: Vec<Layer<F>>,
    link: Link,
}

impl<F: Scalar> Network<F> {
    /// # Errors
    /// [`Error::Empty`] without layers; [`Error::Shape`] unless the weights of each layer have a column for each output
    /// of the layer before.
    pub(crate) fn new(layers: Vec<Layer<F>>, link: Link) -> Result<Self, Error> {
        check_not_empty_list("layers", &layers)?;
        for (layer, (before, after)) in (1..).zip(layers.iter().zip(layers.iter().skip(1))) {
            let (expected, found) = (before.fan_out(), after.fan_in());
            if found != expected {
                let (what, at, extent) = ("the weights", Place::Layer(layer), Extent::Columns);
                return Err(Error::Shape { what, at, extent, expected, found });
            }
        }
        Ok(Self { layers, link })
    }

    /// The network whose layers are the results of `change`, which keeps the shape of a layer. It has the same link.
    pub(crate) fn try_map<G: Scalar>(
        &self,
        change: impl FnMut(&Layer<F>) -> Result<Layer<G>, Error>,
    ) -> Result<Network<G>, Error> {
        let layers = self.layers.iter().map(change).collect::<Result<_, Error>>()?;
        Ok(Network { layers, link: self.link })
    }

    /// A zero for each parameter, in the shape of each layer.
    ///
    /// # Errors
    /// [`Error::TooLarge`] with the name `what`.
    pub(crate) fn zeros(&self, what: &'static str) -> Result<Vec<Parameters<F>>, Error> {
        self.layers.iter().map(|layer| Parameters::zeros(what, layer.fan_out(), layer.fan_in())).collect()
    }

    /// The layers, from the first to the last.
    pub(crate) fn layers(&self) -> &[Layer<F>] {
        &self.layers
    }

    pub(crate) fn first(&self) -> &Layer<F> {
        &self.layers[0]
    }

    pub(crate) fn first_mut(&mut self) -> &mut Layer<F> {
        &mut self.layers[0]
    }

    pub(crate) fn last(&self) -> &Layer<F> {
        &self.layers[self.layers.len() - 1]
    }

    pub(crate) fn last_mut(&mut self) -> &mut Layer<F> {
        let last = self.layers.len() - 1;
        &mut self.layers[last]
    }

    /// The function from the output of the last layer to that of the network.
    pub(crate) fn link(&self) -> Link {
        self.link
    }

    pub(crate) fn set_link(&mut self, link: Link) {
        self.link = link;
    }

    /// The number of inputs n₀.
    pub(crate) fn inputs(&self) -> usize {
        self.first().fan_in()
    }

    /// The number of outputs n_L.
    pub(crate) fn outputs(&self) -> usize {
        self.last().fan_out()
    }

    /// The numbers of columns of x and of y: n₀ and n_L.
    pub(crate) fn shape(&self) -> [usize; 2] {
        [self.inputs(), self.outputs()]
    }

    /// Checks that `x` and `y` have the shapes of a data set for this network.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`].
    pub(crate) fn check_shapes(&self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<(), Error> {
        check_shapes(x, y, self.shape()).map_err(|error| self.explain(error))
    }

    /// Adds the likely cause to the error of targets with too few columns.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let (has_classes, is_shallow) = (self.link != Link::Identity, self.layers.len() == 1);
        match error {
            Error::Shape { what: "y", at: Place::Whole, extent: Extent::Columns, expected, found } => {
                let at = match found {
                    1 if has_classes && expected > 1 => Place::Labels,
                    _ if is_shallow && found < expected => Place::Hidden,
                    _ => Place::Whole,
                };
                Error::Shape { what: "y", at, extent: Extent::Columns, expected, found }
            }
            other => other,
        }
    }

    /// The sizes n₀ … n_L.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> + Clone {
        sizes(self.parameters())
    }

    /// Checks that `what`, which has these sizes, comes from a network of the same shape.
    ///
    /// # Errors
    /// [`Error::Foreign`].
    pub(crate) fn check_sizes(
        &self,
        what: &'static str,
        found: impl Iterator<Item = usize> + Clone,
    ) -> Result<(), Error> {
        if found.clone().eq(self.sizes()) {
            return Ok(());
        }
        Err(Error::Foreign { what, expected: self.sizes().collect(), found: found.collect() })
    }

    /// Whether the other network has the same sizes, activations and link, and so only other parameters.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let [own, others] = [self, other].map(|network| network.layers.iter().map(Layer::activation));
        self.link == other.link && self.sizes().eq(other.sizes()) && own.eq(others)
    }

    /// The number of multiplications in a forward pass over `rows` rows.
    pub(crate) fn cost(&self, rows: usize) -> usize {
        cost(&self.layers, rows)
    }

    /// The number of multiplications that send the errors of `rows` rows back to the first layer, which sends them no
    /// further.
    pub(crate) fn cost_of_deltas(&self, rows: usize) -> usize {
        cost(&self.layers[1..], rows)
    }

    /// The number of weights and biases.
    pub(crate) fn parameter_count(&self) -> usize {
        self.parameters().map(Parameters::count).sum()
    }

    /// The parameters of each layer.
    pub(crate) fn parameters(&self) -> impl ExactSizeIterator<Item = &Parameters<F>> + Clone {
        self.layers.iter().map(|layer| &layer.parameters)
    }

    /// The parameters of each layer, to be changed.
    pub(crate) fn parameters_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Parameters<F>> {
        self.layers.iter_mut().map(|layer| &mut layer.parameters)
    }

    /// All parameters as a flat list: layer by layer, W row by row, then b.
    pub(crate) fn flat(&self) -> impl Iterator<Item = F> + '_ {
        self.parameters().flat_map(Parameters::flat)
    }

    /// Replaces all parameters by the values of a flat list, which must be as many.
    pub(crate) fn read_flat(&mut self, mut values: impl Iterator<Item = F>) {
        self.parameters_mut().for_each(|parameters| parameters.read_flat(&mut values));
    }

    /// Copies the parameters of each layer, and the link; `other` has the same shape.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.link = other.link;
        self.parameters_mut().zip(other.parameters()).for_each(|(own, other)| own.copy_from(other));
    }

    /// Checks that every parameter is finite.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for the first one that is not.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        let what = ["the weights of a layer", "the biases of a layer"];
        self.parameters().try_for_each(|parameters| parameters.check_finite(what))
    }
}

/// The number of multiplications in a forward pass of these layers.
fn cost<F: Scalar>(layers: &[Layer<F>], rows: usize) -> usize {
    layers.iter().map(|layer| layer.fan_in() * layer.fan_out()).sum::<usize>().saturating_mul(rows)
}
