//! The two element types that a network can have.

use ndarray::NdFloat;

mod sealed {
    use crate::Scalar;
    use crate::kernel::{Arch, Concrete, Exponential, Product};

    /// What the kernels need of an element type.
    pub trait Sealed: Exponential + Sized {
        /// The matrix product in this type.
        fn product<A: Arch>(arch: A, product: Product<'_, Self>);

        /// Calls the one of the two functions that is for this type.
        fn concrete<C: Concrete>(call: C::Call<Self>) -> C::Output<Self>
        where
            Self: Scalar;
    }

    impl Sealed for f32 {
        #[inline(always)]
        fn product<A: Arch>(arch: A, product: Product<'_, Self>) {
            arch.product_f32(product);
        }

        fn concrete<C: Concrete>(call: C::Call<Self>) -> C::Output<Self> {
            C::in_f32(call)
        }
    }

    impl Sealed for f64 {
        #[inline(always)]
        fn product<A: Arch>(arch: A, product: Product<'_, Self>) {
            arch.product_f64(product);
        }

        fn concrete<C: Concrete>(call: C::Call<Self>) -> C::Output<Self> {
            C::in_f64(call)
        }
    }
}

/// The element type of a network: [`f32`] or [`f64`].
///
/// The trait is sealed, so that every kernel can be written and proved for exactly these two.
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

    /// The largest |Σy − 1| that a row of targets may have with softmax on: 1e-6, in f32 1e-4.
    const SUM_TOLERANCE: f64;

    /// The nearest value of this type; beyond its range, infinity.
    fn from_f64(value: f64) -> Self;

    /// The same value as an `f64`; exact.
    fn as_f64(self) -> f64;
}

impl Scalar for f32 {
    const NAME: &'static str = "f32";
    const SUM_TOLERANCE: f64 = 1e-4;

    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Scalar for f64 {
    const NAME: &'static str = "f64";
    const SUM_TOLERANCE: f64 = 1e-6;

    fn from_f64(value: f64) -> Self {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }
}
