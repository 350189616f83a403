//! Whether sharing is faster, by trial.
//!
//! It depends on the machine, and on what else runs on it: on two cores of the same processor, a step of 784-128-64-10
//! with 64 rows took 0.7 or 1.3 times as long with two threads as with one, for minutes each.

/// Steps of a run, some shared and some not, the others as was faster.
#[derive(Default)]
pub(super) struct Trial {
    /// The number of the next step since the trial began.
    step: usize,
    /// The least time of a row in a step of the trial, in seconds: shared, alone.
    least: [Option<f64>; 2],
    /// The number of the last steps, and their times.
    last: (u32, f64),
}

impl Trial {
    /// The steps of each kind in a trial. The first one does not count: other caches have its data.
    const STEPS: usize = 4;
    /// The steps from the start of a trial to that of the next.
    const PERIOD: usize = 512;
    /// The steps whose mean is compared with the trial. If another program takes the time of a thread now and then, a
    /// trial may not see it.
    const WINDOW: u32 = 32;

    /// Whether the next step is shared.
    #[inline]
    pub(super) fn is_shared(&self) -> bool {
        match self.step {
            0..Self::STEPS => true,
            step if step < 2 * Self::STEPS => false,
            _ => {
                let [shared, alone] = self.least;
                shared <= alone
            }
        }
    }

    /// Adds the time of a row in a step, in seconds: of many rows, it is less than a nanosecond.
    pub(super) fn add(&mut self, took: f64) {
        let (kind, step) = (self.step / Self::STEPS, self.step % Self::STEPS);
        if let Some(least) = self.least.get_mut(kind).filter(|_| step > 0) {
            *least = Some(least.map_or(took, |least| least.min(took)));
        }
        if kind > 1 && self.is_shared() {
            self.last = (self.last.0 + 1, self.last.1 + took);
            if self.last.0 == Self::WINDOW {
                let mean = self.last.1 / f64::from(Self::WINDOW);
                self.last = (0, 0.0);
                if self.least[1].is_some_and(|alone| mean > alone) {
                    // Until the next trial, this is the time of a shared step.
                    self.least[0] = Some(mean);
                }
            }
        }
        self.step += 1;
        if self.step >= Self::PERIOD {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds of the steps of two periods, of which shared ones take `shared` µs and the others `alone` µs, but the
    /// first one of each kind 200 µs more.
    fn shared_steps(shared: u64, alone: u64) -> Vec<bool> {
        let mut trial = Trial::default();
        let mut before = None;
        Vec::from_iter((0..2 * Trial::PERIOD).map(|_| {
            let is_shared = trial.is_shared();
            let more = if before.replace(is_shared) == Some(is_shared) { 0 } else { 200 };
            trial.add(1e-6 * (more + if is_shared { shared } else { alone }) as f64);
            is_shared
        }))
    }

    #[test]
    fn the_faster_kind_is_chosen_and_both_are_tried_again() {
        let period = |chosen| [vec![true; 4], vec![false; 4], vec![chosen; Trial::PERIOD - 8]].concat();
        for (shared, alone, chosen) in [(70, 100, true), (130, 100, false)] {
            assert_eq!(shared_steps(shared, alone), [period(chosen), period(chosen)].concat());
        }
    }

    #[test]
    fn sharing_that_becomes_slower_ends_within_the_period() {
        let mut trial = Trial::default();
        let times = |step: usize| if step & 15 == 0 { 5_000 } else { 70 };
        let shared = Vec::from_iter((0..Trial::PERIOD).map(|step| {
            let is_shared = trial.is_shared();
            trial.add(1e-6 * f64::from(if is_shared { times(step) } else { 100 }));
            is_shared
        }));
        assert!(shared[8..40].iter().all(|&is_shared| is_shared));
        assert!(!shared[40..].iter().any(|&is_shared| is_shared));
    }

    #[test]
    fn one_slow_step_of_a_kind_does_not_matter() {
        for slow in 0..8 {
            let mut trial = Trial::default();
            for step in 0..8 {
                let took = if trial.is_shared() { 70 } else { 100 };
                trial.add(1e-6 * f64::from(if step == slow { 5_000 } else { took }));
            }
            assert!(trial.is_shared(), "{slow}");
        }
    }
}
