//! This crate: by hand with the `_into` verbs, or by `fit` with all epochs in one call.

use std::time::{Duration, Instant};

use ndarray_dnn::ndarray::{Array1, Array2, s};
use ndarray_dnn::{Activation, BatchOrder, Dnn, Gradients, Layer, Pass, Scalar};

use crate::contest::Contestant;
use crate::workload::{Hidden, Workload};
use crate::{ETA, L2, MOMENTUM};

pub struct Ours<F: Scalar> {
    workload: Workload,
    x: Array2<F>,
    y: Array2<F>,
    net: Dnn<F>,
    by_fit: bool,
    /// The index of the next mini-batch.
    next: usize,
    pass: Pass<F>,
    d: Array2<F>,
    gradients: Gradients<F>,
    /// The prediction of one row.
    prediction: Pass<F>,
    /// The prediction of several rows.
    predicted: Array2<F>,
}

impl<F: Scalar> Ours<F> {
    pub fn by_hand(workload: Workload) -> Self {
        Self {
            x: array(workload.rows(), workload.x()),
            y: array(workload.rows(), workload.y()),
            net: network(&workload, 1),
            by_fit: false,
            next: 0,
            pass: Pass::default(),
            d: Array2::default((0, 0)),
            gradients: Gradients::default(),
            prediction: Pass::default(),
            predicted: Array2::default((0, 0)),
            workload,
        }
    }

    pub fn by_fit(workload: Workload) -> Self {
        Self { by_fit: true, ..Self::by_hand(workload) }
    }

    fn step(&mut self) {
        let start = self.next * self.workload.batch;
        self.next = (self.next + 1) % self.workload.minibatches;
        let rows = s![start..start + self.workload.batch, ..];
        self.net.compute_into(&self.x.slice(rows), &mut self.pass).unwrap();
        self.net.error_into(&self.pass, &self.y.slice(rows), &mut self.d).unwrap();
        self.net.bp_into(&self.pass, &self.d, &mut self.gradients).unwrap();
        self.net.update(&self.gradients).unwrap();
    }
}

impl<F: Scalar> Contestant for Ours<F> {
    fn train(&mut self, minibatches: usize) -> Duration {
        if self.by_fit {
            self.net = network(&self.workload, minibatches / self.workload.minibatches);
            let start = Instant::now();
            let report = self.net.fit(&self.x, &self.y).unwrap();
            let took = start.elapsed();
            assert_eq!(report.iterations(), minibatches);
            took
        } else {
            let start = Instant::now();
            (0..minibatches).for_each(|_| self.step());
            start.elapsed()
        }
    }

    fn predict(&mut self, rows: usize, runs: usize) -> Duration {
        let start = Instant::now();
        if rows == 1 {
            for _ in 0..runs {
                self.net.compute_into(&self.x.slice(s![..1, ..]), &mut self.prediction).unwrap();
            }
            return start.elapsed();
        }
        for _ in 0..runs {
            self.predicted = self.net.predict(&self.x.slice(s![..rows, ..])).unwrap();
        }
        start.elapsed()
    }

    fn answer(&self) -> Vec<f64> {
        let answer = if self.predicted.is_empty() { self.prediction.output() } else { self.predicted.view() };
        answer.iter().map(|answer| answer.as_f64()).collect()
    }
}

fn array<F: Scalar>(rows: usize, values: Vec<f64>) -> Array2<F> {
    let columns = values.len() / rows;
    Array2::from_shape_vec((rows, columns), values.into_iter().map(F::from_f64).collect()).unwrap()
}

fn network<F: Scalar>(workload: &Workload, epochs: usize) -> Dnn<F> {
    let hidden = match workload.hidden {
        Hidden::Sigmoid => Activation::Sigmoid,
        Hidden::Relu => Activation::Relu,
    };
    let weights = workload.weights();
    let last = weights.len() - 1;
    let layers = weights.into_iter().zip(&workload.sizes[1..]).enumerate().map(|(l, (weights, &fan_out))| {
        let activation = if l == last { Activation::Identity } else { hidden };
        Layer::new(array(fan_out, weights), Array1::zeros(fan_out), activation).unwrap()
    });
    Dnn::builder()
        .softmax(workload.softmax)
        .batch_order(BatchOrder::Sequential)
        .minibatch_size(workload.batch)
        .max_epochs(epochs)
        .threshold(0.0)
        .eta(ETA)
        .decay_power(0.0)
        .momentum(MOMENTUM)
        .regularization(L2)
        .build_from(layers.collect::<Vec<_>>())
        .unwrap()
}
