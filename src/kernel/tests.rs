//! The elementwise kernels against slow loops.
