//! Networks as safetensors files: parameters, settings and the state of training.

pub(crate) mod estimator;
mod file;
mod header;
mod json;
mod old;
mod posterior;
mod settings;
mod tensors;
mod written;

use std::iter::once;
use std::path::Path;
use std::{fs, io};

use ndarray::Array2;

use self::estimator::{Extra, Kind};
use self::file::{File, MOST_OF_A_HEADER, Tensors};
use self::header::{FORMAT, Header};
use self::json::malformed;
use self::tensors::Tensor;
use crate::dnn::{Dnn, DnnBuilder};
use crate::error::{Error, FileError};
use crate::formats::replace::{Refused, replace};
use crate::kernel::{Known, Scalar, concrete};
use crate::model::{Layer, Memory, Optimizer, Parameters, Slot, State, Velocity};

/// Metadata key for everything except tensors.
const KEY: &str = "ndarray_dnn";

/// The groups of tensors.
const LAYERS: &str = "layers";

/// The group of what an optimizer remembers.
fn group_of(slot: &Slot) -> String {
    format!("training.{}", slot.name)
}

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

/// Writes the file of [`Dnn::save`].
pub(crate) fn save<F: Scalar>(net: &Dnn<F>, path: &Path) -> Result<(), Error> {
    write_file(path, &to_safetensors(net, None)?)
}

/// Reads the file of [`Dnn::load`].
pub(crate) fn load<F: Scalar>(path: &Path) -> Result<Dnn<F>, Error> {
    read_file(path, network_of)
}

/// The network whose bytes are those of [`Dnn::to_safetensors`].
pub(crate) fn network_of<F: Scalar>(bytes: &[u8]) -> Result<Dnn<F>, Error> {
    from_safetensors(bytes, Kind::Network).map(|(net, _)| net)
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
            format: FORMAT,
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
        let of_layers = (LAYERS.to_owned(), network.parameters().collect::<Vec<_>>());
        let of_slot = |memory: &'a Memory<F>| (group_of(&memory.slot), memory.layers.iter().collect());
        let groups = Vec::from_iter(once(of_layers).chain(velocity.memory.iter().map(of_slot)));
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
            format,
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
        let slots = slots_of_file(format, config.optimizer());
        let lists = estimator.as_ref().map_or(0, |estimator| estimator.names().count());
        let expected = 2 * (1 + slots.len()) * activations.len() + lists;
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
        let mut velocity = Velocity::zeros(net.network(), slots)?;
        velocity.updates = updates;
        for Memory { slot, layers } in &mut velocity.memory {
            for (l, parameters) in layers.iter_mut().enumerate() {
                fill(parameters, &file, slot, l)?;
            }
        }
        let slots = net.config.optimizer().slots();
        velocity.memory.retain(|memory| slots.contains(&memory.slot));
        net.state.velocity = velocity;
        net.state.iterations = iterations;
        net.state.updates = all_updates;
        net.state.effective_eta = effective_eta;
        (net.state.position, net.state.plateau) = (position, plateau);
        net.state.permutations = permutations;
        let extra = estimator.map(|estimator| Extra::of_file(estimator, &file, net.network().shape()));
        Ok((net, extra.transpose()?))
    }
);

/// What a file has of an optimizer's memory. Up to format 2, it has a velocity of 0 for an optimizer without one.
fn slots_of_file(format: u64, optimizer: Optimizer) -> Vec<Slot> {
    let mut slots = optimizer.slots();
    if format <= 2 && !slots.iter().any(Slot::is_velocity) {
        slots.insert(0, Slot::VELOCITY);
    }
    slots
}

/// The names of a layer's tensors in a group.
fn names(group: &str, l: usize) -> [String; 2] {
    [format!("{group}.{l}.weight"), format!("{group}.{l}.bias")]
}

/// Reads the values of a slot for one layer.
fn fill<F: Scalar>(
    parameters: &mut Parameters<F>,
    file: &Tensors<'_>,
    slot: &Slot,
    l: usize,
) -> Result<(), Error> {
    let [weight, bias] = names(&group_of(slot), l);
    let (weights, biases) = (file.matrix::<F>(&weight)?, file.vector::<F>(&bias)?);
    let expected = (parameters.fan_out(), parameters.fan_in());
    if weights.dim() != expected {
        return Err(malformed(weight, format!("its shape must be {expected:?}, found {:?}", weights.dim())));
    }
    if biases.len() != parameters.fan_out() {
        let (expected, found) = (parameters.fan_out(), biases.len());
        return Err(malformed(bias, format!("its length must be {expected}, found {found}")));
    }
    check_values(slot, weight, weights.iter().copied())?;
    check_values(slot, bias, biases.iter().copied())?;
    *parameters = Parameters::from_arrays(weights, biases);
    Ok(())
}

/// Checks that every value is finite, and a square at least 0.
fn check_values<F: Scalar>(slot: &Slot, name: String, values: impl Iterator<Item = F>) -> Result<(), Error> {
    for value in values {
        if !value.is_finite() {
            return Err(malformed(name, "it must be finite, found NaN or infinity"));
        }
        if slot.is_square && value < F::zero() {
            return Err(malformed(name, format!("it must be at least 0, found {:?}", value.as_f64())));
        }
    }
    Ok(())
}

fn io_error(path: &Path, error: io::Error) -> Error {
    FileError::io(path.display().to_string(), error).into()
}
