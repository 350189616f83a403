//! The traits of the public types: each can be sent to another thread, shared, printed, cloned and compared.

use std::fmt::Debug;

use ndarray_dnn::LabelEncoder;
use ndarray_dnn::error::{Cause, Extent, FileError, ParseError, Place};
use ndarray_dnn::metrics::{Average, ClassReport, Scores};
use ndarray_dnn::training::{
    Block, Config, Epoch, EpochReport, Hint, MiniBatch, ObjectiveScratch, Progress, StopReason, Training,
    Velocity,
};
use ndarray_dnn::{
    Activation, BatchOrder, Classifier, Dnn, DnnBuilder, EarlyStopping, Error, Gradients, Init, Layer, Link,
    Loss, Optimizer, Pass, Posterior, ReduceOnPlateau, Regressor, Report, Schedule, StandardScaler,
    TrainedClassifier, TrainedRegressor,
};

/// Compiles only for types with these traits.
fn check<T: Send + Sync + Clone + Debug + PartialEq + 'static>() {}

/// Compiles only for types that can be sent to another thread and shared.
fn check_shared<T: Send + Sync + Clone + Debug>() {}

#[test]
fn public_types_are_send_sync_and_values() {
    check::<Activation>();
    check::<Average>();
    check::<BatchOrder>();
    check::<Cause>();
    check::<ClassReport>();
    check::<Config>();
    check::<EarlyStopping>();
    check::<EpochReport>();
    check::<Error>();
    check::<Extent>();
    check::<FileError>();
    check::<Hint>();
    check::<Init>();
    check::<LabelEncoder<String>>();
    check::<Link>();
    check::<Loss>();
    check::<Optimizer>();
    check::<ParseError>();
    check::<Place>();
    check::<Progress>();
    check::<ReduceOnPlateau>();
    check::<Report>();
    check::<Schedule>();
    check::<Scores>();
    check::<StandardScaler>();
    check::<StopReason>();
}

#[test]
fn types_with_an_element_type_are_send_sync_and_values() {
    check::<Dnn<f32>>();
    check::<Dnn<f64>>();
    check::<DnnBuilder<f32>>();
    check::<DnnBuilder<f64>>();
    check::<Gradients<f32>>();
    check::<Gradients<f64>>();
    check::<Layer<f32>>();
    check::<Layer<f64>>();
    check::<Pass<f32>>();
    check::<Pass<f64>>();
    check::<Posterior<f32>>();
    check::<Posterior<f64>>();
    check::<Velocity<f32>>();
    check::<Velocity<f64>>();
    check::<TrainedClassifier<&'static str>>();
    check::<TrainedClassifier<String, f32>>();
    check::<TrainedRegressor<f32>>();
    check::<TrainedRegressor>();
    check_shared::<Classifier<'_, String>>();
    check_shared::<Classifier<'_, i64, f32>>();
    check_shared::<Regressor<'_, f32>>();
    check_shared::<Regressor<'_>>();
    check_shared::<Epoch<'_, f32>>();
    check_shared::<Epoch<'_, f64>>();
    check_shared::<Block<'_, f32>>();
    check_shared::<Block<'_, f64>>();
    check_shared::<ObjectiveScratch<f32>>();
    check_shared::<ObjectiveScratch<f64>>();
}

/// A mini-batch borrows its gradients.
#[test]
fn a_mini_batch_can_be_sent_shared_and_printed() {
    fn check<T: Send + Sync + Debug>() {}
    check::<MiniBatch<'_, f32>>();
    check::<MiniBatch<'_, f64>>();
}

/// A run borrows its network and can hold any closure, so it is only `Debug`.
#[test]
fn a_run_can_be_printed() {
    fn check<T: Debug>() {}
    check::<Training<'_, f32>>();
    check::<Training<'_, f64>>();
}

#[test]
fn reports_of_equal_runs_are_equal() -> Result<(), Error> {
    use ndarray_dnn::ndarray::array;
    let (x, y) = (array![[0.0], [1.0]], array![[1.0], [3.0]]);
    let builder = || Dnn::<f64>::builder().input_shape(1).shape([1]).activations([Activation::Identity]);
    let run = |epochs| builder().max_epochs(epochs).build()?.fit(&x, &y);
    let report = run(3)?;
    let mut runs = (0..20).map(|_| run(3)).collect::<Result<Vec<_>, _>>()?.into_iter();
    let other = runs.find(|other| other.elapsed() != report.elapsed());
    // Equal although the times differ.
    assert_eq!(other, Some(report.clone()));
    assert_ne!(run(4)?, report);
    assert_ne!(builder().seed(1).max_epochs(3).build()?.fit(&x, &y)?, report);
    Ok(())
}
