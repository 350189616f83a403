//! rayon's threads.

use std::cell::Cell;
use std::error::Error;
use std::panic::catch_unwind;
use std::sync::OnceLock;

use crate::kernel::arch::has_avx512;

/// The least work for a thread, in multiplications, if the other threads are awake: as helpers of a
/// [`Team`](super::Team), and for some 10 µs after their last work. Inside a pool of two threads, sharing was then
/// measured to cost 1 µs; in a larger pool, rayon also wakes those that sleep. This number of multiplications takes
/// about 30 µs in f32 with AVX2, and 8 µs with AVX-512.
pub(super) const COST_OF_A_THREAD: usize = 1_000_000;
/// The same if the other threads may be asleep, with AVX-512: waking one was measured to cost 22 µs and more.
const COST_OF_WAKING: usize = 5_000_000;
/// The least work for which a thread outside the pool enters it. Entering was measured to cost 60 µs, and
/// twice the time of the work if the system ran two threads on one core.
const COST_OF_ENTERING: usize = 32_000_000;

/// Runs `work` on a thread of the pool if this is faster and the work can be shared. Otherwise, or if no
/// thread can be started, runs it on this thread.
#[inline]
pub(crate) fn in_pool<R: Send>(cost: usize, cost_of_a_part: usize, work: impl FnOnce() -> R + Send) -> R {
    match thread_place(cost, cost_of_a_part, cost_of_a_thread()) {
        ThreadPlace::Outside | ThreadPlace::Inside => work(),
        ThreadPlace::Entrance => rayon::scope(|_| work()),
    }
}

/// Where this thread is, and whether it should go elsewhere.
pub(super) enum ThreadPlace {
    /// Outside the pool, where it should stay, or with work that cannot be shared.
    Outside,
    /// Outside the pool, which it should enter.
    Entrance,
    /// Inside the pool.
    Inside,
}

#[inline]
pub(super) fn thread_place(cost: usize, cost_of_a_part: usize, cost_of_a_thread: usize) -> ThreadPlace {
    if cost_of_a_part < 2 * cost_of_a_thread {
        ThreadPlace::Outside
    } else if rayon::current_thread_index().is_some() {
        ThreadPlace::Inside
    } else if cost >= COST_OF_ENTERING && has_pool() {
        ThreadPlace::Entrance
    } else {
        ThreadPlace::Outside
    }
}

/// What a thread does for a [`Team`](super::Team).
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    /// It belongs to none.
    Free,
    /// It runs a step with helpers that are awake, or a part of shared work, or helps.
    Member,
    /// It runs a step that is not shared.
    Alone,
}

thread_local! {
    static ROLE: Cell<Role> = const { Cell::new(Role::Free) };
}

impl Role {
    /// That of this thread.
    #[inline]
    pub(super) fn of_this_thread() -> Self {
        ROLE.get()
    }

    /// Runs `work` in this role.
    pub(super) fn run<R>(self, work: impl FnOnce() -> R) -> R {
        /// Restores the role from before, also after a panic.
        struct Before(Role);

        impl Drop for Before {
            fn drop(&mut self) {
                ROLE.set(self.0);
            }
        }

        let _before = Before(ROLE.replace(self));
        work()
    }
}

/// The least work for a thread, beside this one. With debug assertions, and so in the tests, small work is shared on
/// all machines.
#[inline]
fn cost_of_a_thread() -> usize {
    let may_sleep = Role::of_this_thread() != Role::Member;
    if may_sleep && has_avx512() && !cfg!(debug_assertions) { COST_OF_WAKING } else { COST_OF_A_THREAD }
}

/// Calls `work` with every task, which must be worth a thread of its own; the threads of the pool share the tasks.
/// If no thread can be started, this thread does all of them in order.
///
/// A panic of `work` goes on in the caller.
pub(crate) fn side_by_side<T: Send>(tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
    fn halves<T: Send>(tasks: &mut [T], work: &(impl Fn(&mut T) + Sync)) {
        match tasks {
            [] => {}
            [task] => work(task),
            _ => {
                let (first, second) = tasks.split_at_mut(tasks.len() / 2);
                rayon::join(|| halves(first, work), || halves(second, work));
            }
        }
    }
    if tasks.len() > 1 && (rayon::current_thread_index().is_some() || has_pool()) {
        halves(tasks, &work);
    } else {
        tasks.iter_mut().for_each(work);
    }
}

/// Tries to start the global pool, and returns whether there is one. Without a pool, rayon itself would panic.
fn has_pool() -> bool {
    static HAS_POOL: OnceLock<bool> = OnceLock::new();
    *HAS_POOL.get_or_init(|| match rayon::ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        // The system refused to start a thread.
        Err(error) if error.source().is_some() => false,
        // Another caller tried first. There is a pool unless that attempt failed, which rayon reports only by
        // a panic.
        Err(_) => catch_unwind(rayon::current_num_threads).is_ok(),
    })
}

/// The number of items for each thread; `None` if sharing is not faster.
#[inline]
pub(super) fn share(items: usize, cost: usize) -> Option<usize> {
    if cost < 2 * COST_OF_A_THREAD || rayon::current_thread_index().is_none() {
        return None;
    }
    let cost_of_a_thread = match Role::of_this_thread() {
        Role::Alone => return None,
        _ => cost_of_a_thread(),
    };
    let threads = rayon::current_num_threads().min(cost / cost_of_a_thread).max(1);
    // Tiles have 6 rows.
    let share = items.div_ceil(threads).next_multiple_of(6);
    (share < items).then_some(share)
}

/// Calls `work` with all parts, in parallel.
pub(super) fn each<T: Send>(mut parts: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
    fn rest<T: Send>(first: T, parts: &mut (impl Iterator<Item = T> + Send), work: &(impl Fn(T) + Sync)) {
        match parts.next() {
            None => work(first),
            // This thread begins with its part; idle threads take the others. One that waits there for a part must
            // not help in another run meanwhile.
            Some(next) => {
                rayon::join(|| work(first), || Role::Member.run(|| rest(next, parts, work)));
            }
        }
    }
    if let Some(first) = parts.next() {
        Role::Member.run(|| rest(first, &mut parts, &work));
    }
}
