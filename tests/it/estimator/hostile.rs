//! Damaged and hostile files of estimators: an error that names the place, and little memory.

use ndarray_dnn::ndarray::array;
use ndarray_dnn::{Classifier, Error, Regressor, TrainedClassifier, TrainedRegressor};

use crate::common::allocator::peak;
use crate::files::with_header;

fn example() -> Vec<u8> {
    let x = array![[1.0, 4.0], [2.0, 4.5], [3.0, 2.0]];
    let classifier = Classifier::new([2]).max_epochs(2).column_names(["p", "q"]).validation_fraction(0.3);
    classifier.fit(&x, &["a", "b", "b"]).unwrap().to_safetensors().unwrap()
}

fn load(bytes: &[u8]) -> Result<TrainedClassifier<String>, Error> {
    TrainedClassifier::from_safetensors(bytes)
}

#[test]
fn wrong_values_are_named() {
    let bytes = example();
    let place = "malformed file, ndarray_dnn.estimator";
    for (old, new, text) in [
        (r#"[\"a\",\"b\"]"#, r#"[\"a\"]"#, format!("{place}.classes: must have 2 elements, found 1")),
        (r#"[\"a\",\"b\"]"#, r#"[]"#, format!("{place}.classes: must have 2 elements, found 0")),
        (
            r#"[\"a\",\"b\"]"#,
            r#"[\"a\",\"b\",\"c\"]"#,
            format!("{place}.classes: must have at most 2 elements, found 3"),
        ),
        (r#"[\"a\",\"b\"]"#, r#"[\"a\",7]"#, format!("{place}.classes: must be a text, found 7")),
        (r#"[\"a\",\"b\"]"#, "null", format!("{place}.classes: must be a list, found null")),
        (
            r#"[\"a\",\"b\"]"#,
            r#"[\"b\",\"b\"]"#,
            "the file's labels must be of the type String and in its order, found [\"b\", \"b\"]".to_owned(),
        ),
        (r#"[\"p\",\"q\"]"#, r#"[\"p\"]"#, format!("{place}.column_names: must have 2 elements, found 1")),
        (r#"[\"p\",\"q\"]"#, "{}", format!("{place}.column_names: must be a list, found {{}}")),
        ("TrainedClassifier", "Oracle", format!("{place}.kind: is unknown: \"Oracle\"")),
        ("max_epochs\\\"}", "hunger\\\"}", format!("{place}.report.stop_reason: is unknown: \"hunger\"")),
        (
            r#"\"is_validated\":true"#,
            r#"\"is_validated\":1"#,
            format!("{place}.report.is_validated: must be true or false, found 1"),
        ),
        (
            r#"\"best_epoch\":null"#,
            r#"\"best_epoch\":3"#,
            format!("{place}.report.best_epoch: must be at least 1 and at most 2, the number of epochs"),
        ),
        (
            r#"\"best_epoch\":null"#,
            r#"\"best_epoch\":0"#,
            format!("{place}.report.best_epoch: must be at least 1 and at most 2, the number of epochs"),
        ),
        (
            r#"\"is_validated\":true"#,
            r#"\"is_validated\":false"#,
            "malformed file, the header: there must be 16 tensors, found 17".to_owned(),
        ),
        (
            r#"\"scales_targets\":false"#,
            r#"\"scales_targets\":true"#,
            "malformed file, the header: there must be 19 tensors, found 17".to_owned(),
        ),
        (
            "estimator.report.etas",
            "estimator.report.beta",
            "malformed file, estimator.report.etas: there is no such tensor".to_owned(),
        ),
    ] {
        let changed = with_header(&bytes, |header| {
            assert!(header.contains(old), "{old}: {header}");
            header.replacen(old, new, 1)
        });
        assert_eq!(load(&changed).unwrap_err().to_string(), text);
    }
    // A scale of 0, and a mean that is infinite.
    let at = |name: &str| {
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
        let rest = &header[header.find(name).unwrap()..];
        let start = rest.split("\"data_offsets\":[").nth(1).unwrap().split(',').next().unwrap();
        8 + length + start.parse::<usize>().unwrap()
    };
    for (name, value, text) in [
        ("estimator.scaler.scales", 0.0, "scales[0] must be greater than 0 and finite in f64, found 0"),
        (
            "estimator.scaler.means",
            f64::INFINITY,
            "means must be finite, found NaN or infinity in row 0, column 0",
        ),
    ] {
        let mut changed = bytes.clone();
        changed[at(name)..at(name) + 8].copy_from_slice(&f64::to_le_bytes(value));
        let expected = format!("malformed file, estimator.scaler.means: {text}");
        assert_eq!(load(&changed).unwrap_err().to_string(), expected);
    }
}

#[test]
fn every_truncated_file_is_refused() {
    let bytes = example();
    assert!(load(&bytes).is_ok());
    for length in 0..bytes.len() {
        assert!(load(&bytes[..length]).is_err(), "{length}");
    }
    let regressor = Regressor::new([2]).max_epochs(1).fit(&array![[1.0], [2.0]], &[1.0, 2.0]).unwrap();
    let bytes = regressor.to_safetensors().unwrap();
    for length in 0..bytes.len() {
        assert!(TrainedRegressor::<f64>::from_safetensors(&bytes[..length]).is_err(), "{length}");
    }
}

/// Every byte of the header by another one: an error or an estimator, never a panic.
#[test]
fn changed_bytes_never_panic() {
    let bytes = example();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut loaded = 0;
    for at in 0..8 + length {
        for byte in [b'"', b'0', b'9', b']', b'}', b'\\', 0xff] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            if let Ok(model) = load(&changed) {
                loaded += 1;
                let _ = model.predict_row(&[1.0, 2.0]);
                let _ = format!("{model}");
            }
        }
    }
    assert!(loaded > 0);
}

#[test]
fn long_lists_take_little_memory() {
    let sound = example();
    let megabyte = 1_000_000;
    let list = |element: &str| {
        format!("[{}{element}]", format!("{element},").repeat(megabyte / (element.len() + 1)))
    };
    for value in [list("0"), list(r#"\"\""#), list(r#"\"twelve bytes\""#), list("[]"), "[".repeat(megabyte)] {
        for old in [r#"[\"a\",\"b\"]"#, r#"[\"p\",\"q\"]"#, r#"\"max_epochs\"}"#, "null"] {
            let changed = with_header(&sound, |header| header.replacen(old, &value, 1));
            let mut message = String::new();
            let held = peak(|| message = load(&changed).map(drop).unwrap_err().to_string());
            assert!(held <= 3 * changed.len() + 10_000, "{held} bytes for {}: {message}", changed.len());
            assert!(message.len() < 400, "{message}");
        }
    }
}
