//! Regressors: targets in their own units, of one column and of several.

use ndarray_dnn::ndarray::{Array1, Array2, Axis, array, s};
use ndarray_dnn::{Activation, Regressor, metrics};

use super::prices;

#[test]
fn prices_are_learnt_in_their_own_units() {
    for seed in 1..=3 {
        let (x, y) = prices::<f64>(300);
        let model = Regressor::new([16]).seed(seed).fit(&x, &y).unwrap();
        let answers = model.predict(&x).unwrap();
        let [r2, of_constant] =
            [0, 1].map(|j| metrics::r2(&y.slice(s![.., j..=j]), &answers.slice(s![.., j..=j])).unwrap());
        assert!(r2 > 0.95, "{r2}");
        // A constant column is learnt like a column of zeros, and counts as 0 if it is not exact.
        assert!(answers.column(1).iter().all(|answer| (answer + 3.5).abs() < 0.3), "{answers}");
        assert_eq!(of_constant, 0.0);
        assert_eq!(model.score(&x, &y), Ok(r2 / 2.0));
        for (row, answer) in x.rows().into_iter().zip(answers.rows()) {
            assert_eq!(model.predict_row(row.as_slice().unwrap()).unwrap(), answer.to_vec());
        }
    }
}

/// The law of units: targets a + b·y have predictions a + b·ŷ. With b a power of two, all roundings are the same but
/// those of the mean.
#[test]
fn predictions_have_the_unit_of_the_targets() {
    let (x, y) = prices::<f64>(100);
    let regressor = Regressor::new([8]).max_epochs(20);
    let (model, doubled) = (regressor.fit(&x, &y).unwrap(), regressor.fit(&x, &(&y * 2.0)).unwrap());
    let [once, twice] = [&model, &doubled].map(|model| model.predict(&x).unwrap());
    assert_eq!(twice.column(0), &once.column(0) * 2.0);
    // The scale of a constant column is 1 in every unit.
    let difference = &twice.column(1) - &once.column(1) + 3.5;
    assert!(difference.iter().all(|difference| difference.abs() < 1e-12), "{difference}");
    assert_eq!(doubled.net(), model.net());
    let shifted = regressor.fit(&x, &(&y + 1e5)).unwrap();
    let difference = shifted.predict(&x).unwrap() - once - 1e5;
    assert!(difference.iter().all(|difference| difference.abs() < 1e-3), "{difference}");
}

#[test]
fn a_vector_is_a_column() {
    let x = array![[1.0, 2.0], [2.0, 2.0], [4.0, 1.0]];
    let y = array![[10.0], [20.0], [35.0]];
    let regressor = Regressor::new([3]).max_epochs(4);
    let model = regressor.fit(&x, &y).unwrap();
    let vector: Array1<f64> = y.column(0).to_owned();
    assert_eq!(regressor.fit(&x, &vector).unwrap(), model);
    assert_eq!(regressor.fit(&x, &y.column(0)).unwrap(), model);
    assert_eq!(regressor.fit(&x, &[10.0, 20.0, 35.0]).unwrap(), model);
    assert_eq!(regressor.fit(&x, &[10.0, 20.0, 35.0][..]).unwrap(), model);
    assert_eq!(regressor.fit(&x, &vec![10.0, 20.0, 35.0]).unwrap(), model);
    let wide = array![[10.0, 0.0], [20.0, 0.0], [35.0, 0.0]];
    assert_eq!(regressor.fit(&x, &wide.slice(s![.., ..1])).unwrap(), model);
    assert_eq!(model.score(&x, &vector), model.score(&x, &y));
    assert_eq!(model.predict(&x).unwrap().dim(), (3, 1));
    assert_eq!(model.predict(&Array2::zeros((0, 2))).unwrap().dim(), (0, 1));
    let own = regressor.clone().validation(&x, &vector).fit(&x, &y).unwrap();
    assert_eq!(own.report().validation_losses().len(), 4);
}

#[test]
fn no_hidden_layer_is_linear_regression() {
    let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * 2 + j) as f64).sin() * 50.0 + 500.0);
    let y = (&x.column(0) * 3.0 - x.column(1) + 7.0).insert_axis(Axis(1));
    let regressor = Regressor::new([]).settings(|b| b.regularization(0.0)).max_epochs(300);
    let model = regressor.fit(&x, &y).unwrap();
    assert_eq!(model.net().layers().len(), 1);
    let answer = model.predict_row(&[510.0, 470.0]).unwrap()[0];
    assert!((answer - (3.0 * 510.0 - 470.0 + 7.0)).abs() < 0.5, "{answer}");
}

#[test]
fn targets_of_another_last_activation_stay_as_they_are() {
    let x = array![[1.0], [2.0], [3.0], [4.0]];
    let activations = [Activation::Tanh, Activation::Sigmoid];
    let regressor = Regressor::new([4]).settings(|b| b.activations(activations)).max_epochs(3);
    let model = regressor.fit(&x, &[0.1, 0.2, 0.7, 0.9]).unwrap();
    assert_eq!(model.target_scaler(), None);
    assert_eq!(model.net().layers()[1].activation(), Activation::Sigmoid);
    let answers = model.predict(&x).unwrap();
    assert!(answers.iter().all(|answer| (0.0..1.0).contains(answer)), "{answers}");
}

#[test]
fn the_text_has_targets_names_network_and_report() {
    let regressor = Regressor::new([2]).max_epochs(2).column_names(vec!["age".to_owned()]);
    let model = regressor.fit(&array![[1.0_f32], [2.0]], &[5.0, 6.0]).unwrap();
    let text = model.to_string();
    let start = "targets: 1\ncolumns: age\nnetwork in f32\n  1 → 2, relu: 4 parameters\n";
    assert!(text.starts_with(start), "{text}");
    assert!(text.contains("\n7 parameters\nepochs: 2. mini-batches: 2. time: "), "{text}");
}
