//! Layers and shapes of networks.

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::error::{Extent, ParseError, Place};
use ndarray_dnn::ndarray::{Array1, Array2, array};
use ndarray_dnn::{Activation, Dnn, Error, Layer};

use super::support::{assert_refused, builder, conflict, out_of_range, soon, wrong_shape, zero};

#[test]
fn structure_and_counts() {
    let new = Dnn::<f64>::builder;
    let two = [Sigmoid, Identity];
    let not_set = |name| Error::NotSet { name, needed_by: "build" };
    let empty = || Error::Empty { what: "shape", rows: 0, columns: 1 };
    let width = |layer| out_of_range("shape", Place::Index(layer), "at least 1", 0.0);
    let activations = |expected, found| wrong_shape("activations", Extent::Elements, expected, found);
    let cases = [
        (new(), not_set("input_shape"), "input_shape must be set: build needs it"),
        (new().input_shape(2), not_set("shape"), "shape must be set: build needs it"),
        (new().input_shape(2).shape([1]), not_set("activations"), "activations must be set: build needs it"),
        (builder().input_shape(0), zero("input_shape"), "input_shape must be at least 1, found 0"),
        (builder().minibatch_size(0), zero("minibatch_size"), "minibatch_size must be at least 1, found 0"),
        (builder().max_epochs(0), zero("max_epochs"), "max_epochs must be at least 1, found 0"),
        (builder().shape([]), empty(), "shape must not be empty, found 0 elements"),
        (builder().shape([]).activations([]), empty(), "shape must not be empty, found 0 elements"),
        (builder().shape([0, 2]), width(0), "shape[0] must be at least 1, found 0"),
        (builder().shape([3, 0]), width(1), "shape[1] must be at least 1, found 0"),
        (builder().activations([]), activations(2, 0), "activations must have 2 elements, found 0"),
        (builder().activations([Relu]), activations(2, 1), "activations must have 2 elements, found 1"),
        (
            builder().shape([1]).activations(two),
            activations(1, 2),
            "activations must have 1 elements, found 2",
        ),
    ];
    for (builder, expected, text) in cases {
        assert_refused(builder.build(), &expected, text);
    }
}

#[test]
fn shapes_that_do_not_fit_in_memory() {
    let cases: [(usize, &[usize], [usize; 2]); 7] = [
        (1, &[usize::MAX, 1], [usize::MAX, 1]),
        (2, &[usize::MAX, 1], [usize::MAX, 2]),
        (2, &[1, usize::MAX], [usize::MAX, 1]),
        (usize::MAX, &[1], [1, usize::MAX]),
        (usize::MAX, &[usize::MAX], [usize::MAX, usize::MAX]),
        (2, &[1 << 40, 1 << 30], [1 << 40, 2]),
        (1 << 30, &[1 << 33, 1], [1 << 33, 1 << 30]),
    ];
    for (input, shape, [rows, columns]) in cases {
        let activations = vec![Identity; shape.len()];
        let (shape, built) =
            (shape.to_vec(), Dnn::<f64>::builder().input_shape(input).activations(activations));
        let error = soon(move || built.shape(shape).build().unwrap_err());
        assert_eq!(error, Error::TooLarge { what: "the weights of a layer", rows, columns });
        let numbers = format!(": {rows} rows of {columns} columns");
        assert!(error.to_string().ends_with(&numbers), "{error}");
    }
}

#[test]
fn unknown_activations() {
    let known = ["sigmoid", "identity", "relu", "tanh", "selu", "softplus", "softsign", "gelu", "silu"];
    let known = [&known[..], &["leaky_relu(slope)", "elu(alpha)"]].concat();
    for name in ["", "Sigmoid", "relu ", "softmax", "tan\n"] {
        let error: ParseError = name.parse::<Activation>().unwrap_err();
        assert_eq!((error.kind, &error.text[..], &error.expected[..]), ("activation", name, &known[..]));
        let text = format!("unknown activation {name:?}: expected one of {}", known.join(", "));
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn layers() {
    let new = |weights: (usize, usize), biases| {
        Layer::<f64>::new(Array2::ones(weights), Array1::ones(biases), Relu)
    };
    let empty = |rows, columns| Error::Empty { what: "weights", rows, columns };
    assert_refused(new((0, 2), 0), &empty(0, 2), "weights must not be empty, found 0 rows of 2 columns");
    assert_refused(new((2, 0), 2), &empty(2, 0), "weights must not be empty, found 2 rows of 0 columns");
    let huge = isize::MAX as usize;
    assert_refused(
        new((huge, 0), 1),
        &empty(huge, 0),
        &format!("weights must not be empty, found {huge} rows of 0 columns"),
    );
    for found in [0, 1, 3] {
        let text = format!("biases must have 2 elements, found {found}");
        assert_refused(new((2, 3), found), &wrong_shape("biases", Extent::Elements, 2, found), &text);
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_refused(
            Layer::new(array![[0.0, 0.0], [value, value]], array![0.0, 0.0], Relu),
            &Error::NonFinite { what: "weights", row: 1, column: 0 },
            "weights must be finite, found NaN or infinity in row 1, column 0",
        );
        assert_eq!(
            Layer::new(Array2::ones((2, 1)), array![0.0, value], Relu),
            Err(Error::NonFinite { what: "biases", row: 1, column: 0 })
        );
    }
}

#[test]
fn layers_that_contradict_each_other_or_a_setting() {
    let layer = |fan_out, fan_in| {
        Layer::<f64>::new(Array2::ones((fan_out, fan_in)), Array1::ones(fan_out), Relu).unwrap()
    };
    let new = Dnn::<f64>::builder;
    assert_refused(
        new().build_from([]),
        &Error::Empty { what: "layers", rows: 0, columns: 1 },
        "layers must not be empty, found 0 elements",
    );
    for found in [1, 3, 5] {
        assert_refused(
            new().build_from([layer(2, 2), layer(4, 2), layer(1, found)]),
            &Error::Shape {
                what: "the weights",
                at: Place::Layer(2),
                extent: Extent::Columns,
                expected: 4,
                found,
            },
            &format!("the weights of layer 2 must have 4 columns, found {found}"),
        );
    }
    let contradictions = [
        (new().input_shape(3), "input_shape", "2", "3"),
        (new().input_shape(0), "input_shape", "2", "0"),
        (new().shape([]), "shape", "[4, 1]", "[]"),
        (new().shape([4]), "shape", "[4, 1]", "[4]"),
        (new().shape([4, 1, 1]), "shape", "[4, 1]", "[4, 1, 1]"),
        (new().activations([Relu]), "activations", "[Relu, Relu]", "[Relu]"),
        (new().activations([Relu, Identity]), "activations", "[Relu, Relu]", "[Relu, Identity]"),
    ];
    for (builder, name, expected, found) in contradictions {
        let (setting, layers) = (format!("{name}({found})"), format!("layers of {name} {expected}"));
        assert_refused(
            builder.build_from([layer(4, 2), layer(1, 4)]),
            &conflict(name, &setting, &layers),
            &format!("{setting} cannot be combined with {layers}"),
        );
    }
    assert_eq!(new().max_epochs(0).build_from([layer(4, 2)]).unwrap_err(), zero("max_epochs"));
}
