//! A setting of a network: the values that the measurements vary.

use std::fmt;

use ndarray_dnn::{Activation, BatchOrder, Dnn, DnnBuilder, Init, Loss, Optimizer};

/// The settings of a network that do not depend on the data.
#[derive(Clone, Copy)]
pub struct Setting {
    pub hidden: Activation,
    pub optimizer: Optimizer,
    pub eta: f64,
    pub decay_power: f64,
    /// Unused by Adam.
    pub momentum: f64,
    pub minibatch_size: usize,
    pub regularization: f64,
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

    /// A builder of a network for classes or for values, with the layers `shape`.
    pub fn builder(&self, inputs: usize, shape: &[usize], is_classes: bool) -> DnnBuilder {
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
            .decay_power(self.decay_power)
            .minibatch_size(self.minibatch_size)
            .regularization(self.regularization)
            .regularize_biases(false);
        if self.optimizer == Optimizer::adam() { builder } else { builder.momentum(self.momentum) }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hidden, eta, decay_power, minibatch_size, regularization, .. } = self;
        let optimizer = match self.optimizer {
            Optimizer::Momentum => format!("Momentum {}", self.momentum),
            Optimizer::Nesterov => format!("Nesterov {}", self.momentum),
            _ => String::from("Adam"),
        };
        write!(f, "{hidden} | {optimizer} | {eta} | {decay_power} | {minibatch_size} | {regularization}")
    }
}
