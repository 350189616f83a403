//! Ranks that are threads of one process, in place of an engine such as MPI.

use std::sync::{Condvar, Mutex};
use std::thread;

use ndarray_dnn::Scalar;
use ndarray_dnn::training::MiniBatch;

/// Ranks that exchange values. Each exchange waits for all of them; if one is gone, it fails.
pub(crate) struct Team {
    ranks: usize,
    table: Mutex<Table>,
    changed: Condvar,
}

/// What the ranks have put down.
#[derive(Default)]
struct Table {
    /// The values of each rank for the present exchange.
    values: Vec<Option<Vec<f64>>>,
    /// The values of all ranks for the last exchange, and its number.
    last: Vec<Vec<f64>>,
    exchanges: usize,
    /// The first rank that is gone.
    gone: Option<usize>,
}

impl Team {
    pub(crate) fn new(ranks: usize) -> Self {
        let table = Table { values: vec![None; ranks], ..Table::default() };
        Self { ranks, table: Mutex::new(table), changed: Condvar::new() }
    }

    /// Runs `work` on a thread for each rank; returns their results.
    pub(crate) fn run<R: Send>(&self, work: impl Fn(&Rank<'_>) -> R + Sync) -> Vec<R> {
        let work = &work;
        thread::scope(|scope| {
            let threads =
                (0..self.ranks).map(|number| scope.spawn(move || work(&Rank { team: self, number })));
            let threads = Vec::from_iter(threads);
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }
}

/// One of the ranks.
pub(crate) struct Rank<'a> {
    team: &'a Team,
    number: usize,
}

/// The others must not wait for a rank that is gone.
impl Drop for Rank<'_> {
    fn drop(&mut self) {
        self.team.table.lock().unwrap().gone.get_or_insert(self.number);
        self.team.changed.notify_all();
    }
}

impl Rank<'_> {
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The values of all ranks, which may have different lengths, in the order of the ranks.
    pub(crate) fn gather(&self, values: &[f64]) -> Result<Vec<Vec<f64>>, String> {
        let mut table = self.team.table.lock().unwrap();
        table.values[self.number] = Some(values.to_vec());
        if table.values.iter().all(Option::is_some) {
            table.last = table.values.iter_mut().flat_map(Option::take).collect();
            table.exchanges += 1;
            self.team.changed.notify_all();
            return Ok(table.last.clone());
        }
        let present = table.exchanges;
        while table.exchanges == present {
            if let Some(gone) = table.gone {
                return Err(format!("rank {gone} is gone"));
            }
            table = self.team.changed.wait(table).unwrap();
        }
        Ok(table.last.clone())
    }

    /// Replaces the values by their sums over all ranks, added in the order of the ranks.
    pub(crate) fn sum<F: Scalar>(&self, values: &mut [F]) -> Result<(), String> {
        let all = self.gather(&Vec::from_iter(values.iter().map(|value| value.as_f64())))?;
        for (i, value) in values.iter_mut().enumerate() {
            *value = F::from_f64(all.iter().map(|values| values[i]).sum());
        }
        Ok(())
    }

    /// Returns an error unless this rank's value is that of all ranks.
    pub(crate) fn agree(&self, name: &str, value: usize) -> Result<(), String> {
        let all = self.gather(&[value as f64])?.concat();
        if all.iter().all(|other| *other == value as f64) {
            return Ok(());
        }
        Err(format!("all ranks must have the same {name}, found {all:?}"))
    }

    /// Replaces gradients and loss of a mini-batch by those of the rows of all ranks.
    pub(crate) fn reduce<F: Scalar>(&self, batch: &mut MiniBatch<'_, F>) -> Result<(), String> {
        if batch.iteration() == 1 {
            self.agree("batches_per_epoch", batch.per_epoch().ok_or("no number of mini-batches")?)?;
            self.agree("max_epochs", batch.max_epochs())?;
        }
        let rows = batch.gradients().weight();
        let mut sums = [rows, batch.loss_weight(), batch.loss_sum()];
        self.sum(&mut sums)?;
        let [rows_of_all, weight, loss] = sums;
        let gradients = batch.gradients_mut();
        gradients.scale(if rows > 0.0 { rows / rows_of_all } else { 0.0 });
        gradients.slices_mut().try_for_each(|slice| self.sum(slice))?;
        gradients.set_weight(rows_of_all).map_err(|error| error.to_string())?;
        batch.set_loss(loss, weight).map_err(|error| error.to_string())
    }
}
