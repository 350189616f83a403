//! Data sets: from the files, or generated.

use std::f64::consts::{PI, TAU};
use std::path::Path;
use std::rc::Rc;

use ndarray_dnn::ndarray::{Array2, Axis, s};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One in so many rows is held out.
const FOLDS: usize = 5;

/// Draws the generated data sets.
const SEED: u64 = 2024;

/// Rows as they come, `x` `(n, n₀)` and `y` `(n, n_L)`; of classes y is 1 in the column of the class and 0 elsewhere.
pub struct Data {
    x: Array2<f64>,
    y: Array2<f64>,
    pub is_classes: bool,
}

/// What the network is given as x.
#[derive(Clone, Copy)]
pub enum Scaling {
    /// Each column by mean and standard deviation of the training rows.
    Standardised,
    /// All columns by one number.
    Divided(f64),
}

/// Rows to train on and rows to judge by.
pub struct Split {
    pub x: Array2<f64>,
    pub y: Array2<f64>,
    pub held_out_x: Array2<f64>,
    pub held_out_y: Array2<f64>,
}

impl Data {
    /// A file with a class, counted from 0, in its last column.
    pub fn classes(path: &str) -> Self {
        let (x, labels) = read(path);
        let classes = labels.iter().fold(0.0, |most: f64, &label| most.max(label)) as usize + 1;
        let y = Array2::from_shape_fn((x.nrows(), classes), |(i, class)| {
            f64::from(u8::from(labels[[i, 0]] == class as f64))
        });
        Self { x, y, is_classes: true }
    }

    /// A file with a number to be predicted in its last column.
    pub fn values(path: &str) -> Self {
        let (x, y) = read(path);
        Self { x, y, is_classes: false }
    }

    /// J. Friedman, *Multivariate adaptive regression splines*, 1991, equation 56: the first five of ten inputs
    /// in [0, 1) matter, and the noise has a standard deviation of 1.
    pub fn friedman(n: usize) -> Self {
        Self::generated(
            n,
            10,
            1,
            0.0,
            |x, _| 10.0 * (PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4],
            1.0,
        )
    }

    /// `sin(2x₁ + x₂)`, and with a second output `sin(x₁ − 2x₂)`, of two inputs in [−1.5, 1.5); the noise has a
    /// standard deviation of 0.1.
    pub fn sine(n: usize, outputs: usize) -> Self {
        Self::generated(
            n,
            2,
            outputs,
            -1.5,
            |x, output| match output {
                0 => (2.0 * x[0] + x[1]).sin(),
                _ => (x[0] - 2.0 * x[1]).sin(),
            },
            0.1,
        )
    }

    /// Inputs uniform from `low` to as far beyond 0, or in [0, 1) if that is 0.
    fn generated(
        n: usize,
        inputs: usize,
        outputs: usize,
        low: f64,
        signal: impl Fn(&[f64], usize) -> f64,
        noise: f64,
    ) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(SEED);
        let width = if low < 0.0 { -2.0 * low } else { 1.0 };
        let x = Array2::from_shape_simple_fn((n, inputs), || low + width * generator.random::<f64>());
        let y = Array2::from_shape_fn((n, outputs), |(i, output)| {
            signal(&x.row(i).to_vec(), output) + noise * normal(&mut generator)
        });
        Self { x, y, is_classes: false }
    }

    /// For several tasks.
    pub fn shared(self) -> Rc<Self> {
        Rc::new(self)
    }

    /// The numbers of inputs and outputs.
    pub fn widths(&self) -> (usize, usize) {
        (self.x.ncols(), self.y.ncols())
    }

    /// Holds out the rows i with `(i + seed) % 5 == 0`; targets that are no classes are standardised.
    pub fn split(&self, scaling: Scaling, seed: u64) -> Split {
        let (held_out, others): (Vec<_>, Vec<_>) =
            (0..self.x.nrows()).partition(|i| (*i as u64 + seed).is_multiple_of(FOLDS as u64));
        let select = |array: &Array2<f64>| [array.select(Axis(0), &others), array.select(Axis(0), &held_out)];
        let [x, held_out_x] = match scaling {
            Scaling::Standardised => standardised(select(&self.x)),
            Scaling::Divided(by) => select(&self.x).map(|x| x / by),
        };
        let y = select(&self.y);
        let [y, held_out_y] = if self.is_classes { y } else { standardised(y) };
        Split { x, y, held_out_x, held_out_y }
    }
}

/// Both by mean and standard deviation of the first one's columns; a constant column is only moved.
fn standardised([train, held_out]: [Array2<f64>; 2]) -> [Array2<f64>; 2] {
    let mean = train.sum_axis(Axis(0)) / train.nrows() as f64;
    let mut scale = train.std_axis(Axis(0), 0.0);
    scale.mapv_inplace(|scale| if scale > 0.0 { scale } else { 1.0 });
    [train, held_out].map(|rows| (rows - &mean) / &scale)
}

/// A standard normal number, after Box and Muller.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = generator.random();
    (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()
}

/// All columns but the last, and the last, of a file; the path is from where `Cargo.toml` is.
fn read(path: &str) -> (Array2<f64>, Array2<f64>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows = text.lines().skip(1).map(|line| line.split(',').map(|number| number.parse().unwrap()));
    let rows = Vec::from_iter(rows.map(Vec::<f64>::from_iter));
    let table = Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap();
    let last = table.ncols() - 1;
    (table.slice(s![.., ..last]).to_owned(), table.slice(s![.., last..]).to_owned())
}
