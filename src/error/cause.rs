//! The error of another library as the cause of an error of this crate.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The original error behind an error of this crate. It can be cloned, dereferences to the original error and has
/// the same message.
///
/// Two causes are equal if their messages are equal.
///
/// # Examples
/// ```
/// use std::io;
/// use ndarray_dnn::error::Cause;
///
/// let cause = Cause::new(io::Error::from(io::ErrorKind::NotFound));
/// assert_eq!(cause.to_string(), "entity not found");
/// assert_eq!(cause.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::NotFound);
/// assert_eq!(cause, cause.clone());
/// ```
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// Wraps `error`.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}

// A cause does not implement `Error` itself, so that `source()` returns the original error, which can be downcast.
impl Deref for Cause {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.to_string() == other.to_string()
    }
}
