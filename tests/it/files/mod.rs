//! Files: a saved network loads unchanged, and everything else is refused.
mod counts;
mod dropout;
mod formats;
mod hostile;
mod labels;
mod losses;
mod malformed;
mod mutations;
mod round_trip;
mod saving;
mod steps;

use std::path::PathBuf;

use ndarray::Array2;
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::{Dnn, Init, Optimizer, ReduceOnPlateau, Scalar, Schedule};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::{ACTIVATIONS, Head, ORDERS, uniform};

/// The seed of all networks and data here.
const SEED: u64 = 5;
const ROWS: usize = 9;

/// An empty folder for a test.
fn folder(test: &str) -> PathBuf {
    crate::common::folder(&format!("files/{test}"))
}

/// Networks with every kind of setting, trained a little, with their data.
fn networks<F: Scalar>() -> Vec<(Dnn<F>, Array2<F>, Array2<F>)> {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let optimizers = crate::common::runs::OPTIMIZERS;
    let schedules = [
        Schedule::Constant,
        Schedule::Step { every: 1, factor: 1.0 / 3.0 },
        Schedule::Cosine { epochs: 4, warm_up: 1, floor: 0.1 / 3.0 },
        Schedule::OneCycle { epochs: 3, rise: 1.0 / 3.0, start: 0.1, end: 1e-17 / 3.0 },
    ];
    let inits = [Init::Uniform { low: -0.1, high: 1.0 / 3.0 }, Init::Glorot, Init::He, Init::LeCun];
    let mut networks = Vec::new();
    for order in ORDERS {
        for optimizer in optimizers {
            for head in Head::ALL {
                for hidden in ACTIVATIONS {
                    let builder = Dnn::builder().input_shape(3).shape([4, 2]).activations([hidden, Identity]);
                    let builder = builder.batch_order(order).optimizer(optimizer);
                    let builder = head.set(builder);
                    let builder =
                        builder.init(inits[generator.random_range(0..4)]).eta(0.1 / 3.0).minibatch_size(4);
                    let builder =
                        builder.decay_power(1.0 / 3.0).regularization(1e-3 / 3.0).threshold(1e-17 / 3.0);
                    let builder = match head {
                        Head::BinaryCrossEntropy => {
                            builder.label_weights([0.7, 3.0]).positive_weights([1.0 / 3.0, 9.0])
                        }
                        _ => builder,
                    };
                    let builder = builder.regularize_biases(generator.random()).seed(generator.random());
                    let builder = if generator.random() { builder.dropout([0.1 / 3.0]) } else { builder };
                    let builder = builder
                        .schedule(schedules[networks.len() % 4])
                        .l1([0.0, 1e-5 / 3.0][networks.len() / 4 % 2]);
                    let limit = |limit| Some(limit).filter(|_| networks.len() / 8 % 2 == 0);
                    let builder = builder.clip_norm(limit(1.0 / 3.0)).max_norm(limit(7.0 / 3.0));
                    let mut net =
                        builder.max_epochs(generator.random_range(1..4)).min_updates(7).build().unwrap();
                    let x = uniform(ROWS, 3, generator);
                    let y = head.targets(ROWS, 2, generator);
                    if generator.random_bool(0.9) {
                        let plateau = ReduceOnPlateau::new(1).factor(1.0 / 3.0).min_delta(1.0);
                        net.training(&x, &y).reduce_on_plateau(plateau).run().unwrap();
                    }
                    networks.push((net, x, y));
                }
            }
        }
    }
    networks
}

/// A network with every group of tensors.
fn example() -> Dnn {
    networks::<f64>()
        .into_iter()
        .map(|(net, ..)| net)
        .find(|net| net.config().optimizer() == Optimizer::adam())
        .unwrap()
}

/// A file of today as format 1 or 2 had it, with objects and a flag in place of texts. The file of an optimizer without
/// a velocity had one of 0, which this does not write.
fn older(bytes: &[u8], format: u64) -> Vec<u8> {
    with_header(bytes, |header| {
        let mut header: serde_json::Value = serde_json::from_str(header).unwrap();
        let text = &mut header["__metadata__"]["ndarray_dnn"];
        let mut network: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        network["format"] = format.into();
        let settings = network["settings"].as_object_mut().unwrap();
        for (setting, numbers) in [
            ("init", &[("uniform", &["low", "high"][..])][..]),
            (
                "optimizer",
                &[
                    ("adam", &["beta1", "beta2", "epsilon"][..]),
                    ("adam_w", &["beta1", "beta2", "epsilon"]),
                    ("rms_prop", &["rho", "epsilon"]),
                ],
            ),
        ] {
            let text = settings[setting].as_str().unwrap().to_owned();
            let (kind, list) = text.trim_end_matches(')').split_once('(').unwrap_or((&text, ""));
            let mut object = serde_json::json!({ "kind": kind });
            let names = numbers.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, names)| names);
            for (name, number) in names.iter().zip(list.split(", ")) {
                object[name] = number.parse::<f64>().unwrap().into();
            }
            settings[setting] = object;
        }
        let is_softmax = settings["loss"] == "cross_entropy";
        settings.insert("softmax".to_owned(), is_softmax.into());
        if is_softmax {
            settings["loss"] = "article".into();
        }
        if format == 1 {
            settings.retain(|name, _| {
                !["clip_norm", "dropout", "l1", "max_norm", "schedule"].contains(&&name[..])
            });
            let training = network["training"].as_object_mut().unwrap();
            training.retain(|name, _| !["all_updates", "plateau", "position"].contains(&&name[..]));
        }
        *text = network.to_string().into();
        header.to_string()
    })
}

/// A file with another header, whose length is right.
pub(crate) fn with_header(bytes: &[u8], change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = change(std::str::from_utf8(&bytes[8..8 + length]).unwrap());
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes[8 + length..]].concat()
}
