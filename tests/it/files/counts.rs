//! Files of a 64-bit machine on a 32-bit machine: numbers that do not fit.

use ndarray_dnn::{Dnn, Error};

use super::{example, with_header};

/// The example's file with another number for a key, and what loading it gives.
fn with(key: &str, number: u64) -> Result<Dnn, Error> {
    let bytes = example().to_safetensors().unwrap();
    Dnn::from_safetensors(&with_header(&bytes, |header| {
        // Within the metadata quotes are escaped.
        let key = format!("\\\"{key}\\\":");
        let start = header.find(&key).unwrap() + key.len();
        let end = start + header[start..].find(|c: char| !c.is_ascii_digit()).unwrap();
        format!("{}{number}{}", &header[..start], &header[end..])
    }))
}

/// Numbers next to the largest of a 32-bit machine, and the largest of a 64-bit machine.
const NUMBERS: [u64; 4] = [u32::MAX as u64, u32::MAX as u64 + 1, 1 << 40, u64::MAX];

#[test]
fn a_limit_beyond_the_largest_number_is_no_limit() {
    for number in NUMBERS {
        let expected = usize::try_from(number).unwrap_or(usize::MAX);
        let of = |key| with(key, number).unwrap().config().clone();
        assert_eq!(of("minibatch_size").minibatch_size(), expected);
        assert_eq!(of("max_epochs").max_epochs(), expected);
        assert_eq!(of("min_updates").min_updates(), expected);
    }
}

#[test]
fn a_counter_that_does_not_fit_is_an_error() {
    for number in NUMBERS {
        for key in ["iterations", "updates", "waited"] {
            let loaded = with(key, number);
            match usize::try_from(number) {
                Ok(expected) if key == "iterations" => assert_eq!(loaded.unwrap().iterations(), expected),
                Ok(_) => assert!(loaded.is_ok(), "{key}, {number}: {loaded:?}"),
                Err(_) => {
                    let place = if key == "waited" { "training.plateau" } else { "training" };
                    let largest = usize::MAX;
                    let expected = format!(
                        "malformed file, ndarray_dnn.{place}.{key}: must be at most {largest} on this machine, \
                         found {number}"
                    );
                    assert_eq!(loaded.unwrap_err().to_string(), expected);
                }
            }
        }
        // This counter has 64 bits on every machine.
        assert!(with("all_updates", number).is_ok());
    }
}
