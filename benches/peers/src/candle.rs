//! candle. Its SGD has neither momentum nor L2, so its steps are less work than those of this crate.

use std::time::{Duration, Instant};

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{Linear, Module, Optimizer, SGD, loss, ops};

use crate::ETA;
use crate::contest::Contestant;
use crate::workload::{Element, Hidden, Workload};

pub struct Candle {
    workload: Workload,
    layers: Vec<Linear>,
    optimizer: SGD,
    /// (rows, n₀)
    x: Tensor,
    /// With softmax (rows), classes; otherwise (rows, n_L)
    y: Tensor,
    next: usize,
    prediction: Option<Tensor>,
}

impl Candle {
    pub fn new(workload: Workload) -> Self {
        Self::try_new(workload).unwrap()
    }

    fn try_new(workload: Workload) -> Result<Self> {
        let (device, dtype) = match workload.dtype {
            Element::F32 => (Device::Cpu, DType::F32),
            Element::F64 => (Device::Cpu, DType::F64),
        };
        let mut variables = Vec::new();
        let mut layers = Vec::new();
        for (pair, weights) in workload.sizes.windows(2).zip(workload.weights()) {
            let weights = Tensor::from_vec(weights, (pair[1], pair[0]), &device)?.to_dtype(dtype)?;
            let weights = Var::from_tensor(&weights)?;
            let biases = Var::zeros(pair[1], dtype, &device)?;
            layers.push(Linear::new(weights.as_tensor().clone(), Some(biases.as_tensor().clone())));
            variables.extend([weights, biases]);
        }
        let rows = workload.rows();
        let y = if workload.softmax {
            let labels = workload.labels().into_iter().map(|label| label as u32).collect();
            Tensor::from_vec::<_, u32>(labels, rows, &device)?
        } else {
            Tensor::from_vec(workload.y(), (rows, workload.outputs()), &device)?.to_dtype(dtype)?
        };
        // candle does not halve the squared error: the learning rate is halved instead.
        let eta = if workload.softmax { ETA } else { ETA / 2.0 };
        Ok(Self {
            layers,
            optimizer: SGD::new(variables, eta)?,
            x: Tensor::from_vec(workload.x(), (rows, workload.inputs()), &device)?.to_dtype(dtype)?,
            y,
            next: 0,
            prediction: None,
            workload,
        })
    }

    /// The output of the last layer, before softmax.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut a = self.layers[0].forward(x)?;
        for layer in &self.layers[1..] {
            a = match self.workload.hidden {
                Hidden::Sigmoid => ops::sigmoid(&a)?,
                Hidden::Relu => a.relu()?,
            };
            a = layer.forward(&a)?;
        }
        Ok(a)
    }

    fn step(&mut self) -> Result<()> {
        let batch = self.workload.batch;
        let start = self.next * batch;
        self.next = (self.next + 1) % self.workload.minibatches;
        let z = self.forward(&self.x.narrow(0, start, batch)?)?;
        let y = self.y.narrow(0, start, batch)?;
        let loss = if self.workload.softmax { loss::cross_entropy(&z, &y)? } else { loss::mse(&z, &y)? };
        self.optimizer.backward_step(&loss)
    }

    fn answer_of(&self, rows: usize) -> Result<Tensor> {
        let z = self.forward(&self.x.narrow(0, 0, rows)?)?;
        if self.workload.softmax { ops::softmax_last_dim(&z) } else { Ok(z) }
    }
}

impl Contestant for Candle {
    fn train(&mut self, minibatches: usize) -> Duration {
        let start = Instant::now();
        (0..minibatches).for_each(|_| self.step().unwrap());
        start.elapsed()
    }

    fn predict(&mut self, rows: usize, runs: usize) -> Duration {
        let start = Instant::now();
        for _ in 0..runs {
            self.prediction = Some(self.answer_of(rows).unwrap());
        }
        start.elapsed()
    }

    fn answer(&self) -> Vec<f64> {
        let answer = self.prediction.as_ref().unwrap().to_dtype(DType::F64).unwrap();
        answer.flatten_all().unwrap().to_vec1().unwrap()
    }
}
