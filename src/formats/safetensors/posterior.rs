//! Posteriors as safetensors files, beside those of their networks.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use ::safetensors::{Dtype, View};
use serde::{Deserialize, Serialize};

use super::file::File;
use super::json::{Place, Raw, malformed, object};
use super::tensors::dtype;
use super::{KEY, check_header, io_error, replace::replace};
use crate::activation::Activation;
use crate::error::{Error, FileError};
use crate::formats::bytes::put;
use crate::kernel::{Scalar, concrete};
use crate::second_order::{NUMBERS, Posterior, Stored, count_of_products, count_of_sizes};

/// The version of the format that is written, and read.
const FORMAT: u64 = 1;
const KIND: &str = "posterior";
const ROOT: Place<'_> = Place("ndarray_dnn");

/// The names of the tensors.
const PARAMETERS: &str = "parameters";
const PRODUCTS: &str = "products";
const VALUES: &str = "numbers";

impl<F: Scalar> Posterior<F> {
    /// Saves the posterior, for predictions with deviations in another process; [`Dnn::save`](crate::Dnn::save) saves its
    /// network. Only with the feature `safetensors`.
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
        let path = path.as_ref();
        let bytes = to_bytes(self)?;
        replace(path, &bytes).map_err(|error| io_error(path, error))
    }

    /// Loads a posterior that [`save`](Self::save) has written. Only with the feature `safetensors`.
    ///
    /// # Errors
    /// [`FileError::Io`], or within [`FileError::In`] the error of the contents: [`FileError::NotSafetensors`],
    /// [`FileError::OtherProgram`], [`FileError::Element`] for the other element type, [`FileError::Format`] for a later
    /// version, [`FileError::Malformed`] for a network and anything else; [`Error::TooLarge`].
    ///
    /// # Examples
    /// See [`save`](Self::save).
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| io_error(path, error))?;
        let within = |error| FileError::In { path: path.display().to_string(), source: Box::new(error) };
        of_bytes(&bytes).map_err(|error| within(error).into())
    }
}

#[derive(Serialize)]
struct Written<'a> {
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
struct Found<'a> {
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
}

impl<F: Scalar> View for List<'_, F> {
    fn dtype(&self) -> Dtype {
        match self {
            Self::Values(..) => dtype::<F>(),
            Self::Numbers(..) => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Values(_, shape) | Self::Numbers(_, shape) => shape,
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        match self {
            Self::Values(values, _) => values.iter().for_each(|&value| put(value, &mut bytes)),
            Self::Numbers(values, _) => values.iter().for_each(|&value| put(value, &mut bytes)),
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        match self {
            Self::Values(values, _) => size_of_val(*values),
            Self::Numbers(values, _) => size_of_val(*values),
        }
    }
}

concrete!(
    fn to_bytes<'a, F>(posterior: &'a Posterior<F>) -> Result<Vec<u8>, Error> {
        let stored = posterior.stored();
        let header = Written {
            activations: stored.activations.iter().map(Activation::to_string).collect(),
            element: F::NAME,
            format: FORMAT,
            kind: KIND,
            regularize_biases: stored.regularize_biases,
            rows: stored.rows,
            sizes: &stored.sizes,
        };
        let header = serde_json::to_string(&header).map_err(|error| malformed(KEY, error))?;
        let (parameters, products) = (&stored.parameters, &stored.products);
        let tensors = [
            (PARAMETERS, List::Values(parameters, [parameters.len()])),
            (PRODUCTS, List::Numbers(products, [products.len()])),
            (VALUES, List::Numbers(&stored.numbers, [NUMBERS])),
        ];
        let metadata = [(KEY.to_owned(), header)].into_iter().collect();
        let bytes = ::safetensors::serialize(tensors, Some(metadata));
        let bytes = bytes.map_err(|error| malformed("the header", error))?;
        check_header(&bytes)?;
        Ok(bytes)
    }
);

concrete!(
    fn of_bytes<'a, F>(bytes: &'a [u8]) -> Result<Posterior<F>, Error> {
        let file = File::of(bytes)?;
        let found: Found<'_> = object(ROOT.0, &file.text)?;
        if ROOT.name("kind", found.kind)? != KIND {
            return Err(ROOT.malformed("kind", format_args!("must be {KIND:?}")));
        }
        let format: u64 = ROOT.integer("format", found.format)?;
        if format != FORMAT {
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
        if file.count != 3 {
            return Err(malformed("the header", format!("there must be 3 tensors, found {}", file.count)));
        }
        let tensors = file.tensors()?;
        let parameters = tensors.vector::<F>(PARAMETERS)?.to_vec();
        let products = tensors.vector::<f64>(PRODUCTS)?.to_vec();
        let numbers = tensors.vector::<f64>(VALUES)?.to_vec();
        check_count(PARAMETERS, parameters.len(), count_of_sizes(&sizes))?;
        check_count(PRODUCTS, products.len(), count_of_products(parameters.len()))?;
        check_count(VALUES, numbers.len(), Some(NUMBERS))?;
        let is_finite = [
            (PARAMETERS, parameters.iter().all(|value| value.is_finite())),
            (PRODUCTS, products.iter().all(|value| value.is_finite())),
            // λ, n, the loss and the norm of the gradient.
            (VALUES, numbers.iter().take(4).all(|value| *value >= 0.0 && value.is_finite())),
        ];
        if let Some((name, _)) = is_finite.into_iter().find(|(_, is_finite)| !is_finite) {
            return Err(malformed(name, "it must be finite, found NaN, an infinity, or a negative number"));
        }
        let numbers = numbers.try_into().map_err(|_| malformed(VALUES, "there must be 9"))?;
        Posterior::from_stored(Stored {
            sizes,
            activations,
            regularize_biases,
            rows,
            parameters,
            products,
            numbers,
        })
    }
);

/// Checks the length of a tensor.
fn check_count(name: &str, found: usize, expected: Option<usize>) -> Result<(), Error> {
    if expected == Some(found) {
        return Ok(());
    }
    let expected = expected.map_or_else(|| "too large".to_owned(), |expected| expected.to_string());
    Err(malformed(name, format!("its length must be {expected}, found {found}")))
}
