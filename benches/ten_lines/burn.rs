use burn::backend::{Autodiff, Flex};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig, loss::MseLoss, loss::Reduction};
use burn::optim::{AdamConfig, GradientsParams, Optimizer};
use burn::tensor::{Tensor, TensorData, activation::relu, backend::Backend};

#[derive(Module, Debug)]
struct Net<B: Backend> {
    a: Linear<B>,
    b: Linear<B>,
}

fn main() {
    type B = Autodiff<Flex>;
    let device = Default::default();
    let values = Vec::from_iter((0..600).map(|i| (1.7 * i as f32).sin()));
    let x = Tensor::<B, 2>::from_data(TensorData::new(values, [300, 2]), &device);
    let y = x.clone().prod_dim(1);
    let mut net = Net::<B> { a: LinearConfig::new(2, 16).init(&device), b: LinearConfig::new(16, 1).init(&device) };
    let mut adam = AdamConfig::new().init();
    let loss_of = |net: &Net<B>| MseLoss::new().forward(net.b.forward(relu(net.a.forward(x.clone()))), y.clone(), Reduction::Mean);
    for _ in 0..1900 {
        let gradients = GradientsParams::from_grads(loss_of(&net).backward(), &net);
        net = adam.step(0.03, net, gradients);
    }
    println!("mse {}", loss_of(&net).into_scalar());
}
