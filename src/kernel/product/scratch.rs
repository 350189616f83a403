//! The working memory of large products: each thread keeps one piece of memory from product to product.

use std::cell::Cell;

use crate::kernel::known::Known;
use crate::kernel::scalar::Scalar;

/// A cache line.
type Line = [u64; 8];

thread_local! {
    /// Empty while a product uses the memory.
    static MEMORY: Cell<Vec<Line>> = const { Cell::new(Vec::new()) };
}

/// The memory of this thread, which is given back at the end.
pub(super) struct ProductScratch(Vec<Line>);

impl ProductScratch {
    /// Takes the memory of this thread. It is allocated only if no product of this thread needed so many bytes
    /// before. `None` if it does not fit in memory.
    pub(super) fn take(bytes: usize) -> Option<Self> {
        // A thread that ends has lost its memory; it gets new memory for this product.
        let mut memory = MEMORY.try_with(Cell::take).unwrap_or_default();
        // One more line, since the first one may start at any multiple of 8 bytes.
        let lines = bytes.div_ceil(size_of::<Line>()) + 1;
        if memory.len() < lines {
            memory.clear();
            memory.try_reserve_exact(lines).ok()?;
            memory.resize(lines, [0; 8]);
        }
        Some(Self(memory))
    }

    /// The memory as numbers, from a multiple of 64 bytes on.
    #[inline(always)]
    pub(super) fn values_mut<F: Scalar>(&mut self) -> &mut [F] {
        let values = F::slice_of(&mut self.0);
        let skipped = values.as_ptr().align_offset(size_of::<Line>());
        values.get_mut(skipped..).known()
    }
}

impl Drop for ProductScratch {
    fn drop(&mut self) {
        let memory = std::mem::take(&mut self.0);
        // A thread that ends keeps nothing.
        let _ = MEMORY.try_with(|kept| kept.set(memory));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_kept_by_its_thread() {
        let pointer = |bytes| ProductScratch::take(bytes).unwrap().values_mut::<f32>().as_ptr();
        let large = pointer(100_000);
        assert_eq!(large.align_offset(64), 0);
        assert_eq!([pointer(1), pointer(99_000), pointer(100_000)], [large; 3]);
        // A second product inside the first one gets memory of its own.
        let mut outer = ProductScratch::take(1000).unwrap();
        let mut inner = ProductScratch::take(1000).unwrap();
        assert_ne!(outer.values_mut::<f64>().as_ptr(), inner.values_mut::<f64>().as_ptr());
        assert!(inner.values_mut::<f64>().len() >= 125);
    }

    #[test]
    fn too_much_memory_is_none() {
        assert!(ProductScratch::take(isize::MAX as usize).is_none());
        assert!(ProductScratch::take(1).is_some());
    }
}
