//! Estimators: the same bits as the lines that they save, labels of any type, files, and errors that change nothing.

mod by_hand;
mod classifier;
mod errors;
#[cfg(feature = "safetensors")]
mod files;
#[cfg(feature = "safetensors")]
mod hostile;
mod onnx;
mod regressor;

use ndarray_dnn::Scalar;
use ndarray_dnn::ndarray::Array2;

/// Rows in units of very different size, with a constant column; and a label that depends on them.
fn animals<F: Scalar>(n: usize) -> (Array2<F>, Vec<&'static str>) {
    let value = |i: usize, j: usize| match j {
        0 => 1_000.0 + 300.0 * (1.3 * i as f64).sin(),
        1 => 0.001 * (2.1 * i as f64).cos(),
        _ => 7.0,
    };
    let x = Array2::from_shape_fn((n, 3), |(i, j)| F::from_f64(value(i, j)));
    let label = |i| match (value(i, 0) > 1_050.0, value(i, 1) > 0.0) {
        (true, _) => "horse",
        (false, true) => "cat",
        (false, false) => "dog",
    };
    (x, (0..n).map(label).collect())
}

/// Rows as of [`animals`], and two targets in units of their own: one near 1,000,000, and one that is constant.
fn prices<F: Scalar>(n: usize) -> (Array2<F>, Array2<F>) {
    let (x, _) = animals::<F>(n);
    let y = Array2::from_shape_fn((n, 2), |(i, j)| {
        let price = 1e6 + 200.0 * (x[[i, 0]].as_f64() - 1_000.0) * x[[i, 1]].as_f64() / 0.001;
        F::from_f64(if j == 0 { price } else { -3.5 })
    });
    (x, y)
}
