//! The content of a model: versions, initializers, nodes.

use ndarray_dnn::Activation::{Identity, LeakyRelu, Relu, Sigmoid, Tanh};
use ndarray_dnn::ndarray::array;
use ndarray_dnn::{Dnn, Layer, Link, Scalar};

use super::reader::{Graph, Message, Node, Value};
use super::{model, three_layers};

/// Operator, inputs, output and attributes of each node, a line each.
fn nodes(model: &[u8]) -> String {
    let text = |node: &Node<'_>| {
        format!("{} = {}({}) {:?}", node.output, node.operator, node.inputs.join(", "), node.attributes)
    };
    Vec::from_iter(Graph::of(model).nodes.iter().map(text)).join("\n")
}

#[test]
fn a_model_names_its_version_producer_input_and_output() {
    fn check<F: Scalar>(data_type: u64) {
        let bytes = model(&three_layers::<F>(Link::Softmax, [Tanh, Relu, Identity]));
        let model = Message::read(&bytes);
        assert_eq!(model.numbers(), [1, 2, 3, 7, 8]);
        assert_eq!(model.one(1).int(), 7);
        assert_eq!(model.one(2).text(), "ndarray-dnn");
        assert_eq!(model.one(3).text(), env!("CARGO_PKG_VERSION"));
        let opset = model.one(8).message();
        assert_eq!((opset.one(1).text(), opset.one(2).int()), ("", 13));
        let graph = model.one(7).message();
        assert_eq!(graph.numbers(), [1, 2, 5, 11, 12]);
        assert_eq!(graph.one(2).text(), "ndarray-dnn");
        for (number, name, columns) in [(11, "x", 3), (12, "y", 2)] {
            let value = graph.one(number).message();
            assert_eq!(value.one(1).text(), name);
            let tensor = value.one(2).message().one(1).message();
            assert_eq!(tensor.one(1).int(), data_type);
            let dims = Vec::from_iter(tensor.one(2).message().all(1).map(Value::message));
            assert_eq!(dims.len(), 2);
            assert_eq!((dims[0].numbers(), dims[0].one(2).text()), (vec![2], "batch"));
            assert_eq!((dims[1].numbers(), dims[1].one(1).int()), (vec![1], columns));
        }
    }
    check::<f32>(1);
    check::<f64>(11);
}

#[test]
fn initializers_are_the_parameters_by_pytorch_s_names() {
    fn check<F: Scalar>(data_type: u64, bytes_of: fn(F) -> Vec<u8>) {
        let net = three_layers::<F>(Link::Identity, [Tanh, LeakyRelu { slope: 0.1 }, Identity]);
        let bytes = model(&net);
        let graph = Graph::of(&bytes);
        for (l, layer) in net.layers().iter().enumerate() {
            let weight = graph.tensor(&format!("layers.{l}.weight"));
            assert_eq!((weight.data_type, &weight.shape[..]), (data_type, layer.weights().shape()));
            // Row by row, (fan_out, fan_in); in memory they are column by column.
            let expected = Vec::from_iter(layer.weights().iter().flat_map(|&value| bytes_of(value)));
            assert_eq!(weight.raw, expected);
            let bias = graph.tensor(&format!("layers.{l}.bias"));
            assert_eq!((bias.data_type, &bias.shape[..]), (data_type, [layer.fan_out()].as_slice()));
            assert_eq!(bias.raw, Vec::from_iter(layer.biases().iter().flat_map(|&value| bytes_of(value))));
        }
        let constants = if data_type == 1 { 0 } else { 2 };
        assert_eq!(graph.tensors.len(), 6 + constants);
    }
    check::<f32>(1, |value| value.to_le_bytes().into());
    check::<f64>(11, |value| value.to_le_bytes().into());
}

/// The three nodes of `Z = A Wᵀ + b` in a layer.
fn affine(input: &str, l: usize, z: &str) -> [String; 3] {
    [
        format!("layers.{l}.columns = Transpose(layers.{l}.weight) []"),
        format!("layers.{l}.product = MatMul({input}, layers.{l}.columns) []"),
        format!("{z} = Add(layers.{l}.product, layers.{l}.bias) []"),
    ]
}

#[test]
fn nodes_are_the_layers_and_the_link() {
    let affine = [("x", 0), ("layers.0.a", 1), ("layers.1.a", 2)]
        .map(|(input, l)| affine(input, l, &format!("layers.{l}.z")).join("\n"));
    let tanh = "layers.0.a = Tanh(layers.0.z) []";
    let activations = [Tanh, LeakyRelu { slope: 0.1 }, Identity];
    let slope = r#"layers.1.a = LeakyRelu(layers.1.z) [("alpha", Float(0.1))]"#;
    let softmax = r#"y = Softmax(layers.2.z) [("axis", Int(1))]"#;
    assert_eq!(
        nodes(&model(&three_layers::<f32>(Link::Softmax, activations))),
        [&affine[0], tanh, &affine[1], slope, &affine[2], softmax].join("\n")
    );
    let slope = [
        "layers.1.is_positive = Greater(layers.1.z, layers.1.zero) []",
        "layers.1.share = Mul(layers.1.z, layers.1.slope) []",
        "layers.1.a = Where(layers.1.is_positive, layers.1.z, layers.1.share) []",
    ];
    let sigmoid = [
        "link.negative = Neg(layers.2.z) []",
        "link.power = Exp(link.negative) []",
        "link.sum = Add(link.power, link.one) []",
        "y = Reciprocal(link.sum) []",
    ];
    assert_eq!(
        nodes(&model(&three_layers::<f64>(Link::Logistic, activations))),
        [&affine[0], tanh, &affine[1], &slope.join("\n"), &affine[2], &sigmoid.join("\n")].join("\n")
    );
    assert!(
        nodes(&model(&three_layers::<f32>(Link::Logistic, [Sigmoid, Sigmoid, Tanh])))
            .ends_with("y = Sigmoid(layers.2.a) []")
    );
    assert!(nodes(&model(&three_layers::<f32>(Link::Log, activations))).ends_with("y = Exp(layers.2.z) []"));
    let layer = Layer::new(array![[1.0, 2.0]], array![3.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    assert_eq!(nodes(&model(&net)), self::affine("x", 0, "y").join("\n"));
}
