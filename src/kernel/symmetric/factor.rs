//! The Cholesky factor `A = L·Lᵀ`, in blocks, and solutions by it.
//!
//! The order is that of the columns of blocks: G. H. Golub and C. F. Van Loan, *Matrix computations*, 4th edition,
//! section 4.2. A block below the diagonal is `(A − Σ L·Lᵀ) L⁻ᵀ`, where the sum is one product.

use super::panels::{AREA, BLOCK, Panels, start};
use super::tiles::{add_product, factor_block, solve_block};
use crate::error::Error;
use crate::kernel::arch::{Arch, Kernel, dispatch};
use crate::kernel::parallel::by_panels;

/// The lower triangular factor of a positive definite matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Factor {
    l: Panels,
    /// 1 / L_ii
    reciprocals: Vec<f64>,
    /// What each pivot must be greater than.
    limits: Vec<f64>,
}

impl Factor {
    /// Memory for the factor of a matrix like `a`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] with `reported` rows and columns.
    pub(crate) fn zeros(what: &'static str, a: &Panels, reported: usize) -> Result<Self, Error> {
        let l = Panels::zeros(what, a.size(), reported)?;
        let (reciprocals, limits) = (vec![0.0; l.padded()], vec![0.0; l.padded()]);
        Ok(Self { l, reciprocals, limits })
    }

    /// Computes the factor of `scale · A`, plus `shift(i)` in row i of the diagonal. Only the first `size` rows and
    /// columns of A are used; the other ones are those of the unit matrix. Each pivot must be greater than `tolerance`
    /// times its element of the diagonal.
    ///
    /// # Errors
    /// The row of the first pivot that is not; the factor must not be used then.
    pub(crate) fn compute(
        &mut self,
        a: &Panels,
        size: usize,
        scale: f64,
        shift: impl Fn(usize) -> f64,
        tolerance: f64,
    ) -> Result<(), usize> {
        for (to, from) in self.l.values_mut().iter_mut().zip(a.values()) {
            *to = -(scale * from);
        }
        for (i, limit) in self.limits.iter_mut().enumerate() {
            let values = self.l.values_mut();
            if i >= size {
                let first = start(i / BLOCK) + i % BLOCK;
                let row = values.get_mut(first..).unwrap_or_default().iter_mut().step_by(BLOCK);
                row.take(i / BLOCK * BLOCK + BLOCK).for_each(|value| *value = 0.0);
            }
            if let Some(value) = values.get_mut(Panels::place(i, i)) {
                *value = if i < size { *value - shift(i) } else { -1.0 };
                *limit = -*value * tolerance;
            }
        }
        let Self { l, reciprocals, limits } = self;
        let blocks = l.blocks();
        for k in 0..blocks {
            let (done, below) = l.values_mut().split_at_mut(start(k + 1));
            let panel = done.get_mut(start(k)..).unwrap_or_default();
            let of_column = k * BLOCK..(k + 1) * BLOCK;
            let limits = limits.get(of_column.clone()).unwrap_or_default();
            let reciprocals = reciprocals.get_mut(of_column).unwrap_or_default();
            dispatch(Diagonal { panel, limits, reciprocals: &mut *reciprocals })
                .map_err(|q| k * BLOCK + q)?;
            let (panel, reciprocals) = (&*panel, &*reciprocals);
            let cost = (blocks - k - 1).saturating_mul(k + 1).saturating_mul(AREA * BLOCK);
            by_panels(
                below,
                k + 1..blocks,
                |group| (group + 1) * AREA,
                cost,
                |groups, below| {
                    dispatch(Column { k, panel, reciprocals, groups, below });
                },
            );
        }
        Ok(())
    }

    /// ln det A, the sum of the logarithms of the squares of L's diagonal.
    pub(crate) fn log_determinant(&self) -> f64 {
        -2.0 * self.reciprocals.iter().map(|reciprocal| libm::log(*reciprocal)).sum::<f64>()
    }

    /// The number of rows of whole groups.
    pub(crate) fn padded(&self) -> usize {
        self.l.padded()
    }

    /// `X ← L⁻¹·X` for X (padded, 8), whose rows before the first one of `group` are 0.
    pub(crate) fn half_solve(&self, x: &mut [f64], group: usize) {
        dispatch(HalfSolve { factor: self, x, first: group });
    }

    /// `y ← L⁻ᵀ·y` for y (padded).
    pub(crate) fn back_solve(&self, y: &mut [f64]) {
        for group in (0..self.l.blocks()).rev() {
            let panel = self.l.panel(group);
            let (before, y) = y.split_at_mut(group * BLOCK);
            let (columns, diagonal) = panel.split_at(group * AREA);
            let Some(y) = y.first_chunk_mut::<BLOCK>() else { return };
            for q in (0..BLOCK).rev() {
                let row = diagonal.get(q * BLOCK..(q + 1) * BLOCK).unwrap_or_default();
                let known = row.iter().zip(&*y).skip(q + 1).map(|(l, y)| l * y).sum::<f64>();
                y[q] = (y[q] - known) * self.reciprocals[group * BLOCK + q];
            }
            for (before, column) in before.iter_mut().zip(columns.chunks_exact(BLOCK)) {
                let mut products = [0.0; BLOCK];
                for ((product, l), y) in products.iter_mut().zip(column).zip(&*y) {
                    *product = l * y;
                }
                let [a, b, c, d, e, f, g, h] = products;
                *before -= ((a + e) + (b + f)) + ((c + g) + (d + h));
            }
        }
    }

    /// Calls `take` with the index and the value of each element of the diagonal of A⁻¹, in order. `x` is memory for
    /// (padded, 8) values.
    pub(crate) fn inverse_diagonal(&self, x: &mut [f64], mut take: impl FnMut(usize, f64)) {
        for group in 0..self.l.blocks() {
            let first = group * BLOCK;
            let rest = x.get_mut(first * BLOCK..).unwrap_or_default();
            rest.fill(0.0);
            rest.iter_mut().step_by(BLOCK + 1).take(BLOCK).for_each(|value| *value = 1.0);
            self.half_solve(x, group);
            let rest = x.get(first * BLOCK..).unwrap_or_default();
            column_squares(rest).into_iter().zip(first..).for_each(|(square, i)| take(i, square));
        }
    }
}

/// The sum of the squares of each of 8 columns.
fn column_squares(x: &[f64]) -> [f64; BLOCK] {
    let mut squares = [0.0; BLOCK];
    for row in x.chunks_exact(BLOCK) {
        for (square, value) in squares.iter_mut().zip(row) {
            *square += value * value;
        }
    }
    squares
}

/// The block of a panel on the diagonal.
struct Diagonal<'a> {
    panel: &'a mut [f64],
    limits: &'a [f64],
    reciprocals: &'a mut [f64],
}

impl Kernel for Diagonal<'_> {
    type Output = Result<(), usize>;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> Result<(), usize> {
        let before = self.panel.len().saturating_sub(AREA);
        let (before, diagonal) = self.panel.split_at_mut(before);
        add_product(arch, before, before, diagonal);
        factor_block(diagonal, self.limits, self.reciprocals)
    }
}

/// The blocks of a column below the diagonal, for some groups of rows.
struct Column<'a> {
    k: usize,
    /// The panel of the block on the diagonal.
    panel: &'a [f64],
    reciprocals: &'a [f64],
    groups: std::ops::Range<usize>,
    /// The panels of these groups.
    below: &'a mut [f64],
}

impl Kernel for Column<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { k, panel, reciprocals, groups, mut below } = self;
        let (columns, diagonal) = panel.split_at(k * AREA);
        for group in groups {
            let (here, rest) = below.split_at_mut((group + 1) * AREA);
            below = rest;
            let (before, c) = here.split_at_mut(k * AREA);
            let c = &mut c[..AREA];
            add_product(arch, columns, before, c);
            solve_block(diagonal, reciprocals, c);
        }
    }
}

/// `X ← L⁻¹·X`
struct HalfSolve<'a> {
    factor: &'a Factor,
    x: &'a mut [f64],
    first: usize,
}

impl Kernel for HalfSolve<'_> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { factor: Factor { l, reciprocals, .. }, x, first } = self;
        let from = first * AREA;
        for value in &mut x[from..] {
            *value = -*value;
        }
        for group in first..l.blocks() {
            let (columns, diagonal) = l.panel(group).split_at(group * AREA);
            let (before, here) = x.split_at_mut(group * AREA);
            let here = &mut here[..AREA];
            add_product(arch, &columns[from..], &before[from..], here);
            solve_block(diagonal, &reciprocals[group * BLOCK..], here);
        }
    }
}
