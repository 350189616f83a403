//! Networks as safetensors files: parameters, settings and everything that training goes on with.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array1, Array2};
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors, View};

use crate::header::Header;
use crate::layer::Affine;
use crate::state::State;
use crate::validate::check_finite;
use crate::{Dnn, DnnBuilder, Error, Layer, Scalar};

/// The key of the metadata that holds what is no tensor.
const KEY: &str = "ndarray_dnn";

/// The bytes before the header, which say how long it is.
const LENGTH: usize = 8;

impl<F: Scalar> Dnn<F> {
    /// Saves the network with all that training goes on with: parameters, velocity, settings, iterations and the
    /// generator. Only with the feature `safetensors`.
    ///
    /// The file is written beside `path` under another name, flushed to the disk, and renamed: whatever happens,
    /// there is a whole file at `path`, the old one or the new one.
    ///
    /// The tensors are row-major and named as PyTorch names those of `nn.Linear` in a `ModuleList` called `layers`:
    /// `layers.0.weight` (fan_out, fan_in), `layers.0.bias` (fan_out), `layers.1.weight`, … Beside them, under
    /// `training.`, are the velocity, and Adam's mean squares; everything else is JSON in the metadata. In Python,
    ///
    /// ```text
    /// state = {k: v for k, v in safetensors.torch.load_file(path).items() if k.startswith("layers.")}
    /// ```
    ///
    /// is a state dict that loads strictly into such a module.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for parameters or a velocity that are not finite; [`Error::Io`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let path = std::env::temp_dir().join("ndarray-dnn-example.safetensors");
    /// net.save(&path)?;
    /// assert_eq!(Dnn::load(&path)?, net);
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let bytes = self.to_safetensors()?;
        replace(path, &bytes).map_err(|error| io_error(path, error))
    }

    /// Loads a network that was saved with this element type, to go on as if it had never been away. Only with the
    /// feature `safetensors`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Element`] for a file of the other element type, which loads as that and can be
    /// [`cast`](Self::cast); [`Error::Format`] for one of a later version of this crate; [`Error::Malformed`] for
    /// anything else that is not as [`save`](Self::save) writes it, and the errors of
    /// [`build_from`](DnnBuilder::build_from) for layers and settings that cannot be.
    ///
    /// # Examples
    /// See [`save`](Self::save).
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| io_error(path, error))?;
        Self::from_safetensors(&bytes)
    }

    /// The bytes that [`save`](Self::save) writes.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for parameters or a velocity that are not finite.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, Error> {
        let State { layers, velocity, iterations, effective_eta, permutations } = &self.state;
        let header = Header {
            element: F::NAME.to_owned(),
            activations: layers.iter().map(Layer::activation).collect(),
            config: self.config.clone(),
            iterations: *iterations,
            effective_eta: *effective_eta,
            updates: velocity.updates,
            permutations: permutations.clone(),
        };
        let groups: [(&str, Vec<&Affine<F>>); 3] = [
            (LAYERS, layers.iter().map(|layer| &layer.affine).collect()),
            (VELOCITY, velocity.layers.iter().collect()),
            (SQUARES, velocity.squares.iter().collect()),
        ];
        let mut tensors = Vec::new();
        for (group, affines) in &groups {
            for (l, affine) in affines.iter().enumerate() {
                check_finite(what(group, true), &affine.weights())?;
                check_finite(what(group, false), &affine.biases().insert_axis(ndarray::Axis(1)))?;
                let [weight, bias] = names(group, l);
                tensors.push((weight, Tensor::Weight(affine, [affine.fan_out(), affine.fan_in()])));
                tensors.push((bias, Tensor::Bias(affine, [affine.fan_out()])));
            }
        }
        let metadata = [(KEY.to_owned(), header.to_json())].into_iter().collect();
        safetensors::serialize(tensors, Some(metadata)).map_err(|error| malformed("the header", error))
    }

    /// The network in the bytes of a file, for one that is part of the program by `include_bytes!`, say.
    ///
    /// # Errors
    /// Those of [`load`](Self::load) but for [`Error::Io`].
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, Error> {
        let file = Tensors::of(bytes)?;
        let header = Header::from_json(file.text(KEY)?)?;
        if header.element != F::NAME {
            return Err(Error::Element { expected: F::NAME, found: header.element });
        }
        let Header { activations, config, iterations, effective_eta, updates, permutations, .. } = header;
        let is_adam = config.optimizer().is_adam();
        let groups = if is_adam { 3 } else { 2 };
        let expected = 2 * groups * activations.len();
        if file.count() != expected {
            let reason = format!("there must be {expected} tensors, found {}", file.count());
            return Err(malformed("the header", reason));
        }
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
        for (group, affines) in [(VELOCITY, &mut velocity.layers), (SQUARES, &mut velocity.squares)] {
            for (l, affine) in affines.iter_mut().enumerate() {
                file.fill(group, l, affine)?;
            }
        }
        net.state.iterations = iterations;
        net.state.effective_eta = effective_eta;
        net.state.permutations = permutations;
        Ok(net)
    }
}

const LAYERS: &str = "layers";
const VELOCITY: &str = "training.velocity";
const SQUARES: &str = "training.squares";

/// The names of the tensors of a layer.
fn names(group: &str, l: usize) -> [String; 2] {
    [format!("{group}.{l}.weight"), format!("{group}.{l}.bias")]
}

/// What the values of a group are, for messages.
fn what(group: &str, is_weight: bool) -> &'static str {
    match (group, is_weight) {
        (LAYERS, true) => "the weights of a layer",
        (LAYERS, false) => "the biases of a layer",
        (VELOCITY, _) => "the velocity",
        _ => "the mean squares",
    }
}

fn malformed(part: impl ToString, reason: impl ToString) -> Error {
    Error::Malformed { part: part.to_string(), reason: reason.to_string() }
}

fn io_error(path: &Path, error: io::Error) -> Error {
    Error::Io { what: path.display().to_string(), kind: error.kind(), message: error.to_string() }
}

/// What is to be written under a name.
enum Tensor<'a, F: Scalar> {
    Weight(&'a Affine<F>, [usize; 2]),
    Bias(&'a Affine<F>, [usize; 1]),
}

impl<F: Scalar> View for Tensor<'_, F> {
    fn dtype(&self) -> Dtype {
        dtype::<F>()
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Weight(_, shape) => shape,
            Self::Bias(_, shape) => shape,
        }
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        match self {
            Self::Weight(affine, _) => affine.weights().iter().for_each(|&value| put(value, &mut bytes)),
            Self::Bias(affine, _) => affine.biases.iter().for_each(|&value| put(value, &mut bytes)),
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        self.shape().iter().product::<usize>() * size_of::<F>()
    }
}

fn dtype<F: Scalar>() -> Dtype {
    if size_of::<F>() == size_of::<f32>() { Dtype::F32 } else { Dtype::F64 }
}

/// The bytes of a value, the lowest one first.
fn put<F: Scalar>(value: F, bytes: &mut Vec<u8>) {
    // Exact: an F is one or the other.
    if size_of::<F>() == size_of::<f32>() {
        bytes.extend((value.as_f64() as f32).to_le_bytes());
    } else {
        bytes.extend(value.as_f64().to_le_bytes());
    }
}

/// The values of bytes, the lowest one first.
fn values<F: Scalar>(bytes: &[u8]) -> impl Iterator<Item = F> {
    bytes.chunks_exact(size_of::<F>()).map(|bytes| {
        let value = match *bytes {
            [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            // A chunk is as long as an F.
            _ => f64::NAN,
        };
        F::from_f64(value)
    })
}

/// The parts of a file.
struct Tensors<'a> {
    metadata: Metadata,
    data: &'a [u8],
}

impl<'a> Tensors<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        check_offsets(bytes)?;
        let (length, metadata) =
            SafeTensors::read_metadata(bytes).map_err(|error| malformed("the header", error))?;
        let data = bytes.get(LENGTH + length..).unwrap_or_default();
        Ok(Self { metadata, data })
    }

    /// A text of the metadata.
    fn text(&self, key: &str) -> Result<&str, Error> {
        let texts = self.metadata.metadata().as_ref();
        let text = texts.and_then(|texts| texts.get(key)).map(String::as_str);
        text.ok_or_else(|| malformed("the metadata", format!("there is no {key}: no file of this crate")))
    }

    fn count(&self) -> usize {
        self.metadata.tensors().len()
    }

    /// A tensor's shape and values.
    fn get<F: Scalar, const N: usize>(&self, name: &str) -> Result<([usize; N], &'a [u8]), Error> {
        let info = self.metadata.info(name).ok_or_else(|| malformed(name, "there is no such tensor"))?;
        if info.dtype != dtype::<F>() {
            return Err(malformed(
                name,
                format!("its type must be {:?}, found {:?}", dtype::<F>(), info.dtype),
            ));
        }
        let shape = <[usize; N]>::try_from(&info.shape[..]);
        let shape = shape
            .map_err(|_| malformed(name, format!("it must have {N} dimensions, found {:?}", info.shape)))?;
        let data = self.data.get(info.data_offsets.0..info.data_offsets.1);
        Ok((shape, data.ok_or_else(|| malformed(name, "it is not in the file"))?))
    }

    fn matrix<F: Scalar>(&self, name: &str) -> Result<Array2<F>, Error> {
        let (shape, data) = self.get::<F, 2>(name)?;
        Array2::from_shape_vec(shape, values(data).collect()).map_err(|error| malformed(name, error))
    }

    fn vector<F: Scalar>(&self, name: &str) -> Result<Array1<F>, Error> {
        let (_, data) = self.get::<F, 1>(name)?;
        Ok(values(data).collect())
    }

    /// Takes over the values of a group that go with a layer.
    fn fill<F: Scalar>(&self, group: &str, l: usize, affine: &mut Affine<F>) -> Result<(), Error> {
        let [weight, bias] = names(group, l);
        let (weights, biases) = (self.matrix::<F>(&weight)?, self.vector::<F>(&bias)?);
        let expected = (affine.fan_out(), affine.fan_in());
        if weights.dim() != expected {
            return Err(malformed(
                weight,
                format!("its shape must be {expected:?}, found {:?}", weights.dim()),
            ));
        }
        if biases.len() != affine.fan_out() {
            let (expected, found) = (affine.fan_out(), biases.len());
            return Err(malformed(bias, format!("its length must be {expected}, found {found}")));
        }
        let is_legal = |value: &F| value.is_finite() && (group != SQUARES || *value >= F::zero());
        for (name, is_legal) in [(weight, weights.iter().all(is_legal)), (bias, biases.iter().all(is_legal))]
        {
            if !is_legal {
                return Err(malformed(name, "it holds what is not finite, or a mean square below 0"));
            }
        }
        *affine = Affine::of(weights, biases);
        Ok(())
    }
}

/// That no tensor of the header ends beyond the file, by a sum that cannot overflow: the library's own could.
fn check_offsets(bytes: &[u8]) -> Result<(), Error> {
    let cut = || malformed("the header", "the file ends within it");
    let (length, rest) = bytes.split_first_chunk::<LENGTH>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
    let header = rest.get(..length).ok_or_else(cut)?;
    let data = (rest.len() - header.len()) as u64;
    let header: serde_json::Value =
        serde_json::from_slice(header).map_err(|error| malformed("the header", error))?;
    for (name, tensor) in header.as_object().into_iter().flatten() {
        let end = tensor.get("data_offsets").and_then(|offsets| offsets.get(1)?.as_u64());
        if end.is_some_and(|end| end > data) {
            return Err(malformed(name, "it ends beyond the file"));
        }
    }
    Ok(())
}

/// Puts a file of these bytes at `path`, in one step.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (beside, mut file) = create_beside(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    let renamed = written.and_then(|()| fs::rename(&beside, path));
    if renamed.is_err() {
        // What went wrong before is what the caller wants to know.
        let _ = fs::remove_file(&beside);
        return renamed;
    }
    // That the new name is on the disk as well; where a folder cannot be opened, the system sees to it.
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A new file in the folder of `path`, of a name that no other thread and no other process uses.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);

    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no file name"))?;
    loop {
        let mut beside = OsString::from(".");
        beside.push(name);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        beside.push(format!(".{}.{count}.tmp", process::id()));
        let beside = folder_of(path).join(beside);
        match File::create_new(&beside) {
            // Left over from a process of the same number that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            created => return created.map(|file| (beside, file)),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
