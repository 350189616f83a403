//! Which rows are held out for testing: a permutation of the rows, cut in two.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::Error;
use crate::validate::{Range, check_range};

const BETWEEN_0_AND_1: Range = ("greater than 0 and less than 1", |value| value > 0.0 && value < 1.0);

/// Splits are drawn from a stream of the seed of their own: a network of the same seed draws its start from
/// stream 0 and its permutations from stream 1, and must not share a draw with the choice of the data.
const SPLITS: u64 = 2;

/// The rows of a data set in two parts, `(train, test)`: of the rows 0 … n − 1 `round(n·fraction)` are held
/// out for testing, the others are for training, all of them in shuffled order.
///
/// The same seed draws the same split on every machine, and a larger fraction holds out the rows of a smaller
/// one and more. A network that has this seed too shares no draw with the split.
///
/// # Errors
/// [`Error::OutOfRange`] unless the fraction is greater than 0 and less than 1, [`Error::Split`] if one of
/// the parts would have no row, [`Error::TooLarge`].
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
    // Rounding can come out at more than n only where n is no f64.
    let held_out = ((n as f64 * fraction).round() as usize).min(n);
    let kept = n - held_out;
    if kept == 0 || held_out == 0 {
        return Err(Error::Split { n, fraction, train: kept, test: held_out });
    }
    let (mut train, mut test) = (Vec::new(), Vec::new());
    let too_large = |_| Error::TooLarge { what: "the permutation", rows: n, columns: 1 };
    train.try_reserve_exact(n).map_err(too_large)?;
    test.try_reserve_exact(held_out).map_err(too_large)?;
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(SPLITS);
    train.extend(0..n);
    train.shuffle(&mut generator);
    test.extend(train.drain(kept..));
    Ok((train, test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_no_draw_with_a_network_of_the_same_seed() {
        for seed in [0, 1, u64::MAX] {
            let (mut split, test) = train_test_split(1000, 0.1, seed).unwrap();
            split.extend(test);
            for stream in [0, 1] {
                let mut generator = ChaCha8Rng::seed_from_u64(seed);
                generator.set_stream(stream);
                let mut order = Vec::from_iter(0..1000);
                order.shuffle(&mut generator);
                // Two permutations that are independent agree in one place on average.
                assert!(order.iter().zip(&split).filter(|(a, b)| a == b).count() < 10);
            }
        }
    }
}
