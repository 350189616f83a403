//! Files: saving and loading a network.

use std::path::Path;

use crate::dnn::Dnn;
use crate::error::Error;
use crate::formats::safetensors;
use crate::kernel::Scalar;

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
    /// mean squares of Adam, AdamW and RMSProp, have the same names after `training.velocity.` and `training.squares.`;
    /// everything else is JSON in
    /// the metadata. In Python,
    ///
    /// ```text
    /// state = {k: v for k, v in safetensors.torch.load_file(path).items() if k.startswith("layers.")}
    /// ```
    ///
    /// is a state dict that loads strictly into such a module.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for parameters, a velocity or mean squares that are not finite;
    /// [`FileError::Io`](crate::error::FileError::Io), with the folder or the reason;
    /// [`FileError::TooManyBytes`](crate::error::FileError::TooManyBytes) for a header of more than 10 MB, at about
    /// 10,000 layers.
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
        safetensors::save(self, path.as_ref())
    }

    /// Loads a network with its state of training, as if it had never been saved. Only with the feature `safetensors`.
    ///
    /// The memory that a file takes is limited by its size: at most about three times the file, whatever is in it.
    ///
    /// # Errors
    /// [`FileError::Io`](crate::error::FileError::Io), or the errors of [`from_safetensors`](Self::from_safetensors)
    /// within [`FileError::In`](crate::error::FileError::In). Both name the path.
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
    /// let text = "the file's element type must be f32, found f64: load it as that, and cast it";
    /// assert_eq!(error.to_string(), format!("{}: {text}", path.display()));
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        safetensors::load(path.as_ref())
    }

    /// The bytes that [`save`](Self::save) writes.
    ///
    /// # Errors
    /// Those of [`save`](Self::save) except [`FileError::Io`](crate::error::FileError::Io).
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
        safetensors::to_safetensors(self, None)
    }

    /// The network in the bytes of a file, such as one that is part of the program by `include_bytes!`.
    ///
    /// # Errors
    /// Within [`Error::File`]: [`FileError::NotSafetensors`](crate::error::FileError::NotSafetensors) for a text, a
    /// picture and the like; [`FileError::OtherProgram`](crate::error::FileError::OtherProgram) for a safetensors file
    /// of PyTorch, say; [`FileError::Element`](crate::error::FileError::Element) for the other element type, which
    /// loads as that and can be [`cast`](Self::cast); [`FileError::Format`](crate::error::FileError::Format) for a file
    /// of a later version of this crate; [`FileError::Kind`](crate::error::FileError::Kind) for the file of an
    /// estimator; [`FileError::Malformed`](crate::error::FileError::Malformed) for anything else that
    /// [`save`](Self::save) does not write. The errors of [`build_from`](crate::DnnBuilder::build_from) for settings
    /// outside their range and layers that do not chain.
    ///
    /// # Examples
    /// See [`to_safetensors`](Self::to_safetensors).
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, Error> {
        safetensors::network_of(bytes)
    }
}
