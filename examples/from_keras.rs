//! A Keras script in Rust, line by line: dropout, early stopping, checkpoints, a plateau rule, a plot of the history.
//!
//! ```text
//! cargo run --release --features safetensors --example from_keras
//! ```
//!
//! Each comment below is a line of `from_keras.py`, and the code under it does the same. Both standardise the diabetes
//! data and hold out each fifth patient. With the seed 7 they found (Keras 3.15 on JAX 0.10, x86-64):
//!
//! | | best epoch | mean squared error, held out | mean absolute error, held out |
//! |---|---|---|---|
//! | `from_keras.py` | 38 of 58 | 0.498 | 0.587 |
//! | this program | 13 of 33 | 0.477 | 0.565 |
//!
//! The network in the file has the same errors. Random numbers differ, so the epochs do.
//!
//! # What differs
//! - Keras' `"mse"` is the mean of the squared errors, [`Loss::Squared`] half of their sum over the outputs of a row.
//!   With one output, the first is twice the second.
//! - `epochs` and `batch_size` are settings of the network, so their lines stand before those of `fit`.
//! - `validation_split` has no counterpart: the rows are split by hand.
//! - A [`metric`](ndarray_dnn::training::Training::metric) is computed from the validation data, Keras' from the
//!   training data too.
//! - `ModelCheckpoint` is a few lines in `try_on_epoch`.
//! - [`ReduceOnPlateau`] compares medians of three losses, Keras' rule each loss with the lowest one so far.
//! - Keras computes in `f32`, this program in `f64`.

use std::error::Error;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use ndarray_dnn::Activation::{Identity, Relu};
use ndarray_dnn::ndarray::{Array2, Axis};
use ndarray_dnn::{
    BatchOrder, Dnn, EarlyStopping, Init, Loss, Optimizer, ReduceOnPlateau, Report, StandardScaler, metrics,
};
use plotters::prelude::*;

// By path, so that a test can include this file as a module.
#[path = "data/csv.rs"]
mod csv;

fn main() -> Outcome<()> {
    run(Path::new("target"), &mut std::io::stdout().lock()).map(drop)
}

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The mean squared and the mean absolute error for the held-out patients.
type Errors = [f64; 2];

/// Trains, writes a report to `out`, and the checkpoint and the plot to the folder; returns the errors of the trained
/// network and of that in the file.
///
/// # Errors
/// If a file cannot be read or written.
pub(crate) fn run(folder: &Path, out: &mut impl Write) -> Outcome<[Errors; 2]> {
    // table = np.loadtxt("examples/data/diabetes.csv", delimiter=",", skiprows=1)
    let (x, y) = csv::read("diabetes.csv")?;
    let y = y.insert_axis(Axis(1));

    // test = np.arange(len(table)) % 5 == 0
    let all = 0..x.nrows();
    let (test, train): (Vec<_>, Vec<_>) = all.partition(|row| row.is_multiple_of(5));
    let rows = |table: &Array2<f64>, rows: &[usize]| table.select(Axis(0), rows);

    // table = (table - table[~test].mean(axis=0)) / table[~test].std(axis=0)
    // x, y = table[:, :-1], table[:, -1:]
    let x = StandardScaler::fit(&rows(&x, &train))?.transform(&x)?;
    let y = StandardScaler::fit(&rows(&y, &train))?.transform(&y)?;
    let (x_test, y_test) = (rows(&x, &test), rows(&y, &test));

    // model = keras.Sequential(
    //     [
    //         keras.Input((10,)),
    //         keras.layers.Dense(64, activation="relu"),
    //         keras.layers.Dropout(0.2),
    //         keras.layers.Dense(32, activation="relu"),
    //         keras.layers.Dropout(0.2),
    //         keras.layers.Dense(1),
    //     ]
    // )
    let model = Dnn::builder()
        .input_shape(10)
        .shape([64, 32, 1])
        .activations([Relu, Relu, Identity])
        .dropout([0.2, 0.2])
        .init(Init::Glorot) // as in Keras without `kernel_initializer`
        // keras.utils.set_random_seed(7)
        .seed(7);

    // model.compile(
    //     optimizer=keras.optimizers.Adam(0.001), loss="mse", metrics=["mae"])
    let model = model
        .optimizer(Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 })
        .eta(0.001)
        .decay_power(0.0)
        .loss(Loss::Squared)
        .regularization(0.0);

    //     epochs=300,
    //     batch_size=16,
    let model = model.max_epochs(300).threshold(0.0);
    let model = model.minibatch_size(16).batch_order(BatchOrder::Shuffled);
    let mut model: Dnn = model.build()?;

    // model.summary()
    writeln!(out, "{model}")?;

    // history = model.fit(
    //     x[~test],
    //     y[~test],
    //     validation_split=0.2,
    let (train, validation) = train.split_at(train.len() * 4 / 5);
    let (x_train, y_train) = (rows(&x, train), rows(&y, train));
    let (x_validation, y_validation) = (rows(&x, validation), rows(&y, validation));
    let training = model.training(&x_train, &y_train).metric("mae", metrics::mae);
    let training = training.validation(&x_validation, &y_validation);

    //     callbacks=[
    //         keras.callbacks.EarlyStopping(patience=20, restore_best_weights=True),
    let training = training.early_stopping(EarlyStopping::new(20));

    //         keras.callbacks.ModelCheckpoint(
    //             "target/from_keras.keras", save_best_only=True),
    let file = folder.join("from_keras.safetensors");
    let mut lowest = f64::INFINITY;
    let training = training.try_on_epoch(|epoch| {
        let loss = epoch.report().validation_loss().unwrap_or(f64::NAN);
        if loss < lowest {
            lowest = loss;
            epoch.net().save(&file)?;
        }
        Ok::<_, ndarray_dnn::Error>(ControlFlow::Continue(()))
    });

    //         keras.callbacks.ReduceLROnPlateau(
    //             factor=0.5, patience=8, min_lr=1e-5),
    //     ],
    // )
    let plateau = ReduceOnPlateau::new(8).factor(0.5).min_eta(1e-5);
    let training = training.reduce_on_plateau(plateau.min_delta(0.5e-4));
    let history: Report = training.run()?;

    //     verbose=2,
    writeln!(out, "{history:#}")?;

    // for name in ["loss", "val_loss"]:
    //     plt.plot(history.history[name], label=name)
    // plt.legend()
    // plt.savefig("target/from_keras_py.svg")
    let (losses, validation) = (history.losses(), history.validation_losses());
    let curves = [("loss", losses), ("val_loss", validation)];
    draw(&folder.join("from_keras.svg"), &curves)?;

    // best = int(np.argmin(history.history["val_loss"]))
    // print("best epoch:", best + 1, "of", len(history.history["loss"]))
    let best = history.best_epoch().unwrap_or(0);
    writeln!(out, "best epoch: {best} of {}", history.epochs())?;

    // loss, mae = model.evaluate(x[test], y[test], verbose=0)
    // print(f"test: mse {loss:.3f}, mae {mae:.3f}")
    let loss = 2.0 * model.mean_loss(&x_test, &y_test)?;
    let mae = metrics::mae(&y_test, &model.predict(&x_test)?)?;
    writeln!(out, "test: mse {loss:.3}, mae {mae:.3}")?;
    let trained = [loss, mae];

    // model = keras.models.load_model("target/from_keras.keras")
    let model: Dnn = Dnn::load(&file)?;

    // loss, mae = model.evaluate(x[test], y[test], verbose=0)
    // print(f"test, from the file: mse {loss:.3f}, mae {mae:.3f}")
    let loss = 2.0 * model.mean_loss(&x_test, &y_test)?;
    let mae = metrics::mae(&y_test, &model.predict(&x_test)?)?;
    writeln!(out, "test, from the file: mse {loss:.3}, mae {mae:.3}")?;
    Ok([trained, [loss, mae]])
}

/// Draws named curves of losses over the epochs, as mean squared errors.
fn draw(path: &Path, curves: &[(&str, &[f64])]) -> Outcome<()> {
    let all = curves.iter().flat_map(|(_, losses)| *losses);
    let most = all.fold(0.0, |most: f64, loss| most.max(2.0 * loss));
    let epochs = curves.iter().map(|(_, losses)| losses.len()).max().unwrap_or(1);
    let canvas = SVGBackend::new(path, (640, 480)).into_drawing_area();
    canvas.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&canvas)
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d(1..epochs, 0.0..most)?;
    chart.configure_mesh().x_desc("epoch").draw()?;
    for ((name, losses), colour) in curves.iter().zip([BLUE, RED]) {
        let points = Vec::from_iter((1..).zip(losses.iter().map(|loss| 2.0 * loss)));
        chart
            .draw_series([PathElement::new(points, colour)])?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour));
    }
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperRight).border_style(BLACK).draw()?;
    Ok(canvas.present()?)
}
