//! The data sets: read from files, or generated.

use std::f64::consts::{PI, TAU};
use std::path::Path;
use std::rc::Rc;

use ndarray_dnn::ndarray::{Array2, Axis, s};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One row in `FOLDS` is held out.
const FOLDS: usize = 5;

/// The seed of the generated data sets.
const SEED: u64 = 2024;

/// The unscaled rows, `x` `(n, n₀)` and `y` `(n, n_L)`. For classes, `y` is one-hot.
pub struct Data {
    x: Array2<f64>,
    y: Array2<f64>,
    pub is_classes: bool,
}

/// The scaling of the inputs.
#[derive(Clone, Copy)]
pub enum Scaling {
    /// Each column by the mean and the standard deviation of the training rows.
    Standardised,
    /// All columns divided by one number.
    Divided(f64),
}

/// The training rows and the held-out rows.
pub struct Split {
    pub x: Array2<f64>,
    pub y: Array2<f64>,
    pub held_out_x: Array2<f64>,
    pub held_out_y: Array2<f64>,
}

impl Data {
    /// Reads a file whose last column is a class, counted from 0.
    pub fn classes(path: &str) -> Self {
        let (x, labels) = read(path);
        let classes = labels.iter().fold(0.0, |most: f64, &label| most.max(label)) as usize + 1;
        let y = Array2::from_shape_fn((x.nrows(), classes), |(i, class)| {
            f64::from(u8::from(labels[[i, 0]] == class as f64))
        });
        Self { x, y, is_classes: true }
    }

    /// Reads a file whose last column is a number to predict.
    pub fn values(path: &str) -> Self {
        let (x, y) = read(path);
        Self { x, y, is_classes: false }
    }

    /// J. Friedman, *Multivariate adaptive regression splines*, 1991, equation 56: ten inputs in [0, 1), of
    /// which the first five matter, and noise with a standard deviation of 1.
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

    /// `sin(2x₁ + x₂)` of two inputs in [−1.5, 1.5), and `sin(x₁ − 2x₂)` as the second output if there are two. The
    /// noise has a standard deviation of 0.1.
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

    /// Inputs are uniform in [low, −low), or in [0, 1) if `low` is 0.
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

    /// Writes a file as [`values`](Self::values) reads it, for the Python script.
    pub fn write(&self, path: &Path) {
        let names = (0..self.x.ncols()).map(|column| format!("x{column},")).chain([String::from("y\n")]);
        let mut text = String::from_iter(names);
        for (x, y) in self.x.rows().into_iter().zip(self.y.rows()) {
            let cells = Vec::from_iter(x.iter().chain(y).map(f64::to_string));
            text += &(cells.join(",") + "\n");
        }
        std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Shares the data among several tasks.
    pub fn shared(self) -> Rc<Self> {
        Rc::new(self)
    }

    /// The numbers of inputs and outputs.
    pub fn widths(&self) -> (usize, usize) {
        (self.x.ncols(), self.y.ncols())
    }

    /// Holds out the rows i with `(i + seed) % 5 == 0`. Scales the inputs; standardises targets that are values.
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

/// Standardises the columns of both parts by the mean and the standard deviation of the training rows.
///
/// `StandardScaler` sums in another order, and the last bits of its result change some mean ranks by 0.1. The README's
/// tables were measured with the sums below. The only constant columns are pixels that are always 0, whose deviation is
/// exactly 0.
fn standardised([train, held_out]: [Array2<f64>; 2]) -> [Array2<f64>; 2] {
    let mean = train.sum_axis(Axis(0)) / train.nrows() as f64;
    let mut scale = train.std_axis(Axis(0), 0.0);
    scale.mapv_inplace(|scale| if scale > 0.0 { scale } else { 1.0 });
    [train, held_out].map(|rows| (rows - &mean) / &scale)
}

/// A standard normal number, by the method of Box and Muller.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = generator.random();
    (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()
}

/// Reads a file: all columns but the last, and the last. The path is relative to the folder of `Cargo.toml`.
fn read(path: &str) -> (Array2<f64>, Array2<f64>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows = text.lines().skip(1).map(|line| line.split(',').map(|number| number.parse().unwrap()));
    let rows = Vec::from_iter(rows.map(Vec::<f64>::from_iter));
    let table = Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap();
    let last = table.ncols() - 1;
    (table.slice(s![.., ..last]).to_owned(), table.slice(s![.., last..]).to_owned())
}
