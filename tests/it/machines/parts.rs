//! Fixed parts: each mini-batch of all ranks is cut into the same parts for every number of ranks, and their gradients
//! are added in the order of the parts. Then the bits do not depend on the number of ranks.

use ndarray_dnn::{BatchOrder, Dnn, Gradients, Optimizer};

use super::team::{Rank, Team};
use super::{Data, ROWS, STEPS, builder};
use crate::common::runs::OPTIMIZERS;
use crate::common::{gradients, order_of_epoch, state};

/// The number of parts of a mini-batch, a multiple of every number of ranks here.
const PARTS: usize = 12;
const EPOCHS: u64 = 5;

/// The gradients of a mini-batch from the parts of all ranks.
fn in_parts(net: &Dnn, data: &Data, rows: &[usize], rank: &Rank<'_>, ranks: usize) -> Gradients {
    let own = PARTS / ranks;
    let parts = rank.number() * own..(rank.number() + 1) * own;
    // The number of rows of each part of this rank, followed by its gradients if it has rows.
    let mut values = Vec::new();
    for part in parts {
        let rows = &rows[part * rows.len() / PARTS..(part + 1) * rows.len() / PARTS];
        values.push(rows.len() as f64);
        if !rows.is_empty() {
            let Data { x, y, .. } = data.select(rows);
            values.extend(gradients(net, &x, &y).slices().flatten());
        }
    }
    let all = rank.gather(&values).unwrap().concat();
    let mut values = all.into_iter();
    let (mut sum, mut part) = (Gradients::default(), gradients(net, &data.x, &data.y));
    for _ in 0..PARTS {
        let rows = values.next().unwrap();
        if rows > 0.0 {
            part.slices_mut().flatten().for_each(|g| *g = values.next().unwrap());
            part.set_weight(rows).unwrap();
            sum.merge(&part).unwrap();
        }
    }
    assert_eq!((values.len(), sum.weight()), (0, rows.len() as f64));
    sum
}

#[test]
fn fixed_parts_give_the_same_bits_for_every_number_of_ranks() {
    for optimizer in OPTIMIZERS {
        let net = builder(BatchOrder::ShuffledByEpoch, optimizer).build().unwrap();
        let (data, seed) = (Data::new(), net.config().seed());
        let trained = |ranks| {
            Team::new(ranks).run(|rank| {
                let mut net = net.clone();
                for epoch in 0..EPOCHS {
                    let order = order_of_epoch(seed, epoch, ROWS);
                    for step in 0..STEPS {
                        let rows = &order[step * ROWS / STEPS..(step + 1) * ROWS / STEPS];
                        let gradients = in_parts(&net, &data, rows, rank, ranks);
                        net.update(&gradients).unwrap();
                    }
                }
                state(&net)
            })
        };
        let one = trained(1);
        for ranks in [2, 3, 4, 6, 12] {
            assert!(trained(ranks).iter().all(|state| *state == one[0]), "{ranks} ranks, {optimizer}");
        }
    }
}

/// The sum of whole mini-batches depends on the number of ranks, by rounding: the test above tests something.
#[test]
fn the_bits_of_other_parts_differ() {
    let net = builder(BatchOrder::Sequential, Optimizer::Momentum).build().unwrap();
    let data = Data::new();
    let whole = gradients(&net, &data.x, &data.y);
    let rows = Vec::from_iter(0..ROWS);
    let in_parts = Team::new(1).run(|rank| in_parts(&net, &data, &rows, rank, 1));
    let difference = whole.slices().flatten().zip(in_parts[0].slices().flatten()).map(|(a, b)| (a - b).abs());
    let largest = difference.fold(0.0, f64::max);
    assert!(largest > 0.0 && largest < 1e-15, "{largest:e}");
}
