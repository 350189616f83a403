//! The threads that share the steps of a run.
//!
//! rayon's threads fall asleep some 10 µs after their last work, and waking one takes longer than many a step. So the
//! members of a team stay awake between the parts of a step: they look for work in the pool until there was none for
//! about 0.1 ms. What they find may also be another's, since rayon does not distinguish; nobody waits for a helper.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::threads::{COST_OF_A_THREAD, Role, ThreadPlace, thread_place};
use super::trial::Trial;

/// The threads that share the steps of a run, and the choice whether they do.
#[derive(Default)]
pub(crate) struct Team {
    /// The other members; none before the first step that is worth sharing.
    helpers: Option<Arc<Helpers>>,
    trial: Trial,
}

impl Team {
    /// From this number of multiplications on, a step was shared faster in every case that was measured.
    const COST_WITHOUT_TRIAL: usize = 100_000_000;

    /// Runs many steps, of `cost` multiplications in all, on a thread of the pool if this is faster and the steps can
    /// be shared.
    pub(crate) fn enter<R: Send>(cost: usize, cost_of_a_step: usize, work: impl FnOnce() -> R + Send) -> R {
        match thread_place(cost, cost_of_a_step, COST_OF_A_THREAD) {
            ThreadPlace::Entrance => rayon::scope(|_| work()),
            ThreadPlace::Inside | ThreadPlace::Outside => work(),
        }
    }

    /// Begins a step of `rows` rows, whose parts have `cost` multiplications each.
    #[inline]
    pub(crate) fn step(&mut self, rows: usize, cost: usize) -> SharedStep<'_> {
        SharedStep { team: self, rows, cost, took: Duration::ZERO }
    }

    /// Calls helpers for this number of multiplications, if there are none.
    fn wake(&mut self, cost: usize) {
        let wanted = rayon::current_num_threads().min(cost / COST_OF_A_THREAD).saturating_sub(1);
        let helpers = self.helpers.get_or_insert_default();
        // A helper that found the next epoch runs it, and is no longer one.
        let not_helping = usize::from(Role::of_this_thread() == Role::Member);
        // Not while some are here: they would find the calls to the others.
        if helpers.called.load(Relaxed) > not_helping {
            return;
        }
        helpers.called.fetch_add(wanted, Relaxed);
        helpers.coming.fetch_add(wanted, Relaxed);
        for _ in 0..wanted {
            let helpers = helpers.clone();
            // This allocates, but not while the helpers are here.
            rayon::spawn(move || helpers.help());
        }
    }
}

/// A step of a run. Its time is compared with that of other steps once its last part was run; one that ends before,
/// since its update is postponed or after an error, is not compared.
pub(crate) struct SharedStep<'a> {
    team: &'a mut Team,
    rows: usize,
    cost: usize,
    /// The time of the parts so far.
    took: Duration,
}

impl SharedStep<'_> {
    /// Runs a part of the step: in the pool if it can be shared there, with helpers that are awake, unless sharing was
    /// slower.
    pub(crate) fn run<R: Send>(&mut self, work: impl FnOnce() -> R + Send) -> R {
        let Self { team, cost, took, .. } = self;
        let cost = *cost;
        let place = thread_place(cost, cost, COST_OF_A_THREAD);
        if matches!(place, ThreadPlace::Outside) {
            return work();
        }
        let needs_trial = cost < Team::COST_WITHOUT_TRIAL;
        let start = needs_trial.then(Instant::now);
        let result = match place {
            _ if needs_trial && !team.trial.is_shared() => Role::Alone.run(work),
            ThreadPlace::Entrance => rayon::scope(|_| {
                team.wake(cost);
                Role::Member.run(work)
            }),
            _ => {
                team.wake(cost);
                Role::Member.run(work)
            }
        };
        *took += start.map_or(Duration::ZERO, |start| start.elapsed());
        result
    }

    /// Runs the last part of the step.
    #[inline]
    pub(crate) fn finish<R: Send>(mut self, work: impl FnOnce() -> R + Send) -> R {
        let result = self.run(work);
        if self.rows > 0 && !self.took.is_zero() {
            self.team.trial.add(self.took.as_secs_f64() / self.rows as f64);
        }
        result
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        if let Some(helpers) = &self.helpers {
            helpers.is_over.store(true, Relaxed);
        }
    }
}

/// What the members of a team know of each other.
#[derive(Default)]
struct Helpers {
    /// Those that were called and have not left.
    called: AtomicUsize,
    /// Those that were called and have not come.
    coming: AtomicUsize,
    /// Whether the run is over.
    is_over: AtomicBool,
}

impl Helpers {
    /// The number of looks without work after which a helper leaves: about 0.1 ms with two threads.
    const MOST_LOOKS: usize = 2_000;
    /// The time after which a helper leaves, so that a thread that waits for something else can go on. It is called
    /// again.
    const MOST_TIME: Duration = Duration::from_millis(10);
    /// How long a helper waits for the others, in pauses: some 30 µs, which waking them takes.
    const MOST_PAUSES: usize = 3_000;

    /// Looks for work in the pool, and does it.
    fn help(&self) {
        self.coming.fetch_sub(1, Relaxed);
        // A member that waits for a part of its own step would end the step only after that of the others.
        if Role::of_this_thread() == Role::Free {
            Role::Member.run(|| self.stay());
        }
        self.called.fetch_sub(1, Relaxed);
    }

    fn stay(&self) {
        // A helper that looks for work would find the calls to the others.
        for _ in 0..Self::MOST_PAUSES {
            if self.coming.load(Relaxed) == 0 {
                break;
            }
            spin_loop();
        }
        let (start, mut looks) = (Instant::now(), 0);
        while looks < Self::MOST_LOOKS && !self.is_over.load(Relaxed) {
            match rayon::yield_now() {
                Some(rayon::Yield::Executed) if start.elapsed() > Self::MOST_TIME => return,
                Some(rayon::Yield::Executed) => looks = 0,
                _ => {
                    looks += 1;
                    spin_loop();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use rayon::{ThreadPool, ThreadPoolBuilder};

    use super::*;

    /// A step that is worth three threads, and needs a trial.
    const COST: usize = 3 * COST_OF_A_THREAD;

    fn pool(threads: usize) -> ThreadPool {
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// Whether the helpers have left, within ten seconds.
    fn have_left(helpers: &Helpers) -> bool {
        let start = Instant::now();
        while helpers.called.load(Relaxed) > 0 {
            if start.elapsed() > Duration::from_secs(10) {
                return false;
            }
            std::thread::yield_now();
        }
        true
    }

    #[test]
    fn helpers_are_called_once_and_leave_after_the_run() {
        pool(4).install(|| {
            let mut team = Team::default();
            let mut most = 0;
            for _ in 0..3 {
                assert_eq!(team.step(1, COST).run(|| 5), 5);
                most = most.max(team.helpers.as_ref().unwrap().called.load(Relaxed));
            }
            assert!(most <= 2, "{most}");
            let helpers = team.helpers.clone().unwrap();
            drop(team);
            assert!(have_left(&helpers));
            assert_eq!(helpers.coming.load(Relaxed), 0);
        });
    }

    #[test]
    fn helpers_without_work_leave_during_the_run() {
        pool(2).install(|| {
            let mut team = Team::default();
            team.step(1, COST).run(|| {});
            assert!(have_left(&team.helpers.clone().unwrap()));
            assert!(!team.helpers.as_ref().unwrap().is_over.load(Relaxed));
        });
    }

    #[test]
    fn a_small_step_calls_nobody() {
        pool(2).install(|| {
            let mut team = Team::default();
            assert_eq!(team.step(1, 2 * COST_OF_A_THREAD - 1).run(|| 5), 5);
            assert!(team.helpers.is_none());
        });
        // Outside of a pool, this step is not worth entering one.
        let mut team = Team::default();
        assert_eq!(team.step(1, COST).run(|| 5), 5);
        assert!(team.helpers.is_none());
    }

    #[test]
    fn a_member_does_not_help_others() {
        let helpers = Helpers::default();
        for counter in [&helpers.called, &helpers.coming] {
            counter.store(1, Relaxed);
        }
        // Outside of a pool this would look for work for 0.1 ms.
        Role::Member.run(|| helpers.help());
        assert_eq!([helpers.called.load(Relaxed), helpers.coming.load(Relaxed)], [0, 0]);
        assert!(Role::of_this_thread() == Role::Free);
    }

    #[test]
    fn steps_with_more_rows_than_nanoseconds_are_compared_too() {
        let mut team = Team::default();
        for _ in 0..8 {
            let took = Duration::from_nanos(if team.trial.is_shared() { 1_400 } else { 1_000 });
            SharedStep { team: &mut team, rows: 1_000, cost: 0, took }.finish(|| {});
        }
        assert!(!team.trial.is_shared());
    }

    #[test]
    fn a_step_without_its_last_part_is_not_compared() {
        pool(2).install(|| {
            let mut team = Team::default();
            for _ in 0..16 {
                team.step(1, COST).run(|| {});
                assert!(team.trial.is_shared());
            }
            // After the shared steps of the trial come those of one thread.
            while team.trial.is_shared() {
                team.step(1, COST).finish(|| {});
            }
        });
    }

    #[test]
    fn a_step_that_panics_leaves_its_thread_ready() {
        pool(2).install(|| {
            let mut team = Team::default();
            // The first steps of a trial are shared, the others run alone.
            for _ in 0..8 {
                let panics = AssertUnwindSafe(|| team.step(1, COST).run(|| assert_eq!(1, 2, "as intended")));
                assert!(catch_unwind(panics).is_err());
                assert!(Role::of_this_thread() == Role::Free);
                let is_to_share = team.trial.is_shared();
                let is_shared = team.step(1, COST).finish(|| super::super::share(12, COST).is_some());
                assert_eq!(is_shared, is_to_share);
            }
        });
    }
}
