//! Figure 4.1 as one SVG: every function beside the surfaces that the networks fitted to 100 of its points.

use std::cmp::Reverse;
use std::path::Path;

use ndarray_dnn::ndarray::{ArrayView1, ArrayView2};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::axes::{Canvas, INK, Outcome, draw_box, number, text};
use super::surface::{Camera, Keep, Pixel, Span, cells, clip, region, signed_area};

/// Everything that the figure shows.
pub(crate) struct Figure<'a> {
    /// What each of the four columns shows.
    pub(crate) titles: [&'a str; 4],
    /// Grid values along x₁, ascending, evenly spaced.
    pub(crate) x1: &'a [f64],
    /// Grid values along x₂, ascending, evenly spaced.
    pub(crate) x2: &'a [f64],
    /// Where the functions were sampled, (samples, 2).
    pub(crate) points: ArrayView2<'a, f64>,
    /// One row per function.
    pub(crate) rows: Vec<Row<'a>>,
}

/// One function: its name, its samples, itself and its fits.
pub(crate) struct Row<'a> {
    /// Name or formula of the function.
    pub(crate) label: &'a str,
    /// The function at the sampled points, (samples).
    pub(crate) targets: ArrayView1<'a, f64>,
    /// The function itself and then its fits over the grid, each (values of x₂, values of x₁).
    pub(crate) surfaces: [ArrayView2<'a, f64>; 4],
}

/// Width of a panel in pixels.
const PANEL_WIDTH: i32 = 705;
/// Height of a panel in pixels.
const PANEL_HEIGHT: i32 = 680;
/// Margins in pixels: row labels on the left, titles on top, colour bars on the right.
const LEFT: i32 = 80;
const TOP: i32 = 70;
const RIGHT: i32 = 180;
/// Pixels per side of a box's floor.
const SIDE: f64 = 435.0;

/// Cells per side of a drawn surface; most of the file's size goes with its square.
const FACES: usize = 26;
/// Cells per side of the finer mesh whose level lines are drawn on the floor.
const FLOOR_CELLS: usize = 41;
/// The most steps between levels on the floor.
const BANDS: usize = 9;
/// How much of what is behind a face it hides; the floor is mixed with white in the same proportion.
const OPACITY: f64 = 0.7;
/// A point lies in the surface: this much nearer to the eye, and the face that holds it does not hide it.
const LIFT: f64 = 0.03;
/// The colour of a sample.
const POINT: RGBColor = RGBColor(70, 150, 180);

/// Draws the figure to an SVG file at `path`.
///
/// All panels of a row share one scale of heights and colours, the range of the function itself over the grid; what a
/// fit does outside that range is cut off.
///
/// # Errors
///
/// When the file cannot be written.
pub(crate) fn draw(figure: &Figure, path: &Path) -> Outcome {
    let columns = figure.titles.len() as i32;
    let (width, height) =
        (LEFT + columns * PANEL_WIDTH + RIGHT, TOP + figure.rows.len() as i32 * PANEL_HEIGHT);
    let canvas = SVGBackend::new(path, (width as u32, height as u32)).into_drawing_area();
    canvas.fill(&WHITE)?;
    let panel_centre = |column: i32| LEFT + column * PANEL_WIDTH + PANEL_WIDTH / 2;
    for (column, title) in (0..).zip(figure.titles) {
        text(&canvas, title, (panel_centre(column), TOP / 2), 52, FontTransform::None)?;
    }
    for (index, row) in (0..).zip(&figure.rows) {
        let middle = TOP + index * PANEL_HEIGHT + PANEL_HEIGHT / 2;
        text(&canvas, row.label, (LEFT / 2, middle), 48, FontTransform::Rotate270)?;
        let spans = [Span::of(figure.x1), Span::of(figure.x2), Span::of(row.surfaces[0])];
        for (column, surface) in (0..).zip(row.surfaces) {
            let camera = Camera { centre: (panel_centre(column), middle), scale: SIDE };
            draw_box(&canvas, &camera, spans)?;
            draw_floor(&canvas, &camera, surface, spans[2])?;
            draw_surface(&canvas, &camera, surface, spans, figure.points, row.targets)?;
        }
        draw_colour_bar(&canvas, (panel_centre(columns) - PANEL_WIDTH / 2 + 35, middle), spans[2])?;
    }
    canvas.present()?;
    Ok(())
}

/// Draws the filled contours of a surface on the floor.
fn draw_floor(canvas: &Canvas, camera: &Camera, z: ArrayView2<f64>, span: Span) -> Outcome {
    let cells = cells(z, span, FLOOR_CELLS);
    let levels = levels(span);
    let mut below = None;
    let mut patches = Vec::new();
    for pair in levels.windows(2) {
        let band = band_colour(pair[0], pair[1]);
        // The lowest band takes in whatever the fit has below it.
        let level = if below.is_none() { f64::NEG_INFINITY } else { pair[0] };
        for outline in region(&cells, level, camera) {
            let area = signed_area(&outline);
            let inside = if area > 0 { band } else { below.unwrap_or(band) };
            patches.push((area.abs(), inside, outline));
        }
        below = Some(band);
    }
    // Outlines never cross: filled from the largest down, each with the band just inside it, they leave the bands.
    patches.sort_by_key(|(area, ..)| Reverse(*area));
    for (_, inside, outline) in patches {
        canvas.draw(&Polygon::new(outline, inside))?;
    }
    Ok(())
}

/// Draws a surface and the samples, the farthest first.
fn draw_surface(
    canvas: &Canvas,
    camera: &Camera,
    z: ArrayView2<f64>,
    spans: [Span; 3],
    points: ArrayView2<f64>,
    targets: ArrayView1<f64>,
) -> Outcome {
    /// What is sorted by depth: a face with its colour, or a sample.
    enum Shape {
        Face(Vec<Pixel>, RGBColor),
        Sample(Pixel),
    }
    let mut shapes = Vec::new();
    for cell in cells(z, spans[2], FACES) {
        let face = clip(&clip(&cell, 0.0, Keep::Above), 1.0, Keep::Below);
        if face.is_empty() {
            continue;
        }
        let seen: Vec<_> = face.iter().map(|&vertex| camera.project(vertex)).collect();
        let count = face.len() as f64;
        let height = face.iter().map(|vertex| vertex[2]).sum::<f64>() / count;
        let depth = seen.iter().map(|(_, depth)| depth).sum::<f64>() / count;
        let outline = seen.into_iter().map(|(pixel, _)| pixel).collect();
        shapes.push((depth, Shape::Face(outline, colour(height))));
    }
    for (point, &target) in points.outer_iter().zip(targets) {
        let sample = [point[0], point[1], target];
        let (pixel, depth) = camera.project([0, 1, 2].map(|k| spans[k].position(sample[k])));
        shapes.push((depth - LIFT, Shape::Sample(pixel)));
    }
    shapes.sort_by(|(depth, _), (other, _)| other.total_cmp(depth));
    for (_, shape) in shapes {
        match shape {
            Shape::Face(outline, colour) => {
                canvas.draw(&Polygon::new(outline, colour.mix(OPACITY)))?;
            }
            Shape::Sample(pixel) => {
                canvas.draw(&Circle::new(pixel, 8, INK.filled()))?;
                canvas.draw(&Circle::new(pixel, 6, POINT.filled()))?;
            }
        }
    }
    Ok(())
}

/// Draws the colours of the bands, with the levels between them, around `middle` of the left edge.
fn draw_colour_bar(canvas: &Canvas, (left, middle): Pixel, span: Span) -> Outcome {
    let (height, width) = (420.0, 34);
    let row = |position: f64| middle + (height * (0.5 - position)) as i32;
    for pair in levels(span).windows(2) {
        let corners = [(left, row(pair[1])), (left + width, row(pair[0]))];
        canvas.draw(&Rectangle::new(corners, band_colour(pair[0], pair[1]).filled()))?;
    }
    for tick in span.ticks(BANDS) {
        number(canvas, tick, (left + width + 16, row(span.position(tick))), HPos::Left)?;
    }
    let frame = [(left, row(1.0)), (left + width, row(0.0))];
    canvas.draw(&Rectangle::new(frame, INK.stroke_width(2)))?;
    Ok(())
}

/// The ends of the bands, as positions within the span: from 0 over the round values between to 1.
fn levels(span: Span) -> Vec<f64> {
    let inner = span.ticks(BANDS).into_iter().map(|tick| span.position(tick));
    let inner = inner.filter(|position| (0.03..0.97).contains(position));
    [0.0].into_iter().chain(inner).chain([1.0]).collect()
}

/// The colour of the band between two levels: opaque, but as pale as a face in front of white.
fn band_colour(low: f64, high: f64) -> RGBColor {
    blend(WHITE, colour((low + high) / 2.0), OPACITY)
}

/// ColorBrewer's PuOr: orange at 0, near-white at ½, purple at 1.
fn colour(position: f64) -> RGBColor {
    const STOPS: [RGBColor; 11] = [
        RGBColor(127, 59, 8),
        RGBColor(179, 88, 6),
        RGBColor(224, 130, 20),
        RGBColor(253, 184, 99),
        RGBColor(254, 224, 182),
        RGBColor(247, 247, 247),
        RGBColor(216, 218, 235),
        RGBColor(178, 171, 210),
        RGBColor(128, 115, 172),
        RGBColor(84, 39, 136),
        RGBColor(45, 0, 75),
    ];
    let place = position.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let stop = (place as usize).min(STOPS.len() - 2);
    blend(STOPS[stop], STOPS[stop + 1], place - stop as f64)
}

/// The colour that lies at `share` of the way between two.
fn blend(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let channel = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
    RGBColor(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}
