pub(crate) mod config;
pub(crate) mod gradients;
pub(crate) mod init;
pub(crate) mod layer;
pub(crate) mod loss;
pub(crate) mod optimizer;
pub(crate) mod state;
pub(crate) mod velocity;
