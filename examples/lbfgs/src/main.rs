//! Trains three networks by L-BFGS, the method of the crate [`argmin`], on all rows at once.
//!
//! ```text
//! cargo run --release --manifest-path examples/lbfgs/Cargo.toml [FOLDER]
//! ```
//!
//! For each problem the program prints the objective before and after, the number of iterations, and the number of
//! times that objective and gradient were computed. With a folder, it writes the initial parameters there, one number a
//! line: `tests/lbfgs.py` starts scikit-learn's `solver="lbfgs"` from them and compares the objectives.
//!
//! [`argmin`]: https://docs.rs/argmin

use std::cell::RefCell;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use argmin::core::{CostFunction, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2, ArrayView1, Axis};
use ndarray_dnn::training::ObjectiveScratch;
use ndarray_dnn::{Dnn, Init, Loss, StandardScaler, one_hot};

#[allow(dead_code)]
#[path = "../../data/csv.rs"]
mod csv;

/// The folder of the data.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../data");

/// The steps and gradients that L-BFGS remembers; SciPy's default.
const MEMORY: usize = 10;
const ITERATIONS: u64 = 2000;

/// A network and all its data.
struct Problem {
    name: &'static str,
    net: Dnn,
    x: Array2<f64>,
    y: Array2<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    println!("problem     parameters  before     after       iterations  evaluations  seconds");
    for mut problem in [product()?, diabetes()?, digits()?] {
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)?;
            let lines =
                problem.net.parameters().iter().map(|value| format!("{value:?}\n")).collect::<String>();
            std::fs::write(folder.join(problem.name).with_extension("txt"), lines)?;
        }
        let before = problem.net.objective(&problem.x, &problem.y)?;
        let began = Instant::now();
        let (iterations, evaluations) = minimize(&mut problem)?;
        let seconds = began.elapsed().as_secs_f64();
        let Problem { name, net, x, y } = &problem;
        let (p, after) = (net.parameter_count(), net.objective(x, y)?);
        println!(
            "{name:<11} {p:<11} {before:<10.6} {after:<11.8} {iterations:<11} {evaluations:<12} {seconds:.3}"
        );
    }
    Ok(())
}

/// Minimises the objective of a network over its parameters; returns the numbers of iterations and of evaluations.
fn minimize(problem: &mut Problem) -> Result<(u64, usize), Box<dyn Error>> {
    let Problem { net, x, y, .. } = problem;
    let start = net.parameters().to_vec();
    let evaluation = RefCell::new(Evaluation { g: Array1::zeros(start.len()), ..Evaluation::default() });
    let objective = Objective { net, x, y, evaluation: &evaluation };
    // The constants are those of SciPy's L-BFGS-B.
    let search = MoreThuenteLineSearch::new().with_c(1e-3, 0.9)?;
    let solver = LBFGS::new(search, MEMORY).with_tolerance_grad(1e-7)?.with_tolerance_cost(1e-13)?;
    let executor = Executor::new(objective, solver);
    let result = executor.configure(|state| state.param(start).max_iters(ITERATIONS)).run()?;
    let best = result.state.get_best_param().ok_or("no parameters")?;
    let (best, iterations) = (Array1::from(best.clone()), result.state.get_iter());
    drop(result);
    net.set_parameters(&best)?;
    Ok((iterations, evaluation.into_inner().count))
}

/// The objective of a network as a function of its parameters.
struct Objective<'a> {
    net: &'a Dnn,
    x: &'a Array2<f64>,
    y: &'a Array2<f64>,
    evaluation: &'a RefCell<Evaluation>,
}

/// The last evaluation: argmin asks for the objective and then for the gradient at the same place.
#[derive(Default)]
struct Evaluation {
    at: Vec<f64>,
    objective: f64,
    g: Array1<f64>,
    count: usize,
    scratch: ObjectiveScratch,
}

impl Objective<'_> {
    /// Calls `take` with the evaluation at `theta`.
    fn evaluate<T>(
        &self,
        theta: &[f64],
        take: impl FnOnce(&Evaluation) -> T,
    ) -> Result<T, argmin::core::Error> {
        let mut evaluation = self.evaluation.try_borrow_mut()?;
        let Evaluation { at, objective, g, count, scratch } = &mut *evaluation;
        if at != theta {
            *count += 1;
            *objective =
                self.net.objective_and_gradient(&ArrayView1::from(theta), self.x, self.y, g, scratch)?;
            at.clear();
            at.extend(theta);
        }
        Ok(take(&evaluation))
    }
}

impl CostFunction for Objective<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, theta: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        self.evaluate(theta, |evaluation| evaluation.objective)
    }
}

impl Gradient for Objective<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, theta: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        self.evaluate(theta, |evaluation| evaluation.g.to_vec())
    }
}

/// A network of these sizes with tanh in its hidden layer, with softmax unless there is another loss. scikit-learn
/// regularises the weights alone.
fn network(sizes: [usize; 3], lambda: f64, loss: Option<Loss>) -> Result<Dnn, ndarray_dnn::Error> {
    let [inputs, hidden, outputs] = sizes;
    let builder = Dnn::builder().input_shape(inputs).shape([hidden, outputs]).activations([Tanh, Identity]);
    let builder = builder.init(Init::Glorot).regularization(lambda).regularize_biases(false);
    match loss {
        Some(loss) => builder.loss(loss).build(),
        None => builder.softmax(true).build(),
    }
}

/// The product x₁ · x₂ at 100 places of a grid.
fn product() -> Result<Problem, Box<dyn Error>> {
    let x = Array2::from_shape_fn((100, 2), |(i, j)| [i % 10, i / 10][j] as f64 * 0.4 - 1.8);
    let y = Array2::from_shape_fn((100, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
    Ok(Problem { name: "product", net: network([2, 8, 1], 1e-3, Some(Loss::Squared))?, x, y })
}

/// The progression of diabetes, with standardised inputs and targets.
fn diabetes() -> Result<Problem, Box<dyn Error>> {
    let (x, y) = csv::read_file(&Path::new(DATA).join("diabetes.csv"))?;
    let y = y.insert_axis(Axis(1));
    let x = StandardScaler::fit(&x)?.transform(&x)?;
    let y = StandardScaler::fit(&y)?.transform(&y)?;
    Ok(Problem { name: "diabetes", net: network([10, 8, 1], 0.01, Some(Loss::Squared))?, x, y })
}

/// The handwritten digits, with pixels from 0 to 1.
fn digits() -> Result<Problem, Box<dyn Error>> {
    let (x, labels) = csv::read_file(&Path::new(DATA).join("digits.csv"))?;
    let labels = labels.mapv(|label| label as usize);
    Ok(Problem {
        name: "digits",
        net: network([64, 20, 10], 1e-3, None)?,
        x: x / 16.0,
        y: one_hot(&labels, 10)?,
    })
}
