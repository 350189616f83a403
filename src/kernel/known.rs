//! Values that are there by construction, where the type does not say so.

/// An option that this crate knows to be `Some`. Its other value keeps a fault of this crate from being a panic in the
/// programs that use it; with debug assertions, and so in the tests, it is one.
pub(crate) trait Known<T> {
    /// The value, which is there, or else `otherwise`.
    fn known_or(self, otherwise: T) -> T;

    /// The value, which is there, or else nothing of its kind: an empty slice, 0.
    fn known(self) -> T
    where
        T: Default;
}

impl<T> Known<T> for Option<T> {
    #[inline(always)]
    #[track_caller]
    fn known_or(self, otherwise: T) -> T {
        debug_assert!(self.is_some(), "a value is missing");
        self.unwrap_or(otherwise)
    }

    #[inline(always)]
    #[track_caller]
    fn known(self) -> T
    where
        T: Default,
    {
        debug_assert!(self.is_some(), "a value is missing");
        self.unwrap_or_default()
    }
}
