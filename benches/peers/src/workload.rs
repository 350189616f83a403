//! The workloads, with their data and initial weights. `contestants.py` draws the same numbers.

use serde::Deserialize;

use crate::contest::Contestant;

/// The loss is the mean over this many rows at most.
const LOSS_ROWS: usize = 1024;

/// The random streams of the inputs, the labels and the first layer's weights.
const ROWS: u64 = 0;
const LABELS: u64 = 1;
const WEIGHTS: u64 = 2;

/// A network and its data set. All mini-batches are full, so that all take the same time.
#[derive(Clone, Deserialize)]
pub struct Workload {
    name: String,
    /// n₀ … n_L
    pub sizes: Vec<usize>,
    pub hidden: Hidden,
    /// Whether the targets are classes, drawn at random; otherwise every target is x₁² + x₂².
    pub softmax: bool,
    pub dtype: Element,
    /// Rows of a mini-batch.
    pub batch: usize,
    /// Mini-batches of an epoch.
    pub minibatches: usize,
    /// Mini-batches before the second loss; a multiple of an epoch. 0 for a network that only predicts.
    pub check: usize,
}

/// The activation of the hidden layers. The last layer is linear.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hidden {
    Sigmoid,
    Relu,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Element {
    F32,
    F64,
}

impl Workload {
    pub fn named(name: &str) -> Self {
        let all: Vec<Self> = serde_json::from_str(include_str!("../workloads.json")).unwrap();
        all.into_iter().find(|workload| workload.name == name).unwrap()
    }

    pub fn rows(&self) -> usize {
        self.batch * self.minibatches
    }

    pub fn inputs(&self) -> usize {
        self.sizes[0]
    }

    pub fn outputs(&self) -> usize {
        self.sizes[self.sizes.len() - 1]
    }

    /// (rows, n₀), uniform in [−1, 1)
    pub fn x(&self) -> Vec<f64> {
        (0..self.rows() * self.inputs()).map(|i| symmetric(ROWS, i)).collect()
    }

    /// (rows), classes
    pub fn labels(&self) -> Vec<usize> {
        (0..self.rows()).map(|i| (random(LABELS, i) as usize * self.outputs()) >> 24).collect()
    }

    /// (rows, n_L), one-hot with softmax
    pub fn y(&self) -> Vec<f64> {
        if self.softmax {
            let mut y = vec![0.0; self.rows() * self.outputs()];
            for (row, label) in self.labels().into_iter().enumerate() {
                y[row * self.outputs() + label] = 1.0;
            }
            y
        } else {
            let targets =
                self.x().chunks(self.inputs()).map(|x| x[0] * x[0] + x[1] * x[1]).collect::<Vec<_>>();
            targets.into_iter().flat_map(|target| std::iter::repeat_n(target, self.outputs())).collect()
        }
    }

    /// (fan_out, fan_in) of each layer, uniform in ±1/√fan_in; biases start at 0.
    pub fn weights(&self) -> Vec<Vec<f64>> {
        let layers = self.sizes.windows(2).zip(WEIGHTS..);
        let weights = layers.map(|(pair, stream)| {
            let bound = (pair[0] as f64).sqrt().recip();
            (0..pair[0] * pair[1]).map(|i| symmetric(stream, i) * bound).collect()
        });
        weights.collect()
    }

    /// The mean cross-entropy, or the mean of half the squared error, over the first rows, without L2.
    pub fn loss(&self, contestant: &mut dyn Contestant) -> f64 {
        let rows = self.rows().min(LOSS_ROWS);
        contestant.predict(rows, 1);
        let (answer, y) = (contestant.answer(), self.y());
        assert_eq!(answer.len(), rows * self.outputs());
        let terms = answer.iter().zip(&y).map(|(answer, y)| match self.softmax {
            true if *y == 0.0 => 0.0,
            true => -answer.ln(),
            false => (answer - y).powi(2) / 2.0,
        });
        terms.sum::<f64>() / rows as f64
    }
}

/// A number uniform in [−1, 1), exact in f32.
fn symmetric(stream: u64, i: usize) -> f64 {
    f64::from(random(stream, i)) / f64::from(1 << 23) - 1.0
}

/// 24 random bits: SplitMix64 of a counter.
fn random(stream: u64, i: usize) -> u32 {
    let z = ((stream << 40) + i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as u32
}
