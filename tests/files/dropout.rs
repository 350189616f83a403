//! The fields of dropout: wrong values, and files that were written before there was dropout.

use ndarray_dnn::Dnn;

use crate::{example, networks, with_header};

#[test]
fn wrong_values_are_refused() {
    let bytes = example().to_safetensors().unwrap();
    let cases = [
        (
            r#"\"dropout\":["#,
            r#"\"dropout\":[7],\"rest\":["#,
            "dropout[0] must be at least 0 and less than 1 in f64, found 7",
        ),
        (r#"\"dropout\":["#, r#"\"dropout\":[0.5,0.25],\"rest\":["#, "dropout must have 1 elements, found 2"),
        (
            r#"\"dropout\":["#,
            r#"\"dropout\":[\"x\"],\"rest\":["#,
            "malformed file, ndarray_dnn.settings.dropout: must be a number, found \"x\"",
        ),
        (
            r#"\"dropout\":["#,
            r#"\"dropout\":0.5,\"rest\":["#,
            "malformed file, ndarray_dnn.settings.dropout: must be a list, found 0.5",
        ),
        (
            r#"\"all_updates\":"#,
            r#"\"all_updates\":-1,\"rest\":"#,
            "malformed file, ndarray_dnn.training.all_updates: must be a whole number of at least 0, found -1",
        ),
    ];
    for (from, to, expected) in cases {
        let changed = with_header(&bytes, |header| {
            assert!(header.contains(from), "{from}");
            header.replacen(from, to, 1)
        });
        assert_eq!(Dnn::<f64>::from_safetensors(&changed).unwrap_err().to_string(), expected);
    }
}

#[test]
fn files_without_the_fields_load() {
    let is_plain = |net: &Dnn| net.config().dropout().is_empty();
    let mut count = 0;
    for (net, x, y) in networks::<f64>().into_iter().filter(|(net, ..)| is_plain(net)) {
        let older = with_header(&net.to_safetensors().unwrap(), |header| {
            header.replacen(r#"\"dropout\":[],"#, "", 1).replacen(r#"\"all_updates\":"#, r#"\"rest\":"#, 1)
        });
        // Every update so far was one of the last run.
        let mut loaded = Dnn::from_safetensors(&older).unwrap();
        assert_eq!(loaded, net);
        // It can have dropout from then on.
        loaded.reconfigure(|builder| builder.dropout([0.5])).unwrap();
        loaded.training(&x, &y).resume().run().unwrap();
        count += 1;
    }
    assert!(count > 100, "{count}");
}
