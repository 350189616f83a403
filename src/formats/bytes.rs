//! The bytes of a value, the lowest one first: in every file format here.

pub(super) use crate::kernel::is_f32;

use crate::kernel::Scalar;

/// Appends the bytes of a value.
pub(super) fn put<F: Scalar>(value: F, bytes: &mut Vec<u8>) {
    // Exact, since F is one or the other.
    if is_f32::<F>() {
        bytes.extend_from_slice(&(value.as_f64() as f32).to_le_bytes());
    } else {
        bytes.extend_from_slice(&value.as_f64().to_le_bytes());
    }
}

/// The values of bytes; those after the last whole value are left out.
#[cfg(feature = "safetensors")]
pub(super) fn values<F: Scalar>(bytes: &[u8]) -> impl Iterator<Item = F> {
    bytes.chunks_exact(size_of::<F>()).map(|bytes| {
        let value = match *bytes {
            [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            // Never: a chunk has the size of an F.
            _ => f64::NAN,
        };
        F::from_f64(value)
    })
}
