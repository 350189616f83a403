//! Files: a loaded estimator is the saved one; files of another kind or of other labels are refused.

use std::fmt::{Debug, Display};
use std::path::PathBuf;
use std::str::FromStr;

use ndarray_dnn::error::FileError;
use ndarray_dnn::ndarray::{Array1, Array2, array};
use ndarray_dnn::{
    Classifier, Dnn, EarlyStopping, Error, Loss, Regressor, Scalar, TrainedClassifier, TrainedRegressor,
};

use super::{animals, prices};

/// A path that no other test uses.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("ndarray-dnn-estimator-{}-{name}.safetensors", std::process::id()))
}

fn check_classifier<L, F: Scalar>(name: &str, x: &Array2<F>, labels: &[L])
where
    L: Ord + Clone + Debug + Display + FromStr,
{
    let settings = Classifier::new([5]).seed(2).max_epochs(6).column_names(["a", "b\"\n", ""]);
    let settings = settings.early_stopping(EarlyStopping::new(2)).balanced();
    let mut model = settings.fit(x, labels).unwrap();
    let path = path(name);
    model.save(&path).unwrap();
    let mut loaded = TrainedClassifier::<L, F>::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded, model);
    assert_eq!(loaded.report().elapsed(), model.report().elapsed());
    assert_eq!(loaded.report().to_string(), model.report().to_string());
    assert_eq!(loaded.to_safetensors(), model.to_safetensors());
    // It goes on as if it had never been saved.
    assert_eq!(loaded.partial_fit(x, labels), model.partial_fit(x, labels));
    assert_eq!(loaded, model);
    assert_eq!(loaded.probabilities(x), model.probabilities(x));
}

#[test]
fn a_loaded_classifier_is_the_saved_one() {
    let (x, names) = animals::<f64>(60);
    let number = |name: &&str| ["cat", "dog", "horse"].iter().position(|other| other == name).unwrap();
    let numbers = Vec::from_iter(names.iter().map(number));
    let texts = ["", "ä \"quoted\", \\ and\nnew", &"long ".repeat(1_000)].map(str::to_owned);
    let of_texts = Vec::from_iter(numbers.iter().map(|i| texts[*i].clone()));
    check_classifier("text", &x, &of_texts);
    check_classifier("i64", &x, &Vec::from_iter(numbers.iter().map(|i| *i as i64 * 7 - 8)));
    check_classifier("u8", &x, &Vec::from_iter(numbers.iter().map(|i| *i as u8 + 9)));
    check_classifier("bool", &x, &Vec::from_iter(numbers.iter().map(|i| *i == 1)));
    check_classifier(
        "char",
        &animals::<f32>(60).0,
        &Vec::from_iter(numbers.iter().map(|i| ['ß', 'b', 'z'][*i])),
    );
}

#[test]
fn borrowed_labels_load_as_strings() {
    let (x, labels) = animals::<f64>(30);
    let model = Classifier::new([]).max_epochs(2).fit(&x, &labels).unwrap();
    let loaded = TrainedClassifier::<String>::from_safetensors(&model.to_safetensors().unwrap()).unwrap();
    assert_eq!(loaded.classes(), ["cat", "dog", "horse"]);
    assert_eq!((loaded.net(), loaded.report()), (model.net(), model.report()));
    assert_eq!(loaded.predict(&x).unwrap(), model.predict(&x).unwrap().mapv(str::to_owned));
}

fn check_regressor<F: Scalar>() {
    let (x, y) = prices::<F>(50);
    let mut model = Regressor::new([4]).max_epochs(3).fit(&x, &y).unwrap();
    let mut loaded = TrainedRegressor::from_safetensors(&model.to_safetensors().unwrap()).unwrap();
    assert_eq!(loaded, model);
    assert_eq!(loaded.partial_fit(&x, &y), model.partial_fit(&x, &y));
    assert_eq!(loaded, model);
    let counts = Array1::from_shape_fn(50, |i| F::from_f64((i % 3) as f64));
    let poisson = Regressor::new([4]).settings(|b| b.loss(Loss::Poisson)).validation_fraction(0.2);
    let model = poisson.max_epochs(3).fit(&x, &counts).unwrap();
    assert_eq!(TrainedRegressor::from_safetensors(&model.to_safetensors().unwrap()).unwrap(), model);
}

#[test]
fn a_loaded_regressor_is_the_saved_one() {
    check_regressor::<f64>();
    check_regressor::<f32>();
}

#[test]
fn files_of_another_kind_are_refused() {
    let x = array![[1.0], [2.0]];
    let classifier = Classifier::new([2]).max_epochs(1).fit(&x, &["1", "2"]).unwrap();
    let regressor = Regressor::new([2]).max_epochs(1).fit(&x, &[1.0, 2.0]).unwrap();
    let [of_classifier, of_regressor] =
        [classifier.to_safetensors(), regressor.to_safetensors()].map(Result::unwrap);
    let of_net = classifier.net().to_safetensors().unwrap();
    let kind = |expected, found| Error::from(FileError::Kind { expected, found });
    let net = |bytes: &[u8]| Dnn::<f64>::from_safetensors(bytes).unwrap_err();
    assert_eq!(net(&of_classifier), kind("Dnn", "TrainedClassifier"));
    assert_eq!(net(&of_regressor), kind("Dnn", "TrainedRegressor"));
    let labels = |bytes: &[u8]| TrainedClassifier::<String>::from_safetensors(bytes).unwrap_err();
    assert_eq!(labels(&of_regressor), kind("TrainedClassifier", "TrainedRegressor"));
    assert_eq!(labels(&of_net), kind("TrainedClassifier", "Dnn"));
    let values = |bytes: &[u8]| TrainedRegressor::<f64>::from_safetensors(bytes).unwrap_err();
    assert_eq!(values(&of_classifier), kind("TrainedRegressor", "TrainedClassifier"));
    assert_eq!(values(&of_net), kind("TrainedRegressor", "Dnn"));
    let text = "the file must hold a Dnn, found a TrainedClassifier: load it by TrainedClassifier::load";
    assert_eq!(net(&of_classifier).to_string(), text);
    let f32 = TrainedClassifier::<u8, f32>::from_safetensors(&of_classifier).unwrap_err();
    assert_eq!(f32, FileError::Element { expected: "f32", found: "f64".to_owned() }.into());
    assert_eq!(labels(b"text").to_string(), "not a safetensors file");
    let missing = TrainedRegressor::<f64>::load("/no/such/file").unwrap_err().to_string();
    assert!(missing.starts_with("/no/such/file: "), "{missing}");
}

#[test]
fn other_labels_are_refused() {
    let x = array![[1.0], [2.0], [3.0]];
    let labels = |labels: &[i32]| {
        Classifier::new([2]).max_epochs(1).fit(&x, labels).unwrap().to_safetensors().unwrap()
    };
    let numbers = labels(&[9, 10, -300]);
    let classes = TrainedClassifier::<i16>::from_safetensors(&numbers).unwrap();
    assert_eq!(classes.classes(), [-300, 9, 10]);
    let error = TrainedClassifier::<u8>::from_safetensors(&numbers).unwrap_err().to_string();
    assert_eq!(error, "the file's labels must be of the type u8, found \"-300\"");
    let error = TrainedClassifier::<String>::from_safetensors(&numbers).unwrap_err().to_string();
    assert_eq!(error, "the file's labels must be of the type String and in its order, found [\"9\", \"10\"]");
    let error = TrainedClassifier::<bool>::from_safetensors(&numbers).unwrap_err();
    let expected = FileError::Labels { expected: "bool".to_owned(), order: "", found: "\"-300\"".to_owned() };
    assert_eq!(error, expected.into());
}

/// A label whose text does not tell all labels apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Vague(u8);

impl Display for Vague {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0 / 2)
    }
}

#[test]
fn labels_of_the_same_text_are_not_saved() {
    let x = array![[1.0], [2.0], [3.0]];
    let model = Classifier::new([2]).max_epochs(1).fit(&x, &[Vague(4), Vague(0), Vague(5)]).unwrap();
    let error = model.save(path("vague")).unwrap_err().to_string();
    assert_eq!(error, "two classes of the text \"2\" cannot be combined with a file");
    assert!(!path("vague").exists());
}
