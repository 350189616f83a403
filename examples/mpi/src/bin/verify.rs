//! Checks that training by several ranks is what it should be; ends with status 1 on any difference. `check.sh` calls
//! it with 1 to 4 ranks.
//!
//! ```text
//! mpirun -n 3 verify [all]     steps, parts and, with two ranks or more, unequal
//! mpirun -n 3 verify steps     the parameters of one process, to 1e-12, and the same bits on all ranks
//! mpirun -n 3 verify parts     fixed parts: the parameters are the same for every number of ranks
//! mpirun -n 3 verify unequal   different numbers of steps are refused with a message
//! mpirun -n 3 verify run       an epoch after the other:
//!     --checkpoint FILE        rank 0 saves each epoch; the program continues from the file, if there is one
//!     --kill-in EPOCH          the last rank kills itself in the middle of this epoch
//! ```
//!
//! In every mode, `--out FILE` writes the parameters at the end as text: for each of them its bits in hexadecimal
//! digits, and the number. With `all` they are those of `parts`.

use std::fmt::Write;
use std::ops::ControlFlow::Continue;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use mpi::datatype::PartitionMut;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives};
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{BatchOrder, Dnn, Error, Gradients, Init, Loss, Optimizer, permutation};
use ndarray_dnn_mpi::{AllReduce, Failure, start};

const ROWS: usize = 203;
/// The number of mini-batches of an epoch.
const STEPS: usize = 10;
const EPOCHS: usize = 20;
/// The number of parts of a mini-batch: a multiple of 1, 2, 3 and 4.
const PARTS: usize = 12;
/// The largest difference that another order of additions may make.
const ROUNDING: f64 = 1e-12;

fn main() {
    start(verify);
}

fn verify(world: &SimpleCommunicator) -> Result<(), Failure> {
    let mut words = env::args().skip(1).peekable();
    let mode = words.next_if(|word| !word.starts_with("--")).unwrap_or("all".to_owned());
    let (mut out, mut checkpoint, mut kill_in) = (None, None, None);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
        match &word[..] {
            "--out" => out = Some(PathBuf::from(value)),
            "--checkpoint" => checkpoint = Some(PathBuf::from(value)),
            "--kill-in" => kill_in = Some(value.parse()?),
            _ => return Err(format!("unknown argument {word}").into()),
        }
    }
    let net = match &mode[..] {
        "all" => {
            steps(world)?;
            if world.size() > 1 {
                unequal(world)?;
            }
            parts(world)?
        }
        "steps" => steps(world)?,
        "parts" => parts(world)?,
        "unequal" => unequal(world)?,
        "run" => run(world, checkpoint.as_deref(), kill_in)?,
        _ => return Err("the first argument must be all, steps, parts, unequal or run".into()),
    };
    agree_on_parameters(world, &net)?;
    if let (0, Some(path)) = (world.rank(), out) {
        let mut text = String::new();
        for parameter in parameters(&net) {
            writeln!(text, "{:016x} {parameter:e}", parameter.to_bits())?;
        }
        fs::write(path, text)?;
    }
    Ok(())
}

/// All parameters: W₁ row by row, b₁, W₂, b₂, …
fn parameters(net: &Dnn) -> Vec<f64> {
    let of_layer = net
        .layers()
        .iter()
        .map(|layer| Vec::from_iter(layer.weights().iter().chain(layer.biases()).copied()));
    of_layer.collect::<Vec<_>>().concat()
}

/// Returns an error unless all ranks have the bits of these parameters.
fn agree_on_parameters(world: &SimpleCommunicator, net: &Dnn) -> Result<(), Failure> {
    let own = parameters(net);
    let all = gather(world, &own);
    let bits = |values: &[f64]| Vec::from_iter(values.iter().map(|value| value.to_bits()));
    match all.chunks(own.len()).position(|other| bits(other) != bits(&own)) {
        None => Ok(()),
        Some(other) => Err(format!("the parameters differ from those of rank {other}").into()),
    }
}

/// The values of all ranks, one after the other; they may have different lengths.
fn gather(world: &SimpleCommunicator, values: &[f64]) -> Vec<f64> {
    let mut counts = vec![0_i32; world.size() as usize];
    world.all_gather_into(&(values.len() as i32), &mut counts[..]);
    let starts = counts.iter().scan(0, |end, count| {
        *end += count;
        Some(*end - count)
    });
    let starts = Vec::from_iter(starts);
    let mut all = vec![0.0_f64; counts.iter().sum::<i32>() as usize];
    world.all_gather_varcount_into(values, &mut PartitionMut::new(&mut all[..], counts, starts));
    all
}

/// x, y and the weights of some rows of the data set, which is computed and not read; every fifth row has no weight.
struct Data {
    x: Array2<f64>,
    y: Array2<f64>,
    weights: Array1<f64>,
}

impl Data {
    fn new(rows: &[usize]) -> Self {
        let x = Array2::from_shape_fn((rows.len(), 3), |(i, j)| ((rows[i] * 3 + j) as f64 * 1.3).sin());
        let y = Array2::from_shape_fn((rows.len(), 2), |(i, j)| x[[i, j]] * x[[i, j + 1]]);
        Self { x, y, weights: Array1::from_shape_fn(rows.len(), |i| 0.5 * (rows[i] % 5) as f64) }
    }

    fn of_all() -> Self {
        Self::new(&Vec::from_iter(0..ROWS))
    }
}

/// The rows of the shard of a rank. With three or four ranks one shard is empty, and with four another one has fewer
/// rows than an epoch has mini-batches.
fn shard(rank: usize, ranks: usize) -> Vec<usize> {
    let ends = match ranks {
        1 => vec![ROWS],
        2 => vec![31, ROWS],
        3 => vec![120, 120, ROWS],
        4 => vec![7, 90, 90, ROWS],
        _ => Vec::from_iter((1..=ranks).map(|end| end * ROWS / ranks)),
    };
    Vec::from_iter(if rank == 0 { 0 } else { ends[rank - 1] }..ends[rank])
}

fn network(order: BatchOrder, optimizer: Optimizer) -> Result<Dnn, Error> {
    let builder =
        Dnn::builder().input_shape(3).shape([16, 2]).activations([Tanh, Identity]).init(Init::Glorot);
    let builder = builder.loss(Loss::Squared).batch_order(order).optimizer(optimizer).eta(0.02);
    builder.threshold(0.0).max_epochs(EPOCHS).build()
}

/// Trains with shards, and compares with one process that makes the same steps by the verbs.
fn steps(world: &SimpleCommunicator) -> Result<Dnn, Failure> {
    let (rank, ranks) = (world.rank() as usize, world.size() as usize);
    let own = Data::new(&shard(rank, ranks));
    let mean_weight = Data::of_all().weights.mean().unwrap_or(1.0);
    let mut last = network(BatchOrder::Sequential, Optimizer::Momentum)?;
    for order in [BatchOrder::Sequential, BatchOrder::ShuffledByEpoch] {
        for optimizer in [Optimizer::Momentum, Optimizer::adam()] {
            for is_weighted in [false, true] {
                let mut net = network(order, optimizer)?;
                let mut all_reduce = AllReduce::new(world);
                let training = net.training(&own.x, &own.y).batches_per_epoch(STEPS).rank(rank);
                let training = training.on_gradients(|batch| all_reduce.reduce(batch));
                let training = if is_weighted {
                    training.sample_weights(&own.weights).mean_weight(mean_weight)
                } else {
                    training
                };
                let losses = training.run()?.losses().to_vec();
                let (one, losses_of_one) =
                    one_process(ranks, order, optimizer, is_weighted.then_some(mean_weight))?;
                let largest =
                    |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let difference = largest(&parameters(&net), &parameters(&one));
                let of_losses = largest(&losses, &losses_of_one);
                let same = if parameters(&net) == parameters(&one) { "the same bits" } else { "other bits" };
                if rank == 0 {
                    let weights = if is_weighted { "weights" } else { "" };
                    println!(
                        "{ranks} ranks, {order:17} {:8} {weights:7} parameters {difference:7.1e}, losses {of_losses:7.1e}, {same}",
                        optimizer.name()
                    );
                }
                // A NaN is a difference too.
                if !(difference <= ROUNDING && of_losses <= ROUNDING) {
                    return Err(format!("{difference:e} is more than {ROUNDING:e}").into());
                }
                agree_on_parameters(world, &net)?;
                last = net;
            }
        }
    }
    Ok(last)
}

/// The name without numbers.
trait Name {
    fn name(&self) -> &'static str;
}

impl Name for Optimizer {
    fn name(&self) -> &'static str {
        if *self == Self::Momentum { "momentum" } else { "adam" }
    }
}

/// The network and the losses of one process that makes the steps of so many ranks by the verbs.
fn one_process(
    ranks: usize,
    order: BatchOrder,
    optimizer: Optimizer,
    mean_weight: Option<f64>,
) -> Result<(Dnn, Vec<f64>), Failure> {
    let mut net = network(order, optimizer)?;
    // The order of each epoch on each rank, from a run of that rank alone whose x are the numbers of the rows.
    let orders = (0..ranks).map(|rank| orders(order, shard(rank, ranks))).collect::<Result<Vec<_>, _>>()?;
    let mut losses = Vec::new();
    for epoch in 0..EPOCHS {
        let (mut loss, mut weight) = (0.0, 0.0);
        for step in 0..STEPS {
            let part =
                |rows: &Vec<usize>| rows[step * rows.len() / STEPS..(step + 1) * rows.len() / STEPS].to_vec();
            let rows = orders.iter().flat_map(|epochs| part(&epochs[epoch])).collect::<Vec<_>>();
            let data = Data::new(&rows);
            let pass = net.compute(&data.x)?;
            let mut d = net.error(&pass, &data.y)?;
            for (mut d, w) in d.rows_mut().into_iter().zip(&data.weights) {
                let factor = mean_weight.map_or(1.0, |mean| w / mean);
                loss += factor * 0.5 * d.dot(&d);
                weight += factor;
                d *= factor;
            }
            let gradients = net.bp(&pass, &d)?;
            net.update(&gradients)?;
        }
        losses.push(loss / weight);
    }
    Ok((net, losses))
}

/// The rows of a shard in the order of each epoch.
fn orders(order: BatchOrder, rows: Vec<usize>) -> Result<Vec<Vec<usize>>, Failure> {
    if order == BatchOrder::Sequential || rows.is_empty() {
        return Ok(vec![rows; EPOCHS]);
    }
    // A linear network of one weight: the gradient of a single row of target −1 is its x, which is the row's place.
    let x = Array2::from_shape_fn((rows.len(), 1), |(place, _)| place as f64);
    let y = Array2::from_elem((rows.len(), 1), -1.0);
    let builder =
        Dnn::builder().input_shape(1).shape([1]).activations([Identity]).eta(1e-300).regularization(0.0);
    let builder = builder.init(Init::Uniform { low: 0.0, high: 1e-300 }).loss(Loss::Squared).threshold(0.0);
    let mut net: Dnn = builder.batch_order(order).minibatch_size(1).max_epochs(EPOCHS).build()?;
    let mut seen = Vec::new();
    let training = net.training(&x, &y).on_gradients(|batch| {
        seen.extend(batch.gradients().weights(0).map(|gradient| gradient[[0, 0]].round() as usize));
        Ok::<_, Failure>(())
    });
    training.run()?;
    Ok(seen.chunks(rows.len()).map(|places| places.iter().map(|place| rows[*place]).collect()).collect())
}

/// Trains with fixed parts: each mini-batch has the same parts for every number of ranks, their gradients are gathered,
/// and each rank adds them in the order of the parts.
fn parts(world: &SimpleCommunicator) -> Result<Dnn, Failure> {
    let (rank, ranks) = (world.rank() as usize, world.size() as usize);
    if !PARTS.is_multiple_of(ranks) {
        return Err(format!("the number of ranks must divide {PARTS}, found {ranks}").into());
    }
    let mut last = network(BatchOrder::Sequential, Optimizer::Momentum)?;
    for optimizer in [Optimizer::Momentum, Optimizer::adam()] {
        let mut net = network(BatchOrder::Sequential, optimizer)?;
        for epoch in 0..EPOCHS {
            let order = permutation(ROWS, epoch as u64);
            for step in 0..STEPS {
                let rows = &order[step * ROWS / STEPS..(step + 1) * ROWS / STEPS];
                let of_part = |part: usize| &rows[part * rows.len() / PARTS..(part + 1) * rows.len() / PARTS];
                let mut own = Vec::new();
                for part in rank * PARTS / ranks..(rank + 1) * PARTS / ranks {
                    let data = Data::new(of_part(part));
                    let pass = net.compute(&data.x)?;
                    let gradients = net.bp(&pass, &net.error(&pass, &data.y)?)?;
                    own.extend(gradients.slices().flatten());
                }
                let all = gather(world, &own);
                let mut sum = Gradients::default();
                for (part, values) in all.chunks(all.len() / PARTS).enumerate() {
                    sum.merge(&gradients_of(&net, values, of_part(part).len())?)?;
                }
                net.update(&sum)?;
            }
        }
        agree_on_parameters(world, &net)?;
        last = net;
    }
    Ok(last)
}

/// The gradients of so many rows with these values.
fn gradients_of(net: &Dnn, values: &[f64], rows: usize) -> Result<Gradients, Failure> {
    let data = Data::new(&[0]);
    let pass = net.compute(&data.x)?;
    let mut gradients = net.bp(&pass, &data.y)?;
    gradients.slices_mut().flatten().zip(values).for_each(|(gradient, value)| *gradient = *value);
    gradients.set_weight(rows as f64)?;
    Ok(gradients)
}

/// The last rank has more mini-batches, and then more epochs, than the others: every rank must get an error.
fn unequal(world: &SimpleCommunicator) -> Result<Dnn, Failure> {
    let (rank, ranks) = (world.rank() as usize, world.size() as usize);
    let more = usize::from(rank + 1 == ranks);
    let own = Data::new(&shard(rank, ranks));
    let net = network(BatchOrder::Sequential, Optimizer::Momentum)?;
    for (batches, epochs, name) in
        [(STEPS + more, EPOCHS, "mini-batches per epoch"), (STEPS, EPOCHS + more, "epochs")]
    {
        let (mut after, mut all_reduce) = (net.clone(), AllReduce::new(world));
        let training = after.training(&own.x, &own.y).batches_per_epoch(batches).max_epochs(epochs);
        let result = training.on_gradients(|batch| all_reduce.reduce(batch)).run();
        match result {
            Err(error @ Error::Callback { .. }) if error.to_string().contains(name) => {
                if rank == 0 {
                    println!("{ranks} ranks: {error}");
                }
            }
            other => return Err(format!("different numbers of {name} were not refused: {other:?}").into()),
        }
        if after != net {
            return Err("the refused run has changed the network".into());
        }
    }
    Ok(net)
}

/// Trains for `EPOCHS` epochs; rank 0 saves each. Continues from the file. In the middle of the epoch `kill_in`, from
/// 1, the last rank kills itself.
fn run(
    world: &SimpleCommunicator,
    checkpoint: Option<&Path>,
    kill_in: Option<usize>,
) -> Result<Dnn, Failure> {
    let (rank, ranks) = (world.rank() as usize, world.size() as usize);
    let own = Data::new(&shard(rank, ranks));
    let mut net = match checkpoint {
        Some(path) if path.exists() => Dnn::load(path)?,
        _ => network(BatchOrder::ShuffledByEpoch, Optimizer::adam())?,
    };
    net.reconfigure(|builder| builder.dropout([0.2]))?;
    let done = net.schedule_position() as usize;
    if rank == 0 {
        println!("{ranks} ranks, {done} of {EPOCHS} epochs are done");
    }
    if done >= EPOCHS {
        return Ok(net);
    }
    let mut all_reduce = AllReduce::new(world);
    let training = net.training(&own.x, &own.y).resume().max_epochs(EPOCHS - done).batches_per_epoch(STEPS);
    let training = training.rank(rank).on_gradients(|batch| {
        if rank + 1 == ranks
            && kill_in == Some(done + batch.epoch())
            && batch.iteration() % STEPS == STEPS / 2
        {
            process::Command::new("kill").args(["-KILL", &process::id().to_string()]).status()?;
        }
        all_reduce.reduce(batch)
    });
    let training = training.try_on_epoch(|epoch| {
        if let (0, Some(path)) = (rank, checkpoint) {
            epoch.net().save(path)?;
        }
        Ok::<_, Error>(Continue(()))
    });
    training.run()?;
    Ok(net)
}
