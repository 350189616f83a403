//! Numbers in memory that begins on a cache line.

use std::collections::TryReserveError;

use super::known::Known;
use super::scalar::Scalar;

/// The bytes of a cache line.
pub(super) const LINE: usize = 64;

/// A vector of numbers. Memory that it allocates begins on a cache line, so that no register of numbers crosses
/// from one line to the next; memory of the caller stays as it is.
pub(super) struct Aligned<F> {
    /// Some unused numbers up to the cache line, then the values.
    memory: Vec<F>,
    unused: usize,
}

impl<F> Aligned<F> {
    pub(super) const EMPTY: Self = Self { memory: Vec::new(), unused: 0 };

    /// Takes the values from `first` on, without a copy.
    pub(super) fn from_vec(memory: Vec<F>, first: usize) -> Self {
        let unused = first.min(memory.len());
        Self { memory, unused }
    }

    /// The memory, and the index of the first value in it.
    pub(super) fn into_vec(self) -> (Vec<F>, usize) {
        (self.memory, self.unused)
    }

    #[inline]
    pub(super) fn values(&self) -> &[F] {
        self.memory.get(self.unused..).known()
    }

    #[inline]
    pub(super) fn values_mut(&mut self) -> &mut [F] {
        self.memory.get_mut(self.unused..).known()
    }

    /// Removes all values; the memory is kept.
    pub(super) fn clear(&mut self) {
        self.memory.truncate(self.unused);
    }
}

impl<F: Scalar> Aligned<F> {
    /// Makes room for `length` values, and changes none; allocates only to grow.
    ///
    /// # Errors
    /// They do not fit in memory; then nothing has changed.
    pub(super) fn reserve(&mut self, length: usize) -> Result<(), TryReserveError> {
        if length > self.memory.capacity() - self.unused {
            let mut memory = Vec::new();
            memory.try_reserve_exact(length.saturating_add(Self::SPARE))?;
            *self = Self::collect(memory, F::zero(), self.values().iter().copied());
        }
        Ok(())
    }

    /// Changes the number of values. New values are 0.
    pub(super) fn resize(&mut self, length: usize) {
        self.memory.resize(self.unused + length, F::zero());
    }
}

impl<F: Clone> Aligned<F> {
    /// The most unused numbers.
    const SPARE: usize = LINE / size_of::<F>();

    /// Collects values in new memory.
    pub(super) fn from_values(values: impl ExactSizeIterator<Item = F>) -> Self {
        let memory = Vec::with_capacity(values.len() + Self::SPARE);
        let mut values = values.peekable();
        match values.peek().cloned() {
            None => Self::EMPTY,
            Some(first) => Self::collect(memory, first, values),
        }
    }

    /// Collects values in empty memory that has room for them; the unused numbers are copies of `number`.
    fn collect(mut memory: Vec<F>, number: F, values: impl Iterator<Item = F>) -> Self {
        let unused = memory.as_ptr().align_offset(LINE).min(Self::SPARE);
        memory.resize(unused, number);
        memory.extend(values);
        Self { memory, unused }
    }
}

impl<F> Default for Aligned<F> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<F: Clone> Clone for Aligned<F> {
    fn clone(&self) -> Self {
        Self::from_values(self.values().iter().cloned())
    }
}

impl<F: PartialEq> PartialEq for Aligned<F> {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_aligned<F>(numbers: &Aligned<F>) -> bool {
        numbers.values().as_ptr().align_offset(LINE) == 0
    }

    #[test]
    fn own_memory_begins_on_a_cache_line() {
        for length in 1..100 {
            let mut numbers = Aligned::<f32>::EMPTY;
            numbers.reserve(length).unwrap();
            numbers.resize(length);
            assert!(is_aligned(&numbers));
            let memory = numbers.values().as_ptr();
            numbers.clear();
            numbers.reserve(length).unwrap();
            numbers.resize(length);
            assert_eq!((numbers.values().len(), numbers.values().as_ptr()), (length, memory));
        }
    }

    #[test]
    fn a_clone_and_grown_memory_keep_the_values() {
        for first in 0..20 {
            let counted = Vec::from_iter((0..30).map(f64::from));
            let mut numbers = Aligned::from_vec(counted.clone(), first);
            assert_eq!(numbers.values(), &counted[first..]);
            let clone = numbers.clone();
            assert!(is_aligned(&clone) && clone == numbers);
            numbers.reserve(1000).unwrap();
            assert!(is_aligned(&numbers) && clone == numbers);
        }
    }

    #[test]
    fn a_length_that_does_not_fit_changes_nothing() {
        let mut numbers = Aligned::from_vec(vec![1.0_f64, 2.0], 1);
        for length in [usize::MAX, isize::MAX as usize / 8] {
            assert!(numbers.reserve(length).is_err());
            assert_eq!(numbers.values(), [2.0]);
        }
    }
}
