//! anofox-ml-neural-networks. It can only `fit`, and draws its own initial weights and its own order of the rows. Its
//! SGD has no momentum, so its steps are less work than those of this crate.

use std::time::{Duration, Instant};

use anofox_ml_core::{Fit, Float, Predict};
use anofox_ml_neural_networks::{
    Activation, FittedMlpClassifier, FittedMlpRegressor, MlpClassifier, MlpRegressor, Solver,
};
use ndarray_anofox::{Array1, Array2, Axis, s};

use crate::contest::Contestant;
use crate::workload::{Hidden, Workload};
use crate::{ETA, L2};

pub struct Anofox<F: Float> {
    workload: Workload,
    /// (rows, n₀)
    x: Array2<F>,
    /// (rows), classes or targets
    y: Array1<F>,
    fitted: Fitted<F>,
    /// The rows of the last prediction; `predict` takes owned arrays only.
    head: Array2<F>,
    prediction: Array2<F>,
}

enum Fitted<F: Float> {
    Classifier(FittedMlpClassifier<F>),
    Regressor(FittedMlpRegressor<F>),
}

impl<F: Float> Anofox<F> {
    pub fn new(workload: Workload) -> Self {
        let cast = |value| F::from_f64(value).unwrap();
        let x = workload.x().into_iter().map(cast).collect();
        let y = if workload.softmax {
            workload.labels().into_iter().map(|label| cast(label as f64)).collect()
        } else {
            workload.y().into_iter().map(cast).collect()
        };
        let x = Array2::from_shape_vec((workload.rows(), workload.inputs()), x).unwrap();
        let fitted = fit(&workload, &x, &y, 0);
        Self { workload, x, y, fitted, head: Array2::default((0, 0)), prediction: Array2::default((0, 0)) }
    }
}

impl<F: Float> Contestant for Anofox<F> {
    fn train(&mut self, minibatches: usize) -> Duration {
        let start = Instant::now();
        self.fitted = fit(&self.workload, &self.x, &self.y, minibatches / self.workload.minibatches);
        start.elapsed()
    }

    fn predict(&mut self, rows: usize, runs: usize) -> Duration {
        if self.head.nrows() != rows {
            self.head = self.x.slice(s![..rows, ..]).to_owned();
        }
        let start = Instant::now();
        for _ in 0..runs {
            self.prediction = match &self.fitted {
                Fitted::Classifier(classifier) => classifier.predict_proba(&self.head).unwrap(),
                Fitted::Regressor(regressor) => regressor.predict(&self.head).unwrap().insert_axis(Axis(1)),
            };
        }
        start.elapsed()
    }

    fn answer(&self) -> Vec<f64> {
        self.prediction.iter().map(|answer| answer.to_f64().unwrap()).collect()
    }
}

fn fit<F: Float>(workload: &Workload, x: &Array2<F>, y: &Array1<F>, epochs: usize) -> Fitted<F> {
    let hidden_layer_sizes = workload.sizes[1..workload.sizes.len() - 1].to_vec();
    let activation = match workload.hidden {
        Hidden::Sigmoid => Activation::Sigmoid,
        Hidden::Relu => Activation::Relu,
    };
    if workload.softmax {
        let classifier = MlpClassifier {
            hidden_layer_sizes,
            activation,
            solver: Solver::Sgd,
            learning_rate: ETA,
            max_iter: epochs,
            tol: 0.0,
            seed: 1,
            batch_size: Some(workload.batch),
            alpha: L2,
        };
        Fitted::Classifier(classifier.fit(x, y).unwrap())
    } else {
        // anofox does not halve the squared error, and divides its gradient by the rows of the mini-batch twice.
        let factor = workload.batch as f64 / 2.0;
        let regressor = MlpRegressor {
            hidden_layer_sizes,
            activation,
            solver: Solver::Sgd,
            learning_rate: ETA * factor,
            max_iter: epochs,
            tol: 0.0,
            seed: 1,
            batch_size: Some(workload.batch),
            alpha: L2 / factor,
        };
        Fitted::Regressor(regressor.fit(x, y).unwrap())
    }
}
