use ndarray_dnn::{Dnn, metrics::r2, ndarray::Array2};

fn main() -> Result<(), ndarray_dnn::Error> {
    let x = Array2::from_shape_fn((300, 2), |(i, j)| (1.7 * (i * 2 + j) as f32).sin());
    let y = Array2::from_shape_fn((300, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
    let mut net: Dnn<f32> = Dnn::regressor(2, &[16], 1).build()?;
    net.fit(&x, &y)?;
    println!("R² {}", r2(&y, &net.predict(&x)?)?);
    Ok(())
}
