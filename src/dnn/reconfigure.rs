//! Other settings for a network that stays as it is.

use super::builder::DnnBuilder;
use super::dnn::{Dnn, check_last_layer};
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Scratch, Velocity, permutations};

/// See [`Dnn::reconfigure`].
pub(crate) fn reconfigure<F: Scalar>(
    net: &mut Dnn<F>,
    change: impl FnOnce(DnnBuilder<F>) -> DnnBuilder<F>,
) -> Result<(), Error> {
    let builder = change(DnnBuilder::of(net.config.clone()));
    let config = builder.settings()?;
    builder.check_agreement(net.network())?;
    check_last_layer(&config, net.network())?;
    let state = &mut net.state;
    if !config.optimizer.can_continue_from(net.config.optimizer) {
        state.velocity = Velocity::zeros(&state.network, config.optimizer.slots())?;
        net.workspace = Scratch::default();
    }
    if config.seed != net.config.seed {
        state.permutations = permutations(config.seed);
    }
    state.network.set_link(config.link());
    net.config = config;
    Ok(())
}
