//! The nodes of an activation. In f32 they are the operators of ONNX. In f64, for which onnxruntime and tract lack
//! most of these, they are the definitions; no runtime needs `Erf` in f64 then.

use super::graph::{Nodes, float_attribute};
use crate::activation::Activation;
use crate::formats::bytes::is_f32;
use crate::kernel::Scalar;
use crate::kernel::smooth::Elu;

impl Nodes {
    /// `a = f(z)`; `name` makes the names of the values in between.
    pub(super) fn activation<F: Scalar>(
        &mut self,
        activation: Activation,
        z: String,
        name: impl Fn(&'static str) -> String,
        a: String,
    ) {
        match activation {
            Activation::Identity => {}
            Activation::Sigmoid => self.sigmoid::<F>(z, name, a),
            Activation::Relu => self.push("Relu", vec![z], a, None),
            Activation::Tanh => self.push("Tanh", vec![z], a, None),
            Activation::LeakyRelu { slope } if is_f32::<F>() => {
                let slope = float_attribute("alpha", slope as f32);
                self.push("LeakyRelu", vec![z], a, Some(slope));
            }
            // onnxruntime has no LeakyRelu in f64, and the attribute is an f32: this is the definition.
            Activation::LeakyRelu { slope } => {
                self.constant(&name("zero"), F::zero());
                self.constant(&name("slope"), F::from_f64(slope));
                self.push("Greater", vec![z.clone(), name("zero")], name("is_positive"), None);
                self.push("Mul", vec![z.clone(), name("slope")], name("share"), None);
                self.push("Where", vec![name("is_positive"), z, name("share")], a, None);
            }
            Activation::Elu { alpha } if is_f32::<F>() => {
                self.push("Elu", vec![z], a, Some(float_attribute("alpha", alpha as f32)));
            }
            Activation::Elu { alpha } => self.elu(Elu::<F>::of(alpha), z, name, a),
            // With α and λ, although they are the defaults: tract has others.
            Activation::Selu if is_f32::<F>() => {
                let Elu { scale, floor } = Elu::<F>::scaled();
                let alpha = float_attribute("alpha", (floor / scale).as_f64() as f32);
                let gamma = float_attribute("gamma", scale.as_f64() as f32);
                self.push("Selu", vec![z], a, [alpha, gamma]);
            }
            Activation::Selu => self.elu(Elu::<F>::scaled(), z, name, a),
            Activation::Softplus if is_f32::<F>() => self.push("Softplus", vec![z], a, None),
            Activation::Softplus => self.softplus::<F>(z, name, a),
            Activation::Softsign if is_f32::<F>() => self.push("Softsign", vec![z], a, None),
            Activation::Softsign => {
                self.constant(&name("one"), F::one());
                self.push("Abs", vec![z.clone()], name("size"), None);
                self.push("Add", vec![name("size"), name("one")], name("sum"), None);
                self.push("Div", vec![z, name("sum")], a, None);
            }
            // The operator Gelu is younger than the opset.
            Activation::Gelu if is_f32::<F>() => {
                self.constant(&name("one"), F::one());
                self.constant(&name("half"), F::HALF);
                self.constant(&name("scale"), F::from_f64(std::f64::consts::FRAC_1_SQRT_2));
                self.push("Mul", vec![z.clone(), name("scale")], name("scaled"), None);
                self.push("Erf", vec![name("scaled")], name("erf"), None);
                self.push("Add", vec![name("erf"), name("one")], name("sum"), None);
                self.push("Mul", vec![name("sum"), name("half")], name("share"), None);
                self.push("Mul", vec![z, name("share")], a, None);
            }
            Activation::Gelu => self.gelu::<F>(z, name, a),
            Activation::Silu => {
                self.sigmoid::<F>(z.clone(), &name, name("share"));
                self.push("Mul", vec![z, name("share")], a, None);
            }
        }
    }

    /// `1 / (1 + e⁻ᶻ)`; in f64 by this definition, since tract has Sigmoid in f32 alone.
    pub(super) fn sigmoid<F: Scalar>(
        &mut self,
        z: String,
        name: impl Fn(&'static str) -> String,
        output: String,
    ) {
        if is_f32::<F>() {
            return self.push("Sigmoid", vec![z], output, None);
        }
        self.constant(&name("one"), F::one());
        self.push("Neg", vec![z], name("negative"), None);
        self.push("Exp", vec![name("negative")], name("power"), None);
        self.push("Add", vec![name("power"), name("one")], name("sum"), None);
        self.push("Reciprocal", vec![name("sum")], output, None);
    }

    /// `scale · z` where z is positive, else `floor · (e^−|z| − 1)`, which does not overflow.
    fn elu<F: Scalar>(
        &mut self,
        Elu { scale, floor }: Elu<F>,
        z: String,
        name: impl Fn(&'static str) -> String,
        a: String,
    ) {
        for (part, value) in [("zero", F::zero()), ("one", F::one()), ("scale", scale), ("floor", floor)] {
            self.constant(&name(part), value);
        }
        self.push("Greater", vec![z.clone(), name("zero")], name("is_positive"), None);
        self.push("Mul", vec![z.clone(), name("scale")], name("scaled"), None);
        self.power_of_minus_size(z, &name);
        self.push("Sub", vec![name("power"), name("one")], name("difference"), None);
        self.push("Mul", vec![name("difference"), name("floor")], name("below"), None);
        self.push("Where", vec![name("is_positive"), name("scaled"), name("below")], a, None);
    }

    /// `max(z, 0) + ln(1 + e^−|z|)`
    fn softplus<F: Scalar>(&mut self, z: String, name: impl Fn(&'static str) -> String, a: String) {
        self.constant(&name("one"), F::one());
        self.push("Relu", vec![z.clone()], name("positive"), None);
        self.power_of_minus_size(z, &name);
        self.push("Add", vec![name("power"), name("one")], name("sum"), None);
        self.push("Log", vec![name("sum")], name("logarithm"), None);
        self.push("Add", vec![name("positive"), name("logarithm")], a, None);
    }

    /// The value `power`: `e^−|z|`.
    fn power_of_minus_size(&mut self, z: String, name: impl Fn(&'static str) -> String) {
        self.push("Abs", vec![z], name("size"), None);
        self.push("Neg", vec![name("size")], name("negative"), None);
        self.push("Exp", vec![name("negative")], name("power"), None);
    }

    /// `z Φ(z)`, with Φ as in `kernel/normal.rs`: onnxruntime and tract have Erf in f32 alone.
    fn gelu<F: Scalar>(&mut self, z: String, name: impl Fn(&'static str) -> String, a: String) {
        let constants =
            [("zero", F::zero()), ("one", F::one()), ("minus_half", -F::HALF), ("center", F::CENTER)];
        for (part, value) in constants {
            self.constant(&name(part), value);
        }
        self.push("Abs", vec![z.clone()], name("size"), None);
        self.push("Sub", vec![name("size"), name("center")], name("difference"), None);
        self.push("Add", vec![name("size"), name("center")], name("sum"), None);
        self.push("Div", vec![name("difference"), name("sum")], name("t"), None);
        let mut polynomial = String::new();
        for (i, &coefficient) in F::P.iter().enumerate() {
            let part = |what| format!("{}.{i}", name(what));
            self.constant(&part("coefficient"), coefficient);
            if polynomial.is_empty() {
                polynomial = part("coefficient");
                continue;
            }
            self.push("Mul", vec![polynomial, name("t")], part("product"), None);
            self.push("Add", vec![part("product"), part("coefficient")], part("polynomial"), None);
            polynomial = part("polynomial");
        }
        self.push("Mul", vec![z.clone(), z.clone()], name("square"), None);
        self.push("Mul", vec![name("square"), name("minus_half")], name("exponent"), None);
        self.push("Exp", vec![name("exponent")], name("power"), None);
        self.push("Mul", vec![name("power"), polynomial], name("density"), None);
        self.push("Div", vec![name("density"), name("sum")], name("below"), None);
        self.push("Sub", vec![name("one"), name("below")], name("above"), None);
        self.push("Greater", vec![z.clone(), name("zero")], name("is_positive"), None);
        self.push("Where", vec![name("is_positive"), name("above"), name("below")], name("share"), None);
        self.push("Mul", vec![z, name("share")], a, None);
    }
}
