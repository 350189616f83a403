//! The six workloads, from the article's network to one that spends nearly all its time in matrix products.

use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{Activation, BatchOrder, Dnn, Error, Layer, Scalar};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network and the size of its data.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// n₀ … n_L
    pub(crate) sizes: &'static [usize],
    pub(crate) hidden: Activation,
    pub(crate) softmax: bool,
    /// Rows of a mini-batch.
    pub(crate) batch: usize,
    /// Rows of the data set.
    pub(crate) rows: usize,
    pub(crate) is_f32: bool,
}

pub(crate) const WORKLOADS: [Workload; 6] = [
    workload("surfaces", &[2, 8, 1], Activation::Sigmoid, 40, 100, false),
    workload("digits", &[64, 100, 10], Activation::Relu, 200, 1797, false),
    workload("digits32", &[64, 100, 10], Activation::Relu, 32, 1797, true),
    workload("mnist", &[784, 128, 64, 10], Activation::Relu, 64, 8192, true),
    workload("wide", &[784, 1024, 1024, 10], Activation::Relu, 256, 8192, true),
    workload("tabular", &[32, 256, 256, 1], Activation::Sigmoid, 128, 16384, true),
];

/// A workload; the networks with relu are classifiers.
const fn workload(
    name: &'static str,
    sizes: &'static [usize],
    hidden: Activation,
    batch: usize,
    rows: usize,
    is_f32: bool,
) -> Workload {
    Workload { name, sizes, hidden, softmax: matches!(hidden, Activation::Relu), batch, rows, is_f32 }
}

impl Workload {
    /// The network, with weights uniform in ±1/√fan_in and biases of 0.
    pub(crate) fn network<F: Scalar>(&self, order: BatchOrder) -> Result<Dnn<F>, Error> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut layers = Vec::new();
        let last = self.sizes.len() - 2;
        for (l, pair) in self.sizes.windows(2).enumerate() {
            let (fan_in, fan_out) = (pair[0], pair[1]);
            let bound = (fan_in as f64).sqrt().recip();
            let weights = Array2::from_shape_simple_fn((fan_out, fan_in), || {
                F::from_f64(random.random_range(-bound..bound))
            });
            let activation = if l == last { Activation::Identity } else { self.hidden };
            layers.push(Layer::new(weights, Array1::zeros(fan_out), activation)?);
        }
        Dnn::builder()
            .softmax(self.softmax)
            .minibatch_size(self.batch)
            .batch_order(order)
            .max_epochs(1)
            .eta(0.01)
            .decay_power(0.0)
            .regularization(1e-4)
            .build_from(layers)
    }

    /// The data: x is uniform in [−1, 1); y is a class drawn at random, or x₁² + x₂².
    pub(crate) fn data<F: Scalar>(&self) -> (Array2<F>, Array2<F>) {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let (inputs, outputs) = (self.sizes[0], self.sizes[self.sizes.len() - 1]);
        let x =
            Array2::from_shape_simple_fn((self.rows, inputs), || F::from_f64(random.random_range(-1.0..1.0)));
        let y = if self.softmax {
            let labels = Array1::from_shape_simple_fn(self.rows, || random.random_range(0..outputs));
            Array2::from_shape_fn((self.rows, outputs), |(row, class)| {
                F::from_f64(f64::from(u8::from(labels[row] == class)))
            })
        } else {
            Array2::from_shape_fn((self.rows, 1), |(row, _)| {
                x[[row, 0]] * x[[row, 0]] + x[[row, 1]] * x[[row, 1]]
            })
        };
        (x, y)
    }
}
