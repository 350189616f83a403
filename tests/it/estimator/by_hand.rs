//! The lines that an estimator saves give the same bits.

use ndarray_dnn::ndarray::{Array1, Array2, ArrayRef2, Axis};
use ndarray_dnn::{
    Classifier, Dnn, EarlyStopping, LabelEncoder, Loss, Regressor, Scalar, StandardScaler, balanced_weights,
    one_hot, stratified_split, train_test_split,
};

use super::{animals, prices};

fn rows<F: Scalar>(array: &ArrayRef2<F>, rows: &[usize]) -> Array2<F> {
    array.select(Axis(0), rows)
}

fn classifier_by_hand<F: Scalar>() {
    let (x, labels) = animals::<F>(90);
    let encoder = LabelEncoder::fit(&labels).unwrap();
    let numbers = encoder.transform(&labels).unwrap();
    let y = one_hot::<F>(&numbers, 3).unwrap();
    let scaler = StandardScaler::fit(&x).unwrap();
    let builder = || Dnn::<F>::classifier(3, &[6, 5], 3).seed(7).max_epochs(4).min_updates(0);
    let z = scaler.transform(&x).unwrap();

    let mut net = builder().build().unwrap();
    let report = net.fit(&z, &y).unwrap();
    let classifier = || Classifier::new([6, 5]).seed(7).max_epochs(4);
    let model = classifier().fit(&x, &labels).unwrap();
    assert_eq!((model.net(), model.report(), model.scaler()), (&net, &report, &scaler));
    assert_eq!(model.probabilities(&x).unwrap(), net.predict(&z).unwrap());
    let answers = encoder.inverse_transform(net.predict_classes(&z).unwrap()).unwrap();
    assert_eq!(model.predict(&x).unwrap(), answers);

    let weights: Array1<F> = balanced_weights(&numbers);
    let mut net = builder().eta(0.02).build().unwrap();
    net.training(&z, &y).sample_weights(&weights).run().unwrap();
    let by_weights =
        classifier().settings(|b| b.eta(0.02)).sample_weights(&weights).fit(&x, &labels).unwrap();
    assert_eq!(by_weights.net(), &net);
    let balanced = classifier().settings(|b| b.eta(0.02)).balanced().fit(&x, &labels).unwrap();
    assert_eq!(balanced, by_weights);

    // Held-out rows, with their weights and early stopping.
    let (train, test) = stratified_split(&numbers, 0.2, 7).unwrap();
    let scaler = StandardScaler::fit(&rows(&x, &train)).unwrap();
    let [train_x, test_x] = [&train, &test].map(|part| scaler.transform(&rows(&x, part)).unwrap());
    let [train_y, test_y] = [&train, &test].map(|part| rows(&y, part));
    let [train_w, test_w] = [&train, &test].map(|part| weights.select(Axis(0), part));
    let mut net = builder().build().unwrap();
    let training = net.training(&train_x, &train_y).sample_weights(&train_w);
    let training = training.validation(&test_x, &test_y).validation_weights(&test_w);
    let report = training.early_stopping(EarlyStopping::new(2)).run().unwrap();
    let stopped = classifier().validation_fraction(0.2).balanced().early_stopping(EarlyStopping::new(2));
    let model = stopped.fit(&x, &labels).unwrap();
    assert_eq!((model.net(), model.report(), model.scaler()), (&net, &report, &scaler));

    // The same rows as the user's own validation data: their balanced weights are those of the classes in training.
    let of = |part: &[usize]| Vec::from_iter(part.iter().map(|row| labels[*row]));
    let (raw_train, raw_test) = (rows(&x, &train), rows(&x, &test));
    let own = classifier().balanced().validation(&raw_test, &of(&test).leak()[..]);
    let own = own.fit(&raw_train, &of(&train)).unwrap();
    let of_train: Array1<F> = balanced_weights(train.iter().map(|row| numbers[*row]));
    let weight = |row: &usize| {
        let at = train.iter().position(|other| numbers[*other] == numbers[*row]).unwrap();
        of_train[at]
    };
    let test_w = Array1::from_iter(test.iter().map(weight));
    let mut net = builder().build().unwrap();
    let training = net.training(&train_x, &train_y).sample_weights(&of_train);
    let report = training.validation(&test_x, &test_y).validation_weights(&test_w).run().unwrap();
    assert_eq!((own.net(), own.report()), (&net, &report));
}

#[test]
fn a_classifier_is_its_lines_by_hand() {
    classifier_by_hand::<f64>();
    classifier_by_hand::<f32>();
}

fn regressor_by_hand<F: Scalar>() {
    let (x, y) = prices::<F>(80);
    let (of_x, of_y) = (StandardScaler::fit(&x).unwrap(), StandardScaler::fit(&y).unwrap());
    let mut net = Dnn::<F>::regressor(3, &[7], 2).seed(3).max_epochs(5).min_updates(0).build().unwrap();
    let (zx, zy) = (of_x.transform(&x).unwrap(), of_y.transform(&y).unwrap());
    let report = net.fit(&zx, &zy).unwrap();
    let regressor = || Regressor::new([7]).seed(3).max_epochs(5);
    let model = regressor().fit(&x, &y).unwrap();
    assert_eq!((model.net(), model.report()), (&net, &report));
    assert_eq!((model.scaler(), model.target_scaler()), (&of_x, Some(&of_y)));
    let answers = of_y.inverse_transform(&net.predict(&zx).unwrap()).unwrap();
    assert_eq!(model.predict(&x).unwrap(), answers);

    let (train, test) = train_test_split(80, 0.1, 3).unwrap();
    let of_x = StandardScaler::fit(&rows(&x, &train)).unwrap();
    let of_y = StandardScaler::fit(&rows(&y, &train)).unwrap();
    let [train_x, test_x] = [&train, &test].map(|part| of_x.transform(&rows(&x, part)).unwrap());
    let [train_y, test_y] = [&train, &test].map(|part| of_y.transform(&rows(&y, part)).unwrap());
    let mut net = Dnn::<F>::regressor(3, &[7], 2).seed(3).max_epochs(5).min_updates(0).build().unwrap();
    let training = net.training(&train_x, &train_y).validation(&test_x, &test_y);
    let report = training.early_stopping(EarlyStopping::new(2)).run().unwrap();
    // A tenth, if nothing else is set.
    let model = regressor().early_stopping(EarlyStopping::new(2)).fit(&x, &y).unwrap();
    assert_eq!((model.net(), model.report()), (&net, &report));
    // The same rows as the user's own validation data.
    let (train_y, test_y) = (rows(&y, &train), rows(&y, &test));
    let test_x = rows(&x, &test);
    let own = regressor().early_stopping(EarlyStopping::new(2)).validation(&test_x, &test_y);
    assert_eq!(own.fit(&rows(&x, &train), &train_y).unwrap(), model);
}

#[test]
fn a_regressor_is_its_lines_by_hand() {
    regressor_by_hand::<f64>();
    regressor_by_hand::<f32>();
}

#[test]
fn more_rows_are_scaled_as_the_first_ones() {
    let (x, labels) = animals::<f64>(60);
    let (more, more_labels) = animals::<f64>(75);
    let mut model = Classifier::new([5]).max_epochs(3).fit(&x, &labels).unwrap();
    let mut net = model.net().clone();
    let z = model.scaler().transform(&more).unwrap();
    let encoder = LabelEncoder::fit(&labels).unwrap();
    let y = one_hot(encoder.transform(&more_labels).unwrap(), 3).unwrap();
    let before = model.scaler().clone();
    assert_eq!(model.partial_fit(&more, &more_labels), net.partial_fit(&z, &y));
    assert_eq!((model.net(), model.scaler()), (&net, &before));

    let (x, y) = prices::<f64>(60);
    let (more, more_y) = prices::<f64>(75);
    let mut model = Regressor::new([5]).max_epochs(3).fit(&x, &y).unwrap();
    let mut net = model.net().clone();
    let z = model.scaler().transform(&more).unwrap();
    let zy = model.target_scaler().unwrap().transform(&more_y).unwrap();
    assert_eq!(model.partial_fit(&more, &more_y), net.partial_fit(&z, &zy));
    assert_eq!(model.net(), &net);
}

#[test]
fn counts_are_not_standardised() {
    let (x, _) = animals::<f64>(50);
    let counts = Array1::from_shape_fn(50, |i| (i % 4) as f64);
    let y = counts.clone().insert_axis(Axis(1));
    let regressor = Regressor::new([4]).settings(|b| b.loss(Loss::Poisson)).max_epochs(3);
    let mut model = regressor.fit(&x, &counts).unwrap();
    let z = model.scaler().transform(&x).unwrap();
    let mut net =
        Dnn::regressor(3, &[4], 1).loss(Loss::Poisson).max_epochs(3).min_updates(0).build().unwrap();
    net.fit(&z, &y).unwrap();
    assert_eq!((model.net(), model.target_scaler()), (&net, None));
    assert_eq!(model.predict(&x).unwrap(), net.predict(&z).unwrap());
    assert_eq!(model.partial_fit(&x, &counts), net.partial_fit(&z, &y));
}
