pub(crate) mod builder;
pub(crate) mod convert;
pub(crate) mod predict;
pub(crate) mod presets;
pub(crate) mod scalers;
pub(crate) mod verbs;
