//! Online learning: one pass over new rows.

use ndarray::{ArrayRef1, ArrayRef2};

use crate::descent::{
    Criterion, Functions, RowWeights, Samples, Share, WeightNames, Workspace, finite_epoch,
};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::concrete;
use crate::model::{BatchOrder, Scratch};

concrete!(
    /// One pass over the rows; returns their mean loss.
    pub(crate) fn partial_fit<'a, F>(
        net: &'a mut Dnn<F>,
        x: &'a ArrayRef2<F>,
        y: &'a ArrayRef2<F>,
        weights: Option<&'a ArrayRef1<F>>,
    ) -> Result<f64, Error> {
        net.network().check_shapes(x, y)?;
        let order = match net.config.batch_order() {
            // An epoch of the article's order is not one pass over the rows.
            BatchOrder::Cyclic => BatchOrder::Sequential,
            order => order,
        };
        let weights = match weights {
            None => RowWeights::Equal,
            Some(weights) => RowWeights::new(WeightNames::OF_SAMPLES, weights, x.nrows(), Some(1.0))?,
        };
        let samples = Samples::unchecked(x, y, weights, net.config.loss());
        let Dnn { config, state, workspace: Scratch(workspace) } = net;
        let workspace = match workspace {
            Some(workspace) => {
                workspace.restart(config, state, order, x.nrows())?;
                workspace
            }
            none => none.insert(Box::new(Workspace::new(config, state, order, x.nrows(), Share::default())?)),
        };
        let mut functions = Functions { criterion: Criterion::reported(config), eta_schedule: None };
        finite_epoch(config, state, workspace, &mut functions, &samples, None)
            .map_err(|error| workspace.restore(state, error))
    }
);
