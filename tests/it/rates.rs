//! Learning rates: schedules, `eta_schedule`, `reduce_on_plateau`.

use std::f64::consts::PI;
use std::ops::ControlFlow::Continue;

use ndarray::s;
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled};
use ndarray_dnn::{Dnn, EarlyStopping, Error, Optimizer, ReduceOnPlateau, Scalar, Schedule};

use crate::common::runs::{OPTIMIZERS, example, plain};
use crate::common::{Head, ORDERS, assert_near, bits, parameters, state};

/// One of each kind, with horizons of 3 to 6 epochs.
const SCHEDULES: [Schedule; 4] = [
    Schedule::Step { every: 2, factor: 0.5 },
    Schedule::Cosine { epochs: 6, warm_up: 2, floor: 0.1 },
    Schedule::cosine(3),
    Schedule::OneCycle { epochs: 5, rise: 0.3, start: 0.2, end: 0.01 },
];

#[test]
fn schedules_are_the_formulas() {
    let step = Schedule::Step { every: 3, factor: 0.5 };
    for (position, factor) in [(0.0, 1.0), (2.999, 1.0), (3.0, 0.5), (5.9, 0.5), (6.0, 0.25), (1e9, 0.0)] {
        assert_eq!(step.factor(position), factor);
    }
    let cosine = Schedule::Cosine { epochs: 50, warm_up: 10, floor: 0.2 };
    let cycle = Schedule::OneCycle { epochs: 50, rise: 0.2, start: 0.04, end: 0.001 };
    for i in 0..500 {
        let e = f64::from(i) / 10.0;
        let (rising, falling) = (e / 10.0, (1.0 + (PI * (e - 10.0) / 40.0).cos()) / 2.0);
        let expected = if e < 10.0 { 0.2 + 0.8 * rising } else { 0.2 + 0.8 * falling };
        assert_near(cosine.factor(e), expected, 1e-14);
        let rising = 0.04 + 0.96 * (1.0 - (PI * rising).cos()) / 2.0;
        let expected = if e < 10.0 { rising } else { 0.001 + 0.999 * falling };
        // The formula loses digits near its end.
        assert!((cycle.factor(e) - expected).abs() < 1e-15, "{e}");
        assert_eq!(Schedule::Constant.factor(e), 1.0);
    }
    // At the horizon and later, the last value holds.
    for e in [50.0, 50.1, 1e6, f64::MAX] {
        assert_eq!([cosine.factor(e), cycle.factor(e), Schedule::cosine(50).factor(e)], [0.2, 0.001, 0.0]);
    }
    assert_eq!([cosine.factor(10.0), cycle.factor(10.0)], [1.0, 1.0]);
    // A floor above the peak cannot be set, but a start above the end can, and one equal to 1.
    let flat = Schedule::OneCycle { epochs: 2, rise: 0.5, start: 1.0, end: 1.0 };
    assert!([0.0, 0.3, 1.0, 1.7, 2.0].iter().all(|&e| flat.factor(e) == 1.0));
}

/// The rates of all updates of a run, by the verbs.
#[test]
fn by_hand_at_the_positions_of_the_epoch_is_fit() {
    for schedule in SCHEDULES {
        for optimizer in OPTIMIZERS {
            let (builder, x, y) = example::<f64>(Sequential, optimizer, Head::Squared);
            let mut fitted = builder.schedule(schedule).decay_power(0.3).max_epochs(8).build().unwrap();
            let mut net = fitted.clone();
            fitted.fit(&x, &y).unwrap();
            for epoch in 0..8 {
                for (i, start) in [0, 4, 8].into_iter().enumerate() {
                    net.set_schedule_position(f64::from(epoch) + i as f64 / 3.0).unwrap();
                    let rows = s![start..(start + 4).min(11), ..];
                    let pass = net.compute(&x.slice(rows)).unwrap();
                    let d = net.error(&pass, &y.slice(rows)).unwrap();
                    net.update(&net.bp(&pass, &d).unwrap()).unwrap();
                    let t = f64::from(3 * epoch + 1) + i as f64;
                    let rate = 0.05 / t.powf(0.3) * schedule.factor(net.schedule_position());
                    assert!((net.effective_eta() - rate).abs() <= 1e-15 * rate, "{schedule}");
                }
            }
            assert_eq!(state(&net), state(&fitted), "{schedule}, {optimizer}");
            assert_eq!(net.effective_eta(), fitted.effective_eta());
            assert_eq!(fitted.schedule_position(), 8.0);
        }
    }
}

#[test]
fn resumed_epochs_and_passes_go_on_in_the_schedule() {
    fn check<F: Scalar>() {
        for schedule in SCHEDULES {
            for order in [Sequential, Shuffled] {
                let (builder, x, y) = example::<F>(order, Optimizer::adam_w(), Head::Softmax);
                let mut at_once = builder.schedule(schedule).max_epochs(8).build().unwrap();
                let [mut resumed, mut passes] = [at_once.clone(), at_once.clone()];
                at_once.fit(&x, &y).unwrap();
                resumed.training(&x, &y).max_epochs(3).run().unwrap();
                resumed.training(&x, &y).max_epochs(5).resume().run().unwrap();
                assert_eq!(resumed, at_once, "{schedule}");
                for _ in 0..8 {
                    passes.partial_fit(&x, &y).unwrap();
                }
                assert_eq!(passes, at_once, "{schedule}");
                // A run that is not resumed starts at the first position.
                passes.training(&x, &y).max_epochs(1).run().unwrap();
                assert_eq!((passes.schedule_position(), passes.iterations()), (1.0, 3));
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

/// The article's epoch begins with the update that the epoch before has left.
#[test]
fn positions_of_the_article_s_order() {
    let (builder, x, y) = plain(Cyclic);
    let mut net = builder.schedule(Schedule::cosine(3)).max_epochs(3).build().unwrap();
    let mut positions = Vec::new();
    let run = net.training(&x, &y).eta_schedule(|progress| {
        positions.push((progress.epoch(), progress.update(), progress.position(), progress.loss().is_some()));
        1.0
    });
    run.run().unwrap();
    let mut expected = Vec::new();
    for epoch in 0..3 {
        // 11 updates, but one less in the first epoch.
        for i in 0..if epoch == 0 { 10 } else { 11 } {
            let (t, has_loss) = (expected.len() + 1, epoch == 0 || i > 0);
            expected.push((epoch + 1, t, epoch as f64 + i as f64 / 11.0, has_loss));
        }
    }
    assert_eq!(positions, expected);
}

#[test]
fn a_function_of_the_progress_is_a_factor() {
    for order in ORDERS {
        for optimizer in OPTIMIZERS {
            let (builder, x, y) = example::<f64>(order, optimizer, Head::Squared);
            let mut net = builder.decay_power(0.0).max_epochs(4).build().unwrap();
            let mut scheduled = net.clone();
            let schedule = Schedule::OneCycle { epochs: 3, rise: 0.4, start: 0.1, end: 0.01 };
            scheduled.reconfigure(|builder| builder.schedule(schedule)).unwrap();
            let by_builder = scheduled.fit(&x, &y).unwrap();
            let run = net.training(&x, &y).eta_schedule(|progress| schedule.factor(progress.position()));
            assert_eq!(run.run().unwrap(), by_builder);
            assert_eq!(state(&net), state(&scheduled));
        }
    }
    // Its loss is that of the epoch so far.
    let (builder, x, y) = example::<f64>(Sequential, Optimizer::Momentum, Head::Squared);
    let mut net = builder.max_epochs(2).build().unwrap();
    let mut losses = Vec::new();
    let run = net.training(&x, &y).eta_schedule(|progress| {
        losses.push(progress.loss().unwrap());
        1.0
    });
    let report = run.run().unwrap();
    assert_eq!([losses[2], losses[5]], report.losses());
}

#[test]
fn a_factor_that_is_not_one_ends_the_run_after_the_last_finite_epoch() {
    for bad in [f64::NAN, f64::INFINITY, -0.5] {
        let (builder, x, y) = plain(Shuffled);
        let mut net = builder.build().unwrap();
        let mut twin = net.clone();
        let run = net.training(&x, &y).eta_schedule(|progress| if progress.update() < 8 { 1.0 } else { bad });
        let error = run.run().unwrap_err();
        assert!(matches!(error, Error::OutOfRange { name: "the result of eta_schedule", .. }));
        assert_eq!(
            error.to_string(),
            format!("the result of eta_schedule must be at least 0 and finite, found {bad:?}")
        );
        twin.training(&x, &y).max_epochs(2).run().unwrap();
        assert_eq!(net, twin);
    }
    // A factor of 0 is legal.
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.momentum(0.0).max_epochs(1).build().unwrap();
    let before = parameters(net.layers());
    net.training(&x, &y).eta_schedule(|_| 0.0).run().unwrap();
    assert_eq!((bits(&parameters(net.layers())), net.effective_eta()), (bits(&before), 0.0));
}

/// A validation loss that rises after some epochs: the fit moves away from other targets.
fn rising() -> (Dnn, [ndarray::Array2<f64>; 3]) {
    let (builder, x, y) = example::<f64>(Shuffled, Optimizer::Momentum, Head::Squared);
    let net = builder.decay_power(0.0).max_epochs(12).build().unwrap();
    let yv = -&y;
    (net, [x, y, yv])
}

/// A rule for which no epoch is an improvement, except the first one that is judged.
fn hopeless(patience: usize) -> ReduceOnPlateau {
    ReduceOnPlateau::new(patience).factor(0.5).min_delta(1e3)
}

/// The factors of each epoch's updates, slowly, from the losses: half of it after `patience` epochs without a fall.
fn slow_factors(losses: &[f64], patience: usize) -> Vec<f64> {
    let median = |epoch: usize| {
        let mut three = losses[epoch - 2..=epoch].to_vec();
        three.sort_by(f64::total_cmp);
        three[1]
    };
    let (mut factor, mut best, mut best_epoch) = (1.0, f64::INFINITY, 0);
    let mut factors = vec![1.0; 3.min(losses.len())];
    for epoch in 2..losses.len() - 1 {
        if median(epoch) < best {
            (best, best_epoch) = (median(epoch), epoch);
        } else if epoch - best_epoch == patience {
            (factor, best, best_epoch) = (0.5 * factor, median(epoch), epoch);
        }
        factors.push(factor);
    }
    factors
}

#[test]
fn the_rate_falls_when_the_loss_does_not() {
    let (mut net, [x, y, yv]) = rising();
    let mut rates = |settings: ReduceOnPlateau, is_validated: bool| {
        let training = net.training(&x, &y).reduce_on_plateau(settings);
        let training = if is_validated { training.validation(&x, &yv) } else { training };
        let report = training.run().unwrap();
        let rates = Vec::from_iter(report.history().iter().map(|epoch| epoch.eta() / 0.05));
        (rates, report.validation_losses().to_vec())
    };
    for patience in [1, 2, 3] {
        let (rates, losses) = rates(ReduceOnPlateau::new(patience).factor(0.5), true);
        assert_eq!(rates, slow_factors(&losses, patience), "{losses:?}");
        assert!(rates[11] < 1.0);
    }
    // The training loss falls, and a run starts again with the factor 1.
    assert_eq!(rates(ReduceOnPlateau::new(3).factor(0.5), false).0, [1.0; 12]);
    // Reduced after epochs 6, 9 and 12; the rate is that of the last update.
    let expected = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25];
    assert_eq!(rates(hopeless(3), false).0, expected);
    assert_near(rates(hopeless(3).min_eta(0.02), true).0[9], 0.4, 1e-15);
}

#[test]
fn the_plateau_is_a_part_of_the_state() {
    let settings = hopeless(2);
    for epochs in 1..12 {
        let (mut at_once, [x, y, yv]) = rising();
        let mut in_parts = at_once.clone();
        let run = |net: &mut Dnn, epochs: usize, is_resumed: bool| {
            let training = net.training(&x, &y).validation(&x, &yv).reduce_on_plateau(settings);
            let training = if is_resumed { training.resume() } else { training };
            drop(training.max_epochs(epochs).run().unwrap());
        };
        run(&mut at_once, 12, false);
        run(&mut in_parts, epochs, false);
        run(&mut in_parts, 12 - epochs, true);
        assert_eq!(in_parts, at_once, "{epochs}");
        // Without the rule, a resumed run keeps the factor.
        let factor = at_once.effective_eta() / 0.05;
        at_once.training(&x, &y).resume().max_epochs(1).run().unwrap();
        assert_eq!((at_once.effective_eta(), factor), (0.05 * factor, 0.0625));
        let small: Dnn<f32> = at_once.cast().unwrap();
        assert_eq!(small.cast::<f64>().unwrap().cast::<f32>().unwrap(), small);
    }
}

#[test]
fn a_clone_of_on_epoch_and_the_best_epoch_have_the_factor() {
    let settings = hopeless(2);
    let (mut net, [x, y, yv]) = rising();
    let mut saved = None;
    let training = net.training(&x, &y).validation(&x, &yv).reduce_on_plateau(settings);
    let training = training.early_stopping(EarlyStopping::new(100)).on_epoch(|e| {
        if e.report().epoch() == 7 {
            saved = Some(e.net().clone());
        }
        Continue(())
    });
    let report = training.run().unwrap();
    assert!(report.best_epoch().unwrap() < 12);
    // Best parameters, at rest, with the rate of the end of the run.
    net.partial_fit(&x, &y).unwrap();
    assert_eq!(net.effective_eta(), 0.05 / 16.0);
    let mut saved = saved.unwrap();
    let training = saved.training(&x, &y).validation(&x, &yv).reduce_on_plateau(settings).resume();
    let rest = training.max_epochs(5).run().unwrap();
    assert_eq!(rest.history()[4].eta(), report.history()[11].eta());
    assert_eq!(rest.losses(), &report.losses()[7..]);
}

#[test]
fn a_run_that_diverges_keeps_the_factor_of_its_last_finite_epoch() {
    let (mut net, [x, y, yv]) = rising();
    let training = net.training(&x, &y).validation(&x, &yv).reduce_on_plateau(hopeless(1));
    // The epoch after the first reduction.
    let run = training.eta_schedule(|progress| if progress.epoch() < 5 { 1.0 } else { 1e300 });
    assert!(matches!(run.run(), Err(Error::Diverged { epoch: 5, .. })));
    net.partial_fit(&x, &y).unwrap();
    assert_near(net.effective_eta(), 0.05 * 0.5, 1e-15);
}
