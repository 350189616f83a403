//! Generic code that is compiled once for `f32` and once for `f64`, in this crate.
//!
//! A generic function is compiled in the crate that calls it: with the optimisation level of the user's build, and
//! again after each of the user's edits. A function without type parameters is compiled here. So every entry to
//! slow code is a pair of such functions, and [`Scalar::concrete`](crate::Scalar) selects one of the two.

/// Declares a function whose body is compiled in this crate. The type parameter is called `F`, every lifetime has a
/// name, and no argument is `mut`. In parentheses, not braces, so that rustfmt works in the body:
/// ```text
/// concrete!(
///     /// The sum of the values.
///     pub(crate) fn sum<'a, F>(values: &'a [F]) -> F {
///         values.iter().copied().sum()
///     }
/// );
/// ```
macro_rules! concrete {
    ($(#[$doc:meta])* $visibility:vis fn $name:ident<$($lifetime:lifetime,)* F>(
        $($argument:ident: $type:ty),* $(,)?
    ) -> $output:ty $body:block) => {
        $(#[$doc])*
        $visibility fn $name<$($lifetime,)* F: $crate::kernel::Scalar>($($argument: $type),*) -> $output {
            fn generic<$($lifetime,)* F: $crate::kernel::Scalar>($($argument: $type),*) -> $output $body

            struct Pair<$($lifetime),*>(std::marker::PhantomData<($(&$lifetime (),)*)>);
            impl<$($lifetime),*> $crate::kernel::Concrete for Pair<$($lifetime),*> {
                type Call<F: $crate::kernel::Scalar> = ($($type,)*);
                type Output<F: $crate::kernel::Scalar> = $output;
                #[inline(never)]
                fn in_f32(($($argument,)*): Self::Call<f32>) -> Self::Output<f32> { generic($($argument),*) }
                #[inline(never)]
                fn in_f64(($($argument,)*): Self::Call<f64>) -> Self::Output<f64> { generic($($argument),*) }
            }
            F::concrete::<Pair<$($lifetime),*>>(($($argument,)*))
        }
    };
}
pub(crate) use concrete;

#[cfg(test)]
mod tests {
    concrete!(
        /// The last of the values, and the name of their type.
        fn last<'a, 'b, F>(values: &'a mut [F], default: &'b F) -> (F, &'static str) {
            let Some(last) = values.last() else { return (*default, F::NAME) };
            let named = |value: &F| (*value, F::NAME);
            named(last)
        }
    );

    #[test]
    fn each_type_has_its_function() {
        assert_eq!(last(&mut [1.0_f32, 2.0], &0.0), (2.0, "f32"));
        assert_eq!(last(&mut [], &3.0_f64), (3.0, "f64"));
    }
}
