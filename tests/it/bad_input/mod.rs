//! Bad input, call by call: the error, its numbers and its text; and the call has changed nothing.

mod accepted;
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
