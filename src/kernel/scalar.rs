//! The two element types that a network can have.

use ndarray::NdFloat;

mod sealed {
    use crate::kernel::lanes::Lanes;
    use crate::kernel::logarithm::Logarithm;
    use crate::kernel::normal::Normal;
    use crate::kernel::scalar::{Concrete, Scalar};

    /// The operations that the kernels need for an element type.
    pub trait Sealed: Lanes + Logarithm + Normal {
        /// Calls the function of the pair for this type.
        fn concrete<C: Concrete>(call: C::Call<Self>) -> C::Output<Self>
        where
            Self: Scalar;
    }

    impl Sealed for f32 {
        fn concrete<C: Concrete>(call: C::Call<Self>) -> C::Output<Self> {
            C::in_f32(call)
        }
    }

    impl Sealed for f64 {
        fn concrete<C: Concrete>(call: C::Call<Self>) -> C::Output<Self> {
            C::in_f64(call)
        }
    }
}

/// A generic function as a pair of functions without type parameters; [`concrete!`](super::concrete) implements
/// it.
pub trait Concrete {
    /// The arguments.
    type Call<F: Scalar>;
    /// The result of the function.
    type Output<F: Scalar>;

    /// The function in `f32`.
    fn in_f32(call: Self::Call<f32>) -> Self::Output<f32>;

    /// The function in `f64`.
    fn in_f64(call: Self::Call<f64>) -> Self::Output<f64>;
}

/// The element type of a network: [`f32`] or [`f64`].
///
/// The trait is sealed: every kernel is written and tested for exactly these two types.
///
/// # Examples
/// ```
/// use ndarray_dnn::Scalar;
///
/// assert_eq!(f32::from_f64(0.1), 0.1_f32);
/// assert_eq!(0.5_f32.as_f64(), 0.5);
/// ```
pub trait Scalar: NdFloat + Default + sealed::Sealed {
    /// The type's name, for messages.
    const NAME: &'static str;

    /// The nearest value of this type; beyond its range, infinity.
    fn from_f64(value: f64) -> Self;

    /// The same value as an `f64`; exact.
    fn as_f64(self) -> f64;
}

impl Scalar for f32 {
    const NAME: &'static str = "f32";

    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Scalar for f64 {
    const NAME: &'static str = "f64";

    fn from_f64(value: f64) -> Self {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }
}

/// Whether F is f32 rather than f64.
pub(crate) fn is_f32<F: Scalar>() -> bool {
    size_of::<F>() == size_of::<f32>()
}
