//! Every kind of machine with fused multiplication and addition has the same bits; this is what lets a kernel use the
//! longer vectors of AVX-512. The kernels run here as a training step calls them.

use super::*;
use crate::activation::{Activation, Link};
use crate::kernel::activate::{self, Exp, ScalarFunction};
use crate::kernel::arch::dispatch;
use crate::kernel::matrix::Matrix;
use crate::kernel::smooth::{Elu, Gelu, Silu, Softplus, Softsign};
use crate::kernel::{Dense, Linked, ProductPanels, forward, times_transposed, transposed_times};

/// The results on all of these machines, which must be equal.
#[track_caller]
fn assert_equal<T: PartialEq + Debug>(result: impl Fn() -> T, case: impl Debug) {
    let fused = Machine::all().filter(|machine| *machine != Machine::Portable);
    let results = Vec::from_iter(fused.map(|machine| machine.with(&result)));
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{case:?}: {results:?}");
}

fn matrix<F: Scalar>(generator: &mut ChaCha8Rng, rows: usize, columns: usize) -> Matrix<F> {
    let mut matrix = Matrix::zeros("m", rows, columns).unwrap();
    matrix.values_mut().copy_from_slice(&uniform(generator, rows * columns));
    matrix
}

/// A layer forward, with its weights packed before and not, and backward with its gradient.
fn check_layer<F: Scalar>(rows: usize, fan_in: usize, fan_out: usize, activation: Activation) {
    let generator = &mut generator();
    let (x, weights) = (matrix::<F>(generator, rows, fan_in), matrix::<F>(generator, fan_in, fan_out));
    let (biases, delta) = (uniform::<F>(generator, fan_out), matrix::<F>(generator, rows, fan_out));
    let result = || {
        let mut outputs = Vec::new();
        for panels in [None, ProductPanels::pack(&weights)] {
            let (mut output, mut probabilities) =
                (vec![F::nan(); rows * fan_out], vec![F::nan(); rows * fan_out]);
            let mut maxima_and_others = vec![F::nan(); rows * 2];
            let layer = Dense {
                weights: &weights,
                panels: panels.as_ref(),
                biases: &biases,
                activation,
                output: &mut output,
                level: None,
                mask: None,
            };
            let linked =
                Linked { probabilities: &mut probabilities, maxima_and_others: &mut maxima_and_others };
            forward(x.by_ref(), std::iter::once(layer), Link::Softmax, linked);
            outputs.extend([bits(&output), bits(&probabilities), bits(&maxima_and_others)]);
        }
        let (mut sent_back, mut sums) = (vec![F::nan(); rows * fan_in], Matrix::default());
        times_transposed(delta.by_ref(), &weights, &mut sent_back);
        let mut of_weights = Matrix::zeros("g", fan_in, fan_out).unwrap();
        let scale = F::from_f64(-1.0 / rows as f64);
        transposed_times(x.by_ref(), delta.by_ref(), scale, &mut of_weights, &mut sums).unwrap();
        (outputs, bits(&sent_back), bits(of_weights.values()))
    };
    assert_equal(result, (rows, fan_in, fan_out, activation, F::NAME));
}

#[test]
fn layers_of_all_sizes() {
    let activations = [Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Identity];
    // Around one and two vectors of AVX2 and of AVX-512, in both types; few rows and many.
    let sizes = [1, 2, 4, 5, 8, 9, 10, 15, 16, 17, 24, 31, 32, 33, 48, 65];
    for (i, fan_out) in sizes.into_iter().enumerate() {
        for (j, fan_in) in sizes.into_iter().enumerate() {
            for rows in [1, 2, 7, 12, 13, 40] {
                check_layer::<f32>(rows, fan_in, fan_out, activations[(i + j) % 4]);
                check_layer::<f64>(rows, fan_in, fan_out, activations[(i + j) % 4]);
            }
        }
    }
}

#[test]
fn large_layers_and_many_rows() {
    // In blocks, with packed panels of several parts of the depth, and past the rows that are summed in order.
    for (rows, fan_in, fan_out) in
        [(70, 129, 1030), (300, 70, 520), (40, 900, 70), (5000, 9, 33), (4500, 40, 10)]
    {
        check_layer::<f32>(rows, fan_in, fan_out, Activation::Sigmoid);
        check_layer::<f64>(rows, fan_in, fan_out, Activation::Tanh);
    }
}

/// A function of values of all sizes, special ones among them, at all remainders of the lanes.
fn check_function<F: Element>(function: impl ScalarFunction<F>, name: &str) {
    let generator = &mut generator();
    let special = [F::infinity(), F::neg_infinity(), F::zero(), -F::zero(), F::min_positive_value()];
    for length in LENGTHS.chain([200, 1001]) {
        let mut values = of_all_sizes::<F>(generator, length);
        for (i, &special) in special.iter().enumerate() {
            if let Some(value) = values.get_mut(i * 13) {
                *value = special;
            }
        }
        let result = || {
            let mut z = values.clone();
            dispatch(activate::Activate { z: &mut z, function });
            bits(&z)
        };
        assert_equal(result, (name, length, F::NAME));
    }
}

fn check_functions<F: Element>() {
    check_function::<F>(activate::Sigmoid, "sigmoid");
    check_function::<F>(activate::Tanh, "tanh");
    check_function::<F>(activate::Relu, "relu");
    check_function::<F>(activate::LeakyRelu { slope: F::from_f64(0.1) }, "leaky relu");
    check_function::<F>(Exp, "exponential");
    check_function::<F>(Elu::of(0.7), "elu");
    check_function::<F>(Elu::scaled(), "selu");
    check_function::<F>(Softplus, "softplus");
    check_function::<F>(Softsign, "softsign");
    check_function::<F>(Gelu, "gelu");
    check_function::<F>(Silu, "silu");
}

#[test]
fn functions_of_one_value() {
    check_functions::<f32>();
    check_functions::<f64>();
}

/// Every value gets into its lane and back, by `load`, `transpose` and `store`, whole and in part.
#[test]
fn a_product_with_the_identity_is_the_matrix() {
    for columns in 1..70 {
        let x = matrix::<f32>(&mut generator(), 14, columns);
        let identity =
            Vec::from_iter((0..columns * columns).map(|i| if i % (columns + 1) == 0 { 1.0 } else { 0.0 }));
        for machine in Machine::all() {
            let mut c = vec![f32::NAN; 14 * columns];
            let mut weights = Matrix::zeros("w", columns, columns).unwrap();
            weights.values_mut().copy_from_slice(&identity);
            machine.with(|| times_transposed(x.by_ref(), &weights, &mut c));
            assert_eq!(c, x.values(), "{columns}, {machine:?}");
        }
    }
}
