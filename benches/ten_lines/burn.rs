use burn::module::Module;
use burn::nn::{Linear, LinearConfig, loss::MseLoss, loss::Reduction};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData, activation::relu};

#[derive(Module, Debug)]
struct Net {
    a: Linear,
    b: Linear,
}

fn main() {
    let device = Device::flex().autodiff();
    let values = Vec::from_iter((0..600).map(|i| (1.7 * i as f32).sin()));
    let x = Tensor::<2>::from_data(TensorData::new(values, [300, 2]), &device);
    let y = x.clone().prod_dim(1);
    let mut net = Net { a: LinearConfig::new(2, 16).init(&device), b: LinearConfig::new(16, 1).init(&device) };
    let mut adam = AdamConfig::new().init();
    let loss_of = |net: &Net| MseLoss::new().forward(net.b.forward(relu(net.a.forward(x.clone()))), y.clone(), Reduction::Mean);
    for _ in 0..1900 {
        let gradients = GradientsParams::from_grads(loss_of(&net).backward(), &net);
        net = adam.step(0.03, net, gradients);
    }
    println!("mse {}", loss_of(&net).into_scalar::<f32>());
}
