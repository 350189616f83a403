//! Geometry of a surface plot: the unit cube in perspective, a surface cut into cells, and regions between levels.
//!
//! Everything lives in the unit cube: a [`Vertex`] is (x₁, x₂, z), each coordinate 0 at the low end of its [`Span`]
//! and 1 at the high end.

use std::collections::BTreeMap;

use ndarray_dnn::ndarray::ArrayView2;

use super::svg::Pixel;

/// A place in the unit cube: (x₁, x₂, z).
pub(crate) type Vertex = [f64; 3];

/// The range of values that one axis shows.
#[derive(Clone, Copy)]
pub(crate) struct Span {
    low: f64,
    high: f64,
}

impl Span {
    /// The range from the least to the greatest of `values`.
    pub(crate) fn of<'v>(values: impl IntoIterator<Item = &'v f64>) -> Self {
        let empty = Self { low: f64::INFINITY, high: f64::NEG_INFINITY };
        values
            .into_iter()
            .fold(empty, |span, &value| Self { low: span.low.min(value), high: span.high.max(value) })
    }

    /// The position of `value`: 0 at the low end, 1 at the high end.
    pub(crate) fn position(self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The multiples of the smallest round step that cuts the range into at most `parts` steps.
    pub(crate) fn ticks(self, parts: usize) -> Vec<f64> {
        let least = (self.high - self.low) / parts as f64;
        let decade = 10_f64.powf(least.log10().floor());
        let round = [1.0, 1.5, 2.0, 2.5, 5.0].into_iter().find(|round| round * decade >= least);
        let step = round.unwrap_or(10.0) * decade;
        // A hundredth of a step beyond the end still counts: a grid that just misses 0 shows it all the same.
        let first = (self.low / step - 0.01).ceil() as i64;
        let last = (self.high / step + 0.01).floor() as i64;
        (first..=last).map(|k| k as f64 * step).collect()
    }
}

/// A camera that looks at the middle of the unit cube, which it sees at pixel (0, 0).
pub(crate) struct Camera {
    /// Pixels per side of the floor.
    pub(crate) scale: f64,
}

impl Camera {
    const ELEVATION: f64 = 30.0;
    const AZIMUTH: f64 = -60.0;
    /// Height of the cube as drawn, in sides of the floor.
    const HEIGHT: f64 = 0.75;
    /// From the eye to the middle of the cube, in sides of the floor.
    const DISTANCE: f64 = 5.0;

    /// The pixel where `vertex` is seen.
    ///
    /// With e the elevation and a the azimuth, the eye is in the direction (cos e cos a, cos e sin a, sin e).
    pub(crate) fn project(&self, [x1, x2, z]: Vertex) -> Pixel {
        let (sin_e, cos_e) = Self::ELEVATION.to_radians().sin_cos();
        let (sin_a, cos_a) = Self::AZIMUTH.to_radians().sin_cos();
        let (x1, x2, z) = (x1 - 0.5, x2 - 0.5, (z - 0.5) * Self::HEIGHT);
        let outward = x1 * cos_a + x2 * sin_a;
        let right = x2 * cos_a - x1 * sin_a;
        let up = z * cos_e - outward * sin_e;
        let depth = -(z * sin_e + outward * cos_e);
        let zoom = self.scale * Self::DISTANCE / (Self::DISTANCE + depth);
        let pixel = |offset: f64| (offset * zoom).round() as i32;
        (pixel(right), -pixel(up))
    }
}

/// The four-cornered cells of a surface, `per_side` rows of as many, counter-clockwise seen from above.
///
/// `z` is (values of x₂, values of x₁), at least 2 × 2, over an evenly spaced grid. Only some of the grid lines are
/// used: a drawing needs fewer than a measurement of the fit.
pub(crate) fn cells(z: ArrayView2<f64>, span: Span, per_side: usize) -> Vec<Vec<[Vertex; 4]>> {
    let (last_row, last_column) = (z.nrows() - 1, z.ncols() - 1);
    let vertex = |i: usize, j: usize| {
        let (row, column) = (i * last_row / per_side, j * last_column / per_side);
        [column as f64 / last_column as f64, row as f64 / last_row as f64, span.position(z[[row, column]])]
    };
    let corners = |i, j| [vertex(i, j), vertex(i, j + 1), vertex(i + 1, j + 1), vertex(i + 1, j)];
    (0..per_side).map(|i| (0..per_side).map(|j| corners(i, j)).collect()).collect()
}

/// The side of a level to keep.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Keep {
    /// The part at or above the level.
    Above,
    /// The part below it.
    Below,
}

/// The part of a polygon whose z is on one side of `level` (Sutherland and Hodgman's clipping).
pub(crate) fn clip(polygon: &[Vertex], level: f64, keep: Keep) -> Vec<Vertex> {
    let inside = |vertex: &Vertex| (vertex[2] >= level) == (keep == Keep::Above);
    let next = polygon.iter().cycle().skip(1);
    let mut kept = Vec::with_capacity(polygon.len() + 1);
    for (from, to) in polygon.iter().zip(next) {
        if inside(from) {
            kept.push(*from);
        }
        if inside(from) != inside(to) {
            // Always from the inner end, so that the two cells at an edge agree to the last bit.
            let (inner, outer) = if inside(from) { (from, to) } else { (to, from) };
            let t = (level - inner[2]) / (outer[2] - inner[2]);
            kept.push([0, 1, 2].map(|axis| inner[axis] + t * (outer[axis] - inner[axis])));
        }
    }
    kept
}

/// The outlines of the region of the floor above which the surface reaches `level`, as the camera sees them.
pub(crate) fn region(cells: &[[Vertex; 4]], level: f64, camera: &Camera) -> Vec<Vec<Pixel>> {
    let pieces = cells.iter().map(|cell| clip(cell, level, Keep::Above));
    let floor = |&[x1, x2, _]: &Vertex| camera.project([x1, x2, 0.0]);
    outlines(pieces.map(|piece| piece.iter().map(floor).collect()))
}

/// The outlines of the union of `pieces`, polygons that have whole edges in common.
///
/// An edge that two pieces share cancels out; closed outlines remain. One outline instead of many
/// pieces leaves no seams. Holes run the other way round than outer edges.
pub(crate) fn outlines(pieces: impl Iterator<Item = Vec<Pixel>>) -> Vec<Vec<Pixel>> {
    let mut edges: BTreeMap<Pixel, Vec<Pixel>> = BTreeMap::new();
    for piece in pieces {
        let next = piece.iter().cycle().skip(1);
        for (&from, &to) in piece.iter().zip(next).filter(|(from, to)| from != to) {
            let back = edges.entry(to).or_default();
            if let Some(shared) = back.iter().position(|end| *end == from) {
                back.swap_remove(shared);
            } else {
                edges.entry(from).or_default().push(to);
            }
        }
    }
    let starts: Vec<Pixel> = edges.keys().copied().collect();
    let walks = starts.into_iter().map(|mut here| {
        let mut outline = Vec::new();
        // As many edges enter a pixel as leave it, so the walk can only end where it began.
        while let Some(next) = edges.get_mut(&here).and_then(Vec::pop) {
            outline.push(next);
            here = next;
        }
        outline
    });
    walks.filter(|outline| !outline.is_empty()).collect()
}

/// The outline without the vertices that lie within `tolerance` pixels of the line between those kept.
pub(crate) fn simplified(outline: &[Pixel], tolerance: f64) -> Vec<Pixel> {
    let mut kept: Vec<Pixel> = Vec::new();
    let mut skipped: Vec<Pixel> = Vec::new();
    for (index, &pixel) in outline.iter().enumerate() {
        let next = outline[(index + 1) % outline.len()];
        skipped.push(pixel);
        let needed = kept
            .last()
            .is_none_or(|&last| skipped.iter().any(|&between| distance(between, last, next) > tolerance));
        if needed {
            kept.push(pixel);
            skipped.clear();
        }
    }
    kept
}

/// The distance of `pixel` from the line through two others.
fn distance(pixel: Pixel, from: Pixel, to: Pixel) -> f64 {
    let (along, off) = (difference(to, from), difference(pixel, from));
    let length = along.0.hypot(along.1);
    if length == 0.0 { off.0.hypot(off.1) } else { (along.0 * off.1 - along.1 * off.0).abs() / length }
}

fn difference(to: Pixel, from: Pixel) -> (f64, f64) {
    (f64::from(to.0 - from.0), f64::from(to.1 - from.1))
}

/// Twice the area inside an outline, in pixels: positive when it runs counter-clockwise on the canvas.
pub(crate) fn signed_area(outline: &[Pixel]) -> i64 {
    let next = outline.iter().cycle().skip(1);
    let sum = outline
        .iter()
        .zip(next)
        .map(|(&(x, y), &(u, v))| i64::from(y) * i64::from(u) - i64::from(x) * i64::from(v));
    sum.sum()
}
