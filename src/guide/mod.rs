//! A guide, from the first model to a service.
//!
//! Only the documentation has this module: the library contains nothing of it. Every program in it is run by the
//! tests, in the folder of the repository.
//!
//! | page | question |
//! |---|---|
//! | [`first_model`] | How do I get from a CSV file to a model that is saved? |
//! | [`data`] | How do my data become arrays, and what if they do not fit in memory? |
//! | [`tuning`] | The model is not good enough. What do I change first? |
//! | [`serving`] | How do I save a model, and answer many requests at once? |
//! | [`coming_from`] | I know scikit-learn, Keras or PyTorch. What has which name here? |
//!
//! [`Dnn`](crate::Dnn) is the reference of the network. Its page starts with a table of the methods.

pub mod coming_from;
pub mod data;
pub mod first_model;
pub mod serving;
pub mod tuning;
