//! A number for the bits of all parameters: the hash FNV-1a of 64 bits.

use super::dnn::Dnn;
use crate::kernel::{Hash, Scalar, concrete, is_f32};
use crate::model::Network;

impl<F: Scalar> Dnn<F> {
    /// A number for the parameters: two networks with the same shape, element type and parameters have the same
    /// fingerprint, on every processor. Programs that train in different places compare it instead of files.
    ///
    /// It is the hash FNV-1a of 64 bits (Fowler, Noll and Vo; RFC 9923) of these bytes, every number with the lowest
    /// byte first:
    ///
    /// * as integers of 8 bytes, the bits of an element (32 or 64), the number L of layers, and n₀ … n_L;
    /// * for each layer, the weights (fan_out, fan_in) row by row, and then the biases, as floating-point numbers of
    ///   4 or 8 bytes.
    ///
    /// Settings, activations and the state of the training do not enter, nor does the memory layout. A change of a
    /// single byte always changes the fingerprint. Otherwise two different networks have the same one with a
    /// probability of about 2⁻⁶⁴. 0 and −0 are different.
    ///
    /// **It is no cryptographic hash**: it finds accidents, and it is easy to make another network with a given
    /// fingerprint. It takes about 1 ns for each byte.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let layer = Layer::new(array![[1.0, -2.0]], array![0.5], Identity)?;
    /// let net = Dnn::builder().build_from([layer])?;
    /// assert_eq!(net.fingerprint(), 0xfd94_18b4_8880_61d7);
    /// assert_eq!(net.clone().fingerprint(), net.fingerprint());
    /// assert_ne!(net.cast::<f32>()?.fingerprint(), net.fingerprint());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn fingerprint(&self) -> u64 {
        fingerprint(self.network())
    }
}

concrete!(
    fn fingerprint<'a, F>(network: &'a Network<F>) -> u64 {
        let mut hash = Hash::NEW;
        hash.add(&(8 * size_of::<F>() as u64).to_le_bytes());
        hash.add(&(network.layers().len() as u64).to_le_bytes());
        network.sizes().for_each(|size| hash.add(&(size as u64).to_le_bytes()));
        for layer in network.layers() {
            for value in layer.weights().iter().chain(layer.biases()) {
                // Exact, since F is one or the other.
                if is_f32::<F>() {
                    hash.add(&(value.as_f64() as f32).to_le_bytes());
                } else {
                    hash.add(&value.as_f64().to_le_bytes());
                }
            }
        }
        hash.value()
    }
);
