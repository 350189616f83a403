//! Trains a network with one setting at one task, and scores it.

use std::fmt;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Instant;

use ndarray_dnn::ndarray::{Array2, ArrayView1, Axis};
use ndarray_dnn::{Dnn, Error};

use crate::data::{Data, Scaling, Split};
use crate::setting::Setting;

/// A data set, its scaling, and the hidden layers of the network.
pub struct Task {
    name: &'static str,
    data: Rc<Data>,
    scaling: Scaling,
    hidden: &'static [usize],
}

/// The score of a network, and the time of its training.
#[derive(Clone, Copy)]
pub struct Outcome {
    /// The accuracy on the held-out rows, or the mean of R² over the outputs; 0 if training diverged.
    pub score: f64,
    /// The mean loss of the held-out rows; ∞ if training diverged.
    pub loss: f64,
    pub seconds: f64,
    pub has_diverged: bool,
}

impl Task {
    pub fn new(name: &'static str, data: &Rc<Data>, scaling: Scaling, hidden: &'static [usize]) -> Self {
        Self { name, data: Rc::clone(data), scaling, hidden }
    }

    /// Trains a network once, and returns its outcome after each of these numbers of epochs.
    pub fn run(&self, setting: &Setting, seed: u64, checkpoints: &[usize]) -> Vec<Outcome> {
        let split = self.data.split(self.scaling, seed);
        let (inputs, outputs) = self.data.widths();
        let shape = [self.hidden, &[outputs]].concat();
        let epochs = checkpoints[checkpoints.len() - 1];
        let builder = setting.builder(inputs, &shape, self.data.is_classes, epochs);
        let mut net = builder.seed(seed).build().unwrap();
        let mut outcomes = Vec::with_capacity(checkpoints.len());
        let ran = net
            .training(&split.x, &split.y)
            .max_epochs(epochs)
            .on_epoch(|epoch| {
                if checkpoints.contains(&epoch.report().epoch()) {
                    outcomes.push(self.judge(epoch.net(), &split, epoch.elapsed().as_secs_f64()));
                }
                ControlFlow::Continue(())
            })
            .run();
        let lost = Outcome { score: 0.0, loss: f64::INFINITY, seconds: f64::NAN, has_diverged: true };
        match ran {
            Ok(_) => {}
            Err(Error::Diverged { .. }) => outcomes.resize(checkpoints.len(), lost),
            Err(error) => panic!("{self}: {error}"),
        }
        outcomes
    }

    /// Trains a network for as many epochs as a preset would.
    pub fn run_to_end(&self, setting: &Setting, seed: u64) -> Outcome {
        let epochs = setting.epochs(self.data.split(self.scaling, seed).x.nrows());
        self.run(setting, seed, &[epochs])[0]
    }

    /// Trains a network of the preset, with `fit` alone.
    pub fn run_preset(&self, seed: u64) -> Outcome {
        let split = self.data.split(self.scaling, seed);
        let (inputs, outputs) = self.data.widths();
        let preset = if self.data.is_classes { Dnn::classifier } else { Dnn::regressor };
        let mut net = preset(inputs, self.hidden, outputs).seed(seed).build().unwrap();
        let began = Instant::now();
        net.fit(&split.x, &split.y).unwrap();
        self.judge(&net, &split, began.elapsed().as_secs_f64())
    }

    /// Checks that the setting trains like the preset of the crate, to the last bit.
    pub fn check_preset(&self, setting: &Setting) {
        let (of_crate, of_setting) = (self.run_preset(0), self.run_to_end(setting, 0));
        assert_eq!(
            of_crate.loss, of_setting.loss,
            "{self}: the setting differs from the preset of the crate"
        );
    }

    /// The first word of the name: data sets with the same one are of one kind.
    pub fn family(&self) -> &'static str {
        self.name.split(' ').next().unwrap()
    }

    fn judge(&self, net: &Dnn, split: &Split, seconds: f64) -> Outcome {
        let pass = net.compute(&split.held_out_x).unwrap();
        let loss = net.loss(&pass, &split.held_out_y).unwrap();
        let answers = pass.output().to_owned();
        let score = if self.data.is_classes { accuracy } else { r2 }(&answers, &split.held_out_y);
        Outcome { score, loss, seconds, has_diverged: false }
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.hidden)
    }
}

fn accuracy(answers: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let is_right = |(answer, y): (ArrayView1<f64>, ArrayView1<f64>)| largest(answer) == largest(y);
    let rows = answers.rows().into_iter().zip(y.rows());
    rows.filter(|(answer, y)| is_right((*answer, *y))).count() as f64 / y.nrows() as f64
}

fn largest(row: ArrayView1<f64>) -> Option<usize> {
    row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(column, _)| column)
}

/// The mean over the columns of `1 − Σ (y − ŷ)² / Σ (y − ȳ)²`.
fn r2(answers: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let squares = |array: Array2<f64>| (&array * &array).sum_axis(Axis(0));
    let around = y - &(y.sum_axis(Axis(0)) / y.nrows() as f64);
    (1.0 - squares(y - answers) / squares(around)).sum() / y.ncols() as f64
}
