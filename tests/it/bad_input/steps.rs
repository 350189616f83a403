//! Schedules, limits and optimizers with values out of range, and runs with a bad plateau.

use ndarray_dnn::error::Place;
use ndarray_dnn::{DnnBuilder, Error, Gradients, Optimizer, ReduceOnPlateau, Scalar, Schedule};

use super::support::{Bench, assert_refused, builder, conflict, number, out_of_range, zero};

type Setter<F> = fn(DnnBuilder<F>, f64) -> DnnBuilder<F>;

fn scheduled<F: Scalar>(builder: DnnBuilder<F>, schedule: Schedule) -> DnnBuilder<F> {
    builder.schedule(schedule)
}

/// A real value: its name, its setter, its range, values that are refused, values that are accepted.
type Value<F> = (&'static str, Setter<F>, &'static str, &'static [f64], &'static [f64]);

fn values<F: Scalar>() -> [Value<F>; 13] {
    let (above_0, at_least_0) = ("greater than 0 and finite", "at least 0 and finite");
    let (share, factor) = ("at least 0 and less than 1", "greater than 0 and at most 1");
    let from_0_to_1 = "at least 0 and at most 1";
    [
        ("clip_norm", |b, v| b.clip_norm(v), above_0, &[0.0, -0.0], &[1e-30, 1.0, 1e30]),
        ("max_norm", |b, v| b.max_norm(v), above_0, &[0.0, -0.0], &[1e-30, 1.0, 1e30]),
        ("l1", |b, v| b.l1(v), at_least_0, &[-1e-60], &[0.0, -0.0, 1e30]),
        (
            "factor",
            |b, factor| scheduled(b, Schedule::Step { every: 1, factor }),
            factor,
            &[0.0, 1.1, 1e300],
            &[1.0, 1e-30],
        ),
        (
            "floor",
            |b, floor| scheduled(b, Schedule::Cosine { epochs: 2, warm_up: 1, floor }),
            from_0_to_1,
            &[1.1],
            &[0.0, 1.0],
        ),
        (
            "rise",
            |b, rise| scheduled(b, Schedule::OneCycle { epochs: 2, rise, start: 0.1, end: 0.1 }),
            "greater than 0 and less than 1",
            &[0.0, 1.0],
            &[0.5],
        ),
        (
            "start",
            |b, start| scheduled(b, Schedule::OneCycle { epochs: 2, rise: 0.5, start, end: 0.1 }),
            from_0_to_1,
            &[1.1],
            &[0.0, 1.0],
        ),
        (
            "end",
            |b, end| scheduled(b, Schedule::OneCycle { epochs: 2, rise: 0.5, start: 0.1, end }),
            from_0_to_1,
            &[1.1],
            &[0.0, 1.0],
        ),
        (
            "beta1",
            |b, beta1| b.optimizer(Optimizer::AdamW { beta1, beta2: 0.9, epsilon: 1e-8 }),
            share,
            &[1.0],
            &[0.0, 0.9],
        ),
        (
            "beta2",
            |b, beta2| b.optimizer(Optimizer::AdamW { beta1: 0.9, beta2, epsilon: 1e-8 }),
            share,
            &[1.0],
            &[0.0, 0.9],
        ),
        (
            "epsilon",
            |b, epsilon| b.optimizer(Optimizer::AdamW { beta1: 0.9, beta2: 0.9, epsilon }),
            above_0,
            &[0.0],
            &[1e-8],
        ),
        ("rho", |b, rho| b.optimizer(Optimizer::RmsProp { rho, epsilon: 1e-8 }), share, &[1.0], &[0.0, 0.9]),
        (
            "epsilon",
            |b, epsilon| b.optimizer(Optimizer::RmsProp { rho: 0.9, epsilon }),
            above_0,
            &[0.0],
            &[1e-8],
        ),
    ]
}

fn check<F: Scalar>() {
    for (name, set, legal, bad, good) in values::<F>() {
        for &bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN, -1.0, -1e-3].iter().chain(bad) {
            let error = set(builder(), bad).build().unwrap_err();
            let text = error.to_string();
            let Error::OutOfRange { name: found, at: Place::Whole, range, value } = error else {
                panic!("{error}")
            };
            assert_eq!((found, &range[..]), (name, &format!("{legal} in {}", F::NAME)[..]));
            assert_eq!(value.to_bits(), bad.to_bits());
            assert_eq!(text, format!("{name} must be {range}, found {}", number(bad)));
        }
        for &good in good {
            assert!(set(builder(), good).build().is_ok(), "{name} = {good:e}");
        }
    }
}

#[test]
fn values_out_of_range() {
    check::<f64>();
    check::<f32>();
    // Too small or too large once rounded.
    for tiny in [1e-60, 1e60] {
        assert!(builder::<f64>().clip_norm(tiny).max_norm(tiny).build().is_ok());
        assert!(matches!(
            builder::<f32>().clip_norm(tiny).build(),
            Err(Error::OutOfRange { name: "clip_norm", .. })
        ));
    }
    assert_eq!(builder::<f64>().clip_norm(None).max_norm(None).build(), builder().build());
}

#[test]
fn counts_out_of_range() {
    let cases = [
        (Schedule::Step { every: 0, factor: 0.5 }, "every"),
        (Schedule::cosine(0), "epochs"),
        (Schedule::one_cycle(0), "epochs"),
    ];
    for (schedule, name) in cases {
        let text = format!("{name} must be at least 1, found 0");
        assert_refused(builder::<f64>().schedule(schedule).build(), &zero(name), &text);
    }
    for (epochs, warm_up) in [(1, 1), (5, 5), (5, usize::MAX)] {
        let range = format!("less than {epochs}, the number of epochs");
        let error =
            builder::<f64>().schedule(Schedule::Cosine { epochs, warm_up, floor: 0.0 }).build().unwrap_err();
        let Error::OutOfRange { name: "warm_up", range: found, value, .. } = error else { panic!("{error}") };
        assert_eq!((&found[..], value), (&range[..], warm_up as f64));
    }
}

#[test]
fn momentum_with_the_kin_of_adam() {
    for (optimizer, text) in [
        (Optimizer::adam_w(), "optimizer(AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })"),
        (Optimizer::rms_prop(), "optimizer(RmsProp { rho: 0.9, epsilon: 1e-8 })"),
    ] {
        let expected = conflict("momentum", "momentum(0.5)", text);
        let message = format!(
            "momentum(0.5) cannot be combined with {text}: add optimizer(Optimizer::Momentum) to keep it, since the presets use Adam, which has no momentum"
        );
        assert_refused(builder::<f64>().momentum(0.5).optimizer(optimizer).build(), &expected, &message);
    }
}

#[test]
fn a_network_keeps_its_settings_and_its_position() {
    let bench = Bench::new(false);
    let range = "at least 0 and finite in f64";
    for bad in [f64::INFINITY, f64::NEG_INFINITY, -1.0, -5e-324] {
        let (expected, found) = (|name| out_of_range(name, Place::Whole, range, bad), number(bad));
        bench.refuses(&expected("position"), &format!("position must be {range}, found {found}"), |bench| {
            bench.net.set_schedule_position(bad)
        });
        bench.refuses(&expected("weight"), &format!("weight must be {range}, found {found}"), |bench| {
            bench.gradients.set_weight(bad)
        });
        bench.refuses(&expected("l1"), &format!("l1 must be {range}, found {found}"), |bench| {
            bench.net.reconfigure(|builder| builder.l1(bad))
        });
    }
    let mut bench = bench;
    assert!(bench.net.set_schedule_position(f64::NAN).is_err());
    assert!(Gradients::<f64>::default().set_weight(f64::NAN).is_err());
    bench.gradients.set_weight(0.0).unwrap();
    assert_eq!(bench.gradients.weight(), 0.0);
}

#[test]
fn a_plateau_out_of_range() {
    let bench = Bench::new(false);
    let new = ReduceOnPlateau::new;
    let mut cases = vec![(new(0), zero("patience"), "patience must be at least 1, found 0".to_owned())];
    for bad in [f64::INFINITY, -1.0, 0.0, 1.0] {
        let range = "greater than 0 and less than 1 in f64";
        let text = format!("factor must be {range}, found {}", number(bad));
        cases.push((new(3).factor(bad), out_of_range("factor", Place::Whole, range, bad), text));
    }
    for bad in [f64::INFINITY, -1.0, -5e-324] {
        let range = "at least 0 and finite in f64";
        for (name, settings) in [("min_delta", new(3).min_delta(bad)), ("min_eta", new(3).min_eta(bad))] {
            let text = format!("{name} must be {range}, found {}", number(bad));
            cases.push((settings, out_of_range(name, Place::Whole, range, bad), text));
        }
    }
    for (settings, expected, text) in cases {
        bench.refuses(&expected, &text, |bench| {
            bench.net.training(&bench.x, &bench.y).reduce_on_plateau(settings).run().map(drop)
        });
    }
}
