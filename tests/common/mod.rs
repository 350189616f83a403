//! Shared code of the tests: random networks and data, networks as flat arrays, comparisons.

pub(crate) mod allocator;
pub(crate) mod errors;
pub(crate) mod json;
pub(crate) mod layouts;
pub(crate) mod runs;

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayRef, ArrayRef2, ArrayView1, ArrayView2, Dimension};
use ndarray_dnn::{Activation, BatchOrder, Dnn, DnnBuilder, Gradients, Layer, Link, Loss, Scalar};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) const ACTIVATIONS: [Activation; 11] = [
    Activation::Sigmoid,
    Activation::Identity,
    Activation::Relu,
    Activation::Tanh,
    Activation::LeakyRelu { slope: 0.2 },
    Activation::Elu { alpha: 0.6 },
    Activation::Selu,
    Activation::Softplus,
    Activation::Softsign,
    Activation::Gelu,
    Activation::Silu,
];

/// Whether the derivative jumps at 0, or that of the derivative.
pub(crate) fn has_kink(activation: Activation) -> bool {
    use Activation::{Elu, LeakyRelu, Relu, Selu};
    matches!(activation, Relu | LeakyRelu { .. } | Elu { .. } | Selu)
}

pub(crate) const ORDERS: [BatchOrder; 4] =
    [BatchOrder::Cyclic, BatchOrder::Sequential, BatchOrder::Shuffled, BatchOrder::ShuffledByEpoch];

/// The objectives: the article's two and the other ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Head {
    Article,
    Softmax,
    Squared,
    BinaryCrossEntropy,
    Absolute,
    Huber,
    Quantile,
    Poisson,
    Smoothed,
}

impl Head {
    pub(crate) const ALL: [Self; 9] = [
        Self::Article,
        Self::Softmax,
        Self::Squared,
        Self::BinaryCrossEntropy,
        Self::Absolute,
        Self::Huber,
        Self::Quantile,
        Self::Poisson,
        Self::Smoothed,
    ];

    pub(crate) fn set<F: Scalar>(self, builder: DnnBuilder<F>) -> DnnBuilder<F> {
        match self {
            Self::Article => builder,
            Self::Softmax => builder.softmax(true),
            Self::Squared => builder.loss(Loss::Squared),
            Self::BinaryCrossEntropy => builder.loss(Loss::BinaryCrossEntropy),
            Self::Absolute => builder.loss(Loss::Absolute),
            Self::Huber => builder.loss(Loss::Huber { delta: 0.5 }),
            Self::Quantile => builder.loss(Loss::Quantile { tau: 0.3 }),
            Self::Poisson => builder.loss(Loss::Poisson),
            Self::Smoothed => builder.softmax(true).label_smoothing(0.2),
        }
    }

    pub(crate) fn is_softmax(self) -> bool {
        matches!(self, Self::Softmax | Self::Smoothed)
    }

    /// Whether it can be combined with a last layer of this activation and number of outputs.
    pub(crate) fn goes_with(self, last: Activation, outputs: usize) -> bool {
        !(self.is_softmax() && outputs == 1
            || self == Self::BinaryCrossEntropy && last == Activation::Sigmoid)
    }

    /// Targets that go with it.
    pub(crate) fn targets<F: Scalar>(
        self,
        rows: usize,
        columns: usize,
        generator: &mut ChaCha8Rng,
    ) -> Array2<F> {
        let y = targets(rows, columns, self.is_softmax(), generator);
        if matches!(self, Self::BinaryCrossEntropy | Self::Poisson) { y.mapv(F::abs) } else { y }
    }
}

/// A builder whose networks end with this link.
pub(crate) fn with_link<F: Scalar>(link: Link) -> DnnBuilder<F> {
    match link {
        Link::Softmax => Dnn::builder().softmax(true),
        Link::Logistic => Dnn::builder().loss(Loss::BinaryCrossEntropy),
        Link::Log => Dnn::builder().loss(Loss::Poisson),
        _ => Dnn::builder(),
    }
}

/// `(rows, columns)` values uniform in [−1, 1), drawn in f64.
pub(crate) fn uniform<F: Scalar>(rows: usize, columns: usize, generator: &mut ChaCha8Rng) -> Array2<F> {
    Array2::from_shape_simple_fn((rows, columns), || F::from_f64(generator.random_range(-1.0..1.0)))
}

/// Targets `(rows, columns)`: uniform in [−1, 1), with softmax distributions.
pub(crate) fn targets<F: Scalar>(
    rows: usize,
    columns: usize,
    softmax: bool,
    generator: &mut ChaCha8Rng,
) -> Array2<F> {
    let mut y = uniform::<F>(rows, columns, generator);
    if softmax {
        y.mapv_inplace(F::abs);
        y.rows_mut().into_iter().for_each(|mut row| row /= row.sum());
    }
    y
}

/// A network of sizes n₀ … n_L whose parameters are uniform in [−1, 1); the article's initial ones are close to 0.
pub(crate) fn network<F: Scalar>(
    builder: DnnBuilder<F>,
    sizes: &[usize],
    activations: &[Activation],
    generator: &mut ChaCha8Rng,
) -> Dnn<F> {
    assert_eq!(sizes.len(), activations.len() + 1);
    let layers = sizes.windows(2).zip(activations).map(|(sizes, &activation)| {
        let weights = uniform(sizes[1], sizes[0], generator);
        let biases = uniform(1, sizes[1], generator).row(0).to_owned();
        Layer::new(weights, biases, activation).unwrap()
    });
    builder.build_from(layers).unwrap()
}

/// The rows 0..n in the order that [`BatchOrder::ShuffledByEpoch`] gives them in this epoch, which is 0 for the first.
pub(crate) fn order_of_epoch(seed: u64, epoch: u64, n: usize) -> Vec<usize> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(u64::MAX - epoch);
    let mut rows = Vec::from_iter(0..n);
    rows.shuffle(&mut generator);
    rows
}

/// The gradients of a mini-batch by hand.
pub(crate) fn gradients<F: Scalar>(net: &Dnn<F>, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Gradients<F> {
    let pass = net.compute(x).unwrap();
    net.bp(&pass, &net.error(&pass, y).unwrap()).unwrap()
}

/// All parameters: W₁ row by row, b₁, W₂, b₂, …
pub(crate) fn parameters<F: Scalar>(layers: &[Layer<F>]) -> Array1<f64> {
    flat(layers.iter().map(|layer| (layer.weights(), layer.biases())))
}

/// The velocity, in the order of [`parameters`].
pub(crate) fn velocity<F: Scalar>(net: &Dnn<F>) -> Array1<f64> {
    let velocity = net.velocity();
    flat((0..).map_while(|l| Some((velocity.weights(l)?, velocity.biases(l)?))))
}

/// Gradients, in the order of [`parameters`].
pub(crate) fn flat_gradients<F: Scalar>(gradients: &Gradients<F>) -> Array1<f64> {
    flat((0..).map_while(|l| Some((gradients.weights(l)?, gradients.biases(l)?))))
}

fn flat<'a, F: Scalar>(layers: impl Iterator<Item = (ArrayView2<'a, F>, ArrayView1<'a, F>)>) -> Array1<f64> {
    layers
        .flat_map(|(weights, biases)| {
            Vec::from_iter(weights.iter().chain(&biases).map(|value| value.as_f64()))
        })
        .collect()
}

/// Layers like these with other [`parameters`].
pub(crate) fn with_parameters(layers: &[Layer], parameters: &[f64]) -> Vec<Layer> {
    let mut values = parameters.iter().copied();
    let layers = layers.iter().map(|layer| {
        // Row by row, whatever the memory layout of the view is.
        let weights = Array2::from_shape_simple_fn(layer.weights().dim(), || values.next().unwrap());
        let biases = Array1::from_shape_simple_fn(layer.biases().dim(), || values.next().unwrap());
        Layer::new(weights, biases, layer.activation()).unwrap()
    });
    layers.collect()
}

/// The bits of all values, in row-major order.
pub(crate) fn bits<F: Scalar, D: Dimension>(array: &ArrayRef<F, D>) -> Vec<u64> {
    array.iter().map(|value| value.as_f64().to_bits()).collect()
}

/// The bits of all parameters and velocities.
pub(crate) fn state<F: Scalar>(net: &Dnn<F>) -> Vec<u64> {
    [bits(&parameters(net.layers())), bits(&velocity(net))].concat()
}

/// Whether every parameter, every velocity and the learning rate are finite.
pub(crate) fn is_finite<F: Scalar>(net: &Dnn<F>) -> bool {
    let values = [parameters(net.layers()), velocity(net)];
    values.iter().flatten().all(|value| value.is_finite()) && net.effective_eta().is_finite()
}

/// Checks that the shapes agree, and every value to the absolute tolerance; NaN agrees with nothing.
#[track_caller]
pub(crate) fn assert_close<F: Scalar, D: Dimension>(
    context: &str,
    found: &ArrayRef<F, D>,
    expected: &ArrayRef<f64, D>,
    tolerance: f64,
) {
    let found = found.mapv(F::as_f64);
    assert_eq!(found.shape(), expected.shape(), "{context}: shapes");
    let distance = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(
        found.abs_diff_eq(expected, tolerance),
        "{context}: off by {distance:e}, {tolerance:e} is allowed"
    );
}

/// Checks a number to the relative tolerance.
#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found:?} instead of {expected:?}");
}

/// An empty folder for a test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}
