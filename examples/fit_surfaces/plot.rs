//! Figure 4.1 as one SVG: every function next to the surfaces that the networks fitted to 100 of its points.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use ndarray_dnn::ndarray::{ArrayView1, ArrayView2};

use super::axes::{INK, draw_box, numbers};
use super::surface::{Camera, Keep, Span, Vertex};
use super::surface::{cells, clip, outlines, region, signed_area, simplified};
use super::svg::{Colour, Pixel, Svg};

/// Everything that the figure shows.
pub(crate) struct Figure<'a> {
    /// The titles of the four columns.
    pub(crate) titles: [&'a str; 4],
    /// Grid values along x₁, ascending, evenly spaced.
    pub(crate) x1: &'a [f64],
    /// Grid values along x₂, ascending, evenly spaced.
    pub(crate) x2: &'a [f64],
    /// The sampled points, (samples, 2).
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

/// Width and height of a panel in pixels.
pub(crate) const PANEL: Pixel = (705, 680);
/// Margins in pixels: row labels on the left, titles on top, colour bars on the right.
pub(crate) const LEFT: i32 = 80;
pub(crate) const TOP: i32 = 70;
pub(crate) const RIGHT: i32 = 180;
/// Pixels per side of a box's floor.
pub(crate) const SIDE: f64 = 435.0;

/// Cells per side of a drawn surface; most of the file's size grows with its square.
pub(crate) const FACES: usize = 17;
/// Colours of a surface; adjacent cells of one colour are drawn as one.
const SHADES: f64 = 18.0;
/// Cells per side of the finer mesh whose level lines are drawn on the floor.
const FLOOR_CELLS: usize = 31;
/// How far a drawn level line may be from the true one, in pixels.
const TOLERANCE: f64 = 1.5;
/// The most steps between levels on the floor.
const BANDS: usize = 9;
/// How much of its background a face hides; the floor is mixed with white in the same proportion.
const OPACITY: f64 = 0.7;
const WHITE: Colour = Colour(255, 255, 255);
/// A sample, and the style of a line whose vertices are samples.
pub(crate) const SAMPLES: &str = r##"<marker id="sample" markerUnits="userSpaceOnUse" overflow="visible">
<circle r="7" fill="#4696b4" stroke="#282828" stroke-width="2"/>
</marker>
<style>.s0{fill:none;marker:url(#sample)}</style>"##;

/// Draws the figure to an SVG file at `path`.
///
/// All panels of a row share one scale of heights and colours, the range of the function itself over
/// the grid; a fit is cut off outside that range.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn draw(figure: &Figure, path: &Path) -> std::io::Result<()> {
    let (columns, rows) = (figure.titles.len() as i32, figure.rows.len() as i32);
    let mut svg = Svg::new((LEFT + columns * PANEL.0 + RIGHT, TOP + rows * PANEL.1));
    svg.element(SAMPLES);
    let centre_x = |column: i32| LEFT + column * PANEL.0 + PANEL.0 / 2;
    let centre_y = |row: i32| TOP + row * PANEL.1 + PANEL.1 / 2;
    let titles = (0..).zip(figure.titles).map(|(column, title)| (title, (centre_x(column), TOP / 2)));
    svg.words(INK, 42, "middle", titles);
    let camera = Camera { scale: SIDE };
    for (index, row) in (0..).zip(&figure.rows) {
        let turned = format!(r#"transform="translate({} {}) rotate(270)""#, LEFT / 2, centre_y(index));
        svg.group(&turned, |svg| svg.words(INK, 39, "middle", [(row.label, (0, 0))]));
        let spans = [Span::of(figure.x1), Span::of(figure.x2), Span::of(row.surfaces[0])];
        for (column, surface) in (0..).zip(row.surfaces) {
            let place = format!(r#"transform="translate({} {})""#, centre_x(column), centre_y(index));
            svg.group(&place, |svg| {
                // All panels of a row have the same box.
                let name = format!("box{index}");
                if column == 0 {
                    svg.group(&format!(r#"id="{name}""#), |svg| draw_box(svg, &camera, spans));
                } else {
                    svg.element(&format!(r##"<use href="#{name}"/>"##));
                }
                draw_floor(svg, &camera, surface, spans[2]);
                draw_surface(svg, &camera, surface, spans, (figure.points, row.targets), FACES);
            });
        }
        let place = (centre_x(columns) - PANEL.0 / 2 + 35, centre_y(index));
        draw_colour_bar(&mut svg, place, spans[2]);
    }
    svg.save(path)
}

/// Draws the filled contours of a surface on the floor.
pub(crate) fn draw_floor(svg: &mut Svg, camera: &Camera, z: ArrayView2<f64>, span: Span) {
    let cells: Vec<_> = cells(z, span, FLOOR_CELLS).concat();
    let levels = levels(span);
    let mut below = None;
    let mut patches = Vec::new();
    for pair in levels.windows(2) {
        let band = band_colour(pair[0], pair[1]);
        // The lowest band includes everything below it.
        let level = if below.is_none() { f64::NEG_INFINITY } else { pair[0] };
        for outline in region(&cells, level, camera) {
            let area = signed_area(&outline);
            let inside = if area > 0 { band } else { below.unwrap_or(band) };
            patches.push((area.abs(), inside, outline));
        }
        below = Some(band);
    }
    // Outlines never cross: each is filled with the band just inside it, from the largest down.
    patches.sort_by_key(|(area, ..)| Reverse(*area));
    for (_, inside, outline) in patches {
        svg.fill(&[simplified(&outline, TOLERANCE)], inside);
    }
}

/// Draws a surface, `per_side` × `per_side` cells, and the samples, the farthest first.
///
/// The eye is in front of low x₂ and of high x₁. So rows of cells of lower x₂ cover those of higher x₂,
/// and within a row the cells of higher x₁ cover the others. The samples in a row are drawn after it.
pub(crate) fn draw_surface(
    svg: &mut Svg,
    camera: &Camera,
    z: ArrayView2<f64>,
    spans: [Span; 3],
    (points, targets): (ArrayView2<f64>, ArrayView1<f64>),
    per_side: usize,
) {
    let mut samples = vec![Vec::new(); per_side];
    for (point, &target) in points.outer_iter().zip(targets) {
        let place = [point[0], point[1], target];
        let vertex = [0, 1, 2].map(|k| spans[k].position(place[k]));
        let row = ((vertex[1] * per_side as f64) as usize).min(per_side - 1);
        samples[row].push(camera.project(vertex));
    }
    svg.group(&format!(r#"fill-opacity="{OPACITY}""#), |svg| {
        for (row, mut samples) in cells(z, spans[2], per_side).into_iter().zip(samples).rev() {
            let mut faces: BTreeMap<usize, Vec<Vec<Pixel>>> = BTreeMap::new();
            for (shade, outline) in row.iter().filter_map(|cell| face(cell, camera)) {
                faces.entry(shade).or_default().push(outline);
            }
            for (shade, pieces) in faces {
                let position = (shade as f64 + 0.5) / SHADES;
                svg.fill(&outlines(pieces.into_iter()), colour(position));
            }
            if !samples.is_empty() {
                samples.sort();
                svg.lines(r#"class="s0""#, &[samples]);
            }
        }
    });
}

/// The part of a cell between the floor and the top of the box, and its shade; `None` if there is none.
fn face(cell: &[Vertex; 4], camera: &Camera) -> Option<(usize, Vec<Pixel>)> {
    let face = clip(&clip(cell, 0.0, Keep::Above), 1.0, Keep::Below);
    if face.is_empty() {
        return None;
    }
    let height = face.iter().map(|vertex| vertex[2]).sum::<f64>() / face.len() as f64;
    let mut outline: Vec<Pixel> = face.iter().map(|&vertex| camera.project(vertex)).collect();
    // An outline seen from below runs the other way round, and would cut a hole into one seen from above.
    if signed_area(&outline) < 0 {
        outline.reverse();
    }
    Some(((height * SHADES) as usize, outline))
}

/// Draws the colours of the bands and the levels between them; (`left`, `middle`) is the middle of the left edge.
pub(crate) fn draw_colour_bar(svg: &mut Svg, (left, middle): Pixel, span: Span) {
    let (height, width) = (420.0, 34);
    let row = |position: f64| middle + (height * (0.5 - position)) as i32;
    let rectangle = |low, high| {
        let (top, bottom, right) = (row(high), row(low), left + width);
        vec![(left, top), (right, top), (right, bottom), (left, bottom)]
    };
    for pair in levels(span).windows(2) {
        svg.fill(&[rectangle(pair[0], pair[1])], band_colour(pair[0], pair[1]));
    }
    numbers(svg, &span.ticks(BANDS), "start", |tick| (left + width + 16, row(span.position(tick))));
    let frame = format!(r#"fill="none" stroke="{}" stroke-width="2""#, INK.hex());
    svg.lines(&frame, &[rectangle(0.0, 1.0)]);
}

/// The limits of the bands, as positions within the span: 0, the round values between, and 1.
fn levels(span: Span) -> Vec<f64> {
    let inner = span.ticks(BANDS).into_iter().map(|tick| span.position(tick));
    let inner = inner.filter(|position| (0.03..0.97).contains(position));
    [0.0].into_iter().chain(inner).chain([1.0]).collect()
}

/// The colour of the band between two levels: opaque, and as pale as a face in front of white.
fn band_colour(low: f64, high: f64) -> Colour {
    WHITE.blend(colour((low + high) / 2.0), OPACITY)
}

/// ColorBrewer's PuOr: orange at 0, near-white at ½, purple at 1.
fn colour(position: f64) -> Colour {
    const STOPS: [Colour; 11] = [
        Colour(127, 59, 8),
        Colour(179, 88, 6),
        Colour(224, 130, 20),
        Colour(253, 184, 99),
        Colour(254, 224, 182),
        Colour(247, 247, 247),
        Colour(216, 218, 235),
        Colour(178, 171, 210),
        Colour(128, 115, 172),
        Colour(84, 39, 136),
        Colour(45, 0, 75),
    ];
    let place = position.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let stop = (place as usize).min(STOPS.len() - 2);
    STOPS[stop].blend(STOPS[stop + 1], place - stop as f64)
}
