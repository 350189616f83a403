//! What is written is read: every setting, every bit, the generator, PyTorch's names.

use std::fs;

use ndarray::array;
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::error::FileError;
use ndarray_dnn::{Dnn, Error, Layer, ReduceOnPlateau, Scalar};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;

use super::{SEED, example, folder, networks, with_header};
use crate::common::state;

#[test]
fn a_loaded_network_equals_the_saved_one_and_trains_on_alike() {
    fn check<F: Scalar>() {
        let path = folder(F::NAME).join("net.safetensors");
        for (mut net, x, y) in networks::<F>() {
            net.save(&path).unwrap();
            let mut loaded = Dnn::<F>::load(&path).unwrap();
            assert_eq!(loaded, net);
            assert_eq!(state(&loaded), state(&net));
            assert_eq!(
                (loaded.iterations(), loaded.effective_eta()),
                (net.iterations(), net.effective_eta())
            );
            // The same bytes again, in spite of hash maps.
            assert_eq!(loaded.to_safetensors().unwrap(), fs::read(&path).unwrap());
            let losses = [&mut net, &mut loaded].map(|net| {
                let training = net.training(&x, &y).reduce_on_plateau(ReduceOnPlateau::new(1).factor(0.5));
                training.resume().max_epochs(3).run().unwrap().losses().to_vec()
            });
            assert_eq!(losses[0], losses[1]);
            assert_eq!(loaded, net);
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn every_bit_of_a_float_is_kept() {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    for _ in 0..1000 {
        let value = loop {
            let value = f64::from_bits(generator.random()).abs();
            if value.is_finite() && value > 0.0 {
                break value;
            }
        };
        let layer = Layer::new(array![[-value]], array![value], Identity).unwrap();
        let net = Dnn::builder().eta(value).decay_power(value).threshold(value).build_from([layer]).unwrap();
        assert_eq!(Dnn::from_safetensors(&net.to_safetensors().unwrap()), Ok(net));
    }
}

#[test]
fn tensors_have_the_names_and_the_layout_of_pytorch() {
    let net = example();
    let bytes = net.to_safetensors().unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    let mut expected = Vec::new();
    for group in ["layers", "training.squares", "training.velocity"] {
        for l in 0..2 {
            expected.extend([format!("{group}.{l}.bias"), format!("{group}.{l}.weight")]);
        }
    }
    assert_eq!(names, expected);
    let values = |name: &str| {
        let bytes = file.tensor(name).unwrap().data().chunks_exact(8);
        Vec::from_iter(bytes.map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())))
    };
    for (l, layer) in net.layers().iter().enumerate() {
        let name = format!("layers.{l}.weight");
        assert_eq!(file.tensor(&name).unwrap().shape(), [layer.fan_out(), layer.fan_in()]);
        assert_eq!(values(&name), Vec::from_iter(layer.weights().iter().copied()));
        assert_eq!(values(&format!("layers.{l}.bias")), layer.biases().to_vec());
        let velocity = net.velocity().weights(l).unwrap();
        assert_eq!(
            values(&format!("training.velocity.{l}.weight")),
            Vec::from_iter(velocity.iter().copied())
        );
    }
}

#[test]
fn the_element_type_is_checked() {
    let path = folder("element").join("net.safetensors");
    let net = example();
    let small: Dnn<f32> = net.cast().unwrap();
    small.save(&path).unwrap();
    let error = Dnn::<f64>::load(&path).unwrap_err();
    let at = path.display();
    assert_eq!(
        error.to_string(),
        format!("{at}: the file's element type must be f64, found f32: load it as that, and cast it")
    );
    let element = |expected, found: &str| Error::File(FileError::Element { expected, found: found.into() });
    let within = |error| Error::File(FileError::In { path: at.to_string(), source: Box::new(error) });
    assert_eq!(error, within(element("f64", "f32")));
    assert_eq!(Dnn::<f64>::from_safetensors(&fs::read(&path).unwrap()), Err(element("f64", "f32")));
    net.save(&path).unwrap();
    assert_eq!(Dnn::<f32>::load(&path).unwrap_err(), within(element("f32", "f64")));
    assert_eq!(Dnn::<f64>::load(&path).unwrap().cast::<f32>().unwrap(), small);
}

#[test]
fn a_network_that_is_not_finite_is_not_saved() {
    let path = folder("non_finite").join("net.safetensors");
    let mut net =
        Dnn::<f64>::builder().input_shape(1).shape([1]).activations([Identity]).eta(1e300).build().unwrap();
    net.save(&path).unwrap();
    let before = fs::read(&path).unwrap();
    let x = array![[1e10]];
    let pass = net.compute(&x).unwrap();
    net.update(&net.bp(&pass, &array![[1e10]]).unwrap()).unwrap();
    assert!(!net.layers()[0].weights()[[0, 0]].is_finite());
    let error = net.save(&path).unwrap_err();
    assert_eq!(error, Error::NonFinite { what: "the weights of a layer", row: 0, column: 0 });
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn the_generator_is_read_from_the_file() {
    let bytes = example().to_safetensors().unwrap();
    let stream = r#"\"stream\":1"#;
    let other = with_header(&bytes, |header| header.replacen(stream, r#"\"stream\":7"#, 1));
    let loaded = Dnn::<f64>::from_safetensors(&other).unwrap();
    assert_ne!(loaded, example());
    assert_eq!(loaded.to_safetensors().unwrap(), other);
    // Its largest place is 2⁶⁸ − 1 words.
    for (word, is_legal) in [("295147905179352825855", true), ("295147905179352825856", false)] {
        let changed = with_header(&bytes, |header| {
            let at = header.find(r#"\"word\":\""#).unwrap() + r#"\"word\":\""#.len();
            let end = at + header[at..].find('\\').unwrap();
            format!("{}{word}{}", &header[..at], &header[end..])
        });
        assert_eq!(Dnn::<f64>::from_safetensors(&changed).is_ok(), is_legal, "{word}");
    }
}
