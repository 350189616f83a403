//! Networks as safetensors files: parameters, settings and the state of training.

pub(crate) mod estimator;
mod file;
mod header;
mod json;
mod posterior;
mod tensors;
mod written;

use std::path::Path;
use std::{fs, io};

use ndarray::Array2;

use self::estimator::{Extra, Kind};
use self::file::{File, MOST_OF_A_HEADER, Tensors};
use self::header::Header;
use self::json::malformed;
use self::tensors::Tensor;
use crate::dnn::{Dnn, DnnBuilder};
use crate::error::{Error, FileError};
use crate::formats::replace::{Refused, replace};
use crate::kernel::{Known, Scalar, concrete};
use crate::model::{Layer, Parameters, State};

/// Metadata key for everything except tensors.
const KEY: &str = "ndarray_dnn";

/// The groups of tensors.
const LAYERS: &str = "layers";
const VELOCITY: &str = "training.velocity";
const SQUARES: &str = "training.squares";

/// Replaces the file in one step.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes).map_err(|error| match error.downcast::<Refused>() {
        Ok(refused) => {
            let advice = format!("{refused}: write the bytes of to_safetensors into it");
            io_error(path, io::Error::new(io::ErrorKind::InvalidInput, advice))
        }
        Err(error) => io_error(path, error),
    })
}

/// What a file holds; an error in its contents names the path.
pub(crate) fn read_file<T>(path: &Path, read: impl FnOnce(&[u8]) -> Result<T, Error>) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(|error| io_error(path, error))?;
    let path = || path.display().to_string();
    read(&bytes).map_err(|error| FileError::In { path: path(), source: Box::new(error) }.into())
}

/// Checks that the header of a file is short enough to be read again.
fn check_header(bytes: &[u8]) -> Result<(), Error> {
    let length = u64::from_le_bytes(bytes.first_chunk().copied().known());
    let limit = MOST_OF_A_HEADER as u64;
    if length <= limit {
        Ok(())
    } else {
        Err(FileError::TooManyBytes { what: "the header of the file", limit, found: length }.into())
    }
}

concrete!(
    /// The bytes of a network, and of what an estimator has beside it.
    pub(crate) fn to_safetensors<'a, F>(net: &'a Dnn<F>, extra: Option<&'a Extra>) -> Result<Vec<u8>, Error> {
        net.state.check_finite()?;
        let State { network, velocity, iterations, updates, effective_eta, position, plateau, permutations } =
            &net.state;
        let header = Header {
            element: F::NAME.to_owned(),
            activations: network.layers().iter().map(Layer::activation).collect(),
            config: net.config.clone(),
            iterations: *iterations,
            effective_eta: *effective_eta,
            updates: velocity.updates,
            all_updates: *updates,
            position: *position,
            plateau: *plateau,
            permutations: permutations.clone(),
            estimator: extra.map(Extra::summary).transpose()?,
        };
        let groups: [(&str, Vec<&Parameters<F>>); 3] = [
            (LAYERS, network.parameters().collect()),
            (VELOCITY, velocity.layers.iter().collect()),
            (SQUARES, velocity.squares.iter().collect()),
        ];
        let mut tensors = Vec::new();
        for (group, parameters) in &groups {
            for (l, parameters) in parameters.iter().enumerate() {
                let [weight, bias] = names(group, l);
                tensors
                    .push((weight, Tensor::Weight(parameters, [parameters.fan_out(), parameters.fan_in()])));
                tensors.push((bias, Tensor::Bias(parameters, [parameters.fan_out()])));
            }
        }
        let lists = extra.map(Extra::lists).unwrap_or_default();
        tensors
            .extend(lists.iter().map(|(name, list)| ((*name).to_owned(), Tensor::Exact(list, [list.len()]))));
        let metadata = [(KEY.to_owned(), header.to_json()?)].into_iter().collect();
        let bytes = ::safetensors::serialize(tensors, Some(metadata));
        let bytes = bytes.map_err(|error| malformed("the header", error))?;
        check_header(&bytes)?;
        Ok(bytes)
    }
);

concrete!(
    /// The network in a file of this kind, and what an estimator has beside it.
    pub(crate) fn from_safetensors<'a, F>(
        bytes: &'a [u8],
        kind: Kind,
    ) -> Result<(Dnn<F>, Option<Extra>), Error> {
        let mut file = File::of(bytes)?;
        // A layer has four tensors or more, and an output four numbers of four bytes or more.
        let header =
            Header::from_json(&std::mem::take(&mut file.text), kind, file.count / 4, bytes.len() / 16)?;
        match &header.element[..] {
            element if element == F::NAME => {}
            f32::NAME | f64::NAME => {
                return Err(FileError::Element { expected: F::NAME, found: header.element }.into());
            }
            other => {
                return Err(malformed("ndarray_dnn.element", format!("must be f32 or f64, found {other:?}")));
            }
        }
        let Header {
            activations,
            config,
            iterations,
            effective_eta,
            updates,
            all_updates,
            position,
            plateau,
            permutations,
            estimator,
            ..
        } = header;
        let groups = if config.optimizer().is_adaptive() { 3 } else { 2 };
        let lists = estimator.as_ref().map_or(0, |estimator| estimator.names().count());
        let expected = 2 * groups * activations.len() + lists;
        if file.count != expected {
            let reason = format!("there must be {expected} tensors, found {}", file.count);
            return Err(malformed("the header", reason));
        }
        let file = file.tensors()?;
        let mut layers = Vec::new();
        for (l, activation) in activations.iter().enumerate() {
            let [weight, bias] = names(LAYERS, l);
            let weights: Array2<F> = file.matrix(&weight)?;
            let layer = Layer::new(weights, file.vector(&bias)?, *activation);
            layers.push(layer.map_err(|error| malformed(format!("{LAYERS}.{l}"), error))?);
        }
        let mut net = DnnBuilder::of(config).build_from(layers)?;
        let velocity = &mut net.state.velocity;
        velocity.updates = updates;
        for (group, parameters) in [(VELOCITY, &mut velocity.layers), (SQUARES, &mut velocity.squares)] {
            for (l, parameters) in parameters.iter_mut().enumerate() {
                fill(parameters, &file, group, l)?;
            }
        }
        net.state.iterations = iterations;
        net.state.updates = all_updates;
        net.state.effective_eta = effective_eta;
        (net.state.position, net.state.plateau) = (position, plateau);
        net.state.permutations = permutations;
        let extra = estimator.map(|estimator| Extra::of_file(estimator, &file, net.shape()));
        Ok((net, extra.transpose()?))
    }
);

/// The names of a layer's tensors in a group.
fn names(group: &str, l: usize) -> [String; 2] {
    [format!("{group}.{l}.weight"), format!("{group}.{l}.bias")]
}

/// Reads the values of a group for one layer.
fn fill<F: Scalar>(
    parameters: &mut Parameters<F>,
    file: &Tensors<'_>,
    group: &str,
    l: usize,
) -> Result<(), Error> {
    let [weight, bias] = names(group, l);
    let (weights, biases) = (file.matrix::<F>(&weight)?, file.vector::<F>(&bias)?);
    let expected = (parameters.fan_out(), parameters.fan_in());
    if weights.dim() != expected {
        return Err(malformed(weight, format!("its shape must be {expected:?}, found {:?}", weights.dim())));
    }
    if biases.len() != parameters.fan_out() {
        let (expected, found) = (parameters.fan_out(), biases.len());
        return Err(malformed(bias, format!("its length must be {expected}, found {found}")));
    }
    check_values(group, weight, weights.iter().copied())?;
    check_values(group, bias, biases.iter().copied())?;
    *parameters = Parameters::from_arrays(weights, biases);
    Ok(())
}

/// Checks that every value is finite, and a mean square at least 0.
fn check_values<F: Scalar>(group: &str, name: String, values: impl Iterator<Item = F>) -> Result<(), Error> {
    for value in values {
        if !value.is_finite() {
            return Err(malformed(name, "it must be finite, found NaN or infinity"));
        }
        if group == SQUARES && value < F::zero() {
            return Err(malformed(name, format!("it must be at least 0, found {:?}", value.as_f64())));
        }
    }
    Ok(())
}

fn io_error(path: &Path, error: io::Error) -> Error {
    FileError::io(path.display().to_string(), error).into()
}
