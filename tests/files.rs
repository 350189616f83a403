//! Files: what is saved is what is loaded, and what is no such file is refused.
#![cfg(feature = "safetensors")]
#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::{fs, io};

use common::allocator::{Counting, peak};
use common::json::matrix;
use common::{ACTIVATIONS, Head, ORDERS, assert_close, parameters, state, uniform, velocity};
use ndarray::{Array2, array};
use ndarray_dnn::Activation::{self, Identity};
use ndarray_dnn::{BatchOrder, Dnn, Error, FileError, Init, Layer, Loss, Optimizer, Scalar};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::SafeTensors;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The first parameter and the first velocity of the files of format 1.
const F64: [f64; 2] = [0.67739288277645, -0.018515787686225978];
const F32: [f64; 2] = [0.31357070803642273, 0.001617981819435954];

/// The seed of all networks and data here.
const SEED: u64 = 5;
const ROWS: usize = 9;

/// A folder of this test's own.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Networks of every setting, trained a little, with their data.
fn networks<F: Scalar>() -> Vec<(Dnn<F>, Array2<F>, Array2<F>)> {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let optimizers = [Optimizer::Momentum, Optimizer::Nesterov, Optimizer::adam()];
    let inits = [Init::Uniform { low: -0.1, high: 1.0 / 3.0 }, Init::Glorot, Init::He];
    let mut networks = Vec::new();
    for order in ORDERS {
        for optimizer in optimizers {
            for head in Head::ALL {
                for hidden in ACTIVATIONS {
                    let builder = Dnn::builder().input_shape(3).shape([4, 2]).activations([hidden, Identity]);
                    let builder = builder.batch_order(order).optimizer(optimizer);
                    let builder = head.set(builder);
                    let builder =
                        builder.init(inits[generator.random_range(0..3)]).eta(0.1 / 3.0).minibatch_size(4);
                    let builder =
                        builder.decay_power(1.0 / 3.0).regularization(1e-3 / 3.0).threshold(1e-17 / 3.0);
                    let builder = builder.regularize_biases(generator.random()).seed(generator.random());
                    let mut net = builder.max_epochs(generator.random_range(1..4)).build().unwrap();
                    let x = uniform(ROWS, 3, generator);
                    let y = head.targets(ROWS, 2, generator);
                    if generator.random_bool(0.9) {
                        net.fit(&x, &y).unwrap();
                    }
                    networks.push((net, x, y));
                }
            }
        }
    }
    networks
}

fn example() -> Dnn {
    networks::<f64>()
        .into_iter()
        .map(|(net, ..)| net)
        .find(|net| net.config().optimizer() == Optimizer::adam())
        .unwrap()
}

#[test]
fn what_is_saved_is_what_is_loaded_and_goes_on_so() {
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
            // The same bytes again, whatever the order of a hash map is.
            assert_eq!(loaded.to_safetensors().unwrap(), fs::read(&path).unwrap());
            let losses = [&mut net, &mut loaded]
                .map(|net| net.training(&x, &y).resume().max_epochs(3).run().unwrap().losses().to_vec());
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
fn tensors_are_named_and_laid_out_as_pytorch_s() {
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
    assert_eq!(error, FileError::Element { expected: "f64", found: "f32".into() }.into());
    assert_eq!(
        error.to_string(),
        "the file's element type must be f64, found f32: load it as that, and cast it"
    );
    net.save(&path).unwrap();
    let expected = FileError::Element { expected: "f32", found: "f64".into() };
    assert_eq!(Dnn::<f32>::load(&path).unwrap_err(), expected.into());
    assert_eq!(Dnn::<f64>::load(&path).unwrap().cast::<f32>().unwrap(), small);
}

#[test]
fn what_is_not_finite_is_not_saved() {
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
fn what_cannot_be_written_or_read() {
    let folder = folder("io");
    let net = example();
    let refused = |result: Result<(), Error>, path: &Path, kind: io::ErrorKind| {
        let error = result.unwrap_err();
        let Error::File(FileError::Io { what, kind: found, source: cause }) = &error else {
            panic!("{error}")
        };
        assert_eq!((what, *found), (&path.display().to_string(), kind));
        assert_eq!(error.to_string(), format!("{what}: {cause}"));
        // The system's own error is the source.
        let source = error.source().and_then(|source| source.downcast_ref::<io::Error>()).unwrap();
        assert_eq!((source.kind(), source.to_string()), (kind, cause.to_string()));
    };
    let missing = folder.join("missing").join("net.safetensors");
    refused(net.save(&missing), &missing, io::ErrorKind::NotFound);
    refused(Dnn::<f64>::load(&missing).map(drop), &missing, io::ErrorKind::NotFound);
    // A folder is in the way; nothing else is left in it.
    let taken = folder.join("taken");
    fs::create_dir_all(taken.join("inside")).unwrap();
    assert!(matches!(net.save(&taken), Err(Error::File(FileError::Io { .. }))));
    assert!(matches!(Dnn::<f64>::load(&taken), Err(Error::File(FileError::Io { .. }))));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    refused(net.save(".."), Path::new(".."), io::ErrorKind::InvalidInput);
}

/// A file with its header's text replaced, its length set right.
fn with_header(bytes: &[u8], change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = change(std::str::from_utf8(&bytes[8..8 + length]).unwrap());
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &bytes[8 + length..]].concat()
}

#[test]
fn what_is_wrong_is_said_and_where() {
    let bytes = example().to_safetensors().unwrap();
    // Within the metadata quotes are escaped.
    let cases: [(&str, &str, &str); 25] = [
        (r#"\"format\":1"#, r#"\"format\":2"#, "the file's format must be 1, found 2"),
        (r#"\"format\":1"#, r#"\"form\":1"#, "malformed file, ndarray_dnn.format: is missing"),
        (
            r#"\"eta\":"#,
            r#"\"eta\":-"#,
            "eta must be greater than 0 and finite in f64, found -0.03333333333333333",
        ),
        (
            r#"\"eta\":"#,
            r#"\"eta\":[],\"beta\":"#,
            "malformed file, ndarray_dnn.settings.eta: is no number, but []",
        ),
        (r#"\"minibatch_size\":4"#, r#"\"minibatch_size\":0"#, "minibatch_size must be at least 1, found 0"),
        (
            r#"\"minibatch_size\":4"#,
            r#"\"minibatch_size\":-4"#,
            "malformed file, ndarray_dnn.settings.minibatch_size: is no whole number from 0, but -4",
        ),
        (
            r#"\"softmax\":false"#,
            r#"\"softmax\":0"#,
            "malformed file, ndarray_dnn.settings.softmax: is no true or false, but 0",
        ),
        (
            r#"\"cyclic\""#,
            r#"\"sideways\""#,
            "malformed file, ndarray_dnn.settings.batch_order: \"sideways\" is not known",
        ),
        (
            r#"\"adam\""#,
            r#"\"eve\""#,
            "malformed file, ndarray_dnn.settings.optimizer.kind: \"eve\" is not known",
        ),
        (r#"\"adam\""#, r#"\"nesterov\""#, "malformed file, the header: there must be 8 tensors, found 12"),
        (
            r#"\"beta1\":0.9"#,
            r#"\"beta1\":1.9"#,
            "beta1 must be at least 0 and less than 1 in f64, found 1.9",
        ),
        (
            r#"\"chacha8\""#,
            r#"\"chacha9\""#,
            "malformed file, ndarray_dnn.training.generator.kind: \"chacha9\" is not known",
        ),
        (
            r#"\"word\":\""#,
            r#"\"word\":\"x"#,
            "malformed file, ndarray_dnn.training.generator.word: is no number below 2^68",
        ),
        (
            r#"\"seed\":\""#,
            r#"\"seed\":\"0"#,
            "malformed file, ndarray_dnn.training.generator.seed: is not 64 hexadecimal digits",
        ),
        (
            r#"\"training\":{"#,
            r#"\"training\":7,\"rest\":{"#,
            "malformed file, ndarray_dnn.training: is no object",
        ),
        (
            r#"[\"sigmoid\""#,
            r#"[\"sigma\""#,
            "malformed file, ndarray_dnn.activations: unknown activation \"sigma\": expected one of sigmoid, identity, relu, tanh, leaky_relu(slope)",
        ),
        (r#"[\"sigmoid\""#, r#"[7"#, "malformed file, ndarray_dnn.activations: is no list of names"),
        (
            r#"\"element\":\"f64\""#,
            r#"\"element\":\"f16\""#,
            "malformed file, ndarray_dnn.element: \"f16\" is not known",
        ),
        (
            "ndarray_dnn",
            "another_one",
            "malformed file, the metadata: there is no ndarray_dnn: no file of this crate",
        ),
        ("layers.1.bias", "layers.2.bias", "malformed file, layers.1.bias: there is no such tensor"),
        (
            r#"{"dtype":"F64","shape":[4],"#,
            r#"{"dtype":"I64","shape":[4],"#,
            "malformed file, layers.0.bias: its type must be F64, found I64",
        ),
        (
            r#""shape":[4,3]"#,
            r#""shape":[3,4]"#,
            "malformed file, layers.0: biases must have 3 elements, found 4",
        ),
        (
            r#""shape":[4,3]"#,
            r#""shape":[12]"#,
            "malformed file, layers.0.weight: it must have 2 dimensions, found [12]",
        ),
        (
            r#""data_offsets":[0,32]"#,
            r#""data_offsets":[0,18446744073709551615]"#,
            "malformed file, the header: invalid shape, data type, or offset for tensor",
        ),
        (
            r#"{"__metadata__""#,
            r#"["__metadata__""#,
            "malformed file, the header: invalid type: sequence, expected struct HashMetadata at line 1 column 0",
        ),
    ];
    for (text, other, message) in cases {
        let changed = with_header(&bytes, |header| {
            assert!(header.contains(text), "{text} is not in {header}");
            header.replacen(text, other, 1)
        });
        assert_eq!(Dnn::<f64>::from_safetensors(&changed).unwrap_err().to_string(), message);
    }
    for length in [0, 7, 8, 100] {
        let error = Dnn::<f64>::from_safetensors(&bytes[..length]).unwrap_err();
        assert_eq!(error.to_string(), "malformed file, the header: the file ends within it");
    }
    let error = Dnn::<f64>::from_safetensors(&bytes[..bytes.len() - 1]).unwrap_err();
    let length = bytes.len() - 8 - u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let text =
        format!("malformed file, the header: the tensors are {length} bytes, and {} are there", length - 1);
    assert_eq!(error.to_string(), text);
    let mut nan = bytes.clone();
    let last = nan.len() - 8;
    nan[last..].copy_from_slice(&f64::NAN.to_le_bytes());
    let error = Dnn::<f64>::from_safetensors(&nan).unwrap_err();
    assert!(
        error.to_string().starts_with("malformed file, training.velocity.1.weight: it holds what is not"),
        "{error}"
    );
}

#[test]
fn the_generator_is_the_file_s() {
    let bytes = example().to_safetensors().unwrap();
    let stream = r#"\"stream\":1"#;
    let other = with_header(&bytes, |header| header.replacen(stream, r#"\"stream\":7"#, 1));
    let loaded = Dnn::<f64>::from_safetensors(&other).unwrap();
    assert_ne!(loaded, example());
    assert_eq!(loaded.to_safetensors().unwrap(), other);
    // 2⁶⁸ − 1 words is as far as it goes.
    for (word, is_legal) in [("295147905179352825855", true), ("295147905179352825856", false)] {
        let changed = with_header(&bytes, |header| {
            let at = header.find(r#"\"word\":\""#).unwrap() + r#"\"word\":\""#.len();
            let end = at + header[at..].find('\\').unwrap();
            format!("{}{word}{}", &header[..at], &header[end..])
        });
        assert_eq!(Dnn::<f64>::from_safetensors(&changed).is_ok(), is_legal, "{word}");
    }
}

#[test]
fn hostile_headers() {
    let file = |header: &str| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    // Tensors whose sizes add up to the largest number there is, in the two forms that serde reads.
    let (mut by_list, mut by_name) = (String::from("{"), String::from("{"));
    let (mut start, size) = (0_u64, (1_u64 << 61) - 1);
    for (i, size) in [size; 8].into_iter().chain([7]).enumerate() {
        let end = start + size;
        by_list += &format!(r#""t{i}":["U8",[{size}],[{start},{end}]],"#);
        by_name += &format!(r#""t{i}":{{"dtype":"U8","shape":[{size}],"data_offsets":[{start},{end}]}},"#);
        start = end;
    }
    for header in [by_list, by_name] {
        let header = format!("{}}}", header.trim_end_matches(','));
        let error = Dnn::<f64>::from_safetensors(&file(&header)).unwrap_err();
        assert!(error.to_string().starts_with("malformed file, the header: "), "{error}");
    }
    // Refused before it is read.
    let mut long = vec![b'['; 100_000_009];
    long[..8].copy_from_slice(&100_000_001_u64.to_le_bytes());
    let held = peak(|| {
        let error = Dnn::<f64>::from_safetensors(&long).unwrap_err();
        assert_eq!(
            error.to_string(),
            "malformed file, the header: it must be at most 100000000 bytes, found 100000001"
        );
    });
    assert!(held < 10_000, "{held}");
}

#[test]
#[cfg(unix)]
fn a_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;

    let path = folder("permissions").join("net.safetensors");
    example().save(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    example().save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// One of the ways in which a file can be spoilt.
fn mutate(bytes: &[u8], other: &[u8], generator: &mut ChaCha8Rng) -> Vec<u8> {
    let mut mutated = bytes.to_vec();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    match generator.random_range(0..9) {
        // Bits anywhere, and in the header, where they do most.
        0 | 1 => {
            let range = if generator.random() { 0..8 + length } else { 8 + length..bytes.len() };
            for _ in 0..generator.random_range(1..4) {
                mutated[generator.random_range(range.clone())] ^= 1 << generator.random_range(0..8);
            }
        }
        2 => mutated.truncate(generator.random_range(0..bytes.len())),
        3 => mutated.extend((0..generator.random_range(1..100)).map(|_| generator.random::<u8>())),
        // A header of another length, an oversized one among them.
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
        // A piece of the header doubled, or gone.
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
        // A header as JSON, twice, and the network; and never by a size that the file only says that it has.
        let bytes_held = peak(|| drop(catch_unwind(|| Dnn::<f64>::from_safetensors(&bytes))));
        assert!(bytes_held < 20 * bytes.len() + 10_000, "case {case}: {bytes_held} for {}", bytes.len());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            Dnn::<f64>::from_safetensors(&bytes).map(|net| {
                // It is one that can be used.
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
    // Most are refused; a bit of a parameter is not seen.
    assert!(counts[0] > 500 && counts[1] > 5000, "{counts:?}");
}

// Files that stay for ever

/// The file of a network, what it answers to which x, and the parameter and the velocity that it begins with.
fn check_format<F: Scalar>(name: &str, first: [f64; 2]) -> Dnn<F> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let text = fs::read_to_string(folder.join("format_1.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let net = Dnn::<F>::load(folder.join(name)).unwrap();
    let expected = matrix(&golden[F::NAME]);
    let tolerance = if F::NAME == "f64" { 1e-14 } else { 1e-6 };
    let answer = net.predict(&matrix(&golden["x"]).mapv(F::from_f64)).unwrap();
    assert_close(name, &answer, &expected, tolerance);
    assert_eq!([parameters(net.layers())[0], velocity(&net)[0]], first, "{name}");
    net
}

#[test]
fn files_of_every_format_load_for_ever() {
    let net = check_format::<f64>("format_1_f64.safetensors", F64);
    let expected = Dnn::<f64>::builder().input_shape(3).shape([4, 3, 2]);
    let leaky_relu = Activation::LeakyRelu { slope: 0.125 };
    let expected = expected.activations([leaky_relu, Activation::Tanh, Identity]).loss(Loss::Squared);
    let expected =
        expected.init(Init::Uniform { low: -0.5, high: 1.0 }).eta(1.0 / 30.0).decay_power(1.0 / 3.0);
    let expected = expected.optimizer(Optimizer::Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-7 });
    let expected = expected.batch_order(BatchOrder::Shuffled).minibatch_size(6).regularize_biases(false);
    let expected = expected.regularization(1e-3 / 3.0).threshold(0.0).max_epochs(3).seed(u64::MAX);
    let expected = expected.build().unwrap();
    assert_eq!(net.config(), expected.config());
    assert_eq!((net.iterations(), net.effective_eta()), (12, 1.0 / 30.0 / 12_f64.powf(1.0 / 3.0)));

    let net = check_format::<f32>("format_1_f32.safetensors", F32);
    assert!(net.config().softmax() && net.config().verbose());
    assert_eq!((net.config().optimizer(), net.config().momentum()), (Optimizer::Nesterov, 0.6));
    assert_eq!(net.iterations(), 6);
}

#[test]
fn layers_of_a_pytorch_sequential() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let bytes = fs::read(folder.join("sequential.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let values = |name: &str| {
        let tensor = file.tensor(name).unwrap();
        let values = tensor.data().chunks_exact(4).map(|value| f32::from_le_bytes(value.try_into().unwrap()));
        (tensor.shape().to_vec(), Vec::from_iter(values))
    };
    let layer = |key: &str, activation| {
        let ((shape, weights), (_, biases)) =
            (values(&format!("{key}.weight")), values(&format!("{key}.bias")));
        let weights = Array2::from_shape_vec((shape[0], shape[1]), weights).unwrap();
        Layer::new(weights, biases.into(), activation).unwrap()
    };
    let net = Dnn::builder().build_from([layer("0", Activation::Relu), layer("2", Identity)]).unwrap();
    let text = fs::read_to_string(folder.join("sequential.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let answer = net.predict(&matrix(&golden["x"]).mapv(|x| x as f32)).unwrap();
    assert_close("answer", &answer, &matrix(&golden["y"]), 1e-6);
}
