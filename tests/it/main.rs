//! The tests that need no process of their own, a module for each topic; `tests/README.md` says what each checks.

#![allow(clippy::panic, clippy::unwrap_used)]
// Where a `usize` has 32 bits, `tests/processors.sh` leaves out the tests with larger numbers, but compiles them.
#![cfg_attr(target_pointer_width = "32", allow(arithmetic_overflow))]

#[cfg_attr(not(feature = "safetensors"), allow(dead_code))] // Tests of files use the rest of it.
#[path = "../common/mod.rs"]
mod common;

mod activations;
mod against_sklearn;
mod against_torch;
mod bad_input;
mod coming_from;
mod data;
mod divergence;
mod dropout;
mod estimator;
mod features;
#[cfg(feature = "safetensors")]
mod files;
mod fingerprints;
mod flat;
mod golden;
mod gradients;
mod hostile;
mod init;
mod inputs;
mod label_weights;
mod laws;
mod layout;
mod limits;
mod losses;
mod machines;
mod many_rows;
mod misuse;
mod names;
mod online;
mod onnx;
mod overflow;
mod pairs;
mod posterior;
mod presets;
mod rates;
mod readme;
mod reference;
mod repetition;
mod root;
mod scaled;
mod second_order;
mod send_sync;
mod settings;
mod stream;
mod training;
mod weights;

use common::allocator::Counting;

// Counts for each thread alone, so tests side by side do not disturb each other.
#[global_allocator]
static ALLOCATOR: Counting = Counting;
