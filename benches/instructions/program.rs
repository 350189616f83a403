//! Trains one of two networks for some epochs by `fit`: the program of which `measure.sh` counts the instructions.

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Activation, BatchOrder, Dnn, Scalar};

fn main() -> Result<(), ndarray_dnn::Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [network, epochs] if network == "surfaces" => {
            let y = |i| table(i, 0).powi(2) + table(i, 1).powi(2);
            fit::<f64>(&[2, 8, 1], Activation::Sigmoid, 40, 3, y, epochs)
        }
        [network, epochs] if network == "digits32" => {
            fit::<f32>(&[64, 100, 10], Activation::Relu, 32, 56, |_| 0.0, epochs)
        }
        _ => panic!("usage: instructions surfaces|digits32 <epochs>"),
    }
}

/// Trains for epochs of `minibatches` mini-batches of `batch` rows. `y` gives the target of a row; with ten outputs,
/// the targets are classes instead.
fn fit<F: Scalar>(
    sizes: &[usize],
    hidden: Activation,
    batch: usize,
    minibatches: usize,
    y: impl Fn(usize) -> f64,
    epochs: &str,
) -> Result<(), ndarray_dnn::Error> {
    let (rows, outputs) = (batch * minibatches, sizes[sizes.len() - 1]);
    let x = Array2::from_shape_fn((rows, sizes[0]), |(i, j)| F::from_f64(table(i, j)));
    let y = Array2::from_shape_fn((rows, outputs), |(i, j)| match outputs {
        1 => F::from_f64(y(i)),
        _ => F::from_f64(f64::from(u8::from(i % outputs == j))),
    });
    let hidden_layers = sizes.len() - 2;
    let mut net: Dnn<F> = Dnn::builder()
        .input_shape(sizes[0])
        .shape(sizes[1..].iter().copied())
        .activations(std::iter::repeat_n(hidden, hidden_layers).chain([Activation::Identity]))
        .softmax(outputs > 1)
        .batch_order(BatchOrder::Sequential)
        .minibatch_size(batch)
        .max_epochs(epochs.parse().unwrap())
        .threshold(0.0)
        .eta(0.01)
        .build()?;
    net.fit(&x, &y)?;
    Ok(())
}

/// A number in [−1, 1].
fn table(i: usize, j: usize) -> f64 {
    (1.7 * (i * 64 + j) as f64).sin()
}
