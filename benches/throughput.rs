//! Rows a second through the six workloads, and the document's nine fits.
//!
//! * `train_step/<workload>`: one mini-batch by hand, with the `_into` verbs;
//! * `fit_step/<workload>`: the same mini-batches by `fit`, an epoch of `BatchOrder::Sequential` at a time;
//! * `predict/<workload>`: one mini-batch by `compute_into`;
//! * `fit_surfaces`: the nine fits of figure 4.1, 180,000 mini-batches.
#![allow(missing_docs)] // criterion_group! makes a public function
#![allow(clippy::unwrap_used)] // a benchmark that cannot run may stop

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use ndarray_dnn::ndarray::{Array2, s};
use ndarray_dnn::{Dnn, Gradients, Pass, Scalar};

#[path = "../examples/fit_surfaces/experiment.rs"]
#[allow(dead_code)] // the example needs more of it
mod experiment;
#[path = "throughput/workloads.rs"]
mod workloads;

use workloads::{WORKLOADS, Workload};

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn train_step<F: Scalar>(group: &mut Group<'_>, workload: &Workload) {
    let (x, y) = workload.data::<F>();
    let mut net = workload.network::<F>().unwrap();
    let (mut pass, mut d, mut gradients) = (Pass::default(), Array2::default((0, 0)), Gradients::default());
    let mut starts = (0..=workload.rows - workload.batch).step_by(workload.batch).cycle();
    group.throughput(Throughput::Elements(workload.batch as u64));
    group.bench_function(workload.name, |bencher| {
        bencher.iter(|| {
            let start = starts.next().unwrap();
            let rows = s![start..start + workload.batch, ..];
            net.compute_into(&x.slice(rows), &mut pass).unwrap();
            net.error_into(&pass, &y.slice(rows), &mut d).unwrap();
            net.bp_into(&mut pass, &d, &mut gradients).unwrap();
            net.update(&gradients).unwrap();
        });
    });
}

fn fit_step<F: Scalar>(group: &mut Group<'_>, workload: &Workload) {
    let (x, y) = workload.data::<F>();
    let mut net = workload.network::<F>().unwrap();
    group.throughput(Throughput::Elements(workload.rows as u64));
    group.bench_function(workload.name, |bencher| bencher.iter(|| net.fit(&x, &y).unwrap()));
}

fn predict<F: Scalar>(group: &mut Group<'_>, workload: &Workload) {
    let (x, _) = workload.data::<F>();
    let net = workload.network::<F>().unwrap();
    let mut pass = Pass::default();
    let x = x.slice(s![..workload.batch, ..]);
    group.throughput(Throughput::Elements(workload.batch as u64));
    group.bench_function(workload.name, |bencher| {
        bencher.iter(|| net.compute_into(&x, &mut pass).unwrap());
    });
}

fn workloads(criterion: &mut Criterion) {
    type Bench = fn(&mut Group<'_>, &Workload);
    let benches: [(&str, Bench, Bench); 3] = [
        ("train_step", train_step::<f32>, train_step::<f64>),
        ("fit_step", fit_step::<f32>, fit_step::<f64>),
        ("predict", predict::<f32>, predict::<f64>),
    ];
    for (name, in_f32, in_f64) in benches {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        for workload in &WORKLOADS {
            if workload.is_f32 { in_f32(&mut group, workload) } else { in_f64(&mut group, workload) }
        }
    }
}

fn fit_surfaces(criterion: &mut Criterion) {
    let mut random = experiment::NumpyRandom::new();
    let x = random.points();
    let networks: Vec<Dnn> = experiment::HIDDEN.map(|hidden| random.network(hidden).unwrap()).into();
    let targets = experiment::FUNCTIONS.map(|function| {
        Array2::from_shape_fn((x.nrows(), 1), |(i, _)| (function.value)(x[[i, 0]], x[[i, 1]]))
    });
    let mut group = criterion.benchmark_group("fit_surfaces");
    group.sample_size(10).throughput(Throughput::Elements(9 * 20_000 * 40));
    group.bench_function("nine_fits", |bencher| {
        bencher.iter(|| {
            for mut network in networks.clone() {
                targets.iter().for_each(|y| drop(network.fit(&x, y).unwrap()));
            }
        });
    });
}

criterion_group!(benches, workloads, fit_surfaces);
criterion_main!(benches);
