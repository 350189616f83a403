//! Without the feature `rayon`, one thread does all the work.

/// The threads that share the steps of a run: this one.
#[derive(Default)]
pub(crate) struct Team(());

impl Team {
    #[inline]
    pub(crate) fn enter<R>(_cost: usize, _cost_of_a_step: usize, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[inline]
    pub(crate) fn step(&mut self, _rows: usize, _cost: usize) -> SharedStep<'_> {
        SharedStep(std::marker::PhantomData)
    }
}

/// A step of a run.
pub(crate) struct SharedStep<'a>(std::marker::PhantomData<&'a mut Team>);

impl SharedStep<'_> {
    #[inline]
    pub(crate) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[inline]
    pub(crate) fn finish<R>(self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

#[inline]
pub(crate) fn in_pool<R>(_cost: usize, _cost_of_a_part: usize, work: impl FnOnce() -> R) -> R {
    work()
}

pub(crate) fn side_by_side<T>(tasks: &mut [T], work: impl Fn(&mut T)) {
    tasks.iter_mut().for_each(work);
}

pub(super) fn share(_items: usize, _cost: usize) -> Option<usize> {
    None
}

pub(super) fn each<T>(parts: impl Iterator<Item = T>, work: impl Fn(T)) {
    parts.for_each(work);
}
