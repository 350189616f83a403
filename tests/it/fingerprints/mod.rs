//! Frozen fingerprints: the bits of parameters, losses and predictions of many runs. They are the same on x86-64 with
//! AVX2 and FMA, on aarch64 and on s390x, whatever the number of threads.
//!
//! The table is `golden/fingerprints.json`. A difference is a value-breaking change, which belongs in the README's
//! list; see `tests/README.md` for a new table. A processor that does not fuse multiplication and addition has other
//! bits: there the initial parameters must have the frozen bits, since they are drawn without products that could be
//! fused, and losses and parameters must agree to rounding.

mod cases;
mod parameters;

use std::fmt::Write;
use std::path::Path;

use cases::{Outcome, outcomes};
use ndarray_dnn::Scalar;
use serde_json::Value;

use crate::common::json;

/// The number of cases for each element type.
const CASES: usize = 45;
/// The relative difference that a fused operation makes after the steps of a case.
const ROUNDING: f64 = 1e-9;
/// The same in f32.
const ROUNDING_F32: f64 = 1e-3;

/// Whether this processor fuses multiplication and addition in the kernels.
fn fuses() -> bool {
    #[cfg(target_arch = "x86_64")]
    let fuses = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    let fuses = cfg!(any(target_arch = "aarch64", target_arch = "s390x"));
    fuses
}

/// The table of these outcomes, a line for each.
fn table(outcomes: &[(String, Outcome)]) -> String {
    let mut text = String::from("{\n");
    for (i, (name, outcome)) in outcomes.iter().enumerate() {
        let Outcome { bits: [initial, parameters, losses, predictions], loss, magnitude } = outcome;
        let end = if i + 1 < outcomes.len() { "," } else { "" };
        writeln!(
            text,
            "  \"{name}\": {{ \"initial\": \"{initial:016x}\", \"parameters\": \"{parameters:016x}\", \
             \"losses\": \"{losses:016x}\", \"predictions\": \"{predictions:016x}\", \
             \"loss\": {loss:?}, \"magnitude\": {magnitude:?} }}{end}"
        )
        .unwrap();
    }
    text + "}\n"
}

fn all() -> Vec<(String, Outcome)> {
    fn named<F: Scalar>() -> impl Iterator<Item = (String, Outcome)> {
        outcomes::<F>().into_iter().map(|(name, outcome)| (format!("{name}, {}", F::NAME), outcome))
    }
    named::<f64>().chain(named::<f32>()).collect()
}

/// The frozen outcome of a case.
fn frozen(golden: &Value, name: &str) -> Option<Outcome> {
    let case = golden.get(name)?;
    let bits = ["initial", "parameters", "losses", "predictions"];
    let bits = bits.map(|key| u64::from_str_radix(case[key].as_str().unwrap(), 16).unwrap());
    Some(Outcome { bits, loss: json::number(&case["loss"]), magnitude: json::number(&case["magnitude"]) })
}

fn is_close(name: &str, found: f64, expected: f64) -> bool {
    let relative = if name.ends_with("f32") { ROUNDING_F32 } else { ROUNDING };
    (found - expected).abs() <= relative * expected.abs()
}

/// The names of the outcomes that differ from the table.
fn differences(outcomes: &[(String, Outcome)], golden: &Value, fuses: bool) -> Vec<String> {
    let differs = |name: &str, found: &Outcome| {
        let Some(expected) = frozen(golden, name) else { return true };
        let are_close =
            is_close(name, found.loss, expected.loss) && is_close(name, found.magnitude, expected.magnitude);
        if fuses { *found != expected } else { found.bits[0] != expected.bits[0] || !are_close }
    };
    let different = outcomes.iter().filter(|(name, outcome)| differs(name, outcome));
    different.map(|(name, outcome)| format!("{name}: {outcome:x?}")).collect()
}

#[test]
fn every_run_has_the_frozen_bits() {
    let golden = json::read("fingerprints");
    let outcomes = all();
    let different = differences(&outcomes, &golden, fuses());
    if !different.is_empty() {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fingerprints.json");
        std::fs::write(&path, table(&outcomes)).unwrap();
        panic!("{} differ:\n{}\nthe new table: {}", different.len(), different.join("\n"), path.display());
    }
    assert_eq!(outcomes.len(), 2 * CASES);
    assert_eq!(golden.as_object().unwrap().len(), outcomes.len(), "cases of the table are missing");
    println!("{} runs; fused: {}", outcomes.len(), fuses());
}

#[cfg(feature = "rayon")]
#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let golden = json::read("fingerprints");
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(differences(&pool.install(all), &golden, fuses()), [""; 0], "{threads} threads");
    }
}

#[test]
fn the_comparison_finds_other_bits_and_other_numbers() {
    let outcome = || Outcome { bits: [1, 2, 3, u64::MAX], loss: 0.1, magnitude: 7.0 };
    let golden = serde_json::from_str(&table(&[("a, f64".to_owned(), outcome())])).unwrap();
    let is_different = |change: fn(&mut Outcome), fuses| {
        let mut changed = outcome();
        change(&mut changed);
        !differences(&[("a, f64".to_owned(), changed)], &golden, fuses).is_empty()
    };
    for fuses in [false, true] {
        assert!(!is_different(|_| {}, fuses));
        assert!(is_different(|outcome| outcome.bits[0] ^= 1, fuses));
        assert!(is_different(|outcome| outcome.loss *= 1.0 + 1e-8, fuses));
        assert!(is_different(|outcome| outcome.magnitude = f64::NAN, fuses));
        let changes: [fn(&mut Outcome); 3] =
            [|outcome| outcome.bits[1] += 1, |outcome| outcome.bits[2] += 1, |outcome| outcome.bits[3] -= 1];
        for change in changes {
            assert_eq!(is_different(change, fuses), fuses);
        }
    }
    assert!(is_different(|outcome| outcome.loss = f64::from_bits(0.1_f64.to_bits() + 1), true));
}
