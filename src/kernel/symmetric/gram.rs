//! `C ← C + JᵀJ` for some rows of J.

use std::ops::Range;

use super::panels::{AREA, PANEL_WIDTH, TrianglePanels};
use super::tiles::add_product;
use crate::kernel::arch::{Arch, Kernel, dispatch};
use crate::kernel::parallel::by_rows;

/// Adds JᵀJ to the lower triangle, for `rows` rows of J. The terms of each element are added one after the other, in
/// the order of the rows, so that it does not matter how many rows there are at a time.
///
/// J is in panels: 8 columns at a time, each row of a panel with 8 values; `stride` rows from one panel to the next.
/// There are as many columns as C has, rounded up to whole panels.
pub(crate) fn add_gram(c: &mut TrianglePanels, j: &[f64], rows: usize, stride: usize) {
    let cost = c.values().len().saturating_mul(rows);
    by_rows(c.values_mut(), &mut [], AREA, cost, |blocks, c, _| {
        dispatch(Gram { blocks, c, j, rows, stride });
    });
}

/// Some blocks of C, in the order of its panels.
struct Gram<'a> {
    blocks: Range<usize>,
    c: &'a mut [f64],
    j: &'a [f64],
    rows: usize,
    stride: usize,
}

impl Kernel for Gram<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { blocks, c, j, rows, stride } = self;
        let panel = |k: usize| &j[k * stride * PANEL_WIDTH..][..rows * PANEL_WIDTH];
        // The group of rows whose panel contains the first block, and the block's place in it.
        let mut group = (((8 * blocks.start + 1) as f64).sqrt() as usize).saturating_sub(1) / 2;
        while (group + 1) * (group + 2) / 2 <= blocks.start {
            group += 1;
        }
        let mut k = blocks.start.saturating_sub(group * (group + 1) / 2);
        for c in c.chunks_exact_mut(AREA) {
            add_product(arch, panel(k), panel(group), c);
            k += 1;
            if k > group {
                (group, k) = (group + 1, 0);
            }
        }
    }
}
