//! An independent reader of ONNX models: protobuf, and the graph computed in f64.

use std::collections::HashMap;

use ndarray::{Array2, ArrayD, Axis, Ix2, Zip};

/// A field's value, by its wire type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Int(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

/// A message: the number and the value of each field, in order.
pub(crate) struct Message<'a>(Vec<(u64, Value<'a>)>);

impl<'a> Message<'a> {
    pub(crate) fn read(mut bytes: &'a [u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let value = match key % 8 {
                0 => Value::Int(varint(&mut bytes)),
                2 => {
                    let length = varint(&mut bytes) as usize;
                    Value::Bytes(take(&mut bytes, length))
                }
                5 => Value::Float(f32::from_le_bytes(take(&mut bytes, 4).try_into().unwrap())),
                other => panic!("wire type {other}"),
            };
            fields.push((key / 8, value));
        }
        Self(fields)
    }

    /// The numbers of the fields that there are, each once.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let mut numbers = Vec::from_iter(self.0.iter().map(|(number, _)| *number));
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    pub(crate) fn all(&self, number: u64) -> impl Iterator<Item = Value<'a>> {
        self.0.iter().filter(move |field| field.0 == number).map(|field| field.1)
    }

    /// The value of a field that comes once.
    pub(crate) fn one(&self, number: u64) -> Value<'a> {
        let all = Vec::from_iter(self.all(number));
        assert_eq!(all.len(), 1, "field {number}");
        all[0]
    }
}

impl<'a> Value<'a> {
    pub(crate) fn int(self) -> u64 {
        match self {
            Self::Int(value) => value,
            other => panic!("no integer: {other:?}"),
        }
    }

    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Bytes(value) => value,
            other => panic!("no bytes: {other:?}"),
        }
    }

    pub(crate) fn text(self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap()
    }

    pub(crate) fn message(self) -> Message<'a> {
        Message::read(self.bytes())
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = take(bytes, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// An initializer.
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'a str,
    pub(crate) data_type: u64,
    pub(crate) shape: Vec<usize>,
    pub(crate) raw: &'a [u8],
}

impl Tensor<'_> {
    fn values(&self) -> ArrayD<f64> {
        let of = |bytes: &[u8]| match bytes.len() {
            4 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())),
            _ => f64::from_le_bytes(bytes.try_into().unwrap()),
        };
        let size = if self.data_type == 1 { 4 } else { 8 };
        ArrayD::from_shape_vec(self.shape.clone(), self.raw.chunks(size).map(of).collect()).unwrap()
    }
}

/// A node: its operator, inputs, output, and its attributes by name.
pub(crate) struct Node<'a> {
    pub(crate) operator: &'a str,
    pub(crate) inputs: Vec<&'a str>,
    pub(crate) output: &'a str,
    pub(crate) attributes: Vec<(&'a str, Value<'a>)>,
}

/// The graph of a model.
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Node<'a>>,
    pub(crate) tensors: Vec<Tensor<'a>>,
}

impl<'a> Graph<'a> {
    pub(crate) fn of(model: &'a [u8]) -> Self {
        let graph = Message::read(model).one(7).message();
        Self {
            nodes: graph.all(1).map(|value| node(&value.message())).collect(),
            tensors: graph.all(5).map(|value| tensor(&value.message())).collect(),
        }
    }

    pub(crate) fn tensor(&self, name: &str) -> &Tensor<'a> {
        self.tensors.iter().find(|tensor| tensor.name == name).unwrap()
    }

    /// The value `y` of the graph, by the definitions of ONNX.
    pub(crate) fn compute(&self, x: &Array2<f64>) -> Array2<f64> {
        let mut values = HashMap::from([("x", x.clone().into_dyn())]);
        values.extend(self.tensors.iter().map(|tensor| (tensor.name, tensor.values())));
        for node in &self.nodes {
            let inputs = Vec::from_iter(node.inputs.iter().map(|input| &values[input]));
            let output = apply(node, &inputs);
            assert!(values.insert(node.output, output).is_none(), "two values {}", node.output);
        }
        values.remove("y").unwrap().into_dimensionality().unwrap()
    }
}

fn node<'a>(node: &Message<'a>) -> Node<'a> {
    assert!(node.numbers().iter().all(|number| [1, 2, 4, 5].contains(number)));
    let attribute = |value: Value<'a>| {
        let attribute = value.message();
        // A FLOAT or an INT, with the type that says so.
        let (number, kind) = if attribute.numbers() == [1, 2, 20] { (2, 1) } else { (3, 2) };
        assert_eq!(attribute.one(20).int(), kind);
        (attribute.one(1).text(), attribute.one(number))
    };
    Node {
        operator: node.one(4).text(),
        inputs: node.all(1).map(Value::text).collect(),
        output: node.one(2).text(),
        attributes: node.all(5).map(attribute).collect(),
    }
}

fn tensor<'a>(tensor: &Message<'a>) -> Tensor<'a> {
    assert!(tensor.numbers().iter().all(|number| [1, 2, 8, 9].contains(number)));
    Tensor {
        name: tensor.one(8).text(),
        data_type: tensor.one(2).int(),
        shape: tensor.all(1).map(|dim| dim.int() as usize).collect(),
        raw: tensor.one(9).bytes(),
    }
}

fn apply(node: &Node<'_>, inputs: &[&ArrayD<f64>]) -> ArrayD<f64> {
    let matrix = |i: usize| inputs[i].view().into_dimensionality::<Ix2>().unwrap();
    let map = |f: &dyn Fn(f64) -> f64| {
        assert_eq!(inputs.len(), 1);
        inputs[0].mapv(f)
    };
    match (node.operator, &node.attributes[..]) {
        ("Transpose", []) => matrix(0).reversed_axes().to_owned().into_dyn(),
        ("MatMul", []) => matrix(0).dot(&matrix(1)).into_dyn(),
        ("Add", []) => inputs[0] + inputs[1],
        ("Sigmoid", []) => map(&|z| 1.0 / (1.0 + (-z).exp())),
        ("Neg", []) => map(&|z| -z),
        ("Exp", []) => map(&f64::exp),
        ("Reciprocal", []) => map(&f64::recip),
        ("Relu", []) => map(&|z| z.max(0.0)),
        ("Tanh", []) => map(&f64::tanh),
        ("LeakyRelu", [("alpha", Value::Float(alpha))]) => {
            map(&|z| if z < 0.0 { f64::from(*alpha) * z } else { z })
        }
        ("Elu", [("alpha", Value::Float(alpha))]) => {
            map(&|z| if z < 0.0 { f64::from(*alpha) * z.exp_m1() } else { z })
        }
        ("Selu", [("alpha", Value::Float(alpha)), ("gamma", Value::Float(gamma))]) => {
            let [alpha, gamma] = [*alpha, *gamma].map(f64::from);
            map(&|z| gamma * if z > 0.0 { z } else { alpha * z.exp_m1() })
        }
        ("Softplus", []) => map(&|z| z.exp().ln_1p()),
        ("Softsign", []) => map(&|z| z / (1.0 + z.abs())),
        ("Erf", []) => map(&libm::erf),
        ("Abs", []) => map(&f64::abs),
        ("Log", []) => map(&f64::ln),
        ("Sub", []) => inputs[0] - inputs[1],
        ("Div", []) => inputs[0] / inputs[1],
        ("Softmax", [("axis", Value::Int(1))]) => {
            let powers = matrix(0).mapv(f64::exp);
            (&powers / &powers.sum_axis(Axis(1)).insert_axis(Axis(1))).into_dyn()
        }
        ("Mul", []) => inputs[0] * inputs[1],
        ("Greater", []) => {
            let right = inputs[1].broadcast(inputs[0].raw_dim()).unwrap();
            Zip::from(inputs[0]).and(right).map_collect(|a, b| f64::from(u8::from(a > b)))
        }
        ("Where", []) => Zip::from(inputs[0])
            .and(inputs[1])
            .and(inputs[2])
            .map_collect(|&condition, &yes, &no| if condition == 1.0 { yes } else { no }),
        (operator, attributes) => panic!("{operator} with {attributes:?}"),
    }
}
