//! A setting of a network: the values that the measurements vary.

use std::fmt;

use ndarray_dnn::{Activation, BatchOrder, Dnn, DnnBuilder, Init, Loss, Optimizer, Schedule};

/// The numbers of epochs and of updates that a preset makes at least.
pub const EPOCHS: usize = 100;
pub const MIN_UPDATES: usize = 1_000;

/// The settings of a network that do not depend on the data.
#[derive(Clone, Copy)]
pub struct Setting {
    pub hidden: Activation,
    pub optimizer: Optimizer,
    pub eta: f64,
    pub decay_power: f64,
    pub course: Course,
    /// Unused by Adam and AdamW.
    pub momentum: f64,
    pub minibatch_size: usize,
    pub regularization: f64,
}

/// A schedule that ends with the last epoch.
#[derive(Clone, Copy, PartialEq)]
pub enum Course {
    /// None: the rate depends on `eta` and `decay_power` alone.
    Constant,
    /// From `eta` to 0.
    Cosine,
    /// Up to `eta`, then down to 0, with the values of PyTorch.
    OneCycle,
}

impl Setting {
    /// Sets the learning rate `eta / t^decay_power`.
    pub const fn rate(self, eta: f64, decay_power: f64) -> Self {
        Self { eta, decay_power, ..self }
    }

    /// Sets λ.
    pub const fn l2(self, regularization: f64) -> Self {
        Self { regularization, ..self }
    }

    /// Sets the schedule, without a decay.
    pub const fn scheduled(self, course: Course, eta: f64) -> Self {
        Self { course, ..self.rate(eta, 0.0) }
    }

    /// The epochs of a preset for `rows` training rows: 100, or as many as make 1,000 updates.
    pub fn epochs(&self, rows: usize) -> usize {
        EPOCHS.max(MIN_UPDATES.div_ceil(rows.div_ceil(self.minibatch_size)))
    }

    /// A builder of a network for classes or for values, with the layers `shape`, that will be trained for `epochs`.
    pub fn builder(&self, inputs: usize, shape: &[usize], is_classes: bool, epochs: usize) -> DnnBuilder {
        let mut activations = vec![self.hidden; shape.len()];
        activations[shape.len() - 1] = Activation::Identity;
        let builder = Dnn::builder()
            .input_shape(inputs)
            .shape(shape.iter().copied())
            .activations(activations)
            .softmax(is_classes)
            .loss(if is_classes { Loss::Article } else { Loss::Squared })
            .init(Init::He)
            .batch_order(BatchOrder::Shuffled)
            .threshold(0.0)
            .optimizer(self.optimizer)
            .eta(self.eta)
            .schedule(match self.course {
                Course::Constant => Schedule::Constant,
                Course::Cosine => Schedule::cosine(epochs),
                Course::OneCycle => Schedule::one_cycle(epochs),
            })
            .decay_power(self.decay_power)
            .minibatch_size(self.minibatch_size)
            .regularization(self.regularization)
            .regularize_biases(false);
        match self.optimizer {
            Optimizer::Momentum | Optimizer::Nesterov => builder.momentum(self.momentum),
            _ => builder,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hidden, eta, decay_power, minibatch_size, regularization, .. } = self;
        let optimizer = match self.optimizer {
            Optimizer::Momentum => format!("Momentum {}", self.momentum),
            Optimizer::Nesterov => format!("Nesterov {}", self.momentum),
            Optimizer::AdamW { .. } => String::from("AdamW"),
            _ => String::from("Adam"),
        };
        let course = match self.course {
            Course::Constant => "",
            Course::Cosine => ", cosine",
            Course::OneCycle => ", one cycle",
        };
        write!(
            f,
            "{hidden} | {optimizer}{course} | {eta} | {decay_power} | {minibatch_size} | {regularization}"
        )
    }
}
