//! Training by several machines with MPI: [`AllReduce`] sums the gradients of all ranks in each step, and
//! [`start`] is the frame of a program whose ranks end together.

mod all_reduce;
mod start;

pub use all_reduce::{AllReduce, agree};
pub use start::{Failure, start};
