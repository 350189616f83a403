//! Activations and their derivatives against numbers of mpmath: see `activations.py`.

use ndarray::{Array1, Axis, array};
use ndarray_dnn::{Activation, Dnn, Layer, Scalar};

use crate::common::json::{number, read, vector};

const NAMES: [&str; 7] = ["elu(1.0)", "elu(0.375)", "selu", "softplus", "softsign", "gelu", "silu"];

/// A network of one layer and one neuron that computes f(z).
fn net<F: Scalar>(activation: Activation) -> Dnn<F> {
    let layer = Layer::new(array![[F::one()]], array![F::zero()], activation).unwrap();
    Dnn::builder().build_from([layer]).unwrap()
}

/// f(z) and f′(z) of each argument, computed from all arguments at once.
fn computed<F: Scalar>(activation: Activation, z: &Array1<F>) -> [Array1<F>; 2] {
    let x = z.clone().insert_axis(Axis(1));
    let values = net(activation).predict(&x).unwrap().remove_axis(Axis(1));
    let derivatives = z.mapv(|z| derivative(activation, z));
    [values, derivatives]
}

/// f′(z), from the gradient of the bias for D = 1.
fn derivative<F: Scalar>(activation: Activation, z: F) -> F {
    let net = net(activation);
    let gradients = net.bp(&net.compute(&array![[z]]).unwrap(), &array![[F::one()]]).unwrap();
    -gradients.biases(0).unwrap()[0]
}

/// A unit in the last place of F at a value.
fn ulp<F: Scalar>(value: f64) -> f64 {
    let smallest = F::min_positive_value().as_f64();
    let exponent = value.abs().max(smallest).to_bits() >> 52 << 52;
    f64::from_bits(exponent) * F::epsilon().as_f64()
}

fn check<F: Scalar>() {
    let golden = read("activations");
    let all = vector(&golden["z"]);
    let is_argument = |z: f64| F::from_f64(z).as_f64() == z;
    let mut count = 0;
    for name in NAMES {
        let activation: Activation = name.parse().unwrap();
        let z: Array1<F> = all.iter().filter(|z| is_argument(**z)).map(|&z| F::from_f64(z)).collect();
        let [values, derivatives] = computed(activation, &z);
        let rows = all.iter().zip(golden[name]["values"].as_array().unwrap());
        let rows = rows.zip(golden[name]["derivatives"].as_array().unwrap());
        let rows = rows.filter(|((z, _), _)| is_argument(**z)).map(|((z, v), d)| (*z, number(v), number(d)));
        let epsilon = F::epsilon().as_f64();
        for ((z, value, slope), (found, found_slope)) in rows.zip(values.iter().zip(&derivatives)) {
            let tolerance = 4.0 * ulp::<F>(value);
            let tolerance = if z >= -1.0 { tolerance } else { tolerance.max(epsilon) };
            let error = (found.as_f64() - value).abs();
            assert!(error <= tolerance, "{name} of {z:e}: {found:e}, not {value:e}, off by {error:e}");
            let error = (found_slope.as_f64() - slope).abs();
            assert!(
                error <= 2.0 * epsilon,
                "{name}′ at {z:e}: {found_slope:e}, not {slope:e}, off by {error:e}"
            );
            count += 1;
        }
    }
    assert!(count > 3000, "{count}");
}

#[test]
fn in_f64() {
    check::<f64>();
}

#[test]
fn in_f32() {
    check::<f32>();
}
