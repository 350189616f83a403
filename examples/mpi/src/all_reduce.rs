//! The sums over all ranks, for `Training::on_gradients`.

use mpi::collective::SystemOperation;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{CommunicatorCollectives, Equivalence};
use ndarray_dnn::Scalar;
use ndarray_dnn::training::MiniBatch;

use crate::Failure;

/// The largest number of values of one call: MPI counts in 32 bits.
const MOST_VALUES: usize = 1 << 28;

/// Replaces the gradients and the loss of each mini-batch by those of the rows of all ranks.
///
/// ```no_run
/// # use ndarray_dnn::{BatchOrder, Dnn, ndarray::array};
/// use ndarray_dnn_mpi::{AllReduce, start};
///
/// start(|world| {
///     let mut net: Dnn = Dnn::regressor(1, &[8], 1).batch_order(BatchOrder::ShuffledByEpoch).build()?;
///     // In truth the rows of this rank.
///     let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
///     let mut all_reduce = AllReduce::new(world);
///     net.training(&x, &y)
///         .batches_per_epoch(10)
///         .on_gradients(|batch| all_reduce.reduce(batch))
///         .run()?;
///     Ok(())
/// });
/// ```
pub struct AllReduce<'a, F> {
    world: &'a SimpleCommunicator,
    /// The sums of a slice. `mpi` has no call that sums in place.
    sums: Vec<F>,
}

impl<'a, F: Scalar + Equivalence> AllReduce<'a, F> {
    /// The sums over all ranks of `world`.
    pub fn new(world: &'a SimpleCommunicator) -> Self {
        Self { world, sums: Vec::new() }
    }

    /// Replaces gradients g, number of rows b and loss of a mini-batch by `Σ b·g / Σ b`, `Σ b` and the loss of the rows
    /// of all ranks.
    ///
    /// # Errors
    /// On all ranks, in the first mini-batch of a run: if their runs have different numbers of steps. Without this
    /// check, ranks would wait for ever. A failure of MPI itself ends the process.
    pub fn reduce(&mut self, batch: &mut MiniBatch<'_, F>) -> Result<(), Failure> {
        if batch.iteration() == 1 {
            // 0 stands for a source that does not tell its rows.
            let per_epoch = batch.per_epoch().unwrap_or(0) as u64;
            agree(self.world, "number of mini-batches per epoch", per_epoch)?;
            agree(self.world, "number of epochs", batch.max_epochs() as u64)?;
        }
        let rows = batch.gradients().weight();
        // `mpi` does not check that both buffers have the same type.
        let mut sums = [0.0_f64; 3];
        let own = [rows, batch.loss_weight(), batch.loss_sum()];
        self.world.all_reduce_into(&own[..], &mut sums[..], SystemOperation::sum());
        let [rows_of_all, weight, loss] = sums;
        let gradients = batch.gradients_mut();
        gradients.scale(if rows > 0.0 { rows / rows_of_all } else { 0.0 });
        for slice in gradients.slices_mut().flat_map(|slice| slice.chunks_mut(MOST_VALUES)) {
            self.sum(slice);
        }
        gradients.set_weight(rows_of_all)?;
        Ok(batch.set_loss(loss, weight)?)
    }

    /// Replaces the values by their sums over all ranks.
    fn sum(&mut self, values: &mut [F]) {
        if self.sums.len() < values.len() {
            self.sums.resize(values.len(), F::from_f64(0.0));
        }
        let sums = &mut self.sums[..values.len()];
        self.world.all_reduce_into(&*values, sums, SystemOperation::sum());
        values.copy_from_slice(sums);
    }
}

/// Returns an error on all ranks unless they all have the same `value`.
pub fn agree(world: &SimpleCommunicator, name: &str, value: u64) -> Result<(), Failure> {
    // The largest value, and the complement of the smallest one.
    let mut extremes = [0_u64; 2];
    world.all_reduce_into(&[value, !value][..], &mut extremes[..], SystemOperation::max());
    let [most, least] = [extremes[0], !extremes[1]];
    if least == most {
        return Ok(());
    }
    Err(format!("all ranks must have the same {name}, found {least} to {most}, here {value}").into())
}
