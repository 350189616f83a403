use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{AdamW, Module, Optimizer, VarBuilder, VarMap, linear, loss::mse, seq};

fn main() -> Result<()> {
    let values = Vec::from_iter((0..600).map(|i| (1.7 * i as f32).sin()));
    let x = Tensor::from_vec(values, (300, 2), &Device::Cpu)?;
    let y = (x.narrow(1, 0, 1)? * x.narrow(1, 1, 1)?)?;
    let map = VarMap::new();
    let vb = VarBuilder::from_varmap(&map, DType::F32, &Device::Cpu);
    let net = seq().add(linear(2, 16, vb.pp("a"))?).add_fn(|z| z.relu()).add(linear(16, 1, vb.pp("b"))?);
    let mut adam = AdamW::new_lr(map.all_vars(), 0.03)?;
    for _ in 0..1900 {
        adam.backward_step(&mse(&net.forward(&x)?, &y)?)?;
    }
    println!("mse {}", mse(&net.forward(&x)?, &y)?);
    Ok(())
}
