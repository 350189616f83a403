//! The laws of training for all settings in pairs: every two values of two settings are combined at least once.
//!
//! `settings.rs` lists the settings and the combinations that are refused; `array.rs` makes the configurations.

mod array;
mod run;
mod settings;

use ndarray::Axis;
use ndarray_dnn::{BatchOrder, Dnn, Scalar};
use run::{BEFORE, Data, EPOCHS, History, Part, SMALL, builder, history, parameters, run};
use settings::{Configuration, SETTINGS, values};

use crate::common::layouts::layouts;
use crate::common::{bits, is_finite, state};

/// Calls `check` or `check_f32` with every configuration, by its element type.
fn each(check: impl Fn(&Configuration), check_f32: impl Fn(&Configuration)) {
    for row in values().covering() {
        let configuration = Configuration::new(&row);
        if configuration.get("element") == "f32" { check_f32(&configuration) } else { check(&configuration) }
    }
}

/// A new network, its data, the network after an uninterrupted run, and the history of that run.
fn trained<F: Scalar>(configuration: &Configuration) -> (Dnn<F>, Data<F>, Dnn<F>, History) {
    let net = match builder::<F>(configuration, SMALL).build() {
        Ok(net) => net,
        Err(error) => panic!("{error}, {configuration}"),
    };
    let data = Data::new(configuration, SMALL);
    let mut at_once = net.clone();
    match run(&mut at_once, &data, configuration, Part::default()) {
        Ok(report) => (net, data, at_once, history(&report)),
        Err(error) => panic!("{error}, {configuration}"),
    }
}

#[test]
fn every_possible_pair_occurs() {
    let (values, rows) = (values(), values().covering());
    let together = |(a, b)| rows.iter().any(|row| row.contains(&a) && row.contains(&b));
    let (possible, refused): (Vec<_>, Vec<_>) = values.pairs().partition(|pair| values.is_possible(*pair));
    assert!(possible.into_iter().all(together));
    assert!(!refused.iter().any(|pair| together(*pair)));
    let rows = rows.iter().map(|row| Configuration::new(row));
    assert!(rows.clone().all(|configuration| configuration.refusals().is_empty()));
    // The number of configurations is close to the least one, which the two longest lists give.
    let count = rows.count();
    assert!((121..200).contains(&count), "{count} configurations");
}

#[test]
fn pairs_that_cannot_be_combined_are_refused_and_change_nothing() {
    let values = values();
    let mut count = 0;
    for pair in values.pairs().filter(|pair| !values.is_possible(*pair)) {
        let configuration = Configuration::new(&values.around(pair));
        let refusals = configuration.refusals();
        assert!(!refusals.is_empty(), "{configuration}");
        let data = Data::<f64>::new(&configuration, SMALL);
        let part = Part { stops: true, ..Part::default() };
        let (error, at_build) = match builder::<f64>(&configuration, SMALL).build() {
            Err(error) => (error, true),
            Ok(mut net) => {
                let before = net.clone();
                let error = run(&mut net, &data, &configuration, part).unwrap_err();
                assert_eq!(net, before, "{configuration}");
                (error, false)
            }
        };
        let expected =
            refusals.iter().any(|refusal| refusal.matches(&error) && refusal.is_at_build() == at_build);
        assert!(expected, "{error} instead of {refusals:?}, {configuration}");
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[test]
fn every_configuration_trains() {
    fn check<F: Scalar>(configuration: &Configuration) {
        let (net, _, at_once, history) = trained::<F>(configuration);
        assert_eq!(history.len(), EPOCHS, "{configuration}");
        let values = history.iter().flatten().flatten().map(|bits| f64::from_bits(*bits));
        assert!(values.into_iter().all(f64::is_finite) && is_finite(&at_once), "{configuration}");
        assert_ne!(parameters(&net), parameters(&at_once), "{configuration}");
    }
    each(check::<f64>, check::<f32>);
}

#[test]
fn resumed_runs_are_one_run_also_through_a_file() {
    fn check<F: Scalar>(configuration: &Configuration) {
        let (mut net, data, at_once, whole) = trained::<F>(configuration);
        let part = |epochs, is_resumed| Part { epochs: Some(epochs), is_resumed, stops: false };
        let first = run(&mut net, &data, configuration, part(BEFORE, false)).unwrap();
        assert_eq!(history(&first), whole[..BEFORE], "{configuration}");
        #[cfg(feature = "safetensors")]
        let mut loaded = Dnn::<F>::from_safetensors(&net.to_safetensors().unwrap()).unwrap();
        let rest = part(EPOCHS - BEFORE, true);
        let second = run(&mut net, &data, configuration, rest).unwrap();
        // In the article's order, the last update of a run is not made.
        if configuration.order() != BatchOrder::Cyclic {
            assert_eq!(history(&second), whole[BEFORE..], "{configuration}");
            assert_eq!(state(&net), state(&at_once), "{configuration}");
            assert_eq!(net, at_once, "{configuration}");
        }
        #[cfg(feature = "safetensors")]
        {
            let report = run(&mut loaded, &data, configuration, rest).unwrap();
            assert_eq!(history(&report), history(&second), "a loaded network: {configuration}");
            assert_eq!(state(&loaded), state(&net), "a loaded network: {configuration}");
            assert_eq!(loaded, net, "a loaded network: {configuration}");
        }
    }
    each(check::<f64>, check::<f32>);
}

#[test]
fn early_stopping_ends_the_same_run_earlier_and_restores_its_best_epoch() {
    use std::cell::Cell;
    let (stopped, restored) = (Cell::new(0), Cell::new(0));
    fn check<F: Scalar>(configuration: &Configuration, [stopped, restored]: [&Cell<usize>; 2]) {
        if !configuration.is_on("early_stopping") {
            return;
        }
        let (net, data, _, whole) = trained::<F>(configuration);
        let mut stopping = net.clone();
        let report =
            run(&mut stopping, &data, configuration, Part { stops: true, ..Part::default() }).unwrap();
        assert_eq!(history(&report), whole[..report.epochs()], "{configuration}");
        let by_metric = configuration.get("early_stopping") == "by the metric";
        let values = if by_metric { report.metric("distance") } else { report.validation_losses() };
        let best = values.iter().enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap().0 + 1;
        assert_eq!(report.best_epoch(), Some(best), "{configuration}");
        let mut until_best = net.clone();
        run(&mut until_best, &data, configuration, Part { epochs: Some(best), ..Part::default() }).unwrap();
        assert_eq!(parameters(&stopping), parameters(&until_best), "{configuration}");
        stopped.set(stopped.get() + usize::from(report.epochs() < EPOCHS));
        restored.set(restored.get() + usize::from(best < report.epochs()));
    }
    let counts = [&stopped, &restored];
    each(
        |configuration| check::<f64>(configuration, counts),
        |configuration| check::<f32>(configuration, counts),
    );
    assert!(stopped.get() > 5 && restored.get() > 5, "{stopped:?}, {restored:?}");
}

#[test]
fn no_memory_layout_changes_a_bit() {
    fn check<F: Scalar>(configuration: &Configuration) {
        let (net, data, at_once, whole) = trained::<F>(configuration);
        for ((name, x), (_, y)) in layouts(&data.x).into_iter().zip(layouts(&data.y).into_iter().rev()) {
            let data = data.clone().with([x, y]);
            let mut other = net.clone();
            let report = run(&mut other, &data, configuration, Part::default()).unwrap();
            assert_eq!(history(&report), whole, "x in layout {name}: {configuration}");
            assert_eq!(state(&other), state(&at_once), "x in layout {name}: {configuration}");
        }
    }
    each(check::<f64>, check::<f32>);
}

#[test]
fn predictions_of_single_rows_are_those_at_once() {
    fn check<F: Scalar>(configuration: &Configuration) {
        let (_, data, net, _) = trained::<F>(configuration);
        let at_once = net.predict(&data.x).unwrap();
        for (x, expected) in data.x.rows().into_iter().zip(at_once.rows()) {
            let single = net.predict(&x.insert_axis(Axis(0))).unwrap();
            assert_eq!(bits(&single.row(0)), bits(&expected), "{configuration}");
        }
    }
    each(check::<f64>, check::<f32>);
}

/// Networks and mini-batches whose products are shared among threads.
#[cfg(feature = "rayon")]
#[test]
fn no_number_of_threads_changes_a_bit() {
    use run::Sizes;
    const LARGE: Sizes = Sizes { rows: 300, inputs: 96, width: 128 };
    fn check<F: Scalar>(configuration: &Configuration, pools: &[rayon::ThreadPool]) {
        let large = configuration.clone().with("minibatch_size", "256");
        // Fewer mini-batches, so that each is large enough for several threads.
        let large = match large.get("batches_per_epoch") {
            "13" => large.with("batches_per_epoch", "2"),
            _ => large,
        };
        // An epoch in the article's order would have 300 mini-batches.
        let large =
            if large.order() == BatchOrder::Cyclic { large.with("batch_order", "sequential") } else { large };
        let data = Data::<F>::new(&large, LARGE);
        let part = Part { epochs: Some(2), is_resumed: false, stops: true };
        let mut results = pools.iter().map(|pool| {
            let mut net = builder::<F>(&large, LARGE).build().unwrap();
            let report = pool.install(|| run(&mut net, &data, &large, part)).unwrap();
            (history(&report), state(&net))
        });
        let alone = results.next().unwrap();
        assert!(results.all(|shared| shared == alone), "{configuration}");
    }
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let pools = [pool(1), pool(3)];
    each(
        |configuration| check::<f64>(configuration, &pools),
        |configuration| check::<f32>(configuration, &pools),
    );
}

#[test]
fn every_default_is_the_first_value() {
    let first = Configuration::new(
        &SETTINGS
            .iter()
            .scan(0, |next, (_, all)| {
                let value = *next;
                *next += all.len();
                Some(value)
            })
            .collect::<Vec<_>>(),
    );
    assert_eq!(first.to_string(), "");
    assert!(first.refusals().is_empty());
}
