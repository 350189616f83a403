//! burn with its flex backend.

use std::time::{Duration, Instant};

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig, MseLoss, Reduction};
use burn::optim::{
    GradientsParams, ModuleOptimizer, SgdConfig, decay::WeightDecayConfig, momentum::MomentumConfig,
};
use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData, activation};

use crate::contest::Contestant;
use crate::workload::{Element, Hidden, Workload};
use crate::{ETA, L2, MOMENTUM};

#[derive(Module, Debug)]
struct Network {
    layers: Vec<Linear>,
}

pub struct Burn {
    workload: Workload,
    /// `None` only during a step, which consumes the network.
    network: Option<Network>,
    optimizer: ModuleOptimizer,
    eta: f64,
    cross_entropy: CrossEntropyLoss,
    /// (rows, n₀)
    x: Tensor<2>,
    /// (rows, n_L)
    y: Tensor<2>,
    /// (rows)
    labels: Tensor<1, Int>,
    next: usize,
    prediction: Option<Tensor<2>>,
}

impl Burn {
    pub fn new(workload: Workload) -> Self {
        let mut device = Device::flex();
        let dtype = match workload.dtype {
            Element::F32 => FloatDType::F32,
            Element::F64 => FloatDType::F64,
        };
        device.configure(dtype).unwrap();
        let device = device.autodiff();
        let layers = workload.sizes.windows(2).zip(workload.weights()).map(|(pair, weights)| {
            let weights = Tensor::<2>::from_data(TensorData::new(weights, [pair[1], pair[0]]), &device);
            Linear {
                weight: Param::from_data(weights.transpose().into_data(), &device),
                bias: Some(Param::from_data(TensorData::new(vec![0.0; pair[1]], [pair[1]]), &device)),
            }
        });
        // burn does not halve the squared error: the learning rate is halved instead, and L2 doubled.
        let (eta, l2) = if workload.softmax { (ETA, L2) } else { (ETA / 2.0, L2 * 2.0) };
        let momentum = MomentumConfig { momentum: MOMENTUM, dampening: 0.0, nesterov: false };
        let (rows, labels) = (workload.rows(), workload.labels().into_iter().map(|label| label as i64));
        Self {
            network: Some(Network { layers: layers.collect() }),
            optimizer: SgdConfig::new()
                .with_momentum(Some(momentum))
                .with_weight_decay(Some(WeightDecayConfig::new(l2 as f32)))
                .init(),
            eta,
            cross_entropy: CrossEntropyLossConfig::new().init(&device),
            x: Tensor::from_data(TensorData::new(workload.x(), [rows, workload.inputs()]), &device),
            y: Tensor::from_data(TensorData::new(workload.y(), [rows, workload.outputs()]), &device),
            labels: Tensor::from_data(TensorData::new(labels.collect::<Vec<_>>(), [rows]), &device),
            next: 0,
            prediction: None,
            workload,
        }
    }

    fn step(&mut self) {
        let start = self.next * self.workload.batch;
        self.next = (self.next + 1) % self.workload.minibatches;
        let rows = start..start + self.workload.batch;
        let network = self.network.take().unwrap();
        let z = forward(&network, self.workload.hidden, self.x.clone().slice(rows.clone()));
        let loss = if self.workload.softmax {
            self.cross_entropy.forward(z, self.labels.clone().slice(rows))
        } else {
            MseLoss::new().forward(z, self.y.clone().slice(rows), Reduction::Mean)
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        self.network = Some(self.optimizer.step(self.eta, network, gradients));
    }
}

impl Contestant for Burn {
    fn train(&mut self, minibatches: usize) -> Duration {
        let start = Instant::now();
        (0..minibatches).for_each(|_| self.step());
        start.elapsed()
    }

    fn predict(&mut self, rows: usize, runs: usize) -> Duration {
        // Without automatic differentiation.
        let (network, x) = (self.network.as_ref().unwrap().valid(), self.x.clone().inner());
        let start = Instant::now();
        for _ in 0..runs {
            let z = forward(&network, self.workload.hidden, x.clone().slice(0..rows));
            self.prediction = Some(if self.workload.softmax { activation::softmax(z, 1) } else { z });
        }
        start.elapsed()
    }

    fn answer(&self) -> Vec<f64> {
        self.prediction.clone().unwrap().into_data().iter().collect()
    }
}

/// The output of the last layer, before softmax.
fn forward(network: &Network, hidden: Hidden, x: Tensor<2>) -> Tensor<2> {
    let mut a = network.layers[0].forward(x);
    for layer in &network.layers[1..] {
        a = match hidden {
            Hidden::Sigmoid => activation::sigmoid(a),
            Hidden::Relu => activation::relu(a),
        };
        a = layer.forward(a);
    }
    a
}
