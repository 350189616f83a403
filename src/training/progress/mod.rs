//! The progress bar of a run: a real one with the feature `progress`, and otherwise one that shows nothing.

#[cfg(feature = "progress")]
mod bar;
#[cfg(not(feature = "progress"))]
mod without;

#[cfg(feature = "progress")]
pub(crate) use bar::Bar;
#[cfg(not(feature = "progress"))]
pub(crate) use without::Bar;
