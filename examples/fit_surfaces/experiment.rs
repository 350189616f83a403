//! The article's experiment: its data, its networks, and the results of its own listing.

use ndarray_dnn::ndarray::{Array1, Array2, ArrayView1};
use ndarray_dnn::{Activation, Dnn, Error, Layer};
use rand_mt::Mt;

/// Neurons in the hidden layer of the three networks.
pub(crate) const HIDDEN: [usize; 3] = [3, 5, 8];

/// A function to fit, of x₁ and x₂.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) formula: &'static str,
    pub(crate) value: fn(f64, f64) -> f64,
    /// The listing's result with each network, with NumPy's seed 42.
    pub(crate) listing: [Outcome; 3],
}

/// The result of a fit.
pub(crate) struct Outcome {
    /// The last epoch's mean loss.
    pub(crate) loss: f64,
    /// Root mean square error on the 100 points.
    pub(crate) rmse: f64,
    /// Root mean square error on the plot's grid.
    pub(crate) grid_rmse: f64,
}

/// f1, f2 and f3, in the article's order.
pub(crate) const FUNCTIONS: [Function; 3] = [
    Function {
        name: "f1",
        formula: "f1(x) = x₁² + x₂²",
        value: |x1, x2| x1 * x1 + x2 * x2,
        listing: [
            Outcome { loss: 0.15441523029460508, rmse: 0.20297311919758543, grid_rmse: 1.0066701502029427 },
            Outcome { loss: 0.11000646156270236, rmse: 0.1464640534890699, grid_rmse: 0.9453776160080085 },
            Outcome { loss: 0.03908889656407661, rmse: 0.05178765451159549, grid_rmse: 0.5196727795735843 },
        ],
    },
    Function {
        name: "f2",
        formula: "f2(x) = x₁² − x₂²",
        value: |x1, x2| x1 * x1 - x2 * x2,
        listing: [
            Outcome { loss: 0.8940732561112779, rmse: 1.0647112037737865, grid_rmse: 1.9305432841620869 },
            Outcome { loss: 0.0351521117508786, rmse: 0.046920666873987535, grid_rmse: 0.4849246427929292 },
            Outcome { loss: 0.03746642704830515, rmse: 0.04960125449141055, grid_rmse: 0.476733091500191 },
        ],
    },
    Function {
        name: "f3",
        formula: "f3(x) = cos 1.2x₁ · cos 1.2x₂",
        value: |x1, x2| (1.2 * x1).cos() * (1.2 * x2).cos(),
        listing: [
            Outcome { loss: 0.21988835708267104, rmse: 0.29236374901019563, grid_rmse: 0.4475234339196556 },
            Outcome { loss: 0.04671502387531316, rmse: 0.06205690945178862, grid_rmse: 0.21311511997087884 },
            Outcome { loss: 0.0690613040763694, rmse: 0.08669822386378466, grid_rmse: 0.23106127457053652 },
        ],
    },
];

/// NumPy's legacy random stream, `numpy.random.seed(42)`.
pub(crate) struct NumpyRandom(Mt);

impl NumpyRandom {
    pub(crate) fn new() -> Self {
        Self(Mt::new(42))
    }

    /// Uniform in [0, 1): 53 random bits from two draws.
    fn random(&mut self) -> f64 {
        let (high, low) = (self.0.next_u32() >> 5, self.0.next_u32() >> 6);
        (f64::from(high) * f64::from(1 << 26) + f64::from(low)) / (1_u64 << 53) as f64
    }

    /// 100 points in [−2, 2)²: (100, 2).
    pub(crate) fn points(&mut self) -> Array2<f64> {
        Array2::from_shape_simple_fn((100, 2), || -2.0 + 4.0 * self.random())
    }

    /// The article's 2-`hidden`-1 network: every weight and bias uniform in [0, 0.01).
    pub(crate) fn network(&mut self, hidden: usize) -> Result<Dnn, Error> {
        let mut layer = |fan_out, fan_in, activation| {
            let weights = Array2::from_shape_simple_fn((fan_out, fan_in), || self.random() / 100.0);
            let biases = Array1::from_shape_simple_fn(fan_out, || self.random() / 100.0);
            Layer::new(weights, biases, activation)
        };
        let layers = [layer(hidden, 2, Activation::Sigmoid)?, layer(1, hidden, Activation::Identity)?];
        Dnn::builder()
            .eta(0.4)
            .threshold(0.001)
            .max_epochs(200)
            .regularization(0.0001)
            .minibatch_size(40)
            .momentum(0.6)
            .decay_power(0.2)
            .build_from(layers)
    }
}

/// The plot's grid around the points, step 0.02, from min − 0.5 to max + 0.5 (excluded) per axis.
pub(crate) struct Grid {
    pub(crate) x1: Vec<f64>,
    pub(crate) x2: Vec<f64>,
}

impl Grid {
    pub(crate) fn around(points: &Array2<f64>) -> Self {
        Self { x1: axis(points.column(0)), x2: axis(points.column(1)) }
    }

    /// Every grid point, x₁ changing fastest: (x2.len() · x1.len(), 2).
    pub(crate) fn points(&self) -> Array2<f64> {
        let columns = self.x1.len();
        Array2::from_shape_fn((self.x2.len() * columns, 2), |(k, axis)| match axis {
            0 => self.x1[k % columns],
            _ => self.x2[k / columns],
        })
    }
}

fn axis(values: ArrayView1<f64>) -> Vec<f64> {
    const STEP: f64 = 0.02;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min) - 0.5;
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 0.5;
    let count = ((high - low) / STEP).ceil() as usize;
    (0..count).map(|k| low + k as f64 * STEP).collect()
}
