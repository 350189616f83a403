//! Differences and row factors.

use super::*;
use crate::kernel::elementwise::{scale_rows, subtract};

fn check<F: Element>() {
    for length in LENGTHS {
        for offset in OFFSETS {
            let generator = &mut generator();
            let before = of_all_sizes::<F>(generator, length);
            let mut y = Framed::new(offset, &before);
            let predicted = Framed::new(offset + 2, &of_all_sizes::<F>(generator, length));
            subtract(y.values_mut(), predicted.values());
            y.check();
            // Exact, since it is a single operation.
            let expected = before.iter().zip(predicted.values());
            let expected = expected.map(|(y, predicted)| F::from_f64(y.as_f64() - predicted.as_f64()));
            assert_eq!(y.values(), Vec::from_iter(expected), "{length}");
        }
    }
}

#[test]
fn subtract_is_exact() {
    check::<f32>();
    check::<f64>();
}

#[test]
fn a_row_with_factor_0_becomes_0() {
    let mut rows = [f64::INFINITY, f64::NAN, 1.0, -2.0, 3.0, 4.0];
    scale_rows(&mut rows, 2, &[0.0, 0.5, 1.0]);
    assert_eq!(rows, [0.0, 0.0, 0.5, -1.0, 3.0, 4.0]);
}
