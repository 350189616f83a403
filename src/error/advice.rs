//! What to do about an error whose cause is often elsewhere, as the end of its message.

/// The advice for two settings that exclude each other: often a preset has set one of them.
pub(super) fn of_conflict(name: &str, other: &str) -> &'static str {
    match name {
        "softmax" if other.starts_with("loss(") => {
            ": add softmax(false) to keep this loss, since Dnn::classifier turns softmax on, \
             or loss(Loss::Article) to keep softmax"
        }
        "softmax" if other.starts_with("a single output") => {
            ": use an output for each class, or loss(Loss::BinaryCrossEntropy) for one answer of yes or no"
        }
        "loss" if other.starts_with("the last activation sigmoid") => {
            ": this loss applies the sigmoid itself, so end with the activation identity"
        }
        "momentum" if other.starts_with("optimizer(") => {
            ": add optimizer(Optimizer::Momentum) to keep it, since the presets use Adam, which has no momentum"
        }
        "loss_fn" => {
            ": add softmax(false) and loss(Loss::Article), since loss_fn takes the place of the loss"
        }
        "predict_classes" => {
            ": its outputs are values, which predict returns; for classes, use Dnn::classifier and one_hot"
        }
        _ => "",
    }
}

/// The advice for a row that is no distribution.
pub(super) fn of_distribution(what: &str) -> &'static str {
    if what == "y" { ": one_hot makes such rows from labels" } else { "" }
}
