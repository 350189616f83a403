//! The eigenvalues of a symmetric matrix.
//!
//! Householder's reflections make the matrix tridiagonal, and the implicit QL method finds the eigenvalues of the
//! result: J. H. Wilkinson and C. Reinsch, *Handbook for automatic computation II, linear algebra*, 1971, procedures
//! `tred1` and `imtql1`; G. H. Golub and C. F. Van Loan, *Matrix computations*, 4th edition, section 8.3.

use super::panels::TrianglePanels;
use crate::error::Error;
use crate::kernel::matrix::Matrix;

/// The most steps for an eigenvalue. Two or three are usual.
const STEPS: usize = 60;

/// The eigenvalues of `scale · A`, plus `shift(i)` in row i of the diagonal, in ascending order. Only the first `size`
/// rows and columns of A are used.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::NonFinite`] for a matrix with a value that is not finite.
pub(crate) fn eigenvalues(
    what: &'static str,
    a: &TrianglePanels,
    size: usize,
    scale: f64,
    shift: impl Fn(usize) -> f64,
) -> Result<Vec<f64>, Error> {
    let mut square = Matrix::zeros(what, size, size)?;
    for (i, row) in square.values_mut().chunks_exact_mut(size.max(1)).enumerate() {
        for ((j, to), from) in row.iter_mut().enumerate().zip(a.row(i)) {
            *to = scale * from + if i == j { shift(i) } else { 0.0 };
            if !to.is_finite() {
                return Err(Error::NonFinite { what, row: i, column: j });
            }
        }
    }
    let (mut diagonal, mut beside) = tridiagonal(square.values_mut(), size);
    iterate(&mut diagonal, &mut beside);
    diagonal.sort_by(f64::total_cmp);
    Ok(diagonal)
}

/// The diagonal and the elements beside it, one for each row but the first, of a tridiagonal matrix with the same
/// eigenvalues. `a` is the lower triangle, which is overwritten.
fn tridiagonal(a: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut diagonal, mut beside) = (vec![0.0; n], vec![0.0; n]);
    let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
    // The last row is reflected onto its last element before the diagonal; then the matrix is one row smaller.
    for last in (0..n).rev() {
        let (above, row) = a.split_at_mut(last * n);
        diagonal[last] = row[last];
        let row = &row[..last];
        let largest = row.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        if last == 0 || largest == 0.0 {
            continue;
        }
        let norm = largest * row.iter().map(|value| (value / largest).powi(2)).sum::<f64>().sqrt();
        let (v, w) = (&mut v[..last], &mut w[..last]);
        // v = row + sign · norm · e, so that the reflection I − 2 v vᵀ / ‖v‖² maps row to −sign · norm · e.
        let end = last - 1;
        let signed = if row[end] < 0.0 { -norm } else { norm };
        beside[last] = -signed;
        for (v, value) in v.iter_mut().zip(row) {
            *v = value / norm;
        }
        v[end] += if row[end] < 0.0 { -1.0 } else { 1.0 };
        // 2 / ‖v‖² = 1 / |v_end|
        let factor = 1.0 / v[end].abs();
        // w = factor · A v, of the lower triangle
        w.fill(0.0);
        for (i, row) in above.chunks_exact(n).enumerate().take(last) {
            let mut sum = row[i] * v[i];
            for j in 0..i {
                sum += row[j] * v[j];
                w[j] += row[j] * v[i];
            }
            w[i] += sum;
        }
        w.iter_mut().for_each(|w| *w *= factor);
        let half = 0.5 * factor * v.iter().zip(&*w).map(|(v, w)| v * w).sum::<f64>();
        w.iter_mut().zip(&*v).for_each(|(w, v)| *w -= half * v);
        for (i, row) in above.chunks_exact_mut(n).enumerate().take(last) {
            let (v_i, w_i) = (v[i], w[i]);
            for ((value, v), w) in row.iter_mut().zip(&*v).zip(&*w).take(i + 1) {
                *value -= v_i * w + w_i * v;
            }
        }
    }
    (diagonal, beside)
}

/// Replaces the diagonal of a tridiagonal matrix by its eigenvalues.
fn iterate(diagonal: &mut [f64], beside: &mut [f64]) {
    let n = diagonal.len();
    if n == 0 {
        return;
    }
    beside.rotate_left(1);
    beside[n - 1] = 0.0;
    for first in 0..n {
        for _ in 0..STEPS {
            // The first element beside the diagonal that is negligible ends a part of the matrix.
            let is_negligible = |m: usize| {
                let neighbours = diagonal[m].abs() + diagonal[m + 1].abs();
                beside[m].abs() <= f64::EPSILON * neighbours || beside[m].abs() < f64::MIN_POSITIVE
            };
            let last = (first..n - 1).find(|&m| is_negligible(m)).unwrap_or(n - 1);
            if last == first {
                break;
            }
            step(diagonal, beside, first, last);
        }
    }
}

/// A step of the implicit QL method for the rows from `first` to `last`.
fn step(diagonal: &mut [f64], beside: &mut [f64], first: usize, last: usize) {
    let half = (diagonal[first + 1] - diagonal[first]) / (2.0 * beside[first]);
    let root = libm::hypot(half, 1.0);
    let shifted = half + if half < 0.0 { -root } else { root };
    let mut g = diagonal[last] - diagonal[first] + beside[first] / shifted;
    let (mut sine, mut cosine, mut p) = (1.0, 1.0, 0.0);
    for i in (first..last).rev() {
        let (f, b) = (sine * beside[i], cosine * beside[i]);
        let root = libm::hypot(f, g);
        beside[i + 1] = root;
        if root == 0.0 {
            // The matrix falls into two parts.
            diagonal[i + 1] -= p;
            beside[last] = 0.0;
            return;
        }
        (sine, cosine) = (f / root, g / root);
        g = diagonal[i + 1] - p;
        let r = (diagonal[i] - g) * sine + 2.0 * cosine * b;
        p = sine * r;
        diagonal[i + 1] = g + p;
        g = cosine * r - b;
    }
    diagonal[first] -= p;
    beside[first] = g;
    beside[last] = 0.0;
}
