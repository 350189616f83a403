//! Initial parameters and their random distributions.

use std::fmt;
use std::str::FromStr;

use ndarray_rand::rand_distr::{Distribution, StandardUniform};
use rand_chacha::ChaCha8Rng;

use super::names::{Named, name_of, numbers, value_of};
use super::parameters::Parameters;
use crate::error::{Error, ParseError};
use crate::kernel::Scalar;
use crate::validate::{AT_LEAST_0, FINITE, check_range};

/// The distribution of the initial weights and biases; see [`DnnBuilder::init`](crate::DnnBuilder::init).
///
/// `U[a, b)` is the uniform distribution on the interval that includes a and excludes b, also after rounding to F.
/// fan_in and fan_out are the numbers of inputs and outputs of the layer.
///
/// | | weights | biases | use |
/// |---|---|---|---|
/// | `Uniform` | `U[low, high)` | `U[low, high)` | the default is the article's `U[0, 0.01)` |
/// | `Glorot` | `U[−a, a)`, `a = √(6 / (fan_in + fan_out))` | 0 | for sigmoid, tanh, softsign and identity |
/// | `He` | `U[−a, a)`, `a = √(6 / fan_in)` | 0 | for ReLUs, ELU, GELU and SiLU |
/// | `LeCun` | `N(0, 1 / fan_in)` | 0 | for SELU |
///
/// Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS
/// 2010, equation 16: signals and gradients neither grow nor vanish from layer to layer. He, Zhang, Ren and Sun,
/// *Delving deep into rectifiers*, ICCV 2015, equation 10: a variance of `2 / fan_in`, since a ReLU passes half of
/// the signal; the variance of `U[−a, a)` is `a² / 3`. LeCun, Bottou, Orr and Müller, *Efficient BackProp*, 1998,
/// equation 16; the normal distribution, as Klambauer et al. use it for SELU, *Self-normalizing neural networks*, NIPS
/// 2017. Its numbers are those of Box and Muller, `√(−2 ln u) cos 2πv` with u in (0, 1] and v in [0, 1).
///
/// The text form of [`Display`](fmt::Display) and [`FromStr`] is `uniform(0.0, 0.01)`, `glorot`, `he` or
/// `lecun`.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::{Identity, Relu}, Dnn, Init};
///
/// let net: Dnn = Dnn::builder().input_shape(6).shape([100, 1]).activations([Relu, Identity])
///     .init(Init::He)
///     .build()?;
/// assert!(net.layers()[0].weights().iter().all(|w| w.abs() <= 1.0)); // √(6/6)
/// assert!(net.layers()[0].biases().iter().all(|b| *b == 0.0));
///
/// assert_eq!(Init::default(), Init::Uniform { low: 0.0, high: 0.01 });
/// assert_eq!(Init::default().to_string(), "uniform(0.0, 0.01)");
/// assert_eq!("uniform(0.0, 0.01)".parse(), Ok(Init::default()));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// `U[low, high)` for weights and biases. If `high = low`, every value is low.
    Uniform {
        /// The lower bound, included; finite.
        low: f64,
        /// The upper bound, excluded; finite. `high − low` must be at least 0 and finite.
        high: f64,
    },
    /// The distribution of Glorot and Bengio, for activations that are nearly linear around 0.
    Glorot,
    /// The distribution of He, Zhang, Ren and Sun, for ReLUs.
    He,
    /// The normal distribution with the variance of LeCun, Bottou, Orr and Müller, for SELU.
    LeCun,
}

impl Named for Init {
    fn check<F: Scalar>(&self) -> Result<(), Error> {
        let Self::Uniform { low, high } = *self else { return Ok(()) };
        check_range::<F>("low", FINITE, low)?;
        check_range::<F>("high", FINITE, high)?;
        // The width can overflow although both bounds are finite.
        check_range::<F>("high - low", AT_LEAST_0, high - low)
    }
}

impl Init {
    /// The article's distribution: `U[0, 0.01)`.
    pub(crate) const ARTICLE: Self = Self::Uniform { low: 0.0, high: 0.01 };

    /// Draws the weights `(fan_out, fan_in)` row by row, then the biases. Each is drawn in f64 and rounded to F.
    pub(crate) fn draw<F: Scalar>(
        self,
        fan_out: usize,
        fan_in: usize,
        generator: &mut ChaCha8Rng,
    ) -> Result<Parameters<F>, Error> {
        let mut parameters = Parameters::zeros("the weights of a layer", fan_out, fan_in)?;
        let (low, high) = match self {
            Self::Uniform { low, high } => (low, high),
            Self::Glorot => around_0((6.0 / (fan_in as f64 + fan_out as f64)).sqrt()),
            Self::He => around_0((6.0 / fan_in as f64).sqrt()),
            Self::LeCun => {
                let deviation = (1.0 / fan_in as f64).sqrt();
                let draw = |value: &mut F| *value = F::from_f64(deviation * normal(generator));
                row_by_row(&mut parameters, draw);
                return Ok(parameters);
            }
        };
        let uniform = Uniform::new(low, high);
        let mut draw = |value: &mut F| *value = uniform.at(StandardUniform.sample(generator));
        row_by_row(&mut parameters, &mut draw);
        if matches!(self, Self::Uniform { .. }) {
            parameters.biases.iter_mut().for_each(draw);
        }
        Ok(parameters)
    }
}

impl Default for Init {
    /// The article's distribution, `U[0, 0.01)`.
    fn default() -> Self {
        Self::ARTICLE
    }
}

const UNIFORM: &str = "uniform";

/// Every distribution without parameters, with its name.
const NAMES: [(Init, &str); 3] = [(Init::Glorot, "glorot"), (Init::He, "he"), (Init::LeCun, "lecun")];

impl fmt::Display for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform { low, high } => f.pad(&format!("{UNIFORM}({low:?}, {high:?})")),
            _ => f.pad(name_of(&NAMES, *self)),
        }
    }
}

impl FromStr for Init {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names. `build` checks the bounds.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match numbers(UNIFORM, text) {
            Some([low, high]) => Ok(Self::Uniform { low, high }),
            None => value_of("init", &NAMES, Some("uniform(low, high)"), text),
        }
    }
}

/// Calls `draw` with every weight (fan_out, fan_in), row by row. They are stored transposed: a row of W is a column in
/// memory.
fn row_by_row<F: Scalar>(parameters: &mut Parameters<F>, mut draw: impl FnMut(&mut F)) {
    let fan_out = parameters.fan_out();
    for neuron in 0..fan_out {
        parameters.weights.values_mut().iter_mut().skip(neuron).step_by(fan_out).for_each(&mut draw);
    }
}

/// A number of the standard normal distribution, by Box and Muller. Not by `rand_distr`, which uses functions of std
/// whose last bit is not the same everywhere.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    let [u, v]: [f64; 2] = [StandardUniform.sample(generator), StandardUniform.sample(generator)];
    (-2.0 * libm::log(1.0 - u)).sqrt() * libm::cos(std::f64::consts::TAU * v)
}

/// The bounds of an interval that is symmetric around 0.
fn around_0(bound: f64) -> (f64, f64) {
    (-bound, bound)
}

/// `U[low, high)`, rounded to F.
struct Uniform<F> {
    low: f64,
    /// `1 / (high − low)`. Dividing by it gives the article's bits, u/100, since 1/0.01 is 100.
    per_unit: f64,
    /// low and high, rounded to F.
    bounds: [F; 2],
}

impl<F: Scalar> Uniform<F> {
    fn new(low: f64, high: f64) -> Self {
        Self { low, per_unit: 1.0 / (high - low), bounds: [low, high].map(F::from_f64) }
    }

    /// `low + u·(high − low)` for u in [0, 1), rounded to F.
    ///
    /// Rounding can give high, which is excluded; the result is then low. This keeps all values of F equally
    /// likely. Every other value is the rounding of numbers above and below it, but low only of numbers above it.
    /// The numbers just below high replace those that low lacks.
    fn at(&self, u: f64) -> F {
        let [low, high] = self.bounds;
        let value = F::from_f64(self.low + u / self.per_unit);
        if value < high { value } else { low }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGEST: f64 = 1.0 - f64::EPSILON / 2.0;

    fn stays_in_range<F: Scalar>() {
        let bounds = [0.01, 1.0, 3.0, 1e30, 1e-30, 6.0_f64.sqrt(), (6.0_f64 / 7.0).sqrt()];
        let ranges =
            bounds.iter().flat_map(|&a| [(0.0, a), (-a, 0.0), around_0(a), (a, a * 1.001), (a, 2.0 * a)]);
        for (low, high) in ranges {
            let uniform = Uniform::<F>::new(low, high);
            for u in [0.0, f64::EPSILON, 0.5, 1.0 - 1e-9, LARGEST] {
                let value = uniform.at(u);
                assert!(F::from_f64(low) <= value && value < F::from_f64(high), "{value} in [{low}, {high})");
                assert!(value.as_f64() < high, "{value} in [{low}, {high})");
            }
            // The result is not always low.
            let middle = F::from_f64(low / 2.0 + high / 2.0);
            assert!(
                (uniform.at(0.5) - middle).abs() <= F::epsilon() * F::from_f64(high.abs().max(low.abs()))
            );
        }
    }

    #[test]
    fn the_largest_draw_is_less_than_high() {
        stays_in_range::<f64>();
        stays_in_range::<f32>();
    }

    #[test]
    fn the_article_s_parameters_are_u_over_100() {
        let (double, single) = (Uniform::<f64>::new(0.0, 0.01), Uniform::<f32>::new(0.0, 0.01));
        for i in 0..10_000 {
            let u = (f64::from(i) * 0.6180339887498949).fract();
            assert_eq!(double.at(u).to_bits(), (u / 100.0).to_bits());
            assert_eq!(single.at(u).to_bits(), ((u / 100.0) as f32).to_bits());
        }
        assert_eq!(double.at(LARGEST), LARGEST / 100.0);
        // This draw rounds to 0.01 in f32, so the result is low.
        assert_eq!(single.at(LARGEST), 0.0);
    }
}
