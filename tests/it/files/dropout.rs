//! The fields of dropout: wrong values, and files that were written before there was dropout.

use ndarray_dnn::{BatchOrder, Dnn, Optimizer, Schedule};

use super::{example, networks, older, with_header};
use crate::common::state;

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
    // The settings that format 1 does not have.
    let is_plain = |net: &Dnn| {
        let config = net.config();
        let is_unlimited = config.clip_norm().is_none() && config.max_norm().is_none() && config.l1() == 0.0;
        let is_old = is_unlimited && config.batch_order() != BatchOrder::ShuffledByEpoch;
        // Its file had a velocity of 0.
        let is_old = is_old && config.optimizer() != Optimizer::rms_prop();
        config.dropout().is_empty() && is_old && config.schedule() == Schedule::Constant
    };
    let mut count = 0;
    for (net, x, y) in networks::<f64>().into_iter().filter(|(net, ..)| is_plain(net)) {
        let mut loaded = Dnn::from_safetensors(&older(&net.to_safetensors().unwrap(), 1)).unwrap();
        assert_eq!((loaded.config(), state(&loaded)), (net.config(), state(&net)));
        // Every update so far was one of the last run, so the masks are those of the network itself.
        let mut net = net;
        let losses = [&mut loaded, &mut net].map(|net| {
            net.reconfigure(|builder| builder.dropout([0.5])).unwrap();
            net.partial_fit(&x, &y).unwrap()
        });
        assert_eq!(losses[0], losses[1]);
        count += 1;
    }
    assert!(count > 10, "{count}");
}
