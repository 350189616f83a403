//! Times `fit` on digits32 and surfaces in a program of a user. `user FITS` makes FITS calls of `fit` with one epoch
//! each, and prints the microseconds per step of the fastest.
use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::{BatchOrder::Sequential, Dnn, DnnBuilder, Init::Glorot, Scalar, ndarray::Array2, one_hot};

const SEED: u64 = 1;

fn time<F: Scalar>(
    name: &str,
    x: Array2<F>,
    y: Array2<F>,
    builder: DnnBuilder<F>,
) -> Result<(), Box<dyn std::error::Error>> {
    let fits: usize = std::env::args().nth(1).ok_or("the number of fits is missing")?.parse()?;
    let builder =
        builder.max_epochs(1).threshold(0.0).seed(SEED).init(Glorot).batch_order(Sequential).eta(0.01);
    let mut net = builder.build()?;
    let mut least = f64::INFINITY;
    for _ in 0..fits {
        let report = net.fit(&x, &y)?;
        least = least.min(report.elapsed().as_secs_f64() * 1e6 / report.iterations() as f64);
    }
    println!("{name} {least:.3}");
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let x = Array2::from_shape_fn((32 * 8, 64), |(i, j)| ((i * 64 + j) as f32).sin());
    let y = one_hot::<f32>(&Vec::from_iter((0..32 * 8).map(|i| i * 7 % 10)), 10)?;
    let net = Dnn::builder()
        .input_shape(64)
        .shape([100, 10])
        .activations([Relu, Identity])
        .softmax(true)
        .minibatch_size(32);
    time("digits32", x, y, net)?;
    let x = Array2::from_shape_fn((40 * 75, 2), |(i, j)| ((i * 2 + j) as f64).sin());
    let y = Array2::from_shape_fn((40 * 75, 1), |(i, _)| x[[i, 0]] * x[[i, 0]] + x[[i, 1]] * x[[i, 1]]);
    let net = Dnn::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]).minibatch_size(40);
    time("surfaces", x, y, net)
}
