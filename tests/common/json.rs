//! The golden files: JSON with every float in full precision.

use std::fs;
use std::path::PathBuf;

use ndarray::{Array1, Array2, Axis};
use ndarray_dnn::{Activation, Layer};
use serde_json::Value;

pub(crate) fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

pub(crate) fn read(name: &str) -> Value {
    let text = fs::read_to_string(directory().join(name).with_extension("json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

pub(crate) fn count(value: &Value) -> usize {
    value.as_u64().unwrap().try_into().unwrap()
}

pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

pub(crate) fn vector(value: &Value) -> Array1<f64> {
    list(value).iter().map(number).collect()
}

pub(crate) fn matrix(value: &Value) -> Array2<f64> {
    let rows = Vec::from_iter(list(value).iter().map(vector));
    ndarray::stack(Axis(0), &Vec::from_iter(rows.iter().map(|row| row.view()))).unwrap()
}

/// Layers that are objects with `weights` and `biases`.
pub(crate) fn layers(layers: &Value, activations: impl IntoIterator<Item = Activation>) -> Vec<Layer> {
    let layer = |(layer, activation): (&Value, _)| {
        Layer::new(matrix(&layer["weights"]), vector(&layer["biases"]), activation).unwrap()
    };
    list(layers).iter().zip(activations).map(layer).collect()
}
