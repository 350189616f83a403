//! The state of `reduce_on_plateau`: the factor of the learning rate, and what the next epoch is compared with.

/// The factor of the learning rate, and the losses that were seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plateau {
    /// The factor of the learning rate; greater than 0 and at most 1.
    pub(crate) factor: f64,
    /// The losses of the epoch before the last one and of the last one; finite.
    pub(crate) recent: [Option<f64>; 2],
    /// The smoothed loss of the last improvement; finite.
    pub(crate) best: Option<f64>,
    /// The number of epochs since that improvement.
    pub(crate) waited: usize,
}

impl Plateau {
    /// The state before the first epoch.
    pub(crate) const NEW: Self = Self { factor: 1.0, recent: [None; 2], best: None, waited: 0 };
}
