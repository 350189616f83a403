//! A number for the bits of all parameters: the hash FNV-1a of 64 bits.

use super::network::Network;
use crate::kernel::{Hash, concrete, is_f32};

concrete!(
    /// The hash of the sizes and of all parameters.
    pub(crate) fn fingerprint<'a, F>(network: &'a Network<F>) -> u64 {
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
