//! Mistakes that are errors.

use std::fmt::Debug;

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Classifier, Dnn, EarlyStopping, Error, Loss, Regressor, one_hot};

use super::Case;

/// 60 rows of 3 columns.
fn x() -> Array2<f64> {
    Array2::from_shape_fn((60, 3), |(i, j)| ((i * 3 + j) as f64).sin())
}

/// The label 0, 1 or 2 of each row.
fn labels() -> Vec<usize> {
    x().rows().into_iter().map(|row| usize::from(row[0] > 0.3) + usize::from(row[1] > 0.3)).collect()
}

/// The labels as a column of numbers.
fn column() -> Array2<f64> {
    Array2::from_shape_fn((60, 1), |(i, _)| labels()[i] as f64)
}

fn classifier() -> Dnn {
    Dnn::classifier(3, &[8], 3).max_epochs(1).min_updates(0).build().unwrap()
}

fn text<T: Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

pub(crate) fn cases() -> Vec<Case> {
    let one_hot = one_hot::<f64>(&labels(), 3).unwrap();
    let transposed = x().t().to_owned();
    let builder = || Dnn::<f64>::builder().input_shape(3);
    let mut wide = builder().shape([8]).activations([Sigmoid]).build().unwrap();
    let net = classifier();
    let pass = net.compute(&x()).unwrap();
    let mut regressor: Dnn = Dnn::regressor(3, &[8], 1).max_epochs(1).min_updates(0).build().unwrap();
    regressor.fit(&x(), &column()).unwrap();
    let yes_or_no = Dnn::<f64>::classifier(3, &[8], 1).build();
    let own = |net: &mut Dnn| {
        let training = net.training_of_own(&x(), &one_hot);
        text(training)
    };
    vec![
        ("x is transposed: 3 rows of 60 columns", text(classifier().fit(&transposed, &one_hot))),
        ("x is transposed, for predict", text(classifier().predict(&transposed))),
        ("x is transposed, by hand", text(classifier().compute(&transposed))),
        ("y is transposed", text(classifier().fit(&x(), &one_hot.t().to_owned()))),
        ("x has a column too many, and y a row too few", {
            let x = Array2::<f64>::zeros((60, 4));
            text(classifier().fit(&x, &one_hot.select(ndarray_dnn::ndarray::Axis(0), &[0, 1])))
        }),
        ("x is transposed, for a Classifier", text(Classifier::new([8]).fit(&transposed, &labels()))),
        ("x is transposed, for a trained Classifier", {
            let model = Classifier::new([8]).max_epochs(1).fit(&x(), &labels()).unwrap();
            text(model.predict(&transposed))
        }),
        ("x is transposed, for a Regressor", text(Regressor::new([8]).fit(&transposed, &column()))),
        ("labels without one_hot", text(classifier().fit(&x(), &column()))),
        ("labels without one_hot, by hand", text(net.error(&pass, &column()))),
        ("labels from 1, with one_hot", text(ndarray_dnn::one_hot::<f64>(&[1, 2, 3], 3))),
        ("scores instead of one_hot", text(classifier().fit(&x(), &Array2::from_elem((60, 3), 0.5)))),
        ("labels 0, 1 and 2 for a yes or no", text(yes_or_no.unwrap().fit(&x(), &column()))),
        ("shape without an output layer", text(wide.fit(&x(), &column()))),
        ("activations for the hidden layers alone", {
            text(builder().shape([8, 1]).activations([Relu]).build())
        }),
        ("softmax with one output", {
            text(builder().shape([8, 1]).activations([Relu, Identity]).softmax(true).build())
        }),
        ("classifier without classes", text(Dnn::<f64>::classifier(3, &[8], 0).build())),
        ("classifier without inputs", text(Dnn::<f64>::classifier(0, &[8], 2).build())),
        ("classifier with an empty hidden layer", text(Dnn::<f64>::classifier(3, &[8, 0], 2).build())),
        ("regressor without outputs", text(Dnn::<f64>::regressor(3, &[8], 0).build())),
        ("multilabel without labels", text(Dnn::<f64>::multilabel(3, &[8], 0).build())),
        ("a loss for the preset of a classifier", {
            text(Dnn::<f64>::classifier(3, &[8], 3).loss(Loss::Squared).build())
        }),
        ("softmax for the preset of several labels", {
            text(Dnn::<f64>::multilabel(3, &[8], 3).softmax(true).build())
        }),
        ("momentum for a preset", text(Dnn::<f64>::regressor(3, &[8], 1).momentum(0.9).build())),
        ("a last sigmoid for a preset", {
            text(Dnn::<f64>::classifier(3, &[8], 1).activations([Relu, Sigmoid]).build())
        }),
        ("a loss of one's own for the preset of a classifier", own(&mut classifier())),
        ("predict_classes of a regressor", text(regressor.predict_classes(&x()))),
        ("early stopping without validation data", {
            text(classifier().training(&x(), &one_hot).early_stopping(EarlyStopping::new(5)).run())
        }),
        ("a NaN in the data", {
            let mut x = x();
            x[[17, 2]] = f64::NAN;
            text(Classifier::new([8]).fit(&x, &labels()))
        }),
        ("one class alone", text(Classifier::new([8]).fit(&array![[1.0], [2.0]], &["yes", "yes"]))),
        ("a rate that is far too large", {
            let mut net: Dnn =
                builder().shape([8, 1]).activations([Relu, Identity]).eta(1e60).build().unwrap();
            text(net.fit(&x(), &column()))
        }),
    ]
}

/// A run with a loss of one's own.
trait Own {
    fn training_of_own(&mut self, x: &Array2<f64>, y: &Array2<f64>) -> Result<ndarray_dnn::Report, Error>;
}

impl Own for Dnn {
    fn training_of_own(&mut self, x: &Array2<f64>, y: &Array2<f64>) -> Result<ndarray_dnn::Report, Error> {
        self.training(x, y).loss_fn(|_, _, _| 0.0).run()
    }
}
