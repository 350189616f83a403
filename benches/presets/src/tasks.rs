//! The tasks: data sets, each with the hidden layers of a network.

use std::path::Path;
use std::rc::Rc;

use crate::data::Data;
use crate::data::Scaling;
use crate::data::Scaling::{Divided, Standardised};
use crate::trial::Task;

/// The tasks for classes or for values. Each stage uses the first few; later stages use more.
pub struct Tasks {
    tasks: Vec<Task>,
    scan: usize,
    penalty: usize,
    finalists: usize,
    schedules: Vec<Task>,
}

impl Tasks {
    pub fn of_classes() -> Self {
        let digits = Data::classes("../../examples/data/digits.csv").shared();
        let breast = Data::classes("data/breast_cancer.csv").shared();
        let wine = Data::classes("data/wine.csv").shared();
        let iris = Data::classes("data/iris.csv").shared();
        let [penguins, vote, weather] =
            ["penguins", "vote", "weather"].map(|name| Data::classes(&format!("data/{name}.csv")).shared());
        let schedules = [
            ("digits / 16", &digits, Divided(16.0)),
            ("breast cancer", &breast, Standardised),
            ("wine", &wine, Standardised),
            ("iris", &iris, Standardised),
            ("penguins", &penguins, Standardised),
            ("vote", &vote, Standardised),
            ("weather", &weather, Standardised),
        ];
        let schedules = two_networks(&schedules);
        let tasks = vec![
            Task::new("digits / 16", &digits, Divided(16.0), &[64]),
            Task::new("digits", &digits, Standardised, &[64, 32]),
            Task::new("breast cancer", &breast, Standardised, &[16]),
            Task::new("breast cancer", &breast, Standardised, &[64, 32]),
            Task::new("wine", &wine, Standardised, &[64]),
            Task::new("iris", &iris, Standardised, &[16]),
            Task::new("iris", &iris, Standardised, &[64, 32]),
            Task::new("raw digits", &digits, Divided(1.0), &[64]),
            Task::new("digits / 16", &digits, Divided(16.0), &[100]),
            Task::new("digits / 16", &digits, Divided(16.0), &[256]),
            Task::new("digits / 16", &digits, Divided(16.0), &[64, 64, 64]),
            Task::new("breast cancer", &breast, Standardised, &[100]),
            Task::new("wine", &wine, Standardised, &[16]),
            Task::new("wine", &wine, Standardised, &[100]),
            Task::new("wine", &wine, Standardised, &[64, 64, 64]),
            Task::new("iris", &iris, Standardised, &[100]),
            Task::new("raw breast cancer", &breast, Divided(1.0), &[64]),
            Task::new("raw wine", &wine, Divided(1.0), &[64]),
        ];
        Self { tasks, scan: 7, penalty: 7, finalists: 8, schedules }
    }

    pub fn of_values() -> Self {
        let diabetes = Data::values("../../examples/data/diabetes.csv").shared();
        let friedman = Data::friedman(500).shared();
        let large_friedman = Data::friedman(5000).shared();
        let small_friedman = Data::friedman(150).shared();
        let sine = Data::sine(1000, 1).shared();
        let sines = Data::sine(1000, 2).shared();
        let [temperature, visits] =
            ["temperature", "visits"].map(|name| Data::values(&format!("data/{name}.csv")).shared());
        let schedules = [
            ("diabetes", &diabetes, Standardised),
            ("temperature", &temperature, Standardised),
            ("visits", &visits, Standardised),
            ("Friedman 150", &small_friedman, Standardised),
            ("Friedman 500", &friedman, Standardised),
            ("Friedman 5000", &large_friedman, Standardised),
            ("sine", &sine, Standardised),
        ];
        let schedules = two_networks(&schedules);
        let tasks = vec![
            Task::new("diabetes", &diabetes, Standardised, &[16]),
            Task::new("diabetes", &diabetes, Standardised, &[100]),
            Task::new("diabetes", &diabetes, Standardised, &[64, 32]),
            Task::new("Friedman 500", &friedman, Standardised, &[16]),
            Task::new("Friedman 500", &friedman, Standardised, &[64, 32]),
            Task::new("Friedman 5000", &large_friedman, Standardised, &[64]),
            Task::new("Friedman 5000", &large_friedman, Standardised, &[64, 32]),
            Task::new("sine", &sine, Standardised, &[16]),
            Task::new("two sines", &sines, Standardised, &[64, 32]),
            Task::new("diabetes", &diabetes, Standardised, &[32]),
            Task::new("diabetes", &diabetes, Standardised, &[64]),
            Task::new("Friedman 150", &small_friedman, Standardised, &[16]),
            Task::new("diabetes", &diabetes, Standardised, &[128, 128]),
            Task::new("Friedman 500", &friedman, Standardised, &[64, 64, 64]),
            Task::new("raw diabetes", &diabetes, Divided(1.0), &[64]),
        ];
        Self { tasks, scan: 9, penalty: 11, finalists: 12, schedules }
    }

    pub fn scan(&self) -> &[Task] {
        &self.tasks[..self.scan]
    }

    pub fn penalty(&self) -> &[Task] {
        &self.tasks[..self.penalty]
    }

    pub fn finalists(&self) -> &[Task] {
        &self.tasks[..self.finalists]
    }

    /// Each data set once, with a small and a larger network.
    pub fn schedules(&self) -> &[Task] {
        &self.schedules
    }

    pub fn all(&self) -> &[Task] {
        &self.tasks
    }
}

/// Tasks with a small and with a larger network.
fn two_networks(data: &[(&'static str, &Rc<Data>, Scaling)]) -> Vec<Task> {
    let of =
        |&(name, data, scaling)| [&[16][..], &[64, 32]].map(|hidden| Task::new(name, data, scaling, hidden));
    Vec::from_iter(data.iter().flat_map(of))
}

/// Writes the generated data sets of the stage `schedules`, for the Python script.
pub fn write_generated(folder: &Path) {
    for n in [150, 500, 5000] {
        Data::friedman(n).write(&folder.join(format!("friedman_{n}.csv")));
    }
    Data::sine(1000, 1).write(&folder.join("sine.csv"));
}
