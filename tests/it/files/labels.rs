//! Weights of labels, and the least number of mini-batches, in files.

use ndarray_dnn::Dnn;
use ndarray_dnn::error::FileError;
use ndarray_dnn::ndarray::Array2;

use super::with_header;

fn example() -> (Dnn, Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((9, 2), |(i, j)| ((i * 2 + j) as f64).sin());
    let y = Array2::from_shape_fn((9, 3), |(i, j)| f64::from(x[[i, j % 2]] > 0.0));
    let builder = Dnn::multilabel(2, &[4], 3).label_weights([0.1, 2.0, 1.0 / 3.0]);
    let mut net = builder.positive_weights([1e-9, 5.0, 1e9]).max_epochs(2).min_updates(6).build().unwrap();
    net.fit(&x, &y).unwrap();
    (net, x, y)
}

#[test]
fn a_loaded_network_trains_on_with_its_weights_of_labels() {
    let (mut net, x, y) = example();
    let mut loaded = Dnn::from_safetensors(&net.to_safetensors().unwrap()).unwrap();
    assert_eq!(loaded, net);
    assert_eq!(loaded.config().positive_weights(), Some(&[1e-9, 5.0, 1e9][..]));
    assert_eq!(loaded.config().min_updates(), 6);
    let report = net.training(&x, &y).resume().run().unwrap();
    assert_eq!(report.epochs(), 6);
    assert_eq!(loaded.training(&x, &y).resume().run().unwrap(), report);
    assert_eq!(loaded, net);
}

#[test]
fn wrong_weights_of_labels_are_refused() {
    let (net, ..) = example();
    let bytes = net.to_safetensors().unwrap();
    let list = r#"\"label_weights\":[0.1,2.0,0.3333333333333333]"#;
    let too_many = format!(r#"\"label_weights\":[{}1]"#, "1,".repeat(100_000));
    let most = |changed: &[u8]| changed.len() / 16;
    for (new, text) in [
        (r#"\"label_weights\":[0.1,2.0]"#, "label_weights must have 3 elements, found 2"),
        (
            r#"\"label_weights\":[0.1,-2,1]"#,
            "label_weights[1] must be greater than 0 and finite in f64, found -2",
        ),
        (r#"\"label_weights\":[]"#, "label_weights must have 3 elements, found 0"),
        (
            r#"\"label_weights\":[0.1,[2],1]"#,
            "malformed file, ndarray_dnn.settings.label_weights: must be a number, found [2]",
        ),
        (
            r#"\"label_weights\":7"#,
            "malformed file, ndarray_dnn.settings.label_weights: must be a list, found 7",
        ),
        (
            r#"\"min_updates\":-1,\"label_weights\":[1,1,1],\"x\":0"#,
            "malformed file, ndarray_dnn.settings.min_updates: must be a whole number of at least 0, found -1",
        ),
        (&too_many, ""),
    ] {
        let changed = with_header(&bytes, |header| {
            assert!(header.contains(list), "{header}");
            let header = header.replacen(list, new, 1);
            if new.contains("min_updates") { header.replacen(r#"\"min_updates\":6,"#, "", 1) } else { header }
        });
        let error = Dnn::<f64>::from_safetensors(&changed).unwrap_err();
        let expected = if text.is_empty() {
            format!(
                "malformed file, ndarray_dnn.settings.label_weights: must have at most {} elements, found 100001",
                most(&changed)
            )
        } else {
            text.to_owned()
        };
        assert_eq!(error.to_string(), expected);
    }
    // The weights need a loss with labels.
    let changed = with_header(&bytes, |header| header.replacen("binary_cross_entropy", "squared", 1));
    let error = Dnn::<f64>::from_safetensors(&changed).unwrap_err();
    assert!(!matches!(error, ndarray_dnn::Error::File(FileError::NotSafetensors)), "{error}");
    assert!(error.to_string().ends_with("cannot be combined with loss(Squared)"), "{error}");
}
