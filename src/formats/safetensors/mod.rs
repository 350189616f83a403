//! Networks as safetensors files: parameters, settings and the state of training.

pub(crate) mod estimator;
mod file;
mod header;
mod json;
mod posterior;
mod replace;
mod tensors;
mod written;

use std::path::Path;
use std::{fs, io};

use ndarray::Array2;

use self::estimator::{Extra, Kind};
use self::file::{File, MOST_OF_A_HEADER, Tensors};
use self::header::Header;
use self::json::malformed;
use self::replace::replace;
use self::tensors::Tensor;
use crate::dnn::{Dnn, DnnBuilder};
use crate::error::{Error, FileError};
use crate::kernel::{Scalar, concrete};
use crate::model::{Layer, Parameters, State};

/// Metadata key for everything except tensors.
const KEY: &str = "ndarray_dnn";

/// The groups of tensors.
const LAYERS: &str = "layers";
const VELOCITY: &str = "training.velocity";
const SQUARES: &str = "training.squares";

impl<F: Scalar> Dnn<F> {
    /// Saves the network and the state of its training: parameters, velocity, settings, iterations and the generator.
    /// Only with the feature `safetensors`.
    ///
    /// There is a whole file at `path` at every moment, the old one or the new one, even if the process or the machine
    /// stops: `save` writes a temporary file, `.ndarray-dnn-….tmp`, in the same folder, flushes it to the disk and
    /// renames it. Any number of threads, processes and machines may save and load the same file at the same time; it
    /// then holds the network of one of them. A killed process may leave its temporary file, which the next save of the
    /// same path removes.
    ///
    /// Links are followed. A file keeps its permissions, and its owner where the system permits that; other hard links
    /// and attributes stay with the old file. `save` refuses pipes, devices and open files such as `/dev/stdout`, and
    /// it cannot replace a file in a folder without write permission or a file that is mounted by itself, as in a
    /// container. Write the bytes of [`to_safetensors`](Self::to_safetensors) yourself there:
    /// `std::fs::write(path, net.to_safetensors()?)`, which is not safe against crashes.
    ///
    /// The tensors are row-major and named as PyTorch names those of `nn.Linear` in a `ModuleList` called `layers`:
    /// `layers.0.weight` (fan_out, fan_in), `layers.0.bias` (fan_out), `layers.1.weight`, … The velocity, and the
    /// mean squares of Adam and its kin, have the same names after `training.velocity.` and `training.squares.`; everything else is JSON in
    /// the metadata. In Python,
    ///
    /// ```text
    /// state = {k: v for k, v in safetensors.torch.load_file(path).items() if k.startswith("layers.")}
    /// ```
    ///
    /// is a state dict that loads strictly into such a module.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for parameters, a velocity or mean squares that are not finite; [`FileError::Io`], with the
    /// folder or the reason; [`FileError::TooManyBytes`] for a header of more than 10 MB, at about 10,000 layers.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let path = std::env::temp_dir().join("ndarray-dnn-example.safetensors");
    /// net.save(&path)?;
    /// let loaded: Dnn = Dnn::load(&path)?;
    /// assert_eq!(loaded, net);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        write_file(path.as_ref(), &self.to_safetensors()?)
    }

    /// Loads a network with its state of training, as if it had never been saved. Only with the feature `safetensors`.
    ///
    /// The memory that a file takes is limited by its size: at most about three times the file, whatever is in it.
    ///
    /// # Errors
    /// [`FileError::Io`], or the errors of [`from_safetensors`](Self::from_safetensors) within [`FileError::In`]. Both
    /// name the path.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let path = std::env::temp_dir().join("ndarray-dnn-load.safetensors");
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// # Dnn::<f64>::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(2).build()?.save(&path)?;
    /// let mut net: Dnn = Dnn::load(&path)?;
    /// net.training(&x, &y).resume().run()?;
    ///
    /// let error = Dnn::<f32>::load(&path).unwrap_err();
    /// let text = format!("{}: the file's element type must be f32, found f64: load it as that, and cast it", path.display());
    /// assert_eq!(error.to_string(), text);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        read_file(path.as_ref(), Self::from_safetensors)
    }

    /// The bytes that [`save`](Self::save) writes.
    ///
    /// # Errors
    /// Those of [`save`](Self::save) except [`FileError::Io`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{Activation::Identity, Dnn};
    /// # let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let bytes = net.to_safetensors()?;
    /// assert_eq!(Dnn::from_safetensors(&bytes)?, net);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn to_safetensors(&self) -> Result<Vec<u8>, Error> {
        to_safetensors(self, None)
    }

    /// The network in the bytes of a file, such as one that is part of the program by `include_bytes!`.
    ///
    /// # Errors
    /// Within [`Error::File`]: [`FileError::NotSafetensors`] for a text, a picture and the like;
    /// [`FileError::OtherProgram`] for a safetensors file of PyTorch, say; [`FileError::Element`] for the other element
    /// type, which loads as that and can be [`cast`](Self::cast); [`FileError::Format`] for a file of a later version
    /// of this crate; [`FileError::Kind`] for the file of an estimator; [`FileError::Malformed`] for anything else that [`save`](Self::save) does not write. The errors
    /// of [`build_from`](DnnBuilder::build_from) for settings outside their range and layers that do not chain.
    ///
    /// # Examples
    /// See [`to_safetensors`](Self::to_safetensors).
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, Error> {
        from_safetensors(bytes, Kind::Network).map(|(net, _)| net)
    }
}

/// Replaces the file in one step.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes).map_err(|error| io_error(path, error))
}

/// What a file holds; an error in its contents names the path.
pub(crate) fn read_file<T>(path: &Path, read: impl FnOnce(&[u8]) -> Result<T, Error>) -> Result<T, Error> {
    let bytes = fs::read(path).map_err(|error| io_error(path, error))?;
    let path = || path.display().to_string();
    read(&bytes).map_err(|error| FileError::In { path: path(), source: Box::new(error) }.into())
}

/// Checks that the header of a file is short enough to be read again.
fn check_header(bytes: &[u8]) -> Result<(), Error> {
    let length = bytes.first_chunk().map_or(0, |length| u64::from_le_bytes(*length));
    let limit = MOST_OF_A_HEADER as u64;
    if length <= limit {
        Ok(())
    } else {
        Err(FileError::TooManyBytes { what: "the header of the file", limit, found: length }.into())
    }
}

concrete! {
    /// The bytes of a network, and of what an estimator has beside it.
    pub(crate) fn to_safetensors<'a, F>(net: &'a Dnn<F>, extra: Option<&'a Extra>) -> Result<Vec<u8>, Error>
        = bytes_of;
}

fn bytes_of<F: Scalar>(net: &Dnn<F>, extra: Option<&Extra>) -> Result<Vec<u8>, Error> {
    net.state.check_finite()?;
    let State { layers, velocity, iterations, updates, effective_eta, position, plateau, permutations } =
        &net.state;
    let header = Header {
        element: F::NAME.to_owned(),
        activations: layers.iter().map(Layer::activation).collect(),
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
        (LAYERS, layers.iter().map(|layer| &layer.parameters).collect()),
        (VELOCITY, velocity.layers.iter().collect()),
        (SQUARES, velocity.squares.iter().collect()),
    ];
    let mut tensors = Vec::new();
    for (group, parameters) in &groups {
        for (l, parameters) in parameters.iter().enumerate() {
            let [weight, bias] = names(group, l);
            tensors.push((weight, Tensor::Weight(parameters, [parameters.fan_out(), parameters.fan_in()])));
            tensors.push((bias, Tensor::Bias(parameters, [parameters.fan_out()])));
        }
    }
    let lists = extra.map(Extra::lists).unwrap_or_default();
    tensors.extend(lists.iter().map(|(name, list)| ((*name).to_owned(), Tensor::Exact(list, [list.len()]))));
    let metadata = [(KEY.to_owned(), header.to_json()?)].into_iter().collect();
    let bytes = ::safetensors::serialize(tensors, Some(metadata));
    let bytes = bytes.map_err(|error| malformed("the header", error))?;
    check_header(&bytes)?;
    Ok(bytes)
}

concrete! {
    /// The network in a file of this kind, and what an estimator has beside it.
    pub(crate) fn from_safetensors<'a, F>(bytes: &'a [u8], kind: Kind) -> Result<(Dnn<F>, Option<Extra>), Error>
        = net_of;
}

fn net_of<F: Scalar>(bytes: &[u8], kind: Kind) -> Result<(Dnn<F>, Option<Extra>), Error> {
    let mut file = File::of(bytes)?;
    // A layer has four tensors or more, and an output four numbers of four bytes or more.
    let header = Header::from_json(&std::mem::take(&mut file.text), kind, file.count / 4, bytes.len() / 16)?;
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
