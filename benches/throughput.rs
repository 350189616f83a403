//! Rows per second for the six workloads, and for the article's nine fits.
//!
//! * `train_step/<workload>`: one mini-batch by hand, with the `_into` verbs;
//! * `fit_step/<workload>`: one epoch by `fit`, with `BatchOrder::Sequential`;
//! * `predict/<workload>`: one mini-batch by `compute_into`;
//! * `predict_one/<workload>`: one row by `compute_into`;
//! * `row/<sizes>/<method>`: one row of a small network, in f32 with relu, by `compute_into`, `predict`, `predict_row`
//!   and `predict_row_into`;
//! * `predict_1024/mnist`: 1,024 rows by `predict`;
//! * `fit_surfaces`: the nine fits of figure 4.1, 180,000 mini-batches;
//! * `scaling/step/…`: one mini-batch, whose time should be proportional to rows × parameters, the unit of its
//!   throughput;
//! * `scaling/fit/…`: one epoch, whose time should be proportional to the rows of the data set in either order;
//! * `optimizer/…`: one mini-batch of `digits32` and of `wide` by each optimizer;
//! * `file/…`, with the feature `safetensors`: `save` and `load` of `wide`, in bytes of the file, and for
//!   comparison the time in which the disk writes and reads as many bytes.
#![allow(clippy::panic, clippy::unwrap_used)] // a benchmark that cannot run may panic

use std::hint::black_box;

use ndarray_dnn::ndarray::{Array2, s};
use ndarray_dnn::{BatchOrder, Dnn, Gradients, Optimizer, Pass, Scalar};

#[path = "../examples/fit_surfaces/experiment.rs"]
#[allow(dead_code)] // the example uses more of it
mod experiment;
#[path = "throughput/measure.rs"]
mod measure;
#[path = "throughput/workloads.rs"]
mod workloads;

use measure::{Group, Measure, Unit};
use workloads::{WORKLOADS, Workload};

fn main() {
    let measure = &mut Measure::new();
    of_workloads(measure);
    row(measure);
    predict_1024(measure);
    fit_surfaces(measure);
    scaling(measure);
    optimizers(measure);
    #[cfg(feature = "safetensors")]
    files(measure);
}

fn train_step<F: Scalar>(group: &mut Group<'_>, workload: &Workload) {
    step_of::<F>(group, workload, workload.name, workload.batch);
}

/// One mini-batch by hand, which counts as `elements` units of throughput.
fn step_of<F: Scalar>(group: &mut Group<'_>, workload: &Workload, name: &str, elements: usize) {
    let (x, y) = workload.data::<F>();
    let mut net = workload.network::<F>(BatchOrder::Sequential).unwrap();
    let (mut pass, mut d, mut gradients) = (Pass::default(), Array2::default((0, 0)), Gradients::default());
    let mut starts = (0..=workload.rows - workload.batch).step_by(workload.batch).cycle();
    group.throughput(Unit::Elements(elements));
    group.bench(name, || {
        let start = starts.next().unwrap();
        let rows = s![start..start + workload.batch, ..];
        net.compute_into(&x.slice(rows), &mut pass).unwrap();
        net.error_into(&pass, &y.slice(rows), &mut d).unwrap();
        net.bp_into(&pass, &d, &mut gradients).unwrap();
        net.update(&gradients).unwrap();
    });
}

fn fit_step<F: Scalar>(group: &mut Group<'_>, workload: &Workload) {
    let (x, y) = workload.data::<F>();
    let mut net = workload.network::<F>(BatchOrder::Sequential).unwrap();
    group.throughput(Unit::Elements(workload.rows));
    group.bench(workload.name, || net.fit(&x, &y).unwrap());
}

fn predict<F: Scalar>(group: &mut Group<'_>, workload: &Workload) {
    predict_rows::<F>(group, workload, workload.batch);
}

fn predict_one<F: Scalar>(group: &mut Group<'_>, workload: &Workload) {
    predict_rows::<F>(group, workload, 1);
}

fn predict_rows<F: Scalar>(group: &mut Group<'_>, workload: &Workload, rows: usize) {
    let (x, _) = workload.data::<F>();
    let net = workload.network::<F>(BatchOrder::Sequential).unwrap();
    let mut pass = Pass::default();
    let x = x.slice(s![..rows, ..]);
    group.throughput(Unit::Elements(rows));
    group.bench(workload.name, || net.compute_into(&x, &mut pass).unwrap());
}

fn of_workloads(measure: &mut Measure) {
    type Bench = fn(&mut Group<'_>, &Workload);
    let benches: [(&str, Bench, Bench); 4] = [
        ("train_step", train_step::<f32>, train_step::<f64>),
        ("fit_step", fit_step::<f32>, fit_step::<f64>),
        ("predict", predict::<f32>, predict::<f64>),
        ("predict_one", predict_one::<f32>, predict_one::<f64>),
    ];
    for (name, in_f32, in_f64) in benches {
        let mut group = measure.group(name, 20);
        for workload in &WORKLOADS {
            if workload.is_f32 { in_f32(&mut group, workload) } else { in_f64(&mut group, workload) }
        }
    }
}

fn row(measure: &mut Measure) {
    let mut group = measure.group("row", 100);
    for sizes in [&[2, 8, 1][..], &[8, 16, 1], &[4, 16, 2], &[10, 32, 32, 3]] {
        let workload = Workload { sizes, softmax: false, ..WORKLOADS[3] };
        let net = workload.network::<f32>(BatchOrder::Sequential).unwrap();
        let (x, row) = (Array2::from_elem((1, sizes[0]), 0.5), vec![0.5; sizes[0]]);
        let (mut pass, mut y) = (Pass::default(), vec![0.0; net.output_shape()]);
        let name = Vec::from_iter(sizes.iter().map(usize::to_string)).join("-");
        group.bench(&format!("{name}/compute_into"), || net.compute_into(black_box(&x), &mut pass).unwrap());
        group.bench(&format!("{name}/predict"), || net.predict(black_box(&x)).unwrap());
        group.bench(&format!("{name}/predict_row"), || net.predict_row(black_box(&row)).unwrap());
        group.bench(&format!("{name}/predict_row_into"), || {
            net.predict_row_into(black_box(&row), &mut y, &mut pass).unwrap()
        });
    }
}

fn predict_1024(measure: &mut Measure) {
    let mnist = &WORKLOADS[3];
    let (x, _) = mnist.data::<f32>();
    let net = mnist.network::<f32>(BatchOrder::Sequential).unwrap();
    let x = x.slice(s![..1024, ..]);
    let mut group = measure.group("predict_1024", 20);
    group.throughput(Unit::Elements(1024));
    group.bench(mnist.name, || net.predict(&x).unwrap());
}

fn fit_surfaces(measure: &mut Measure) {
    let mut random = experiment::NumpyRandom::new();
    let x = random.points();
    let networks: Vec<Dnn> = experiment::HIDDEN.map(|hidden| random.network(hidden).unwrap()).into();
    let targets = experiment::FUNCTIONS.map(|function| {
        Array2::from_shape_fn((x.nrows(), 1), |(i, _)| (function.value)(x[[i, 0]], x[[i, 1]]))
    });
    let mut group = measure.group("fit_surfaces", 10);
    group.throughput(Unit::Elements(9 * 20_000 * 40));
    group.bench("nine_fits", || {
        for mut network in networks.clone() {
            targets.iter().for_each(|y| drop(network.fit(&x, y).unwrap()));
        }
    });
}

fn scaling(measure: &mut Measure) {
    let mut group = measure.group("scaling", 10);
    let tabular = &WORKLOADS[5];
    let of = |sizes, batch| Workload { sizes, batch, rows: 2048, ..*tabular };
    let steps: [(&'static [usize], usize); 7] = [
        (&[32, 256, 256, 1], 32),
        (&[32, 256, 256, 1], 128),
        (&[32, 256, 256, 1], 512),
        (&[32, 256, 256, 1], 2048),
        (&[32, 64, 64, 1], 128),
        (&[32, 512, 512, 1], 128),
        (&[32, 1024, 1024, 1], 128),
    ];
    for (sizes, batch) in steps {
        let workload = of(sizes, batch);
        let parameters = workload.network::<f32>(BatchOrder::Sequential).unwrap().parameter_count();
        let name = format!("step/{}_wide/{batch}_rows", sizes[1]);
        step_of::<f32>(&mut group, &workload, &name, batch * parameters);
    }
    for (order, name) in [(BatchOrder::Sequential, "sequential"), (BatchOrder::Shuffled, "shuffled")] {
        for rows in [10_000, 1_000_000] {
            let workload = Workload { rows, ..*tabular };
            let (x, y) = workload.data::<f32>();
            let mut net = workload.network::<f32>(order).unwrap();
            group.throughput(Unit::Elements(rows));
            group.bench(&format!("fit/{name}/{rows}_rows"), || net.fit(&x, &y).unwrap());
        }
    }
}

fn optimizers(measure: &mut Measure) {
    let mut group = measure.group("optimizer", 20);
    for (name, optimizer) in
        [("momentum", Optimizer::Momentum), ("nesterov", Optimizer::Nesterov), ("adam", Optimizer::adam())]
    {
        for workload in [&WORKLOADS[2], &WORKLOADS[4]] {
            let workload = &Workload { rows: workload.batch, ..*workload };
            let (x, y) = workload.data::<f32>();
            let mut net = workload.network::<f32>(BatchOrder::Sequential).unwrap();
            net.reconfigure(|builder| builder.optimizer(optimizer).eta(1e-4)).unwrap();
            group.throughput(Unit::Elements(workload.batch));
            group.bench(&format!("{name}/{}", workload.name), || net.partial_fit(&x, &y).unwrap());
        }
    }
}

#[cfg(feature = "safetensors")]
fn files(measure: &mut Measure) {
    use std::io::Write;

    let net = WORKLOADS[4].network::<f32>(BatchOrder::Sequential).unwrap();
    let bytes = net.to_safetensors().unwrap();
    let path = std::env::temp_dir().join(format!("ndarray-dnn-bench-{}.safetensors", std::process::id()));
    let mut group = measure.group("file", 20);
    group.throughput(Unit::Bytes(bytes.len()));
    group.bench("save/wide", || net.save(&path).unwrap());
    group.bench("load/wide", || Dnn::<f32>::load(&path).unwrap());
    group.bench("to_bytes/wide", || net.to_safetensors().unwrap());
    group.bench("from_bytes/wide", || Dnn::<f32>::from_safetensors(&bytes).unwrap());
    group.bench("disk_write/wide", || {
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(&bytes).unwrap();
        file.sync_all().unwrap();
    });
    group.bench("disk_read/wide", || std::fs::read(&path).unwrap());
    std::fs::remove_file(path).unwrap();
}
