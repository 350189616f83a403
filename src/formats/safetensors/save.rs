//! The file of a network without an estimator.

use std::path::Path;

use super::estimator::Kind;
use super::{from_safetensors, read_file, to_safetensors, write_file};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;

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
