//! Compares settings of the crate on several data sets, to find its two presets: one for classes, one for values.
//!
//! ```sh
//! presets classes scan        # optimizers, rates, mini-batches and activations
//! presets classes penalty     # L2, with the best of these
//! presets classes finalists   # settings near the best so far
//! presets classes chosen      # the last few settings on more networks, and the preset task by task
//! presets classes schedules   # schedules and AdamW near the preset, each data set judged by the choice of the others
//! presets data FOLDER         # writes the generated data sets of the last stage, for `sklearn_baselines.py`
//! ```
//!
//! The first argument may also be `values`. The program prints Markdown tables; the README discusses them.
//!
//! The program may panic if a file cannot be read, so it uses `unwrap`.

mod choice;
mod data;
mod setting;
mod table;
mod tasks;
mod trial;

use std::path::Path;

use ndarray_dnn::Activation::{self, LeakyRelu, Relu, Tanh};
use ndarray_dnn::Optimizer::{self, Momentum, Nesterov};
use setting::{Course, EPOCHS, Setting};
use tasks::Tasks;

const LEAKY: Activation = LeakyRelu { slope: 0.01 };
const ADAM: Optimizer = Optimizer::adam();

/// The setting that the stages vary.
const BASE: Setting = Setting {
    hidden: Relu,
    optimizer: ADAM,
    eta: 0.001,
    decay_power: 0.0,
    course: Course::Constant,
    momentum: 0.9,
    minibatch_size: 32,
    regularization: 1e-4,
};

/// The preset for classes, trained for [`EPOCHS`].
const CLASSIFIER: Setting = BASE.rate(0.01, 0.2).l2(0.001);
/// The preset for values, trained for [`EPOCHS`].
const REGRESSOR: Setting = Setting { minibatch_size: 16, ..BASE.rate(0.03, 0.3).l2(0.01) };

fn main() {
    let arguments = Vec::from_iter(std::env::args().skip(1));
    if let [stage, folder] = &arguments[..]
        && stage == "data"
    {
        return tasks::write_generated(Path::new(folder));
    }
    let is_classes = match arguments.first().map(String::as_str) {
        Some("classes") => true,
        Some("values") => false,
        _ => panic!("usage: presets classes|values scan|penalty|finalists|chosen|schedules"),
    };
    let tasks = if is_classes { Tasks::of_classes() } else { Tasks::of_values() };
    match arguments.get(1).map(String::as_str) {
        Some("scan") => table::compare(&scan(), tasks.scan(), &[10, 20, 50, 100, 200], 3),
        Some("penalty") => {
            let settings = if is_classes { penalty_of_classes() } else { penalty_of_values() };
            table::compare(&settings, tasks.penalty(), &[50, 100, 200], 5);
        }
        Some("finalists") => {
            let settings = if is_classes { finalists_of_classes() } else { finalists_of_values() };
            table::compare(&settings, tasks.finalists(), &[50, 100, 150], 10);
        }
        Some("chosen") => {
            let (settings, preset) =
                if is_classes { (last_of_classes(), CLASSIFIER) } else { (last_of_values(), REGRESSOR) };
            table::compare(&settings, tasks.all(), &[EPOCHS], 10);
            println!();
            table::describe(&preset, tasks.all(), 10);
        }
        Some("schedules") => {
            let (preset, l2) =
                if is_classes { (CLASSIFIER, [0.001, 0.003]) } else { (REGRESSOR, [0.003, 0.01]) };
            choice::leave_one_out(&schedules(&preset, &l2), &preset, tasks.schedules(), 5, 10);
        }
        _ => panic!("usage: presets classes|values scan|penalty|finalists|chosen|schedules"),
    }
}

fn scan() -> Vec<Setting> {
    let rates = [
        (ADAM, &[0.0003, 0.001, 0.003, 0.01][..]),
        (Momentum, &[0.001, 0.003, 0.01, 0.03, 0.1]),
        (Nesterov, &[0.003, 0.01, 0.03, 0.1]),
    ];
    let mut settings = Vec::new();
    for hidden in [Relu, Tanh, LEAKY] {
        for minibatch_size in [16, 32, 128] {
            for (optimizer, etas) in rates {
                let of = |&eta: &f64| Setting { hidden, minibatch_size, optimizer, eta, ..BASE };
                settings.extend(etas.iter().map(of));
            }
        }
    }
    settings
}

fn penalty_of_classes() -> Vec<Setting> {
    let mut settings = Vec::new();
    for hidden in [Relu, Tanh] {
        for (eta, decay_power) in [(0.001, 0.0), (0.003, 0.0), (0.01, 0.0), (0.03, 0.3)] {
            let base = Setting { hidden, ..BASE.rate(eta, decay_power) };
            settings.extend([0.0001, 0.001, 0.003, 0.01].map(|l2| base.l2(l2)));
        }
    }
    settings
}

fn penalty_of_values() -> Vec<Setting> {
    let mut settings = Vec::new();
    for (eta, decay_power) in [(0.003, 0.0), (0.01, 0.0), (0.03, 0.3)] {
        for minibatch_size in [16, 32] {
            let base = Setting { minibatch_size, ..BASE.rate(eta, decay_power) };
            settings.extend([0.001, 0.003, 0.01, 0.03, 0.1].map(|l2| base.l2(l2)));
        }
    }
    settings
}

fn finalists_of_classes() -> Vec<Setting> {
    let mut settings = Vec::new();
    for hidden in [Relu, Tanh] {
        for (eta, decay_power) in [(0.003, 0.0), (0.01, 0.2), (0.02, 0.2), (0.03, 0.3)] {
            let base = Setting { hidden, ..BASE.rate(eta, decay_power) };
            settings.extend([0.001, 0.002, 0.003].map(|l2| base.l2(l2)));
        }
        let base = Setting { hidden, ..BASE.l2(0.002) };
        settings.extend([16, 64].map(|minibatch_size| Setting { minibatch_size, ..base.rate(0.03, 0.3) }));
        settings.push(Setting { optimizer: Momentum, ..base.rate(0.1, 0.3) });
    }
    settings.push(Setting { hidden: LEAKY, ..BASE.rate(0.03, 0.3).l2(0.002) });
    settings
}

fn finalists_of_values() -> Vec<Setting> {
    let mut settings = Vec::new();
    for (eta, decay_power) in [(0.003, 0.0), (0.01, 0.1), (0.02, 0.2), (0.03, 0.3)] {
        settings.extend([0.005, 0.007, 0.01].map(|l2| BASE.rate(eta, decay_power).l2(l2)));
    }
    let fewer_rows = Setting { minibatch_size: 16, ..BASE.rate(0.03, 0.3) };
    settings.extend([0.005, 0.007, 0.01].map(|l2| fewer_rows.l2(l2)));
    let momentum = Setting { optimizer: Momentum, ..BASE.l2(0.01) };
    settings.push(Setting { minibatch_size: 128, ..momentum.rate(0.03, 0.0) });
    settings.extend([momentum.rate(0.01, 0.0), momentum.rate(0.1, 0.3)]);
    settings.extend([Tanh, LEAKY].map(|hidden| Setting { hidden, ..BASE.rate(0.03, 0.3).l2(0.01) }));
    settings
}

/// Schedules and AdamW near the preset. The rates decay with its power, or stay, or follow a schedule.
fn schedules(preset: &Setting, l2: &[f64]) -> Vec<Setting> {
    let mut bases = Vec::from_iter(l2.iter().map(|&l2| preset.l2(l2)));
    bases.extend([0.01, 0.1, 0.5].map(|l2| Setting { optimizer: Optimizer::adam_w(), ..preset.l2(l2) }));
    let mut settings = Vec::new();
    for base in bases {
        settings.extend([0.5, 1.0, 2.0].map(|factor| base.rate(factor * preset.eta, preset.decay_power)));
        settings.extend([0.001, 0.003, 0.01].map(|eta| base.rate(eta, 0.0)));
        for course in [Course::Cosine, Course::OneCycle] {
            settings.extend([0.003, 0.01, 0.03].map(|eta| base.scheduled(course, eta)));
        }
    }
    settings
}

fn last_of_classes() -> Vec<Setting> {
    let mut settings = Vec::new();
    for hidden in [Relu, Tanh] {
        for regularization in [0.001, 0.002] {
            settings.push(Setting { hidden, regularization, ..CLASSIFIER });
        }
    }
    settings.push(Setting { hidden: Tanh, ..BASE.rate(0.003, 0.0).l2(0.002) });
    settings.push(Setting { minibatch_size: 16, ..CLASSIFIER });
    settings
}

fn last_of_values() -> Vec<Setting> {
    let rates = [(0.02, 0.2), (0.02, 0.3), (0.03, 0.3), (0.05, 0.4)];
    let mut settings = Vec::from(rates.map(|(eta, decay_power)| REGRESSOR.rate(eta, decay_power)));
    settings.push(Setting { hidden: Tanh, ..REGRESSOR.rate(0.02, 0.2) });
    settings
}
