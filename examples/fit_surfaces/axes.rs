//! The box around a surface: panes, grid lines, axes and their numbers.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::surface::{Camera, Pixel, Span, Vertex};

/// What everything is drawn on.
pub(crate) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Nothing, or why it could not be drawn.
pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// The colour of lines and letters.
pub(crate) const INK: RGBColor = RGBColor(40, 40, 40);

/// The most steps between the ticks of an axis.
const TICKS: usize = 7;

/// An edge of the box that carries an axis.
struct Edge {
    name: &'static str,
    /// One end of the edge.
    start: Vertex,
    /// The other two corners of a grid line that runs from `start` over the floor or a pane.
    bend: [Vertex; 2],
    /// Which way ticks, numbers and the name stand off, and how far the numbers do.
    away: Vertex,
    gap: f64,
    /// The side of a number that faces the edge.
    anchor: HPos,
    /// How far the name stands off, and where along the edge.
    name_at: (f64, f64),
}

/// The edges of x₁, x₂ and z.
const EDGES: [Edge; 3] = [
    Edge {
        name: "x₁",
        start: [0.0, 0.0, 0.0],
        bend: [[0.0, 1.0, 0.0], [0.0, 1.0, 1.0]],
        away: [0.0, -1.0, 0.0],
        gap: 0.1,
        anchor: HPos::Center,
        name_at: (0.2, 0.5),
    },
    Edge {
        name: "x₂",
        start: [1.0, 0.0, 0.0],
        bend: [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
        away: [1.0, -0.1, 0.0],
        gap: 0.1,
        anchor: HPos::Center,
        name_at: (0.2, 0.5),
    },
    Edge {
        name: "z",
        start: [1.0, 1.0, 0.0],
        bend: [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
        away: [0.7, 0.8, 0.0],
        gap: 0.05,
        anchor: HPos::Left,
        name_at: (0.0, 1.12),
    },
];

/// The floor and the two walls behind the surface.
const PANES: [[Vertex; 4]; 3] = [
    [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]],
    [[0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]],
    [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]],
];

/// Draws the three panes behind the surface with their grid, and the three axes with ticks and numbers.
pub(crate) fn draw_box(canvas: &Canvas, camera: &Camera, spans: [Span; 3]) -> Outcome {
    let line = |path: &[Vertex], style: ShapeStyle| {
        let pixels: Vec<Pixel> = path.iter().map(|&vertex| camera.project(vertex).0).collect();
        canvas.draw(&PathElement::new(pixels, style))
    };
    let grid = RGBColor(205, 205, 205).stroke_width(2);
    for pane in PANES {
        canvas.draw(&Polygon::new(pane.map(|corner| camera.project(corner).0), RGBColor(246, 246, 246)))?;
        line(&pane, grid)?;
    }
    for (axis, edge) in EDGES.into_iter().enumerate() {
        let at = |mut vertex: Vertex, position: f64| {
            vertex[axis] = position;
            vertex
        };
        let off = |distance: f64, position: f64| {
            at([0, 1, 2].map(|k| edge.start[k] + distance * edge.away[k]), position)
        };
        for tick in spans[axis].ticks(TICKS) {
            let position = spans[axis].position(tick);
            let path = [edge.start, edge.bend[0], edge.bend[1]].map(|vertex| at(vertex, position));
            line(&path, grid)?;
            line(&[at(edge.start, position), off(0.03, position)], INK.stroke_width(3))?;
            number(canvas, tick, camera.project(off(edge.gap, position)).0, edge.anchor)?;
        }
        line(&[at(edge.start, 0.0), at(edge.start, 1.0)], INK.stroke_width(3))?;
        let (distance, position) = edge.name_at;
        text(canvas, edge.name, camera.project(off(distance, position)).0, 40, FontTransform::None)?;
    }
    Ok(())
}

/// Writes a number without needless digits; `place` is the middle of its edge that `anchor` names, or its centre.
pub(crate) fn number(canvas: &Canvas, value: f64, place: Pixel, anchor: HPos) -> Outcome {
    // Adding 0 turns −0 into 0; the typographic minus is as wide as a digit.
    let rounded = (value * 1e6).round() / 1e6 + 0.0;
    let style = ("sans-serif", 36).into_text_style(canvas).color(&INK);
    let style = style.pos(Pos::new(anchor, VPos::Center));
    canvas.draw(&Text::new(rounded.to_string().replace('-', "−"), place, style))?;
    Ok(())
}

/// Writes `words` around `centre`.
pub(crate) fn text(canvas: &Canvas, words: &str, centre: Pixel, size: i32, turn: FontTransform) -> Outcome {
    let style = ("sans-serif", size).into_text_style(canvas).color(&INK).transform(turn);
    let style = style.pos(Pos::new(HPos::Center, VPos::Center));
    canvas.draw(&Text::new(words, centre, style))?;
    Ok(())
}
