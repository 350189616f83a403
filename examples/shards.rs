//! More rows than memory: a data set in files, of which one at a time is in memory.
//!
//! ```text
//! cargo run --release --features safetensors --example shards
//! ```
//!
//! The program writes 20 CSV files of 5,000 rows to a temporary folder. It computes the scaler of the inputs by
//! [`StandardScaler::fit_blocks`], and trains on the files in a new random order for each epoch, with the rows of each
//! file shuffled, until the loss of the validation data no longer falls. With the feature `safetensors` it saves the
//! network of the best epoch and loads it again.

use std::error::Error;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use ndarray_dnn::ndarray::{Array2, Axis};
use ndarray_dnn::{BatchOrder, Dnn, EarlyStopping, Shards, StandardScaler, metrics};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SHARDS: usize = 20;
const ROWS: usize = 5_000;
const INPUTS: usize = 4;
const NOISE: f64 = 0.05;

/// An error that can leave the thread, as a source needs it.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let folder = env::temp_dir().join(format!("ndarray-dnn-shards-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let ran = run(&folder, &mut std::io::stdout().lock());
    fs::remove_dir_all(&folder)?;
    ran.map(drop)
}

/// Writes the files to `folder`, trains on them, and writes a report to `out`. Returns the root mean square error on
/// the validation data, and that of the best possible result: the noise.
///
/// # Errors
/// If a file cannot be written or read, or training diverges.
pub(crate) fn run(folder: &Path, out: &mut impl Write) -> Result<[f64; 2], Failure> {
    let path = |shard: usize| folder.join(format!("{shard:02}.csv"));
    let random = &mut ChaCha8Rng::seed_from_u64(1);
    for shard in 0..SHARDS {
        write(&path(shard), random)?;
    }
    write(&folder.join("validation.csv"), random)?;
    writeln!(out, "{SHARDS} files of {ROWS} rows")?;

    // One pass over the files. An iterator cannot fail, so the first failure is kept and ends it.
    let mut failure = None;
    let blocks = (0..SHARDS).map_while(|shard| match read(&path(shard)) {
        Ok((x, _)) => Some(x),
        Err(error) => {
            failure = Some(error);
            None
        }
    });
    let scaler = StandardScaler::fit_blocks(blocks)?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let scaled = |path: &Path| -> Result<_, Failure> {
        let (x, y) = read(path)?;
        Ok((scaler.transform(&x)?, y))
    };

    let mut net: Dnn = Dnn::regressor(INPUTS, &[32, 16], 1)
        .batch_order(BatchOrder::Shuffled)
        .minibatch_size(64)
        .regularization(1e-4)
        .build()?;
    let (x, y) = scaled(&folder.join("validation.csv"))?;
    let began = Instant::now();
    let report = net
        .training_on(Shards::new(SHARDS, |shard| scaled(&path(shard))).shuffled(7))
        .validation(&x, &y)
        .early_stopping(EarlyStopping::new(3))
        .max_epochs(30)
        .run()?;
    let seconds = began.elapsed().as_secs_f64();
    for epoch in report.history() {
        writeln!(out, "{epoch}")?;
    }
    let best = report.best_epoch().unwrap_or_default();
    writeln!(out, "{}; the network has epoch {best}", report.stop_reason())?;
    let network = metrics::rmse(&y, &net.predict(&x)?)?;
    // The deviation of numbers that are uniform in ±NOISE.
    let noise = NOISE / 3.0_f64.sqrt();
    writeln!(out, "root mean square error {network:.4}, of which the noise is {noise:.4}")?;

    #[cfg(feature = "safetensors")]
    {
        let file = folder.join("net.safetensors");
        net.with_input_scaler(&scaler)?.save(&file)?;
        let (raw, _) = read(&folder.join("validation.csv"))?;
        let answer = Dnn::<f64>::load(&file)?.predict(&raw)?;
        writeln!(out, "the saved network takes raw data: {:.4}", metrics::rmse(&y, &answer)?)?;
    }
    #[cfg(not(feature = "safetensors"))]
    writeln!(out, "not saved: that needs the feature safetensors")?;

    let rows = report.epochs() * SHARDS * ROWS;
    writeln!(out, "{:.0} rows per second, with reading and scaling", rows as f64 / seconds)?;
    match peak() {
        Some(peak) => writeln!(out, "at most {peak} in memory, with the program itself")?,
        None => writeln!(out, "the system does not tell the peak of the memory")?,
    }
    Ok([network, noise])
}

/// Writes a file of lines `x₁,x₂,x₃,x₄,y`.
fn write(path: &Path, random: &mut ChaCha8Rng) -> Result<(), Failure> {
    let mut file = BufWriter::new(fs::File::create(path)?);
    for _ in 0..ROWS {
        let [a, b, c, d, noise] = [(); 5].map(|()| random.random_range(-1.0..1.0_f64));
        let y = (3.0 * a).sin() + b * c - 0.5 * d * d + NOISE * noise;
        // Columns of other sizes, as data have them.
        writeln!(file, "{a:.6},{:.3},{:.6},{:.2},{y:.6}", 1000.0 * b, 0.001 * c, 50.0 + d)?;
    }
    file.flush()?;
    Ok(())
}

/// Reads x `(rows, 4)` and y `(rows, 1)`, line by line.
fn read(path: &Path) -> Result<(Array2<f64>, Array2<f64>), Failure> {
    let mut numbers = Vec::with_capacity(ROWS * (INPUTS + 1));
    for line in BufReader::new(fs::File::open(path)?).lines() {
        for number in line?.split(',') {
            numbers.push(number.parse()?);
        }
    }
    let rows = numbers.len() / (INPUTS + 1);
    let table = Array2::from_shape_vec((rows, INPUTS + 1), numbers)?;
    let (x, y) = table.view().split_at(Axis(1), INPUTS);
    Ok((x.to_owned(), y.to_owned()))
}

/// The most memory that the process has had, as Linux tells it.
fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().collect::<Vec<_>>().join(" "))
}
