//! A network and data for it, for every order, optimizer and loss.

use ndarray::Array2;
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Init, Optimizer, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Head, ORDERS, uniform};

/// The seed of all data here.
const SEED: u64 = 31;
pub(crate) const ROWS: usize = 11;
/// The difference that another order of a few thousand additions of numbers below 10 makes.
pub(crate) const ROUNDING: f64 = 1e-12;

pub(crate) const OPTIMIZERS: [Optimizer; 5] =
    [Optimizer::Momentum, Optimizer::Nesterov, Optimizer::adam(), Optimizer::adam_w(), Optimizer::rms_prop()];

/// 3 inputs, 4 hidden neurons, 2 outputs, and 11 rows for them.
pub(crate) fn example<F: Scalar>(
    order: BatchOrder,
    optimizer: Optimizer,
    head: Head,
) -> (DnnBuilder<F>, Array2<F>, Array2<F>) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let builder = Dnn::builder().input_shape(3).shape([4, 2]).activations([Tanh, Identity]);
    let builder = builder.batch_order(order).minibatch_size(4).threshold(0.0).eta(0.05).init(Init::Glorot);
    let x = uniform(ROWS, 3, generator);
    let y = head.targets(ROWS, 2, generator);
    (head.set(builder).optimizer(optimizer), x, y)
}

pub(crate) fn each_setting(check: impl Fn(BatchOrder, Optimizer, Head)) {
    for order in ORDERS {
        for optimizer in OPTIMIZERS {
            for head in Head::ALL {
                check(order, optimizer, head);
            }
        }
    }
}

pub(crate) fn plain(order: BatchOrder) -> (DnnBuilder, Array2<f64>, Array2<f64>) {
    example(order, Optimizer::Momentum, Head::Article)
}
