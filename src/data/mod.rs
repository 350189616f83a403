pub(crate) mod labels;
pub mod metrics;
pub(crate) mod moments;
pub(crate) mod scaler;
pub(crate) mod split;
