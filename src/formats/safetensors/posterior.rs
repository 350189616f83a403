//! Posteriors as safetensors files, beside those of their networks.

use std::borrow::Cow;
use std::path::Path;

use ::safetensors::{Dtype, View};
use serde::{Deserialize, Serialize};

use super::file::{File, Tensors};
use super::json::{Raw, Section, malformed, object};
use super::tensors::dtype;
use super::{KEY, check_header, read_file, write_file};
use crate::activation::{Activation, Link};
use crate::error::{Error, FileError};
use crate::formats::bytes::put;
use crate::kernel::{Scalar, concrete};
use crate::model::{Layer, Network, Parameters};
use crate::second_order::{Numbers, Posterior, Stored, count_of_products};

/// The version of the format that is written. Those from 1 on are read.
const FORMAT: u64 = 2;
const KIND: &str = "posterior";
const ROOT: Section<'_> = Section("ndarray_dnn");

/// The names of the tensors. The other ones have one element each, and those that a posterior may lack are not in the
/// file.
const PARAMETERS: &str = "parameters";
const PRODUCTS: &str = "products";
const REGULARIZATION: &str = "regularization";
const OBSERVATIONS: &str = "observations";
const LOSS: &str = "loss";
const GRADIENT_NORM: &str = "gradient_norm";
const EFFECTIVE_PARAMETERS: &str = "effective_parameters";
const NOISE_VARIANCE: &str = "noise_variance";
const LEAVE_ONE_OUT_LOSS: &str = "leave_one_out_loss";
const SMALLEST_CURVATURE: &str = "smallest_curvature";
/// In format 1, the tensor of all numbers: λ, n, the loss, the norm of the gradient; and, NaN if there is none, γ, its
/// part of the penalty, the noise, the leave-one-out loss, the smallest curvature.
const NUMBERS: &str = "numbers";

impl<F: Scalar> Posterior<F> {
    /// Saves the posterior, for predictions with deviations in another process; [`Dnn::save`](crate::Dnn::save) saves
    /// its network. Only with the feature `safetensors`.
    ///
    /// The file takes about 4 · p² bytes for p parameters. It is replaced as a whole or not at all, as by `Dnn::save`.
    ///
    /// # Errors
    /// [`FileError::Io`], with the folder or the reason.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, array};
    /// use ndarray_dnn::{Activation::Identity, Dnn, Posterior};
    ///
    /// let x = Array2::from_shape_fn((20, 1), |(i, _)| i as f64);
    /// let y = x.mapv(|x: f64| x + x.sin());
    /// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// let (_, posterior) = net.levenberg_marquardt(&x, &y).run()?;
    /// let folder = std::env::temp_dir();
    /// let (of_net, path) = (folder.join("lm-net.safetensors"), folder.join("lm-posterior.safetensors"));
    /// net.save(&of_net)?;
    /// posterior.save(&path)?;
    ///
    /// // In another process:
    /// let (net, loaded) = (Dnn::load(&of_net)?, Posterior::load(&path)?);
    /// assert_eq!(loaded, posterior);
    /// let (mean, deviation) = loaded.predict(&net, &array![[21.0]])?;
    /// # let _ = (mean, deviation);
    /// # for path in [of_net, path] { std::fs::remove_file(path).unwrap(); }
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write_file(path.as_ref(), &to_bytes(self)?)
    }

    /// Loads a posterior that [`save`](Self::save) has written. Only with the feature `safetensors`.
    ///
    /// # Errors
    /// [`FileError::Io`], or within [`FileError::In`] the error of the contents: [`FileError::NotSafetensors`],
    /// [`FileError::OtherProgram`], [`FileError::Element`] for the other element type, [`FileError::Format`] for a
    /// later version, [`FileError::Malformed`] for a network and anything else; [`Error::TooLarge`].
    ///
    /// # Examples
    /// See [`save`](Self::save).
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        read_file(path.as_ref(), of_bytes)
    }
}

#[derive(Serialize)]
struct WrittenPosterior<'a> {
    activations: Vec<String>,
    element: &'a str,
    format: u64,
    kind: &'a str,
    regularize_biases: bool,
    rows: usize,
    sizes: &'a [usize],
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundPosterior<'a> {
    activations: Raw<'a>,
    element: Raw<'a>,
    format: Raw<'a>,
    kind: Raw<'a>,
    regularize_biases: Raw<'a>,
    rows: Raw<'a>,
    sizes: Raw<'a>,
}

/// A tensor of one dimension.
enum List<'a, F> {
    Values(&'a [F], [usize; 1]),
    Numbers(&'a [f64], [usize; 1]),
    Number(f64),
}

impl<F: Scalar> View for List<'_, F> {
    fn dtype(&self) -> Dtype {
        match self {
            Self::Values(..) => dtype::<F>(),
            Self::Numbers(..) | Self::Number(_) => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Values(_, shape) | Self::Numbers(_, shape) => shape,
            Self::Number(_) => &[1],
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        match self {
            Self::Values(values, _) => values.iter().for_each(|&value| put(value, &mut bytes)),
            Self::Numbers(values, _) => values.iter().for_each(|&value| put(value, &mut bytes)),
            Self::Number(value) => put(*value, &mut bytes),
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        match self {
            Self::Values(values, _) => size_of_val(*values),
            Self::Numbers(values, _) => size_of_val(*values),
            Self::Number(value) => size_of_val(value),
        }
    }
}

concrete!(
    fn to_bytes<'a, F>(posterior: &'a Posterior<F>) -> Result<Vec<u8>, Error> {
        let stored = posterior.stored();
        let (network, sizes) = (&stored.network, Vec::from_iter(stored.network.sizes()));
        let header = WrittenPosterior {
            activations: network.layers().iter().map(|layer| layer.activation().to_string()).collect(),
            element: F::NAME,
            format: FORMAT,
            kind: KIND,
            regularize_biases: stored.regularize_biases,
            rows: stored.rows,
            sizes: &sizes,
        };
        let header = serde_json::to_string(&header).map_err(|error| malformed(KEY, error))?;
        let parameters = Vec::from_iter(network.parameters().flat_map(Parameters::slices).flatten().copied());
        let products = &stored.products;
        let mut tensors = vec![
            (PARAMETERS, List::Values(&parameters, [parameters.len()])),
            (PRODUCTS, List::Numbers(products, [products.len()])),
        ];
        let numbers = of_names(stored.numbers).into_iter();
        tensors.extend(numbers.filter_map(|(name, value)| Some((name, List::Number(value?)))));
        let metadata = [(KEY.to_owned(), header)].into_iter().collect();
        let bytes = ::safetensors::serialize(tensors, Some(metadata));
        let bytes = bytes.map_err(|error| malformed("the header", error))?;
        check_header(&bytes)?;
        Ok(bytes)
    }
);

/// The numbers with the names of their tensors.
fn of_names(numbers: Numbers) -> [(&'static str, Option<f64>); 8] {
    [
        (REGULARIZATION, Some(numbers.regularization)),
        (OBSERVATIONS, Some(numbers.observations)),
        (LOSS, Some(numbers.loss)),
        (GRADIENT_NORM, Some(numbers.gradient_norm)),
        (EFFECTIVE_PARAMETERS, numbers.effective_parameters),
        (NOISE_VARIANCE, numbers.noise_variance),
        (LEAVE_ONE_OUT_LOSS, numbers.leave_one_out_loss),
        (SMALLEST_CURVATURE, numbers.smallest_curvature),
    ]
}

concrete!(
    fn of_bytes<'a, F>(bytes: &'a [u8]) -> Result<Posterior<F>, Error> {
        let file = File::of(bytes)?;
        let found: FoundPosterior<'_> = object(ROOT.0, &file.text)?;
        if ROOT.name("kind", found.kind)? != KIND {
            return Err(ROOT.malformed("kind", format_args!("must be {KIND:?}")));
        }
        let format: u64 = ROOT.integer("format", found.format)?;
        if !(1..=FORMAT).contains(&format) {
            return Err(FileError::Format { expected: FORMAT, found: format }.into());
        }
        match &ROOT.name("element", found.element)?[..] {
            element if element == F::NAME => {}
            element @ (f32::NAME | f64::NAME) => {
                return Err(FileError::Element { expected: F::NAME, found: element.to_owned() }.into());
            }
            other => {
                return Err(ROOT.malformed("element", format_args!("must be f32 or f64, found {other:?}")));
            }
        }
        // A layer has two parameters or more.
        let most = bytes.len() / (2 * size_of::<F>());
        let sizes = ROOT.list("sizes", found.sizes, most.saturating_add(1))?.into_iter();
        let sizes = sizes.map(|raw| ROOT.integer::<usize>("sizes", raw)).collect::<Result<Vec<_>, _>>()?;
        let activations = ROOT.list("activations", found.activations, most)?.into_iter();
        let activation = |raw| {
            let name = ROOT.name("activations", raw)?;
            name.parse::<Activation>().map_err(|error| ROOT.malformed("activations", error))
        };
        let activations = activations.map(activation).collect::<Result<Vec<_>, _>>()?;
        if activations.is_empty() || sizes.len() != activations.len() + 1 || sizes.contains(&0) {
            let reason = "must be numbers of at least 1, one for the inputs and one for each activation";
            return Err(ROOT.malformed("sizes", reason));
        }
        let rows: usize = ROOT.integer("rows", found.rows)?;
        if rows == 0 {
            return Err(ROOT.malformed("rows", "must be at least 1, found 0"));
        }
        let regularize_biases = ROOT.flag("regularize_biases", found.regularize_biases)?;
        let tensors = file.tensors()?;
        let (count, numbers) = match format {
            1 => (3, numbers_of_format_1(&tensors)?),
            _ => numbers_of(&tensors)?,
        };
        if file.count != count {
            return Err(malformed(
                "the header",
                format!("there must be {count} tensors, found {}", file.count),
            ));
        }
        let parameters = tensors.vector::<F>(PARAMETERS)?;
        let products = tensors.vector::<f64>(PRODUCTS)?.to_vec();
        check_count(PARAMETERS, parameters.len(), count_of_sizes(&sizes))?;
        check_count(PRODUCTS, products.len(), count_of_products(parameters.len()))?;
        check_finite(PARAMETERS, parameters.iter().all(|value| value.is_finite()))?;
        check_finite(PRODUCTS, products.iter().all(|value| value.is_finite()))?;
        let network = network_of(&sizes, &activations, parameters.iter().copied())?;
        Posterior::from_stored(Stored { network, regularize_biases, rows, products, numbers })
    }
);

/// The network of these sizes and activations, with parameters in the order of a file.
fn network_of<F: Scalar>(
    sizes: &[usize],
    activations: &[Activation],
    mut values: impl Iterator<Item = F>,
) -> Result<Network<F>, Error> {
    let shapes = sizes.iter().zip(sizes.iter().skip(1));
    let layers = shapes.zip(activations).map(|((&fan_in, &fan_out), &activation)| {
        let mut parameters = Parameters::zeros(PARAMETERS, fan_out, fan_in)?;
        for slice in parameters.slices_mut() {
            slice.iter_mut().zip(values.by_ref()).for_each(|(to, value)| *to = value);
        }
        Ok(Layer::from_parts(parameters, activation))
    });
    Network::new(layers.collect::<Result<_, Error>>()?, Link::Identity)
}

/// The number of parameters of a network of these sizes; `None` if they are too many to be counted.
fn count_of_sizes(sizes: &[usize]) -> Option<usize> {
    let of_layers = sizes.iter().zip(sizes.iter().skip(1));
    of_layers
        .map(|(fan_in, fan_out)| fan_in.checked_add(1)?.checked_mul(*fan_out))
        .try_fold(0_usize, |sum, n| sum.checked_add(n?))
}

/// The number of tensors that there must be, and the numbers.
fn numbers_of(tensors: &Tensors<'_>) -> Result<(usize, Numbers), Error> {
    let number = |name| {
        let values = tensors.vector::<f64>(name)?;
        check_count(name, values.len(), Some(1))?;
        Ok::<_, Error>(values.sum())
    };
    let required = |name| {
        let value = number(name)?;
        check_finite(name, value >= 0.0 && value.is_finite())?;
        Ok::<_, Error>(value)
    };
    let optional = |name| tensors.has(name).then(|| number(name)).transpose();
    let numbers = Numbers {
        regularization: required(REGULARIZATION)?,
        observations: required(OBSERVATIONS)?,
        loss: required(LOSS)?,
        gradient_norm: required(GRADIENT_NORM)?,
        effective_parameters: optional(EFFECTIVE_PARAMETERS)?,
        noise_variance: optional(NOISE_VARIANCE)?,
        leave_one_out_loss: optional(LEAVE_ONE_OUT_LOSS)?,
        smallest_curvature: optional(SMALLEST_CURVATURE)?,
    };
    let of_numbers = of_names(numbers).iter().filter(|(_, value)| value.is_some()).count();
    Ok((2 + of_numbers, numbers))
}

fn numbers_of_format_1(tensors: &Tensors<'_>) -> Result<Numbers, Error> {
    let numbers = tensors.vector::<f64>(NUMBERS)?;
    let Some(&[regularization, observations, loss, gradient_norm, gamma, _, noise, left_out, curvature]) =
        numbers.as_slice()
    else {
        return check_count(NUMBERS, numbers.len(), Some(9))
            .and(Err(malformed(NUMBERS, "it must be a list")));
    };
    let required = [regularization, observations, loss, gradient_norm];
    check_finite(NUMBERS, required.iter().all(|value| *value >= 0.0 && value.is_finite()))?;
    let or_none = |value: f64| Some(value).filter(|value| !value.is_nan());
    Ok(Numbers {
        regularization,
        observations,
        loss,
        gradient_norm,
        effective_parameters: or_none(gamma),
        noise_variance: or_none(noise),
        leave_one_out_loss: or_none(left_out),
        smallest_curvature: or_none(curvature),
    })
}

/// An error unless the values of a tensor are in their range.
fn check_finite(name: &str, is_finite: bool) -> Result<(), Error> {
    if is_finite {
        return Ok(());
    }
    Err(malformed(name, "it must be finite, found NaN, an infinity, or a negative number"))
}

/// Checks the length of a tensor.
fn check_count(name: &str, found: usize, expected: Option<usize>) -> Result<(), Error> {
    if expected == Some(found) {
        return Ok(());
    }
    let expected = expected.map_or_else(|| "too large".to_owned(), |expected| expected.to_string());
    Err(malformed(name, format!("its length must be {expected}, found {found}")))
}
