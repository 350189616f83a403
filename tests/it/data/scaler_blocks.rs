//! A scaler of rows that come in blocks.

use ndarray::{Array2, ArrayRef2, Axis, array, s};
use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::{Error, StandardScaler};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::uniform;

/// Checks that blocks of `size` rows give the scaler of all rows, to 1e-12 of the scale.
#[track_caller]
fn assert_same(x: &ArrayRef2<f64>, size: usize) {
    let expected = StandardScaler::fit(x).unwrap();
    let found = StandardScaler::fit_blocks(x.axis_chunks_iter(Axis(0), size)).unwrap();
    for column in 0..x.ncols() {
        let [(mean, scale), (found_mean, found_scale)] =
            [&expected, &found].map(|scaler| (scaler.means()[column], scaler.scales()[column]));
        // A mean of large numbers has no digits beyond its own last bit.
        let tolerance = (1e-12 * scale).max(2.0 * f64::EPSILON * mean.abs());
        assert!((found_mean - mean).abs() <= tolerance, "{size}: mean {found_mean:?} for {mean:?}");
        assert!((found_scale / scale - 1.0).abs() <= 1e-12, "{size}: scale {found_scale:?} for {scale:?}");
    }
}

#[test]
fn blocks_give_the_scaler_of_all_rows() {
    let generator = &mut ChaCha8Rng::seed_from_u64(3);
    let rows = 10_000;
    let mut x = uniform(rows, 9, generator);
    // A large mean and a small spread; sorted values, so that the means of the blocks differ; constants; huge and tiny
    // numbers; a column that is constant in each block; rare large values.
    x.column_mut(1).mapv_inplace(|x: f64| 1e9 + 1e-3 * x);
    x.column_mut(2).iter_mut().enumerate().for_each(|(row, x)| *x += row as f64);
    x.column_mut(3).fill(0.1);
    x.column_mut(4).mapv_inplace(|x| 1e300 * x);
    x.column_mut(5).mapv_inplace(|x| 1e-300 * x);
    x.column_mut(6).iter_mut().enumerate().for_each(|(row, x)| *x = (row / 1000) as f64);
    x.column_mut(7).mapv_inplace(|x| if x > 0.999 { 1e8 } else { 1e-8 * x });
    x.column_mut(8).iter_mut().enumerate().for_each(|(row, x)| *x = 1e9 + row as f64 * 1e-3);
    for size in [1, 7, 100, 1000, 4096, rows - 1, rows] {
        assert_same(&x, size);
    }
}

#[test]
fn one_block_has_the_bits_of_fit() {
    let generator = &mut ChaCha8Rng::seed_from_u64(4);
    let mut x = uniform::<f64>(1000, 3, generator);
    x.column_mut(1).mapv_inplace(|x| 1e6 + x);
    for x in [x.clone(), x.t().as_standard_layout().reversed_axes().to_owned()] {
        let expected = StandardScaler::fit(&x).unwrap();
        assert_eq!(StandardScaler::fit_blocks([&x]).unwrap(), expected);
        // Blocks without rows are passed over, whatever their columns.
        let empty = Array2::zeros((0, 7));
        assert_eq!(StandardScaler::fit_blocks([&empty, &x, &empty]).unwrap(), expected);
    }
    let x = x.mapv(|x| x as f32);
    assert_eq!(StandardScaler::fit_blocks([&x]).unwrap(), StandardScaler::fit(&x).unwrap());
}

#[test]
fn constant_columns_have_the_scale_1() {
    for value in [0.0, 0.1, -0.3, 1e9 + 0.1, f64::MAX, f64::MIN, f64::MIN_POSITIVE] {
        let x = Array2::from_elem((1001, 1), value);
        for size in [1, 10, 999] {
            let scaler = StandardScaler::fit_blocks(x.axis_chunks_iter(Axis(0), size)).unwrap();
            assert_eq!((scaler.means()[0], scaler.scales()[0]), (value, 1.0));
        }
    }
    // Constant to within rounding: the limit grows with the number of all rows, up to 64.
    let generator = &mut ChaCha8Rng::seed_from_u64(5);
    let x = Array2::from_shape_simple_fn((300, 1), || {
        1.0 + f64::from(generator.random_range(0..8_u8)) * f64::EPSILON
    });
    assert_eq!(StandardScaler::fit(&x).unwrap().scales()[0], 1.0);
    assert_same(&x, 1);
    assert_same(&x, 13);
    // Equal in each block, but not in all.
    let steps = array![[1.0], [1.0], [2.0], [2.0]];
    assert_eq!(StandardScaler::fit_blocks(steps.axis_chunks_iter(Axis(0), 2)).unwrap().scales()[0], 0.5);
}

#[test]
fn extreme_numbers_neither_overflow_nor_vanish() {
    for (a, b, scale) in [(f64::MAX, f64::MIN, f64::MAX), (1e-200, -1e-200, 1e-200), (1e200, -1e200, 1e200)] {
        let scaler = StandardScaler::fit_blocks([array![[a]], array![[b]]]).unwrap();
        assert_eq!((scaler.means()[0], scaler.scales()[0]), (0.0, scale));
    }
    // Beside 1e300, the tiny numbers are as good as 0.
    let [small, large] = [array![[1e-300], [2e-300]], array![[1e300], [1e300]]];
    for blocks in [[&small, &large], [&large, &small]] {
        let scaler = StandardScaler::fit_blocks(blocks).unwrap();
        assert_eq!((scaler.means()[0], scaler.scales()[0]), (5e299, 5e299));
    }
}

#[test]
fn bad_blocks() {
    let good = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let in_block = |block, inner: Error| Error::Block { block, source: Box::new(inner) };
    for (row, column, value) in [(0, 1, f64::NAN), (2, 0, f64::INFINITY)] {
        let mut bad = good.clone();
        bad[[row, column]] = value;
        let error = StandardScaler::fit_blocks([&good, &good, &bad, &good]).unwrap_err();
        assert_eq!(error, in_block(2, Error::NonFinite { what: "x", row, column }));
        let text = format!("block 2: x must be finite, found NaN or infinity in row {row}, column {column}");
        assert_eq!(error.to_string(), text);
    }
    let error = StandardScaler::fit_blocks([good.view(), good.slice(s![.., ..1])]).unwrap_err();
    let (at, extent) = (Place::Whole, Extent::Columns);
    assert_eq!(error, in_block(1, Error::Shape { what: "x", at, extent, expected: 2, found: 1 }));
    assert_eq!(error.to_string(), "block 1: x must have 2 columns, found 1");
    for block in [Array2::<f64>::zeros((3, 0)), good.slice(s![.., ..0]).to_owned()] {
        let error = StandardScaler::fit_blocks([block]).unwrap_err();
        assert_eq!(error, in_block(0, Error::Empty { what: "x", rows: 3, columns: 0 }));
    }
    for blocks in [vec![], vec![Array2::<f32>::zeros((0, 2))]] {
        let error = StandardScaler::fit_blocks(blocks).unwrap_err();
        assert_eq!(error, Error::Empty { what: "blocks", rows: 0, columns: 0 });
        assert_eq!(error.to_string(), "blocks must not be empty, found 0 rows of 0 columns");
    }
}
