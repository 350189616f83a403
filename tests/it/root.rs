//! The names at the root of the crate: what first programs name. The other public names stand in modules.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const NAMES: &str = "
    Dnn DnnBuilder Classifier Regressor TrainedClassifier TrainedRegressor
    Activation Link Loss Optimizer Schedule Init BatchOrder EarlyStopping ReduceOnPlateau Report Error Scalar
    StandardScaler LabelEncoder Gradients Pass Layer Posterior Shards
    metrics one_hot balanced_weights train_test_split permutation k_fold stratified_split stratified_k_fold
    cross_validate ndarray";

/// The last two only in the documentation.
const MODULES: &str = "data error second_order training article guide";

/// The lines of code in `src/lib.rs`, in one.
fn code() -> String {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['/', '#']));
    Vec::from_iter(lines).join(" ")
}

#[test]
fn the_root_has_the_names_of_first_programs() {
    let code = code();
    let mut found = BTreeSet::new();
    for (_, path) in code.split(';').filter_map(|item| item.trim().split_once("pub use ")) {
        let names = match path.split_once("::{") {
            Some((_, group)) => group.trim_end().strip_suffix('}').unwrap(),
            None => path.rsplit("::").next().unwrap(),
        };
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            assert!(found.insert(name), "{name} stands there twice");
        }
    }
    assert_eq!(found, BTreeSet::from_iter(NAMES.split_whitespace()));
}

#[test]
fn the_other_names_stand_in_modules() {
    let code = code();
    let modules = code.split(';').filter_map(|item| item.trim().strip_prefix("pub mod "));
    assert_eq!(BTreeSet::from_iter(modules), BTreeSet::from_iter(MODULES.split_whitespace()));
}
