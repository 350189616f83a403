//! Posteriors as files.
use std::fs;
use std::path::Path;

use ndarray_dnn::error::FileError;
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Dnn, Error, Posterior, Scalar};
use safetensors::SafeTensors;

use super::{builder, generator, normal};
use crate::common::{bits, folder, uniform};

/// A network of two outputs and its posterior.
fn fitted<F: Scalar>(regularize_biases: bool, lambda: f64, rows: usize) -> (Dnn<F>, Posterior<F>) {
    let generator = &mut generator(11);
    let x: Array2<F> = uniform(rows, 2, generator);
    let y = Array2::from_shape_fn((rows, 2), |(i, k)| x[[i, k]] + F::from_f64(0.1 * normal(generator)));
    let builder = builder(2, 3, 2).regularization(lambda).regularize_biases(regularize_biases);
    let mut net = builder.build().unwrap();
    let (_, posterior) = net.levenberg_marquardt(&x, &y).curvature(rows == 30).run().unwrap();
    (net, posterior)
}

fn check<F: Scalar>(name: &str) {
    let folder = folder(name);
    // With all parameters determined, with biases without L2, and with parameters that are not determined.
    for (regularize_biases, lambda, rows) in
        [(true, 1e-3, 30), (false, 1e-3, 30), (true, 0.0, 5), (true, 1e-9, 4)]
    {
        let (net, posterior) = fitted::<F>(regularize_biases, lambda, rows);
        let path = folder.join("posterior.safetensors");
        posterior.save(&path).unwrap();
        let loaded = Posterior::<F>::load(&path).unwrap();
        assert_eq!(loaded, posterior);
        assert_eq!(loaded.to_string(), posterior.to_string());
        net.save(folder.join("net.safetensors")).unwrap();
        let net = Dnn::<F>::load(folder.join("net.safetensors")).unwrap();
        let x = uniform(7, 2, &mut generator(12));
        match (posterior.predict(&net, &x), loaded.predict(&net, &x)) {
            (Ok(expected), Ok(found)) => assert_eq!(bits(&found.1), bits(&expected.1)),
            (expected, found) => assert_eq!(found, expected),
        }
    }
}

#[test]
fn a_loaded_posterior_is_the_saved_one() {
    check::<f64>("posterior_f64");
    check::<f32>("posterior_f32");
}

/// The error in the contents of a file.
fn inner<F: Scalar>(path: &std::path::Path) -> Error {
    match Posterior::<F>::load(path).unwrap_err() {
        Error::File(FileError::In { source, .. }) => *source,
        other => other,
    }
}

#[test]
fn foreign_and_damaged_files_are_refused() {
    let folder = folder("posterior_foreign");
    let (net, posterior) = fitted::<f64>(true, 1e-3, 30);
    let path = folder.join("posterior.safetensors");
    let of_net = folder.join("net.safetensors");
    net.save(&of_net).unwrap();
    posterior.save(&path).unwrap();
    let error = inner::<f64>(&of_net).to_string();
    assert_eq!(error, "malformed file, ndarray_dnn.kind: is missing");
    assert!(Dnn::<f64>::load(&path).is_err());
    let element = Error::File(FileError::Element { expected: "f32", found: "f64".to_owned() });
    assert_eq!(inner::<f32>(&path), element);
    assert!(matches!(inner::<f64>(&folder.join("none")), Error::File(FileError::Io { .. })));
    std::fs::write(&of_net, "no file of tensors").unwrap();
    assert_eq!(inner::<f64>(&of_net), Error::File(FileError::NotSafetensors));

    // Every change of a byte of the header, and every shorter file, loads as something or is refused; nothing panics.
    let bytes = std::fs::read(&path).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut refused = 0;
    for at in 0..header {
        for byte in [b'0', b'"'] {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            std::fs::write(&of_net, bytes).unwrap();
            refused += usize::from(Posterior::<f64>::load(&of_net).is_err());
        }
    }
    assert!(refused > header, "{refused} of {}", 2 * header);
    for length in (0..bytes.len()).step_by(7) {
        std::fs::write(&of_net, &bytes[..length]).unwrap();
        assert!(Posterior::<f64>::load(&of_net).is_err(), "{length}");
    }
    // A value that is not finite, in a tensor of each kind.
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    for name in ["parameters", "products", "loss", "regularization", "observations", "gradient_norm"] {
        let first = tensors.tensor(name).unwrap().data().as_ptr() as usize - bytes.as_ptr() as usize;
        let mut bytes = bytes.clone();
        bytes[first..first + 8].copy_from_slice(&f64::NAN.to_le_bytes());
        fs::write(&of_net, bytes).unwrap();
        let text = "it must be finite, found NaN, an infinity, or a negative number";
        assert_eq!(inner::<f64>(&of_net).to_string(), format!("malformed file, {name}: {text}"));
    }
}

#[test]
fn a_file_names_each_of_its_numbers() {
    let folder = folder("posterior_names");
    let (_, posterior) = fitted::<f32>(true, 1e-3, 30);
    posterior.save(folder.join("posterior")).unwrap();
    let bytes = fs::read(folder.join("posterior")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = tensors.names();
    names.sort_unstable();
    let of_numbers = [
        ("effective_parameters", posterior.effective_parameters().unwrap()),
        ("gradient_norm", posterior.gradient_norm()),
        ("leave_one_out_loss", posterior.leave_one_out_loss().unwrap()),
        ("loss", posterior.loss()),
        ("noise_variance", posterior.noise_variance().unwrap()),
        ("observations", 30.0),
        ("regularization", 1e-3),
        ("smallest_curvature", posterior.smallest_curvature().unwrap()),
    ];
    let others = ["parameters", "products"];
    assert!(names.iter().all(|name| others.contains(name) || of_numbers.iter().any(|(of, _)| of == name)));
    for (name, value) in of_numbers {
        assert_eq!(tensors.tensor(name).unwrap().data(), value.to_le_bytes(), "{name}");
    }
    // What is not known is not in the file.
    let (_, posterior) = fitted::<f64>(true, 0.0, 5);
    posterior.save(folder.join("posterior")).unwrap();
    let bytes = fs::read(folder.join("posterior")).unwrap();
    assert_eq!(SafeTensors::deserialize(&bytes).unwrap().len(), 6);
}

/// Loads a file of format 1, and compares its numbers and its deviations with those of the version that wrote it.
fn check_format_1<F: Scalar>(text: &str, leave_one_out: f64, log_evidence: f64, deviations: [f64; 2]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let posterior =
        Posterior::<F>::load(folder.join(format!("posterior_1_{}.safetensors", F::NAME))).unwrap();
    let net = Dnn::<F>::load(folder.join(format!("posterior_net_{}.safetensors", F::NAME))).unwrap();
    assert_eq!(posterior.to_string(), text);
    let near = |found: f64, expected: f64| {
        let tolerance = if F::NAME == "f64" { 1e-12 } else { 1e-6 };
        assert!((found - expected).abs() < tolerance * expected.abs(), "{found} instead of {expected}");
    };
    near(posterior.leave_one_out_loss().unwrap(), leave_one_out);
    near(posterior.log_evidence().unwrap(), log_evidence);
    let x = array![[0.5, -0.25]].mapv(F::from_f64);
    let (_, found) = posterior.predict(&net, &x).unwrap();
    found.iter().zip(deviations).for_each(|(found, expected)| near(found.as_f64(), expected));
    let path = self::folder("posterior_of_format_1").join(F::NAME);
    posterior.save(&path).unwrap();
    assert_eq!(Posterior::<F>::load(&path).unwrap(), posterior);
}

#[test]
fn files_of_format_1_load() {
    check_format_1::<f64>(
        "parameters: 17, 11.9 of them effective. λ: 1.000e-3. loss: 1.38493e-2. leave-one-out loss: 1.99076e-2. \
         noise: ±1.314e-1. gradient: 1.57e-10. smallest curvature: 8.142e-4",
        0.019907573745156296,
        0.9570710538301768,
        [0.14947533585359218, 0.14740536855381992],
    );
    check_format_1::<f32>(
        "parameters: 17, 12.2 of them effective. λ: 1.000e-3. loss: 1.25098e-2. leave-one-out loss: 1.77289e-2. \
         noise: ±1.253e-1. gradient: 1.15e-7",
        0.017728934326737382,
        13.617398040277607,
        [0.14331995, 0.13825013],
    );
    // A posterior without γ and all that follows from it.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let posterior = Posterior::<f64>::load(folder.join("posterior_1_free.safetensors")).unwrap();
    assert_eq!(posterior.to_string(), "parameters: 17. λ: 0.000e0. loss: 6.24422e-25. gradient: 2.42e-13");
    assert_eq!((posterior.effective_parameters(), posterior.noise_variance()), (None, None));
    assert_eq!((posterior.leave_one_out_loss(), posterior.smallest_curvature()), (None, None));
}
