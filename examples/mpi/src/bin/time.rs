//! Measures a step of training with and without the sums over all ranks; see `README.md`.
//!
//! ```text
//! mpirun -n 2 time mnist|wide [rows of a mini-batch on each rank]
//! ```

use std::env;
use std::time::{Duration, Instant};

use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};
use ndarray_dnn::Activation::{Identity, Relu};
use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{BatchOrder, Dnn, Init};
use ndarray_dnn_mpi::{AllReduce, Failure, start};

/// The number of times that both are measured, in turn; the median counts.
const REPEATS: usize = 15;

fn main() {
    start(measure);
}

fn measure(world: &SimpleCommunicator) -> Result<(), Failure> {
    let mut words = env::args().skip(1);
    let name = words.next().unwrap_or_default();
    let (sizes, steps): (&[usize], usize) = match &name[..] {
        "mnist" => (&[784, 128, 64, 10], 200),
        "wide" => (&[784, 1024, 1024, 10], 10),
        _ => return Err("the first argument must be mnist or wide".into()),
    };
    let rows = words.next().map_or(Ok(64), |rows| rows.parse())?;
    let hidden = sizes.len() - 2;
    let builder = Dnn::<f32>::builder().input_shape(sizes[0]).shape(sizes[1..].iter().copied());
    let builder = builder.activations((0..=hidden).map(|l| if l < hidden { Relu } else { Identity }));
    let builder = builder.softmax(true).init(Init::Glorot).batch_order(BatchOrder::Sequential);
    let mut net = builder.eta(0.01).threshold(0.0).max_epochs(1).build()?;
    let x = Array2::from_shape_fn((rows * steps, sizes[0]), |(i, j)| ((i * 31 + j * 17) % 97) as f32 / 97.0);
    let y = Array2::from_shape_fn((rows * steps, 10), |(i, j)| if i % 10 == j { 1.0 } else { 0.0 });

    let mut all_reduce = AllReduce::new(world);
    let mut times: [Vec<Duration>; 3] = Default::default();
    for _ in 0..REPEATS {
        world.barrier();
        let began = Instant::now();
        net.training(&x, &y).batches_per_epoch(steps).run()?;
        times[0].push(began.elapsed());

        world.barrier();
        let (began, mut of_sums) = (Instant::now(), Duration::ZERO);
        let training = net.training(&x, &y).batches_per_epoch(steps).on_gradients(|batch| {
            let began = Instant::now();
            let reduced = all_reduce.reduce(batch);
            of_sums += began.elapsed();
            reduced
        });
        training.run()?;
        times[1].push(began.elapsed());
        times[2].push(of_sums);
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[REPEATS / 2].as_secs_f64() * 1e6 / steps as f64
    };
    let [alone, together, of_sums] = times.each_mut().map(median);
    if world.rank() == 0 {
        let ranks = f64::from(world.size());
        println!(
            "{name}, {ranks} ranks of {rows} rows: a step takes {alone:.0} µs alone and {together:.0} µs together, of which \
             {of_sums:.0} µs ({:.0} %) are sums and waiting; {:.2} times the rows of one rank",
            100.0 * of_sums / together,
            ranks * alone / together,
        );
    }
    Ok(())
}
