//! The box around a surface: panes, grid lines, axes and their numbers.

use super::surface::{Camera, Span, Vertex};
use super::svg::{Colour, Pixel, Svg};

/// The colour of lines and letters.
pub(crate) const INK: Colour = Colour(40, 40, 40);

/// The most steps between the ticks of an axis.
const TICKS: usize = 7;

/// An edge of the box that carries an axis.
struct Edge {
    name: &'static str,
    /// One end of the edge.
    start: Vertex,
    /// The other two corners of a grid line that runs from `start` over the floor or a pane.
    bend: [Vertex; 2],
    /// The direction from the edge to its ticks, numbers and name, and the distance of the numbers.
    away: Vertex,
    gap: f64,
    /// The part of a number that is at its place: its `middle` or its `start`.
    anchor: &'static str,
    /// The distance of the name from the edge, and its position along the edge.
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
        anchor: "middle",
        name_at: (0.2, 0.5),
    },
    Edge {
        name: "x₂",
        start: [1.0, 0.0, 0.0],
        bend: [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
        away: [1.0, -0.1, 0.0],
        gap: 0.1,
        anchor: "middle",
        name_at: (0.2, 0.5),
    },
    Edge {
        name: "z",
        start: [1.0, 1.0, 0.0],
        bend: [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]],
        away: [0.7, 0.8, 0.0],
        gap: 0.05,
        anchor: "start",
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
pub(crate) fn draw_box(svg: &mut Svg, camera: &Camera, spans: [Span; 3]) {
    let line =
        |path: &[Vertex]| -> Vec<Pixel> { path.iter().map(|&vertex| camera.project(vertex)).collect() };
    let panes = PANES.map(|pane| line(&[pane[0], pane[1], pane[2], pane[3], pane[0]]));
    svg.lines(r##"fill="#f6f6f6" stroke="#cdcdcd" stroke-width="2""##, &panes);

    let (mut grid, mut axes) = (Vec::new(), Vec::new());
    for (axis, edge) in EDGES.iter().enumerate() {
        axes.push(line(&[at(edge.start, axis, 0.0), at(edge.start, axis, 1.0)]));
        for tick in spans[axis].ticks(TICKS) {
            let place = spans[axis].position(tick);
            let path = [edge.start, edge.bend[0], edge.bend[1]];
            grid.push(line(&path.map(|vertex| at(vertex, axis, place))));
            axes.push(line(&[at(edge.start, axis, place), edge.off(axis, 0.03, place)]));
        }
    }
    svg.lines(r##"fill="none" stroke="#cdcdcd" stroke-width="2""##, &grid);
    svg.lines(&format!(r#"stroke="{}" stroke-width="3""#, INK.hex()), &axes);

    for (axis, edge) in EDGES.iter().enumerate() {
        let place = |tick| camera.project(edge.off(axis, edge.gap, spans[axis].position(tick)));
        numbers(svg, &spans[axis].ticks(TICKS), edge.anchor, place);
        let (distance, position) = edge.name_at;
        let place = camera.project(edge.off(axis, distance, position));
        svg.words(INK, 32, "middle", [(edge.name, place)]);
    }
}

/// Writes numbers without needless digits at their places.
pub(crate) fn numbers(svg: &mut Svg, values: &[f64], anchor: &str, place: impl Fn(f64) -> Pixel) {
    let written = values.iter().map(|value| {
        // Adding 0 turns −0 into 0; the typographic minus is as wide as a digit.
        let rounded = (value * 1e6).round() / 1e6 + 0.0;
        rounded.to_string().replace('-', "−")
    });
    let written: Vec<String> = written.collect();
    let places = values.iter().map(|&value| place(value));
    svg.words(INK, 29, anchor, written.iter().map(String::as_str).zip(places));
}

/// The vertex with another coordinate on one axis.
fn at(mut vertex: Vertex, axis: usize, position: f64) -> Vertex {
    vertex[axis] = position;
    vertex
}

impl Edge {
    /// The vertex at `position` of the edge, which runs along `axis`, and `distance` away from it.
    fn off(&self, axis: usize, distance: f64, position: f64) -> Vertex {
        at([0, 1, 2].map(|k| self.start[k] + distance * self.away[k]), axis, position)
    }
}
