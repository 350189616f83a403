//! The figure: every function next to the surfaces of its fits, and below each a cut with the band of two deviations.

use std::path::Path;

use ndarray_dnn::ndarray::Array2;

use super::axes::{INK, draw_box};
use super::chart::{BAND, Chart, FIT, OTHER};
use super::experiment::{FUNCTIONS, Grid, HIDDEN};
use super::plot::{LEFT, PANEL, RIGHT, SAMPLES, SIDE, TOP, draw_colour_bar, draw_floor, draw_surface};
use super::surface::{Camera, Span};
use super::svg::{Pixel, Svg};
use super::{CUT, FARTHEST, Fit};

/// The height of a cut with its numbers.
const BELOW: i32 = 440;
/// Cells per side of a surface: fewer than in `fit_surfaces`, since the cuts need space in the file too.
const FACES: usize = 13;
const DASHES: &str = r#"stroke-width="4" stroke-dasharray="14 10""#;

/// Draws the figure to an SVG file at `path`. Of each function, `rows` has the targets, the surface, and the cut.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn draw(
    points: &Array2<f64>,
    grid: &Grid,
    cut: &[f64],
    rows: &[(Array2<f64>, Array2<f64>, Array2<f64>)],
    fits: &[Fit],
    path: &Path,
) -> std::io::Result<()> {
    let (columns, height) = (HIDDEN.len() as i32 + 1, PANEL.1 + BELOW);
    let mut svg = Svg::new((LEFT + columns * PANEL.0 + RIGHT, TOP + rows.len() as i32 * height));
    svg.element(SAMPLES);
    let centre_x = |column: i32| LEFT + column * PANEL.0 + PANEL.0 / 2;
    let titles = ["data", "fit, 3 neurons", "fit, 5 neurons", "fit, 8 neurons"];
    let places = (0..).map(|column| (centre_x(column), TOP / 2));
    svg.words(INK, 42, "middle", titles.into_iter().zip(places));
    let camera = Camera { scale: SIDE };
    let fits = fits.chunks_exact(HIDDEN.len());
    for (index, ((function, (targets, truth, of_cut)), fits)) in
        (0..).zip(FUNCTIONS.iter().zip(rows).zip(fits))
    {
        let top = TOP + index * height;
        let middle = top + PANEL.1 / 2;
        let turned = format!(r#"transform="translate({} {middle}) rotate(270)""#, LEFT / 2);
        svg.group(&turned, |svg| svg.words(INK, 39, "middle", [(function.formula, (0, 0))]));
        let spans = [Span::of(&grid.x1), Span::of(&grid.x2), Span::of(truth)];
        let surfaces = [truth].into_iter().chain(fits.iter().map(|fit| &fit.surface));
        for (column, surface) in (0..).zip(surfaces) {
            let place = format!(r#"transform="translate({} {middle})""#, centre_x(column));
            svg.group(&place, |svg| {
                // All panels of a row have the same box.
                let name = format!("box{index}");
                if column == 0 {
                    svg.group(&format!(r#"id="{name}""#), |svg| draw_box(svg, &camera, spans));
                } else {
                    svg.element(&format!(r##"<use href="#{name}"/>"##));
                }
                draw_floor(svg, &camera, surface.view(), spans[2]);
                let samples = (points.view(), targets.column(0));
                draw_surface(svg, &camera, surface.view(), spans, samples, FACES);
            });
        }
        draw_colour_bar(&mut svg, (centre_x(columns) - PANEL.0 / 2 + 35, middle), spans[2]);
        let of_cut = Vec::from_iter(of_cut.iter().copied());
        for (column, fit) in (1..).zip(fits) {
            let corner = (centre_x(column) - 265, top + PANEL.1 + 20);
            draw_cut(&mut svg, &format!("cut{index}{column}"), corner, cut, &of_cut, fit);
        }
        draw_legend(&mut svg, (centre_x(0) - 230, top + PANEL.1 + 60));
    }
    svg.save(path)
}

/// Draws the fit on a cut: its band, the function, the descent, and the fit itself.
fn draw_cut(svg: &mut Svg, name: &str, corner: Pixel, x: &[f64], truth: &[f64], fit: &Fit) {
    let [descent, mean, deviation] = fit.cut.each_ref().map(|values| Vec::from_iter(values.iter().copied()));
    let edge = |sign: f64| Vec::from_iter(mean.iter().zip(&deviation).map(|(mean, d)| mean + sign * 2.0 * d));
    let (low, high) =
        truth.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &y| (low.min(y), high.max(y)));
    let margin = 0.25 * (high - low);
    let chart = Chart {
        name: name.to_owned(),
        corner,
        size: (580, 330),
        x: Span::of(&[-FARTHEST, FARTHEST]),
        y: Span::of(&[low - margin, high + margin]),
    };
    chart.draw(svg, |svg| {
        chart.band(svg, x, &edge(-1.0), &edge(1.0), BAND);
        chart.line(svg, x, &descent, OTHER, r#"stroke-width="4""#);
        chart.line(svg, x, truth, INK, DASHES);
        chart.line(svg, x, &mean, FIT, r#"stroke-width="4""#);
        // The range of the points.
        let edges = [-2.0, 2.0]
            .map(|x| vec![(chart.place(x, 0.0).0, corner.1), (chart.place(x, 0.0).0, corner.1 + 330)]);
        svg.lines(r##"stroke="#969696" stroke-width="2" stroke-dasharray="4 8""##, &edges);
    });
}

/// Draws the meaning of the lines on the cuts, from its left upper corner.
fn draw_legend(svg: &mut Svg, (left, top): Pixel) {
    let row = |number: i32| top + 62 * number;
    let line = |number: i32| [vec![(left, row(number)), (left + 80, row(number))]];
    svg.words(INK, 32, "start", [(&format!("cuts at x₂ = {CUT}, along x₁:")[..], (left, row(0)))]);
    svg.lines(&format!(r#"stroke="{}" {DASHES}"#, INK.hex()), &line(1));
    svg.lines(&format!(r#"stroke="{}" stroke-width="4""#, FIT.hex()), &line(2));
    let band = [(0, -18), (80, -18), (80, 18), (0, 18)].map(|(x, y)| (left + x, row(3) + y));
    svg.fill(&[band.to_vec()], BAND);
    svg.lines(&format!(r#"stroke="{}" stroke-width="4""#, OTHER.hex()), &line(4));
    svg.lines(r##"stroke="#969696" stroke-width="2" stroke-dasharray="4 8""##, &line(5));
    let words = [
        "the function",
        "Levenberg-Marquardt",
        "its two deviations",
        "the article's descent",
        "the range of the points",
    ];
    svg.words(INK, 32, "start", (1..).zip(words).map(|(number, word)| (word, (left + 105, row(number)))));
}
