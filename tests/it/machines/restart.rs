//! All ranks continue from the network of one of them.

use ndarray_dnn::BatchOrder::ShuffledByEpoch;
use ndarray_dnn::{Dnn, Report};

use super::team::Rank;
use super::{Data, STEPS, builder, together};
use crate::common::runs::OPTIMIZERS;
use crate::common::state;

#[test]
fn all_ranks_continue_from_the_network_of_one_as_if_it_had_not_stopped() {
    let run = |net: &mut Dnn, shard: &Data, rank: &Rank<'_>, epochs, is_resumed| -> Report {
        let training = net.training(&shard.x, &shard.y).batches_per_epoch(STEPS).rank(rank.number());
        let training = training.max_epochs(epochs).on_gradients(|batch| rank.reduce(batch));
        if is_resumed { training.resume().run().unwrap() } else { training.run().unwrap() }
    };
    for optimizer in OPTIMIZERS {
        for ranks in 1..=4 {
            let net = builder(ShuffledByEpoch, optimizer).dropout([0.3]).build().unwrap();
            let whole = together(ranks, &net, |net, shard, rank| run(net, shard, rank, 7, false));
            let first = together(ranks, &net, |net, shard, rank| run(net, shard, rank, 3, false));
            let of_rank_0 = &first[0].0;
            #[cfg(feature = "safetensors")]
            let of_rank_0 = &Dnn::from_safetensors(&of_rank_0.to_safetensors().unwrap()).unwrap();
            let second = together(ranks, of_rank_0, |net, shard, rank| run(net, shard, rank, 4, true));
            for ((net, report), (at_once, of_whole)) in second.iter().zip(&whole) {
                assert_eq!(state(net), state(at_once), "{ranks} ranks, {optimizer}");
                assert_eq!(net, at_once, "{ranks} ranks, {optimizer}");
                assert_eq!(report.losses(), &of_whole.losses()[3..], "{ranks} ranks, {optimizer}");
            }
        }
    }
}
