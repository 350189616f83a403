//! The public methods of [`Dnn`](crate::Dnn): signature, documentation and one call. The files stand in the order of
//! the page, since rustdoc shows methods in the order of the modules that hold them.

mod make;

mod train;

mod predict;

mod judge;

#[cfg(feature = "safetensors")]
mod save;

mod change;

mod look;

mod by_hand;

mod flat;

mod other_ways;

mod export;
