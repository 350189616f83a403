//! Posteriors as files.
use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Dnn, Error, FileError, Posterior, Scalar};

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
    // A value that is not finite, in each tensor.
    for (first, text) in [(header, "parameters"), (header + 8 * 17, "products")] {
        let mut bytes = bytes.clone();
        bytes[first..first + 8].copy_from_slice(&f64::NAN.to_le_bytes());
        std::fs::write(&of_net, bytes).unwrap();
        let error = inner::<f64>(&of_net).to_string();
        assert!(
            error.ends_with("it must be finite, found NaN, an infinity, or a negative number"),
            "{text}: {error}"
        );
    }
}
