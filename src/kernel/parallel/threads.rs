//! rayon's threads.

use std::cell::Cell;
use std::error::Error;
use std::panic::catch_unwind;
use std::sync::OnceLock;

/// The least work for a thread, in multiplications. Inside the pool, sharing was measured to cost 1 µs while
/// the other threads are awake, which they are for some 10 µs after their last work and while they are in a
/// [`Team`](super::Team), and 22 µs if they must be woken. This number of multiplications takes about 30 µs in f32 with
/// AVX2, and 8 µs with AVX-512.
pub(super) const COST_OF_A_THREAD: usize = 1_000_000;
/// The least work for which a thread outside the pool enters it. Entering was measured to cost 60 µs, and
/// twice the time of the work if the system ran two threads on one core.
const COST_OF_ENTERING: usize = 32_000_000;

/// Runs `work` on a thread of the pool if this is faster and the work can be shared. Otherwise, or if no
/// thread can be started, runs it on this thread.
#[inline]
pub(crate) fn in_pool<R: Send>(cost: usize, cost_of_a_part: usize, work: impl FnOnce() -> R + Send) -> R {
    match place(cost, cost_of_a_part) {
        Place::Outside | Place::Inside => work(),
        Place::Entrance => rayon::scope(|_| work()),
    }
}

/// Where this thread is, and whether it should go elsewhere.
pub(super) enum Place {
    /// Outside the pool, where it should stay, or with work that cannot be shared.
    Outside,
    /// Outside the pool, which it should enter.
    Entrance,
    /// Inside the pool.
    Inside,
}

#[inline]
pub(super) fn place(cost: usize, cost_of_a_part: usize) -> Place {
    if cost_of_a_part < 2 * COST_OF_A_THREAD {
        Place::Outside
    } else if rayon::current_thread_index().is_some() {
        Place::Inside
    } else if cost >= COST_OF_ENTERING && has_pool() {
        Place::Entrance
    } else {
        Place::Outside
    }
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

thread_local! {
    /// Whether this thread shares nothing.
    static IS_ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` on this thread alone.
pub(super) fn alone<R>(work: impl FnOnce() -> R) -> R {
    /// Restores what was before, also after a panic.
    struct Before(bool);

    impl Drop for Before {
        fn drop(&mut self) {
            IS_ALONE.set(self.0);
        }
    }

    let _before = Before(IS_ALONE.replace(true));
    work()
}

/// The number of items for each thread; `None` if sharing is not faster.
#[inline]
pub(super) fn share(items: usize, cost: usize) -> Option<usize> {
    if cost < 2 * COST_OF_A_THREAD || rayon::current_thread_index().is_none() || IS_ALONE.get() {
        return None;
    }
    let threads = rayon::current_num_threads().min(cost / COST_OF_A_THREAD);
    // Tiles have 6 rows.
    let share = items.div_ceil(threads).next_multiple_of(6);
    (share < items).then_some(share)
}

/// Calls `work` with all parts, in parallel.
pub(super) fn each<T: Send>(mut parts: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
    fn rest<T: Send>(first: T, parts: &mut (impl Iterator<Item = T> + Send), work: &(impl Fn(T) + Sync)) {
        match parts.next() {
            None => work(first),
            // This thread begins with its part; idle threads take the others.
            Some(next) => drop(rayon::join(|| work(first), || rest(next, parts, work))),
        }
    }
    if let Some(first) = parts.next() {
        rest(first, &mut parts, &work);
    }
}
