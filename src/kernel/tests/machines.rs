//! Every kind of machine with fused multiplication and addition has the same bits; this is what lets a kernel use the
//! longer vectors of AVX-512. The kernels run here as a training step calls them.

use super::*;
use crate::kernel::activate::{self, Exp, ScalarFunction};
use crate::kernel::arch::{Arch, dispatch};
use crate::kernel::matrix::{Matrix, MatrixView};
use crate::kernel::smooth::{Elu, Gelu, Silu, Softplus, Softsign};
use crate::kernel::{ProductPanels, affine, replace, softmax, times_transposed, transposed_times};

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

/// The function that changes no value.
#[derive(Clone, Copy)]
struct Same;

impl<F: Scalar> ScalarFunction<F> for Same {
    fn value<A: Arch>(self, z: F) -> F {
        z
    }

    fn derivative<A: Arch>(self, _: F) -> F {
        F::one()
    }
}

/// A layer and softmax, as a kernel.
struct Layer<'a, F, G> {
    x: &'a Matrix<F>,
    weights: &'a Matrix<F>,
    panels: Option<&'a ProductPanels<F>>,
    biases: &'a [F],
    function: G,
    output: &'a mut [F],
    probabilities: &'a mut [F],
    maxima_and_others: &'a mut [F],
}

impl<F: Scalar, G: ScalarFunction<F>> Kernel for Layer<'_, F, G> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { x, weights, panels, biases, function, output, probabilities, maxima_and_others } = self;
        affine(arch, x.by_ref(), weights, panels, biases, output);
        replace(arch, x.rows() == 1, output, function);
        softmax(arch, MatrixView::of_values(output, weights.columns()), probabilities, maxima_and_others);
    }
}

/// A layer forward, with its weights packed before and not, and backward with its gradient.
fn check_layer<F: Scalar>(rows: usize, fan_in: usize, fan_out: usize, function: impl ScalarFunction<F>) {
    let generator = &mut generator();
    let (x, weights) = (matrix::<F>(generator, rows, fan_in), matrix::<F>(generator, fan_in, fan_out));
    let (biases, delta) = (uniform::<F>(generator, fan_out), matrix::<F>(generator, rows, fan_out));
    let result = || {
        let mut outputs = Vec::new();
        for panels in [None, ProductPanels::pack(&weights)] {
            let (mut output, mut probabilities) =
                (vec![F::nan(); rows * fan_out], vec![F::nan(); rows * fan_out]);
            let mut maxima_and_others = vec![F::nan(); rows * 2];
            dispatch(Layer {
                x: &x,
                weights: &weights,
                panels: panels.as_ref(),
                biases: &biases,
                function,
                output: &mut output,
                probabilities: &mut probabilities,
                maxima_and_others: &mut maxima_and_others,
            });
            outputs.extend([bits(&output), bits(&probabilities), bits(&maxima_and_others)]);
        }
        let (mut sent_back, mut sums) = (vec![F::nan(); rows * fan_in], Matrix::default());
        times_transposed(delta.by_ref(), &weights, &mut sent_back);
        let mut of_weights = Matrix::zeros("g", fan_in, fan_out).unwrap();
        let scale = F::from_f64(-1.0 / rows as f64);
        transposed_times(x.by_ref(), delta.by_ref(), scale, &mut of_weights, &mut sums).unwrap();
        (outputs, bits(&sent_back), bits(of_weights.values()))
    };
    assert_equal(result, (rows, fan_in, fan_out, std::any::type_name_of_val(&function), F::NAME));
}

/// [`check_layer`] with one of four functions.
fn check_nth_function<F: Scalar>(n: usize, rows: usize, fan_in: usize, fan_out: usize) {
    match n % 4 {
        0 => check_layer::<F>(rows, fan_in, fan_out, activate::Sigmoid),
        1 => check_layer::<F>(rows, fan_in, fan_out, activate::Tanh),
        2 => check_layer::<F>(rows, fan_in, fan_out, activate::Relu),
        _ => check_layer::<F>(rows, fan_in, fan_out, Same),
    }
}

#[test]
fn layers_of_all_sizes() {
    // Around one and two vectors of AVX2 and of AVX-512, in both types; few rows and many.
    let sizes = [1, 2, 4, 5, 8, 9, 10, 15, 16, 17, 24, 31, 32, 33, 48, 65];
    for (i, fan_out) in sizes.into_iter().enumerate() {
        for (j, fan_in) in sizes.into_iter().enumerate() {
            for rows in [1, 2, 7, 12, 13, 40] {
                check_nth_function::<f32>(i + j, rows, fan_in, fan_out);
                check_nth_function::<f64>(i + j, rows, fan_in, fan_out);
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
        check_layer::<f32>(rows, fan_in, fan_out, activate::Sigmoid);
        check_layer::<f64>(rows, fan_in, fan_out, activate::Tanh);
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
