//! How the starting parameters are drawn.

use std::fmt;
use std::str::FromStr;

use ndarray_rand::rand_distr::{Distribution, StandardUniform};
use rand_chacha::ChaCha8Rng;

use super::names::{name_of, numbers, value_of};
use super::parameters::Parameters;
use crate::error::{Error, ParseError};
use crate::kernel::Scalar;
use crate::validate::{AT_LEAST_0, check_range};

/// What the weights and biases start from; see [`DnnBuilder::init`](crate::DnnBuilder::init).
///
/// `U[a, b)` is the uniform distribution, fan_in and fan_out are the layer's columns in and out.
///
/// | | weights | biases | |
/// |---|---|---|---|
/// | `Uniform` | `U[low, high)` | `U[low, high)` | the document's is `U[0, 0.01)` |
/// | `Glorot` | `U[−a, a)`, `a = √(6 / (fan_in + fan_out))` | 0 | for sigmoid, tanh and identity |
/// | `He` | `U[−a, a)`, `a = √(6 / fan_in)` | 0 | for ReLUs |
///
/// Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS
/// 2010, equation 16: signals and gradients neither grow nor vanish from layer to layer. He, Zhang, Ren and Sun,
/// *Delving deep into rectifiers*, ICCV 2015, equation 10: a variance of `2 / fan_in`, since a ReLU lets half of
/// the signal through; that of `U[−a, a)` is `a² / 3`.
///
/// The names for [`FromStr`] and [`Display`](fmt::Display) are `uniform(low, high)`, `glorot` and `he`.
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
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Init {
    /// Weights and biases from low up to, but without, high.
    Uniform {
        /// The lowest value; finite.
        low: f64,
        /// The bound above; finite, and `high − low` at least 0 and finite.
        high: f64,
    },
    /// After Glorot and Bengio, for layers that are linear around 0.
    Glorot,
    /// After He, Zhang, Ren and Sun, for ReLUs.
    He,
}

impl Init {
    /// The document's: `U[0, 0.01)`.
    pub(crate) const ARTICLE: Self = Self::Uniform { low: 0.0, high: 0.01 };

    /// That its bounds are in their range, as an `F` too.
    pub(crate) fn check<F: Scalar>(self) -> Result<(), Error> {
        let Self::Uniform { low, high } = self else { return Ok(()) };
        check_range::<F>("low", ("finite", f64::is_finite), low)?;
        check_range::<F>("high", ("finite", f64::is_finite), high)?;
        // Of `high − low`, so that it is no range that overflows.
        check_range::<F>("high - low", AT_LEAST_0, high - low)
    }

    /// Weights `(fan_out, fan_in)` row by row, then biases, in f64 and then rounded to F.
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
        };
        // Divided by, since 1/0.01 is 100 and the document's start is u/100 to the last bit.
        let per_unit = 1.0 / (high - low);
        let mut draw = |value: &mut F| {
            let u: f64 = StandardUniform.sample(generator);
            *value = F::from_f64(low + u / per_unit);
        };
        // The rows of W are the columns of what is stored.
        for neuron in 0..fan_out {
            parameters.weights.values_mut().iter_mut().skip(neuron).step_by(fan_out).for_each(&mut draw);
        }
        if matches!(self, Self::Uniform { .. }) {
            parameters.biases.iter_mut().for_each(draw);
        }
        Ok(parameters)
    }
}

fn around_0(bound: f64) -> (f64, f64) {
    (-bound, bound)
}

const UNIFORM: &str = "uniform";

/// Every start without numbers, with its name.
const NAMES: [(Init, &str); 2] = [(Init::Glorot, "glorot"), (Init::He, "he")];

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
    /// A [`ParseError`] that lists the known names. The bounds are checked where they are used.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match numbers(UNIFORM, text) {
            Some([low, high]) => Ok(Self::Uniform { low, high }),
            None => value_of("init", &NAMES, Some("uniform(low, high)"), text),
        }
    }
}
