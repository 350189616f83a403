//! The setters that both estimators have. Those whose documentation differs stand with the estimator.

/// Writes the setters of an estimator, which has a `recipe`. `$preset` is the method of `Dnn` for its builder, and the
/// name of what it makes.
macro_rules! setters {
    ($preset:ident) => {
        /// The seed of the initial parameters, of the order of the rows, and of the split of
        /// [`validation_fraction`](Self::validation_fraction). Default 42; any number.
        pub fn seed(self, seed: u64) -> Self {
            self.settings(|builder| builder.seed(seed))
        }

        /// The exact number of epochs after which training stops; at least 1. Default: that of
        #[doc = concat!("[`Dnn::", stringify!($preset), "`].")]
        pub fn max_epochs(self, max_epochs: usize) -> Self {
            self.settings(|builder| builder.max_epochs(max_epochs).min_updates(0))
        }

        /// Stops when the loss of the validation data no longer falls, and restores the parameters of the best epoch;
        /// see [`Training::early_stopping`](crate::training::Training::early_stopping). Default: off. Without
        /// validation data of your own it holds out a tenth of the rows; see
        /// [`validation_fraction`](Self::validation_fraction).
        pub fn early_stopping(mut self, early_stopping: EarlyStopping) -> Self {
            self.recipe.early_stopping = Some(early_stopping);
            self
        }

        /// The names of the columns of x. Default: none. They do not change the result: the trained
        #[doc = concat!(stringify!($preset), " keeps them,")]
        /// writes them with `Display`, and saves them in its file.
        pub fn column_names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.recipe.name_columns(names);
            self
        }

        /// Shows a bar with the progress; see [`Training::progress`](crate::training::Training::progress). Only with
        /// the feature `progress`.
        #[cfg(feature = "progress")]
        pub fn progress(mut self) -> Self {
            self.recipe.is_shown = true;
            self
        }
    };
}
pub(super) use setters;
