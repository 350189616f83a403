//! The graph of an ONNX model: a chain of nodes from the input to the output.

use super::initializer::{data_type, scalar};
use super::protobuf::Message;
use crate::activation::Link;
use crate::dnn::Dnn;
use crate::kernel::Scalar;
use crate::model::Layer;

const INPUT: &str = "x";
const OUTPUT: &str = "y";
const BATCH: &str = "batch";

/// A GraphProto without its tensors: node = 1, name = 2, initializer = 5, input = 11, output = 12.
pub(super) fn graph<F: Scalar>(net: &Dnn<F>) -> Message {
    let mut nodes = Nodes { nodes: Vec::new(), constants: Message::default() };
    for (l, layer) in net.layers().iter().enumerate() {
        nodes.layer(l, layer);
    }
    nodes.link::<F>(net.config().link());
    let Nodes { mut nodes, constants } = nodes;
    if let Some(last) = nodes.last_mut() {
        last.output = OUTPUT.to_owned();
    }
    let graph = nodes.iter().fold(Message::default(), |graph, node| graph.message(1, &node.message()));
    graph
        .text(2, env!("CARGO_PKG_NAME"))
        .append(constants.as_bytes())
        .message(11, &value_info::<F>(INPUT, net.input_shape()))
        .message(12, &value_info::<F>(OUTPUT, net.output_shape()))
}

/// The nodes so far; the last one computes the output so far.
pub(super) struct Nodes {
    nodes: Vec<Node>,
    /// Initializers of a single value.
    constants: Message,
}

impl Nodes {
    fn layer<F: Scalar>(&mut self, l: usize, layer: &Layer<F>) {
        let name = |part| format!("layers.{l}.{part}");
        let (z, a) = (name("z"), name("a"));
        // Not Gemm, which tract has with a bias in f32 alone. A runtime transposes once, when it loads the model.
        let input = self.end();
        self.push("Transpose", vec![name("weight")], name("columns"), None);
        self.push("MatMul", vec![input, name("columns")], name("product"), None);
        self.push("Add", vec![name("product"), name("bias")], z.clone(), None);
        self.activation::<F>(layer.activation(), z, name, a);
    }

    fn link<F: Scalar>(&mut self, link: Link) {
        let a = self.end();
        match link {
            Link::Identity => {}
            Link::Softmax => {
                self.push("Softmax", vec![a], "softmax".to_owned(), Some(int_attribute("axis", 1)))
            }
            Link::Logistic => self.sigmoid::<F>(a, |part| format!("link.{part}"), "logistic".to_owned()),
            Link::Log => self.push("Exp", vec![a], "exponential".to_owned(), None),
        }
    }

    /// The name of the last output so far.
    fn end(&self) -> String {
        self.nodes.last().map_or(INPUT, |node| &node.output).to_owned()
    }

    pub(super) fn push(
        &mut self,
        operator: &'static str,
        inputs: Vec<String>,
        output: String,
        attributes: impl IntoIterator<Item = Message>,
    ) {
        let attributes = attributes.into_iter().collect();
        self.nodes.push(Node { operator, inputs, output, attributes });
    }

    pub(super) fn constant<F: Scalar>(&mut self, name: &str, value: F) {
        self.constants = std::mem::take(&mut self.constants).message(5, &scalar(name, value));
    }
}

struct Node {
    operator: &'static str,
    inputs: Vec<String>,
    output: String,
    attributes: Vec<Message>,
}

impl Node {
    /// A NodeProto: input = 1, output = 2, op_type = 4, attribute = 5.
    fn message(&self) -> Message {
        let inputs = self.inputs.iter().fold(Message::default(), |node, input| node.text(1, input));
        let node = inputs.text(2, &self.output).text(4, self.operator);
        self.attributes.iter().fold(node, |node, attribute| node.message(5, attribute))
    }
}

/// An AttributeProto: name = 1, i = 3, type = 20, which is INT = 2.
fn int_attribute(name: &str, value: u64) -> Message {
    Message::default().text(1, name).int(3, value).int(20, 2)
}

/// An AttributeProto: name = 1, f = 2, type = 20, which is FLOAT = 1.
pub(super) fn float_attribute(name: &str, value: f32) -> Message {
    Message::default().text(1, name).float(2, value).int(20, 1)
}

/// A ValueInfoProto of shape (batch, columns): name = 1, type = 2. The type's tensor_type = 1 has elem_type = 1
/// and shape = 2, which has a dim = 1 each, of dim_value = 1 or dim_param = 2.
fn value_info<F: Scalar>(name: &str, columns: usize) -> Message {
    let rows = Message::default().text(2, BATCH);
    let columns = Message::default().int(1, columns as u64);
    let shape = Message::default().message(1, &rows).message(1, &columns);
    let tensor = Message::default().int(1, data_type::<F>()).message(2, &shape);
    Message::default().text(1, name).message(2, &Message::default().message(1, &tensor))
}
