//! Times of pieces of work: the quartiles of many samples, the throughput, and the change since an earlier run.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

/// Before the samples, so that memory is there and the processor runs at its speed.
const WARM_UP: Duration = Duration::from_secs(1);
/// For the samples of a piece of work together, unless it takes longer.
const TIME: Duration = Duration::from_secs(4);

/// What the command line asks for, and what was measured.
pub(crate) struct Measure {
    /// A name must contain one of them, if there are any.
    wanted: Vec<String>,
    /// Whether all work is done once, and nothing is measured.
    is_test: bool,
    /// The file for the medians.
    saved: Option<PathBuf>,
    /// The medians in seconds, by name: of an earlier run, and of this one.
    before: BTreeMap<String, f64>,
    now: BTreeMap<String, f64>,
}

impl Measure {
    /// Reads `[--test] [--save-baseline NAME] [--baseline NAME] [TEXT…]`.
    pub(crate) fn new() -> Self {
        let mut measure = Self {
            wanted: Vec::new(),
            is_test: false,
            saved: None,
            before: BTreeMap::new(),
            now: BTreeMap::new(),
        };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                // `cargo bench` adds it.
                "--bench" => {}
                "--test" => measure.is_test = true,
                "--save-baseline" => measure.saved = Some(file_of(arguments.next())),
                "--baseline" => measure.before = read(&file_of(arguments.next())),
                _ if argument.starts_with('-') => panic!("unknown option {argument}"),
                _ => measure.wanted.push(argument),
            }
        }
        measure
    }

    /// Work whose names begin with `name`.
    pub(crate) fn group(&mut self, name: &'static str, samples: usize) -> Group<'_> {
        Group { measure: self, name, samples, unit: None }
    }
}

/// Pieces of work that are measured alike.
pub(crate) struct Group<'a> {
    measure: &'a mut Measure,
    name: &'static str,
    samples: usize,
    unit: Option<Unit>,
}

/// What a piece of work does each time: that many elements or bytes.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Elements(usize),
    #[cfg_attr(not(feature = "safetensors"), allow(dead_code))] // Of files.
    Bytes(usize),
}

impl Group<'_> {
    /// Sets the throughput of the work after it.
    pub(crate) fn throughput(&mut self, unit: Unit) {
        self.unit = Some(unit);
    }

    /// Measures work, if the command line asks for its name, and prints its times.
    pub(crate) fn bench<T>(&mut self, name: &str, mut work: impl FnMut() -> T) {
        let measure = &mut *self.measure;
        let name = format!("{}/{name}", self.name);
        if !measure.wanted.is_empty() && !measure.wanted.iter().any(|wanted| name.contains(wanted)) {
            return;
        }
        let mut seconds = |repeats: usize| {
            let began = Instant::now();
            (0..repeats).for_each(|_| drop(black_box(work())));
            began.elapsed().as_secs_f64()
        };
        if measure.is_test {
            seconds(1);
            println!("{name}: done once");
            return;
        }
        let (mut repeats, began) = (1, Instant::now());
        let mut once = seconds(1);
        while began.elapsed() < WARM_UP {
            repeats *= 2;
            once = seconds(repeats) / repeats as f64;
        }
        let repeats = (TIME.as_secs_f64() / self.samples as f64 / once).max(1.0) as usize;
        let mut samples = Vec::from_iter((0..self.samples).map(|_| seconds(repeats) / repeats as f64));
        samples.sort_by(f64::total_cmp);
        let quartiles = [1, 2, 3].map(|quarter| samples[(samples.len() - 1) * quarter / 4]);
        println!("{name}");
        println!("    time        {}", quartiles.map(time).join("  "));
        if let Some(unit) = self.unit {
            println!("    throughput  {}", quartiles.map(|seconds| unit.rate(seconds)).join("  "));
        }
        let [_, median, _] = quartiles;
        if let Some(before) = measure.before.get(&name) {
            println!("    change      {:+.1} %", 100.0 * (median / before - 1.0));
        }
        measure.now.insert(name, median);
        if let Some(file) = &measure.saved {
            let lines = measure.now.iter().map(|(name, median)| format!("{median:e} {name}\n"));
            fs::write(file, String::from_iter(lines)).unwrap();
        }
    }
}

impl Unit {
    fn rate(self, seconds: f64) -> String {
        let (count, unit) = match self {
            Self::Elements(count) => (count, "elem"),
            Self::Bytes(count) => (count, "B"),
        };
        let rate = count as f64 / seconds;
        let (factor, prefix) = [(1e9, "G"), (1e6, "M"), (1e3, "k")]
            .into_iter()
            .find(|(factor, _)| rate >= *factor)
            .unwrap_or((1.0, ""));
        format!("{:.4} {prefix}{unit}/s", rate / factor)
    }
}

fn time(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
    let (factor, unit) = units.into_iter().find(|(factor, _)| seconds >= *factor).unwrap_or((1e-9, "ns"));
    format!("{:.4} {unit}", seconds / factor)
}

/// The file of the medians of this name, in the target folder.
fn file_of(name: Option<String>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("throughput");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name.expect("a name behind the option"))
}

fn read(file: &Path) -> BTreeMap<String, f64> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let of_line = |line: &str| {
        let (median, name) = line.split_once(' ').unwrap();
        (name.to_owned(), median.parse().unwrap())
    };
    text.lines().map(of_line).collect()
}
