//! Files with one fault: the error names its place and its value.

use std::fs;
use std::path::Path;

use ndarray_dnn::Dnn;
use ndarray_dnn::error::FileError;

use super::{example, folder, older, with_header};

pub(crate) fn error(bytes: &[u8]) -> String {
    Dnn::<f64>::from_safetensors(bytes).unwrap_err().to_string()
}

/// The number of bytes before the tensors.
fn start(bytes: &[u8]) -> usize {
    8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize
}

/// The file with the values of a tensor changed; its place is read from the header.
fn with_value(bytes: &[u8], tensor: &str, value: f64) -> Vec<u8> {
    let file = safetensors::SafeTensors::deserialize(bytes).unwrap();
    let data = file.tensor(tensor).unwrap().data();
    let at = data.as_ptr() as usize - bytes.as_ptr() as usize;
    let mut changed = bytes.to_vec();
    changed[at..at + 8].copy_from_slice(&value.to_le_bytes());
    changed
}

#[test]
fn errors_name_the_place_and_the_value() {
    let bytes = example().to_safetensors().unwrap();
    // Within the metadata quotes are escaped.
    let cases = [
        (r#"\"format\":3"#, r#"\"format\":4"#, "the file's format must be at least 1 and at most 3, found 4"),
        (r#"\"format\":3"#, r#"\"form\":3"#, "malformed file, ndarray_dnn.format: is missing"),
        (
            r#"\"eta\":"#,
            r#"\"eta\":-"#,
            "eta must be greater than 0 and finite in f64, found -0.03333333333333333",
        ),
        (r#"\"format\":3"#, r#"\"format\":0"#, "the file's format must be at least 1 and at most 3, found 0"),
        (
            r#"\"effective_eta\":"#,
            r#"\"effective_eta\":-"#,
            "malformed file, ndarray_dnn.training.effective_eta: must be at least 0",
        ),
        (
            r#"\"effective_eta\":"#,
            r#"\"effective_eta\":\"\",\"x\":"#,
            "malformed file, ndarray_dnn.training.effective_eta: must be a number or null, found \"\"",
        ),
        (
            "layers.1.bias",
            "layers.0.bias",
            "malformed file, layers.0.bias: there must be one tensor of this name, found two",
        ),
        (
            r#""shape":[4,3]"#,
            r#""shape":[4,2]"#,
            "malformed file, layers.0.weight: its bytes must be those of its shape [4, 2], found 96",
        ),
        (
            r#""shape":[4,3]"#,
            r#""shape":[9223372036854775808,3]"#,
            "malformed file, layers.0.weight: its bytes must be those of its shape [9223372036854775808, 3], found 96",
        ),
        (
            r#""shape":[4,3]"#,
            r#""shape":[-4,3]"#,
            "malformed file, layers.0.weight.shape: must be a list of whole numbers, found [-4,3]",
        ),
        (
            r#"{"dtype":"F64","shape":[4],"#,
            r#"["F64"],"rest":{"shape":[4],"#,
            "malformed file, the header: there must be 12 tensors, found 13",
        ),
        (
            r#""data_offsets":[0,32]"#,
            r#""data_offsets":[0,32,32]"#,
            "malformed file, layers.0.bias.data_offsets: must be 2 numbers, found 3",
        ),
        (r#""ndarray_dnn":""#, r#""ndarray_dnn":7,"rest":""#, "malformed file, ndarray_dnn: must be a text"),
        (
            r#"\"eta\":"#,
            r#"\"eta\":[],\"beta\":"#,
            "malformed file, ndarray_dnn.settings.eta: must be a number, found []",
        ),
        (r#"\"minibatch_size\":4"#, r#"\"minibatch_size\":0"#, "minibatch_size must be at least 1, found 0"),
        (
            r#"\"minibatch_size\":4"#,
            r#"\"minibatch_size\":-4"#,
            "malformed file, ndarray_dnn.settings.minibatch_size: must be a whole number of at least 0, found -4",
        ),
        (
            r#"\"verbose\":false"#,
            r#"\"verbose\":0"#,
            "malformed file, ndarray_dnn.settings.verbose: must be true or false, found 0",
        ),
        (
            r#"\"cyclic\""#,
            r#"\"sideways\""#,
            "malformed file, ndarray_dnn.settings.batch_order: unknown batch order \"sideways\": expected one of cyclic, sequential, shuffled, shuffled_by_epoch",
        ),
        (
            r#"\"adam(0.9, 0.999, 1e-8)\""#,
            r#"\"eve\""#,
            "malformed file, ndarray_dnn.settings.optimizer: unknown optimizer \"eve\": expected one of momentum, nesterov, adam, adam_w, rms_prop, adam(beta1, beta2, epsilon), adam_w(beta1, beta2, epsilon), rms_prop(rho, epsilon)",
        ),
        (
            r#"\"adam(0.9, 0.999, 1e-8)\""#,
            r#"\"nesterov\""#,
            "malformed file, the header: there must be 8 tensors, found 12",
        ),
        (
            r#"\"adam(0.9, 0.999, 1e-8)\""#,
            r#"{\"kind\":\"adam\"}"#,
            "malformed file, ndarray_dnn.settings.optimizer: must be a name, found {\"kind\":\"adam\"}",
        ),
        (
            r#"\"settings\":{"#,
            r#"\"settings\":{\"eta\":1,"#,
            "malformed file, ndarray_dnn.settings: duplicate field `eta`",
        ),
        (r#"\"eta\":"#, r#"\"beta\":"#, "malformed file, ndarray_dnn.settings.eta: is missing"),
        (r#"\"clip_norm\":"#, r#"\"clip\":"#, "malformed file, ndarray_dnn.settings.clip_norm: is missing"),
        (r#"\"adam(0.9, "#, r#"\"adam(1.9, "#, "beta1 must be at least 0 and less than 1 in f64, found 1.9"),
        (
            r#"\"chacha8\""#,
            r#"\"chacha9\""#,
            "malformed file, ndarray_dnn.training.generator.kind: must be \"chacha8\", found \"chacha9\"",
        ),
        (
            r#"\"word\":\""#,
            r#"\"word\":\"x"#,
            "malformed file, ndarray_dnn.training.generator.word: must be a whole number below 2^68",
        ),
        (
            r#"\"seed\":\""#,
            r#"\"seed\":\"0"#,
            "malformed file, ndarray_dnn.training.generator.seed: must be 64 hexadecimal digits",
        ),
        (
            r#"\"training\":{"#,
            r#"\"training\":7,\"rest\":{"#,
            "malformed file, ndarray_dnn.training: must be an object, found 7",
        ),
        (
            r#"[\"sigmoid\""#,
            r#"[\"sigma\""#,
            "malformed file, ndarray_dnn.activations: unknown activation \"sigma\": expected one of sigmoid, identity, relu, tanh, selu, softplus, softsign, gelu, silu, leaky_relu(slope), elu(alpha)",
        ),
        (r#"[\"sigmoid\""#, r#"[7"#, "malformed file, ndarray_dnn.activations: must be a name, found 7"),
        (
            r#"\"element\":\"f64\""#,
            r#"\"element\":\"f16\""#,
            "malformed file, ndarray_dnn.element: must be f32 or f64, found \"f16\"",
        ),
        (
            "ndarray_dnn",
            "another_one",
            "a safetensors file of another program: its metadata have no \"ndarray_dnn\"",
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
            "malformed file, layers.0.weight: it must have 2 dimensions, found 1",
        ),
        (
            r#""data_offsets":[0,32]"#,
            r#""data_offsets":[0,18446744073709551615]"#,
            "malformed file, layers.0.weight: it must begin where the tensor before it ends",
        ),
        (r#"{"__metadata__""#, r#"["__metadata__""#, "not a safetensors file"),
    ];
    for (text, other, message) in cases {
        let changed = with_header(&bytes, |header| {
            assert!(header.contains(text), "{text} is not in {header}");
            header.replacen(text, other, 1)
        });
        let error = error(&changed);
        // The line and the column of JSON come from its parser.
        assert_eq!(error.split(" at line ").next(), Some(message));
    }
}

/// Formats 1 and 2 have objects and a flag where there are texts today.
#[test]
fn errors_in_older_files_name_the_place_and_the_value() {
    let bytes = example().to_safetensors().unwrap();
    let cases = [
        (
            r#"\"softmax\":false"#,
            r#"\"softmax\":0"#,
            "malformed file, ndarray_dnn.settings.softmax: must be true or false, found 0",
        ),
        (
            r#"\"softmax\":false"#,
            r#"\"soft\":false"#,
            "malformed file, ndarray_dnn.settings.softmax: is missing",
        ),
        (
            r#"\"adam\""#,
            r#"\"eve\""#,
            "malformed file, ndarray_dnn.settings.optimizer.kind: unknown optimizer \"eve\": expected one of momentum, nesterov, adam, adam_w, rms_prop, adam(beta1, beta2, epsilon), adam_w(beta1, beta2, epsilon), rms_prop(rho, epsilon)",
        ),
        (r#"\"adam\""#, r#"\"nesterov\""#, "malformed file, the header: there must be 8 tensors, found 12"),
        (r#"\"adam\""#, r#"\"rms_prop\""#, "malformed file, ndarray_dnn.settings.optimizer.rho: is missing"),
        (
            r#"\"beta1\":0.9"#,
            r#"\"beta1\":1.9"#,
            "beta1 must be at least 0 and less than 1 in f64, found 1.9",
        ),
        (
            r#"\"beta1\":0.9"#,
            r#"\"beta1\":\"\""#,
            "malformed file, ndarray_dnn.settings.optimizer.beta1: must be a number, found \"\"",
        ),
        (
            r#"\"optimizer\":{"#,
            r#"\"optimizer\":7,\"rest\":{"#,
            "malformed file, ndarray_dnn.settings.optimizer: must be an object, found 7",
        ),
        (
            r#"\"init\":{"#,
            r#"\"init\":{},\"rest\":{"#,
            "malformed file, ndarray_dnn.settings.init.kind: is missing",
        ),
    ];
    for format in [1, 2] {
        for (text, other, message) in cases {
            let changed = with_header(&older(&bytes, format), |header| {
                assert!(header.contains(text), "{text} is not in {header}");
                header.replacen(text, other, 1)
            });
            assert_eq!(error(&changed), message);
        }
        assert_eq!(
            Dnn::<f64>::from_safetensors(&older(&bytes, format)).unwrap().layers(),
            example().layers()
        );
    }
}

/// Two tensors of one place, and so a gap where the second one was.
#[test]
fn tensors_that_share_their_bytes_are_refused() {
    let bytes = example().to_safetensors().unwrap();
    let place = |header: &str, name: &str| {
        let at = header.find(&format!("\"{name}\"")).unwrap();
        let at = at + header[at..].find("\"data_offsets\":").unwrap();
        header[at..at + header[at..].find('}').unwrap()].to_owned()
    };
    let changed = with_header(&bytes, |header| {
        let [first, second] = ["layers.0.bias", "training.velocity.0.bias"].map(|name| place(header, name));
        header.replacen(&second, &first, 1)
    });
    let text = "it must begin where the tensor before it ends";
    assert!(error(&changed).ends_with(text), "{}", error(&changed));
}

#[test]
fn a_setting_that_is_given_twice_is_refused() {
    let bytes = example().to_safetensors().unwrap();
    let twice = r#"\"settings\":{\"eta\":0.5,"#;
    let changed = with_header(&bytes, |header| header.replacen(r#"\"settings\":{"#, twice, 1));
    let error = error(&changed);
    assert!(error.starts_with("malformed file, ndarray_dnn.settings: duplicate field `eta` at "), "{error}");
}

#[test]
fn files_that_are_cut_or_too_long() {
    let bytes = example().to_safetensors().unwrap();
    for length in [0, 7, 8] {
        assert_eq!(error(&bytes[..length]), "not a safetensors file");
    }
    for length in [9, 100, start(&bytes) - 1] {
        assert_eq!(error(&bytes[..length]), "malformed file, the header: the file ends within it");
    }
    let length = bytes.len() - start(&bytes);
    let text =
        |found| format!("malformed file, the header: the tensors must be {length} bytes, found {found}");
    assert_eq!(error(&bytes[..bytes.len() - 1]), text(length - 1));
    assert_eq!(error(&bytes[..start(&bytes)]), text(0));
    for rest in [1, 8, 1000] {
        assert_eq!(error(&[&bytes[..], &vec![0; rest]].concat()), text(length + rest));
    }
}

#[test]
fn files_of_other_programs() {
    let folder = folder("other");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let text = folder.join("text.txt");
    fs::write(&text, "some text, longer than the eight bytes of a length").unwrap();
    let json = folder.join("network.json");
    fs::write(&json, r#"{"abc":[{"layers":[1, 2]}]}"#).unwrap();
    let empty = folder.join("empty");
    fs::write(&empty, "").unwrap();
    for (path, expected) in [
        (&text, FileError::NotSafetensors),
        (&json, FileError::NotSafetensors),
        (&empty, FileError::NotSafetensors),
        (&samples.join("format_1.json"), FileError::NotSafetensors),
        (&samples.join("sequential.safetensors"), FileError::OtherProgram),
    ] {
        let error = Dnn::<f64>::load(path).unwrap_err();
        assert_eq!(error.to_string(), format!("{}: {expected}", path.display()));
        let source = Box::new(expected.into());
        assert_eq!(error, FileError::In { path: path.display().to_string(), source }.into());
    }
}

#[test]
fn values_out_of_their_range() {
    let bytes = example().to_safetensors().unwrap();
    for (tensor, value, reason) in [
        ("training.velocity.1.weight", f64::NAN, "it must be finite, found NaN or infinity"),
        ("training.velocity.0.bias", f64::INFINITY, "it must be finite, found NaN or infinity"),
        ("training.squares.0.weight", f64::NEG_INFINITY, "it must be finite, found NaN or infinity"),
        ("training.squares.0.weight", -1e-300, "it must be at least 0, found -1e-300"),
        ("training.squares.1.bias", -1.0, "it must be at least 0, found -1.0"),
    ] {
        let error = error(&with_value(&bytes, tensor, value));
        assert_eq!(error, format!("malformed file, {tensor}: {reason}"));
    }
    let nan = error(&with_value(&bytes, "layers.1.bias", f64::NAN));
    assert!(nan.starts_with("malformed file, layers.1: biases must be finite, found NaN"), "{nan}");
    // A negative velocity is legal, and so is a mean square of 0.
    for (tensor, value) in [("training.velocity.0.weight", -1.0), ("training.squares.0.weight", 0.0)] {
        Dnn::<f64>::from_safetensors(&with_value(&bytes, tensor, value)).unwrap();
    }
}

/// Of 3 inputs and 4 neurons, weights of velocity and squares as (3, 4), and a bias that has a value of the weights.
#[test]
fn velocity_and_squares_of_another_shape() {
    let bytes = example().to_safetensors().unwrap();
    for group in ["training.velocity", "training.squares"] {
        let changed = with_header(&bytes, |header| {
            let at = header.find(&format!("\"{group}.0.weight\"")).unwrap();
            format!("{}{}", &header[..at], header[at..].replacen("[4,3]", "[3,4]", 1))
        });
        let text = format!("malformed file, {group}.0.weight: its shape must be (4, 3), found (3, 4)");
        assert_eq!(error(&changed), text);
        let changed = with_header(&bytes, |header| {
            let place = |name: &str| {
                let at = header.find(&format!("\"{group}.{name}\"")).unwrap();
                let end = at + header[at..].find('}').unwrap() + 1;
                header[at..end].to_owned()
            };
            // The biases of both layers change their names.
            let [first, second] = ["0.bias", "1.bias"].map(place);
            let header = header.replacen(&first, "first", 1).replacen(&second, "second", 1);
            let renamed = [first.replace("0.bias", "1.bias"), second.replace("1.bias", "0.bias")];
            header.replacen("first", &renamed[0], 1).replacen("second", &renamed[1], 1)
        });
        let text = format!("malformed file, {group}.0.bias: its length must be 4, found 2");
        assert_eq!(error(&changed), text);
    }
}

/// `+f` is a hexadecimal number to a parser of numbers.
#[test]
fn a_seed_or_a_place_with_a_sign_is_refused() {
    let bytes = example().to_safetensors().unwrap();
    for (key, sign, replaced, reason) in [
        ("seed", "+f", 2, "must be 64 hexadecimal digits"),
        ("word", "+", 0, "must be a whole number below 2^68"),
    ] {
        let changed = with_header(&bytes, |header| {
            let key = format!(r#"\"{key}\":\""#);
            let at = header.find(&key).unwrap() + key.len();
            format!("{}{sign}{}", &header[..at], &header[at + replaced..])
        });
        assert_eq!(
            error(&changed),
            format!("malformed file, ndarray_dnn.training.generator.{key}: {reason}")
        );
    }
}

#[test]
fn an_effective_rate_of_0_loads() {
    let bytes = example().to_safetensors().unwrap();
    for value in ["0", "0.0", "null", "1e-320"] {
        let changed = with_header(&bytes, |header| {
            let key = r#"\"effective_eta\":"#;
            let at = header.find(key).unwrap() + key.len();
            let end = at + header[at..].find(',').unwrap();
            format!("{}{value}{}", &header[..at], &header[end..])
        });
        let net = Dnn::<f64>::from_safetensors(&changed).unwrap();
        assert_eq!(Dnn::from_safetensors(&net.to_safetensors().unwrap()), Ok(net), "{value}");
    }
}
