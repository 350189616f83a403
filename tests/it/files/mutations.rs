//! Damaged files: an error or a network that works, never a panic, and little memory.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::Array2;
use ndarray_dnn::Dnn;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{networks, with_header};
use crate::common::allocator::peak;
use crate::common::{parameters, velocity};

/// A file with one kind of damage.
fn mutate(bytes: &[u8], other: &[u8], generator: &mut ChaCha8Rng) -> Vec<u8> {
    let mut mutated = bytes.to_vec();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    match generator.random_range(0..9) {
        // Bits of the header, or of the tensors.
        0 | 1 => {
            let range = if generator.random() { 0..8 + length } else { 8 + length..bytes.len() };
            for _ in 0..generator.random_range(1..4) {
                mutated[generator.random_range(range.clone())] ^= 1 << generator.random_range(0..8);
            }
        }
        2 => mutated.truncate(generator.random_range(0..bytes.len())),
        3 => mutated.extend((0..generator.random_range(1..100)).map(|_| generator.random::<u8>())),
        // Another length of the header, up to the largest.
        4 => {
            let lengths = [0, 1, length as u64 - 8, length as u64 + 8, bytes.len() as u64, 1 << 40, u64::MAX];
            mutated[..8].copy_from_slice(&lengths[generator.random_range(0..7)].to_le_bytes());
        }
        // Two pieces of the header swapped.
        5 => {
            let size = generator.random_range(1..40);
            let [a, b] = [0, 0].map(|_: i32| 8 + generator.random_range(0..length - size));
            for i in 0..size {
                mutated.swap(a + i, b + i);
            }
        }
        // Another number somewhere.
        6 => {
            let numbers = [
                "0",
                "-1",
                "1e999",
                "18446744073709551615",
                "1e308",
                "null",
                "\"\"",
                "{}",
                "4611686018427387904",
            ];
            return with_header(bytes, |header| {
                let digits =
                    Vec::from_iter(header.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(i, _)| i));
                let at = digits[generator.random_range(0..digits.len())];
                let end = at + header[at..].find(|c: char| !c.is_ascii_digit()).unwrap();
                format!(
                    "{}{}{}",
                    &header[..at],
                    numbers[generator.random_range(0..numbers.len())],
                    &header[end..]
                )
            });
        }
        // The header of another file.
        7 => {
            let length_of = |bytes: &[u8]| u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            return [&other[..8 + length_of(other)], &bytes[8 + length..]].concat();
        }
        // A piece of the header removed or repeated.
        _ => {
            return with_header(bytes, |header| {
                let [mut a, mut b] = [0, 0].map(|_: i32| generator.random_range(0..header.len()));
                (a, b) = (a.min(b), a.max(b));
                if generator.random() {
                    format!("{}{}", &header[..a], &header[b..])
                } else {
                    format!("{}{}", &header[..b], &header[a..])
                }
            });
        }
    }
    mutated
}

#[test]
fn ten_thousand_mutations_are_an_error_or_a_network() {
    let files =
        Vec::from_iter(networks::<f64>().iter().step_by(7).map(|(net, ..)| net.to_safetensors().unwrap()));
    let mut counts = [0, 0];
    for case in 0..10_000 {
        let generator = &mut ChaCha8Rng::seed_from_u64(case);
        let [file, other] = [0; 2].map(|_: i32| &files[generator.random_range(0..files.len())]);
        let bytes = mutate(file, other, generator);
        // The network and the header's text, and never a size that only the file claims.
        let bytes_held = peak(|| drop(catch_unwind(|| Dnn::<f64>::from_safetensors(&bytes))));
        assert!(bytes_held < 3 * bytes.len() + 10_000, "case {case}: {bytes_held} for {}", bytes.len());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            Dnn::<f64>::from_safetensors(&bytes).map(|net| {
                // A network that works.
                assert!(
                    parameters(net.layers()).iter().chain(&velocity(&net)).all(|value| value.is_finite())
                );
                let x = Array2::<f64>::zeros((2, net.input_shape()));
                let _ = net.predict(&x);
                let mut twin: Dnn = net.clone();
                twin.reconfigure(|builder| builder.max_epochs(2)).unwrap();
                let _ = twin.training(&x, &Array2::zeros((2, net.output_shape()))).resume().run();
                Dnn::<f64>::from_safetensors(&net.to_safetensors().unwrap()).unwrap()
            })
        }));
        match outcome.unwrap_or_else(|_| panic!("case {case} panicked")) {
            Ok(_) => counts[0] += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                counts[1] += 1;
            }
        }
    }
    // Most are refused; another bit of a parameter is a legal file.
    assert!(counts[0] > 500 && counts[1] > 5000, "{counts:?}");
}
