//! Trains a network for the digits of `examples/data/digits.csv` on all ranks; see `README.md`.
//!
//! ```text
//! mpirun -n 2 train [--data FILE] [--epochs N] [--checkpoint FILE] [--out FILE]
//! ```
//!
//! Each rank trains on its shard of the rows. The validation rows are the same on all ranks, so that all of them stop
//! after the same epoch. With `--checkpoint`, rank 0 saves the network after each epoch, and a program that is started
//! again continues from that file, with any number of ranks. With `--out`, rank 0 saves the network of the best
//! epoch.

use std::env;
use std::ops::ControlFlow::Continue;
use std::path::PathBuf;

use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, Root};
use ndarray_dnn::ndarray::{Array2, s};
use ndarray_dnn::{BatchOrder, Dnn, EarlyStopping, metrics, one_hot};
use ndarray_dnn_mpi::{AllReduce, Failure, agree, start};

/// The number of rows of a mini-batch, of all ranks together.
const MINI_BATCH: usize = 64;
/// Every fifth row is for validation.
const VALIDATION: usize = 5;
const PATIENCE: usize = 20;

fn main() {
    start(train);
}

/// The arguments of the program.
struct Arguments {
    data: PathBuf,
    epochs: usize,
    checkpoint: Option<PathBuf>,
    out: Option<PathBuf>,
}

impl Arguments {
    fn parse() -> Result<Self, Failure> {
        let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits.csv").into();
        let mut arguments = Self { data, epochs: 100, checkpoint: None, out: None };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            match &word[..] {
                "--data" => arguments.data = value.into(),
                "--epochs" => arguments.epochs = value.parse()?,
                "--checkpoint" => arguments.checkpoint = Some(value.into()),
                "--out" => arguments.out = Some(value.into()),
                _ => return Err(format!("unknown argument {word}").into()),
            }
        }
        Ok(arguments)
    }
}

/// Rows of a file: x with values from 0 to 1, and the label of each row.
struct Rows {
    x: Array2<f32>,
    labels: Vec<usize>,
}

impl Rows {
    /// The rows whose number, from 0, passes. Other lines are not parsed.
    fn read(text: &str, passes: impl Fn(usize) -> bool) -> Result<Self, Failure> {
        let lines = text.lines().skip(1).enumerate().filter(|(row, _)| passes(*row));
        let numbers = |(_, line): (usize, &str)| line.split(',').map(str::parse).collect();
        let rows = lines.map(numbers).collect::<Result<Vec<Vec<f32>>, _>>()?;
        let table = Array2::from_shape_vec((rows.len(), 65), rows.concat())?;
        let labels = table.column(64).iter().map(|label| *label as usize).collect();
        Ok(Self { x: table.slice(s![.., ..64]).mapv(|pixel| pixel / 16.0), labels })
    }

    fn targets(&self) -> Result<Array2<f32>, Failure> {
        // Fewer rows than ranks leave some ranks without rows.
        if self.labels.is_empty() { Ok(Array2::zeros((0, 10))) } else { Ok(one_hot(&self.labels, 10)?) }
    }
}

fn train(world: &SimpleCommunicator) -> Result<(), Failure> {
    let arguments = Arguments::parse()?;
    let (rank, ranks) = (world.rank() as usize, world.size() as usize);
    let text = std::fs::read_to_string(&arguments.data)?;
    let is_held_out = |row: usize| row.is_multiple_of(VALIDATION);
    let rows = text.lines().skip(1).count();
    let validation = Rows::read(&text, is_held_out)?;
    let shard = Rows::read(&text, |row| !is_held_out(row) && row % ranks == rank)?;
    // The same on all ranks, also if their shards have different sizes.
    let batches = (rows - validation.labels.len()).div_ceil(MINI_BATCH);

    let mut net: Dnn<f32> = match load(world, &arguments)? {
        Some(net) => net,
        // The same seed gives the same network on all ranks.
        None => Dnn::classifier(64, &[64], 10).batch_order(BatchOrder::ShuffledByEpoch).build()?,
    };
    agree(world, "fingerprint of the network", net.fingerprint())?;
    let done = net.schedule_position() as usize;
    let epochs = arguments.epochs.saturating_sub(done);
    if rank == 0 {
        println!("{ranks} ranks, {rows} rows, {batches} mini-batches an epoch, {done} epochs are done");
    }
    if epochs == 0 {
        return Ok(());
    }
    let (y, y_validation) = (shard.targets()?, validation.targets()?);
    let mut all_reduce = AllReduce::new(world);
    let report = net
        .training(&shard.x, &y)
        .resume()
        .max_epochs(epochs)
        .batches_per_epoch(batches)
        .rank(rank)
        .validation(&validation.x, &y_validation)
        .early_stopping(EarlyStopping::new(PATIENCE))
        .on_gradients(|batch| all_reduce.reduce(batch))
        .try_on_epoch(|epoch| {
            if let (0, Some(path)) = (rank, &arguments.checkpoint) {
                epoch.net().save(path)?;
            }
            Ok::<_, Failure>(Continue(()))
        })
        .run()?;
    if rank == 0 {
        let accuracy = metrics::accuracy(&validation.labels, &net.predict_classes(&validation.x)?)?;
        println!("{report}\n{:.1} % of the validation rows are right", 100.0 * accuracy);
        if let Some(path) = &arguments.out {
            net.save(path)?;
        }
    }
    Ok(())
}

/// The network of the checkpoint, if there is one. Rank 0 reads the file and sends it to the others, so that it need
/// not be on a disk that all of them can read.
fn load(world: &SimpleCommunicator, arguments: &Arguments) -> Result<Option<Dnn<f32>>, Failure> {
    let mut bytes = match &arguments.checkpoint {
        Some(path) if world.rank() == 0 && path.exists() => std::fs::read(path)?,
        _ => Vec::new(),
    };
    let root = world.process_at_rank(0);
    let mut length = bytes.len() as u64;
    root.broadcast_into(&mut length);
    if length == 0 {
        return Ok(None);
    }
    bytes.resize(length as usize, 0);
    root.broadcast_into(&mut bytes[..]);
    Ok(Some(Dnn::from_safetensors(&bytes)?))
}
