//! Reads the CSV files of this folder: a header, then one row per sample, with the target in the last column.

use std::error::Error;
use std::path::Path;

use ndarray_dnn::ndarray::{Array1, Array2, s};

/// The features, `(n, columns − 1)`, and the last column, `(n)`.
///
/// # Errors
/// If the file cannot be read, or is not a table of numbers.
pub(crate) fn read(name: &str) -> Result<(Array2<f64>, Array1<f64>), Box<dyn Error>> {
    read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data").join(name))
}

/// [`read`] for a file of any folder.
///
/// # Errors
/// Those of [`read`].
pub(crate) fn read_file(path: &Path) -> Result<(Array2<f64>, Array1<f64>), Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let numbers = |line: &str| line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>();
    let rows = text.lines().skip(1).map(numbers).collect::<Result<Vec<_>, _>>()?;
    let columns = rows.first().map_or(0, Vec::len);
    let table = Array2::from_shape_vec((rows.len(), columns), rows.concat())?;
    Ok((table.slice(s![.., ..-1]).to_owned(), table.slice(s![.., -1]).to_owned()))
}
