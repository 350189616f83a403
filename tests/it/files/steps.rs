//! Faults in the settings and in the state of the learning rate and the limits.

use super::malformed::error;
use super::{example, with_header};

#[test]
fn errors_name_the_place_and_the_value() {
    let bytes = example().to_safetensors().unwrap();
    let cases = [
        (
            r#"\"schedule\":\""#,
            r#"\"schedule\":\"never\",\"x\":\""#,
            "malformed file, ndarray_dnn.settings.schedule: unknown schedule \"never\": expected one of constant, step(every, factor), cosine(epochs, warm_up, floor), one_cycle(epochs, rise, start, end)",
        ),
        (r#"\"l1\":"#, r#"\"l1\":-1,\"x\":"#, "l1 must be at least 0 and finite in f64, found -1"),
        (
            r#"\"max_norm\":"#,
            r#"\"max_norm\":0,\"x\":"#,
            "max_norm must be greater than 0 and finite in f64, found 0",
        ),
        (r#"\"clip_norm\":"#, r#"\"clips\":"#, "malformed file, ndarray_dnn.settings.clip_norm: is missing"),
        (
            r#"\"position\":"#,
            r#"\"position\":-"#,
            "malformed file, ndarray_dnn.training.position: must be at least 0",
        ),
        (
            r#"\"plateau\":"#,
            r#"\"plateau\":1,\"x\":"#,
            "malformed file, ndarray_dnn.training.plateau: must be an object, found 1",
        ),
        (
            r#"\"factor\":"#,
            r#"\"factor\":1.5,\"x\":"#,
            "malformed file, ndarray_dnn.training.plateau.factor: must be greater than 0 and at most 1",
        ),
        (
            r#"\"waited\":"#,
            r#"\"waited\":null,\"x\":"#,
            "malformed file, ndarray_dnn.training.plateau.waited: must be a whole number of at least 0, found null",
        ),
    ];
    for (text, other, message) in cases {
        let changed = with_header(&bytes, |header| {
            assert!(header.contains(text), "{text}");
            header.replacen(text, other, 1)
        });
        assert_eq!(error(&changed), message);
    }
}
