pub(crate) mod backward;
pub(crate) mod batches;
pub(crate) mod epoch;
pub(crate) mod pass;
pub(crate) mod row_weights;
