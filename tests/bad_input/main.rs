//! Bad input, call by call: the error, its numbers and its text; and the call has changed nothing.

#![allow(clippy::panic, clippy::unwrap_used)]

mod accepted;
#[path = "../common/mod.rs"]
mod common;
mod data;
mod errors;
mod last_layer;
mod late;
mod settings;
mod steps;
mod structure;
mod support;
mod training;
mod verbs;
