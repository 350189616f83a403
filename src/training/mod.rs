pub(crate) mod early_stopping;
pub(crate) mod figure;
pub(crate) mod partial_fit;
#[cfg(feature = "progress")]
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod training;
