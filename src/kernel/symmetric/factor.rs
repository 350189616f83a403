//! The Cholesky factor `A = L·Lᵀ`, in blocks, and solutions by it.
//!
//! The order is that of the columns of blocks: G. H. Golub and C. F. Van Loan, *Matrix computations*, 4th edition,
//! section 4.2. A block below the diagonal is `(A − Σ L·Lᵀ) L⁻ᵀ`, where the sum is one product.

use super::panels::{AREA, PANEL_WIDTH, TrianglePanels, start};
use super::tiles::{add_product, factor_block, solve_block};
use crate::error::Error;
use crate::kernel::arch::{Arch, Kernel, dispatch};
use crate::kernel::known::Known;
use crate::kernel::parallel::by_panels;

/// The lower triangular factor of a positive definite matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Factor {
    l: TrianglePanels,
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
    pub(crate) fn zeros(what: &'static str, a: &TrianglePanels, reported: usize) -> Result<Self, Error> {
        let l = TrianglePanels::zeros(what, a.size(), reported)?;
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
        a: &TrianglePanels,
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
                let first = start(i / PANEL_WIDTH) + i % PANEL_WIDTH;
                let row = values.get_mut(first..).known().iter_mut().step_by(PANEL_WIDTH);
                row.take(i / PANEL_WIDTH * PANEL_WIDTH + PANEL_WIDTH).for_each(|value| *value = 0.0);
            }
            if let Some(value) = values.get_mut(TrianglePanels::place(i, i)) {
                *value = if i < size { *value - shift(i) } else { -1.0 };
                *limit = -*value * tolerance;
            }
        }
        let Self { l, reciprocals, limits } = self;
        let blocks = l.blocks();
        for k in 0..blocks {
            let (done, below) = l.values_mut().split_at_mut(start(k + 1));
            let panel = done.get_mut(start(k)..).known();
            let of_column = k * PANEL_WIDTH..(k + 1) * PANEL_WIDTH;
            let limits = limits.get(of_column.clone()).known();
            let reciprocals = reciprocals.get_mut(of_column).known();
            dispatch(Diagonal { panel, limits, reciprocals: &mut *reciprocals })
                .map_err(|q| k * PANEL_WIDTH + q)?;
            let (panel, reciprocals) = (&*panel, &*reciprocals);
            let cost = (blocks - k - 1).saturating_mul(k + 1).saturating_mul(AREA * PANEL_WIDTH);
            by_panels(
                below,
                k + 1..blocks,
                |group| (group + 1) * AREA,
                cost,
                |groups, below| {
                    dispatch(BlockColumn { k, panel, reciprocals, groups, below });
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
            let (before, y) = y.split_at_mut(group * PANEL_WIDTH);
            let (columns, diagonal) = panel.split_at(group * AREA);
            let Some(y) = y.first_chunk_mut::<PANEL_WIDTH>() else { return };
            for q in (0..PANEL_WIDTH).rev() {
                let row = diagonal.get(q * PANEL_WIDTH..(q + 1) * PANEL_WIDTH).known();
                let known = row.iter().zip(&*y).skip(q + 1).map(|(l, y)| l * y).sum::<f64>();
                y[q] = (y[q] - known) * self.reciprocals[group * PANEL_WIDTH + q];
            }
            for (before, column) in before.iter_mut().zip(columns.chunks_exact(PANEL_WIDTH)) {
                let mut products = [0.0; PANEL_WIDTH];
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
            let first = group * PANEL_WIDTH;
            let rest = x.get_mut(first * PANEL_WIDTH..).known();
            rest.fill(0.0);
            rest.iter_mut().step_by(PANEL_WIDTH + 1).take(PANEL_WIDTH).for_each(|value| *value = 1.0);
            self.half_solve(x, group);
            let rest = x.get(first * PANEL_WIDTH..).known();
            column_squares(rest).into_iter().zip(first..).for_each(|(square, i)| take(i, square));
        }
    }
}

/// The sum of the squares of each of 8 columns.
fn column_squares(x: &[f64]) -> [f64; PANEL_WIDTH] {
    let mut squares = [0.0; PANEL_WIDTH];
    for row in x.chunks_exact(PANEL_WIDTH) {
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
struct BlockColumn<'a> {
    k: usize,
    /// The panel of the block on the diagonal.
    panel: &'a [f64],
    reciprocals: &'a [f64],
    groups: std::ops::Range<usize>,
    /// The panels of these groups.
    below: &'a mut [f64],
}

impl Kernel for BlockColumn<'_> {
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
            solve_block(diagonal, &reciprocals[group * PANEL_WIDTH..], here);
        }
    }
}
