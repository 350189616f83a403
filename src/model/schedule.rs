//! Schedules: factors on the learning rate that depend on the epoch.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use super::names::{Named, arguments, value_of};
use crate::error::{Error, ParseError, Place};
use crate::kernel::Scalar;
use crate::validate::{ABOVE_0_UP_TO_1, BETWEEN_0_AND_1, FROM_0_TO_1, check_count, check_range};

/// A factor on the learning rate that depends on the epoch; see
/// [`DnnBuilder::schedule`](crate::DnnBuilder::schedule).
///
/// The rate of an update is `η_t = η / t^p · schedule · plateau`, with the decay power p and the factor of
/// [`Training::reduce_on_plateau`](crate::training::Training::reduce_on_plateau). For a schedule alone, set
/// [`decay_power(0.0)`](crate::DnnBuilder::decay_power).
///
/// The schedule is a function of the *position* e: the number of finished epochs plus the share of the present
/// epoch's updates that are made. So it moves with every update. E is the horizon `epochs`, at which the schedule
/// ends; later its last value holds.
///
/// | | factor at position e |
/// |---|---|
/// | `Constant` | 1 |
/// | `Step` | `factor^⌊e / every⌋` |
/// | `Cosine` | `floor + (1 − floor)·e/w` for `e < w`; then `floor + (1 − floor)·(1 + cos(π (e − w)/(E − w)))/2`, with w = `warm_up` |
/// | `OneCycle` | `start + (1 − start)·(1 − cos(π e/r))/2` for `e < r`; then `end + (1 − end)·(1 + cos(π (e − r)/(E − r)))/2`, with r = `rise`·E |
///
/// `Cosine` is equation 5 of Loshchilov and Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR
/// 2017, without restarts, after a linear warm-up. `OneCycle` is that of Smith and Topin, *Super-convergence*, 2018,
/// with the cosines of PyTorch's `OneCycleLR`; η is the largest rate, and the momentum stays as it is.
///
/// # What counts as an epoch
/// An epoch of [`fit`](crate::Dnn::fit) and [`training`](crate::Dnn::training), in whatever
/// [`BatchOrder`](crate::BatchOrder); and each call of [`partial_fit`](crate::Dnn::partial_fit). A run starts at
/// position 0, and a run with [`resume`](crate::training::Training::resume) where the last one ended, so n and m epochs
/// are n + m epochs. An [`update`](crate::Dnn::update) by hand does not move the position:
/// [`Dnn::set_schedule_position`](crate::Dnn::set_schedule_position) does.
///
/// The names for [`FromStr`] and [`Display`](fmt::Display) are `constant`, `step(every, factor)`,
/// `cosine(epochs, warm_up, floor)` and `one_cycle(epochs, rise, start, end)`.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Schedule};
///
/// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity])
///     .eta(0.01).decay_power(0.0).schedule(Schedule::Cosine { epochs: 100, warm_up: 5, floor: 0.0 })
///     .build()?;
/// let schedule = net.config().schedule();
/// assert_eq!((schedule.factor(0.0), schedule.factor(2.5), schedule.factor(5.0)), (0.0, 0.5, 1.0));
/// assert_eq!((schedule.factor(100.0), schedule.factor(1e6)), (0.0, 0.0));
/// assert_eq!(Schedule::cosine(100).to_string(), "cosine(100, 0, 0.0)");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// The factor 1: the article's.
    #[default]
    Constant,
    /// The rate is multiplied by `factor` after every `every` epochs.
    Step {
        /// The number of epochs between two steps; at least 1.
        every: usize,
        /// The factor of a step; greater than 0 and at most 1, usually 0.1.
        factor: f64,
    },
    /// A linear warm-up from `floor` to 1, then half a cosine down to `floor`.
    Cosine {
        /// The horizon E; at least 1.
        epochs: usize,
        /// The number of epochs of the warm-up; less than `epochs`, usually 0 or a few.
        warm_up: usize,
        /// The factor at the start of the warm-up, and from the horizon on; at least 0 and at most 1, usually 0.
        floor: f64,
    },
    /// Half a cosine up from `start` to 1, then half a cosine down to `end`.
    OneCycle {
        /// The horizon E; at least 1.
        epochs: usize,
        /// The share of the epochs in which the rate rises; greater than 0 and less than 1, usually 0.3.
        rise: f64,
        /// The factor at the start; at least 0 and at most 1, usually 1/25.
        start: f64,
        /// The factor from the horizon on; at least 0 and at most 1, usually 1/250,000.
        end: f64,
    },
}

impl Named for Schedule {
    fn check<F: Scalar>(&self) -> Result<(), Error> {
        match *self {
            Self::Constant => Ok(()),
            Self::Step { every, factor } => {
                check_count("every", every)?;
                check_range::<F>("factor", ABOVE_0_UP_TO_1, factor)
            }
            Self::Cosine { epochs, warm_up, floor } => {
                check_count("epochs", epochs)?;
                if warm_up >= epochs {
                    let range = format!("less than {epochs}, the number of epochs").into();
                    let at = Place::Whole;
                    return Err(Error::OutOfRange { name: "warm_up", at, range, value: warm_up as f64 });
                }
                check_range::<F>("floor", FROM_0_TO_1, floor)
            }
            Self::OneCycle { epochs, rise, start, end } => {
                check_count("epochs", epochs)?;
                check_range::<F>("rise", BETWEEN_0_AND_1, rise)?;
                check_range::<F>("start", FROM_0_TO_1, start)?;
                check_range::<F>("end", FROM_0_TO_1, end)
            }
        }
    }
}

impl Schedule {
    /// A step by 0.1 after every `every` epochs.
    pub const fn step(every: usize) -> Self {
        Self::Step { every, factor: 0.1 }
    }

    /// A cosine from 1 to 0 over `epochs` epochs, without a warm-up.
    pub const fn cosine(epochs: usize) -> Self {
        Self::Cosine { epochs, warm_up: 0, floor: 0.0 }
    }

    /// One cycle of `epochs` epochs with PyTorch's defaults: it rises for 30 % of them, from η/25, and ends at
    /// η/250,000.
    pub const fn one_cycle(epochs: usize) -> Self {
        Self::OneCycle { epochs, rise: 0.3, start: 0.04, end: 4e-6 }
    }

    /// The factor at a position e of at least 0, in epochs; the same on every processor.
    pub fn factor(self, position: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => libm::pow(factor, (position / every as f64).floor()),
            Self::Cosine { epochs, warm_up, floor } => {
                let (end, peak) = (epochs as f64, warm_up as f64);
                if position < peak {
                    floor + (1.0 - floor) * (position / peak)
                } else {
                    between(1.0, floor, (position - peak) / (end - peak))
                }
            }
            Self::OneCycle { epochs, rise, start, end } => {
                let peak = rise * epochs as f64;
                if position < peak {
                    between(start, 1.0, position / peak)
                } else {
                    between(1.0, end, (position - peak) / (epochs as f64 - peak))
                }
            }
        }
    }
}

/// Half a cosine from `first` at the share 0 to `last` at the share 1 and later.
fn between(first: f64, last: f64, share: f64) -> f64 {
    if share >= 1.0 {
        return last;
    }
    // The smaller one plus a part of the difference, so that no value is outside of the two.
    let (low, high, cosine) = if first < last {
        (first, last, -libm::cos(PI * share))
    } else {
        (last, first, libm::cos(PI * share))
    };
    low + (high - low) * (0.5 * (1.0 + cosine))
}

const STEP: &str = "step";
const COSINE: &str = "cosine";
const ONE_CYCLE: &str = "one_cycle";

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::Constant => "constant".to_owned(),
            Self::Step { every, factor } => format!("{STEP}({every}, {factor:?})"),
            Self::Cosine { epochs, warm_up, floor } => format!("{COSINE}({epochs}, {warm_up}, {floor:?})"),
            Self::OneCycle { epochs, rise, start, end } => {
                format!("{ONE_CYCLE}({epochs}, {rise:?}, {start:?}, {end:?})")
            }
        })
    }
}

impl FromStr for Schedule {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names. `build` checks the ranges of the numbers.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(schedule) = parse(text) {
            return Ok(schedule);
        }
        let forms =
            ["step(every, factor)", "cosine(epochs, warm_up, floor)", "one_cycle(epochs, rise, start, end)"];
        value_of("schedule", &[(Self::Constant, "constant")], forms, text)
    }
}

/// A schedule with numbers; `None` for any other text.
fn parse(text: &str) -> Option<Schedule> {
    if let Some([every, factor]) = arguments(STEP, text) {
        return Some(Schedule::Step { every: every.parse().ok()?, factor: factor.parse().ok()? });
    }
    if let Some([epochs, warm_up, floor]) = arguments(COSINE, text) {
        let (epochs, warm_up) = (epochs.parse().ok()?, warm_up.parse().ok()?);
        return Some(Schedule::Cosine { epochs, warm_up, floor: floor.parse().ok()? });
    }
    let [epochs, rise, start, end] = arguments(ONE_CYCLE, text)?;
    let (epochs, rise) = (epochs.parse().ok()?, rise.parse().ok()?);
    Some(Schedule::OneCycle { epochs, rise, start: start.parse().ok()?, end: end.parse().ok()? })
}
