use ndarray::Array;
use rustyml::prelude::neural_network::*;

fn main() {
    let x = Array::from_shape_fn((300, 2), |(i, j)| (1.7 * (i * 2 + j) as f32).sin());
    let y = Array::from_shape_fn((300, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]).into_dyn();
    let x = x.into_dyn();
    let layers = SequentialBuilder::new().add(Dense::new(16, Activation::ReLU).unwrap());
    let layers = layers.add(Dense::new(1, Activation::Linear).unwrap());
    let mut net = layers.build(&Shape::known(x.shape())).unwrap();
    net.compile(Adam::new(0.03, 0.9, 0.999, 1e-8, 0.0).unwrap(), MeanSquaredError::new());
    net.fit(&x, &y, 1900).unwrap();
    println!("mse {}", net.evaluate(&x, &y).unwrap());
}
