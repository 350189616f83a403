//! Random orders and splits of the rows of a data set: a permutation, and the same cut in two.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::validate::{BETWEEN_0_AND_1, check_range};

/// The generator's stream for splits. A network with the same seed draws its initial parameters from stream 0 and its
/// permutations from stream 1, so that it shares no draw with the split of its data.
const SPLITS: u64 = 2;

/// A random order of the row numbers 0 … n − 1; each order has the same probability.
///
/// The same seed gives the same order on every machine. [`train_test_split`] and [`k_fold`](crate::k_fold) cut the
/// order of the same n and seed in parts, so use another seed to order the rows of a part. A network with this seed
/// shares no draw with the order.
///
/// # Panics
/// If n indices do not fit in memory, as `Vec::with_capacity(n)`.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::{Array2, Axis};
/// use ndarray_dnn::permutation;
///
/// let x = Array2::from_shape_fn((5, 2), |(i, _)| i as f64);
/// let order = permutation(x.nrows(), 42);
/// let shuffled = x.select(Axis(0), &order);
/// assert_eq!(shuffled[[0, 0]], order[0] as f64);
/// ```
pub fn permutation(n: usize, seed: u64) -> Vec<usize> {
    shuffled(Vec::with_capacity(n), n, seed)
}

/// A [`permutation`], or an error if it does not fit in memory.
pub(crate) fn try_permutation(n: usize, seed: u64) -> Result<Vec<usize>, Error> {
    Ok(shuffled(with_capacity("the permutation", n, 1, n)?, n, seed))
}

/// An empty vector for `length` indices.
///
/// # Errors
/// [`Error::TooLarge`] with the size of all `rows` of `columns` indices.
pub(super) fn with_capacity(
    what: &'static str,
    rows: usize,
    columns: usize,
    length: usize,
) -> Result<Vec<usize>, Error> {
    let mut indices = Vec::new();
    indices.try_reserve_exact(length).map_err(|_| Error::TooLarge { what, rows, columns })?;
    Ok(indices)
}

/// The numbers 0 … n − 1 in random order, in the memory of an empty vector.
fn shuffled(mut rows: Vec<usize>, n: usize, seed: u64) -> Vec<usize> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(SPLITS);
    rows.extend(0..n);
    rows.shuffle(&mut generator);
    rows
}

/// A random split of the rows 0 … n − 1 into `(train, test)`: `round(n·fraction)` row numbers for testing and the
/// others for training, both in shuffled order.
///
/// The same seed gives the same split on every machine. With the same seed, a larger fraction holds out all rows of a
/// smaller one. A network with this seed shares no draw with the split. For parts with the same share of each class,
/// see [`stratified_split`](crate::stratified_split).
///
/// # Errors
/// [`Error::OutOfRange`] unless the fraction is greater than 0 and less than 1, [`Error::Split`] if one part would
/// have no rows, [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::{Array2, Axis};
/// use ndarray_dnn::train_test_split;
///
/// let (x, y) = (Array2::<f64>::ones((50, 3)), Array2::<f64>::zeros((50, 1)));
/// let (train, test) = train_test_split(x.nrows(), 0.2, 42)?;
/// let (x_train, y_train) = (x.select(Axis(0), &train), y.select(Axis(0), &train));
/// let (x_test, y_test) = (x.select(Axis(0), &test), y.select(Axis(0), &test));
/// assert_eq!((x_train.dim(), y_test.dim()), ((40, 3), (10, 1)));
/// # assert_eq!((x_test.dim(), y_train.dim()), ((10, 3), (40, 1)));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn train_test_split(n: usize, fraction: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), Error> {
    check_range::<f64>("fraction", BETWEEN_0_AND_1, fraction)?;
    // Rounding can give more than n only if n is not an f64.
    let held_out = ((n as f64 * fraction).round() as usize).min(n);
    let kept = n - held_out;
    if kept == 0 || held_out == 0 {
        return Err(Error::Split { n, fraction, train: kept, test: held_out });
    }
    let mut test = with_capacity("the permutation", n, 1, held_out)?;
    let mut train = try_permutation(n, seed)?;
    test.extend(train.drain(kept..));
    Ok((train, test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_shares_no_draw_with_the_streams_of_a_network() {
        for seed in [0, 1, u64::MAX] {
            let (mut split, test) = train_test_split(1000, 0.1, seed).unwrap();
            split.extend(test);
            for stream in [0, 1] {
                let mut generator = ChaCha8Rng::seed_from_u64(seed);
                generator.set_stream(stream);
                let mut order = Vec::from_iter(0..1000);
                order.shuffle(&mut generator);
                // Two independent permutations agree in one place on average.
                assert!(order.iter().zip(&split).filter(|(a, b)| a == b).count() < 10);
            }
        }
    }
}
