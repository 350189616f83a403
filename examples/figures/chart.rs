//! A chart of functions of one variable: a frame with numbers, bands, lines and dots.

use super::axes::{INK, numbers};
use super::surface::Span;
use super::svg::{Colour, Pixel, Svg};

/// The most steps between the numbers of an axis.
const TICKS: usize = 7;
/// The length of the line at a number.
const TICK: i32 = 10;
const GRID: &str = r##"fill="none" stroke="#dcdcdc" stroke-width="2""##;

/// The colours of a fit: its band and its line.
pub(crate) const BAND: Colour = Colour(216, 213, 236);
pub(crate) const FIT: Colour = Colour(84, 39, 136);
/// The colour of what it is compared with.
pub(crate) const OTHER: Colour = Colour(214, 111, 0);

/// The place of a chart in a drawing, and the values that it shows.
pub(crate) struct Chart {
    /// A name that no other chart of the drawing has.
    pub(crate) name: String,
    /// The left upper corner of the frame.
    pub(crate) corner: Pixel,
    /// The width and the height of the frame.
    pub(crate) size: Pixel,
    pub(crate) x: Span,
    pub(crate) y: Span,
}

impl Chart {
    /// The pixel of a point, which may lie outside the frame.
    pub(crate) fn place(&self, x: f64, y: f64) -> Pixel {
        let along = |position: f64, length: i32| {
            // Far outside, a pixel need not be exact.
            (position.clamp(-9.0, 10.0) * f64::from(length)).round() as i32
        };
        let (left, top) = self.corner;
        let (width, height) = self.size;
        (left + along(self.x.position(x), width), top + height - along(self.y.position(y), height))
    }

    /// Draws the frame with its grid and its numbers, and whatever `draw` draws inside it. What is outside the frame is
    /// cut off.
    pub(crate) fn draw(&self, svg: &mut Svg, draw: impl FnOnce(&mut Svg)) {
        let ((left, top), (width, height)) = (self.corner, self.size);
        let (right, bottom) = (left + width, top + height);
        let (xs, ys) = (self.x.ticks(TICKS), self.y.ticks(TICKS));
        let column = |x: f64| self.place(x, 0.0).0;
        let row = |y: f64| self.place(0.0, y).1;
        let columns = xs.iter().map(|&x| vec![(column(x), top), (column(x), bottom)]);
        let rows = ys.iter().map(|&y| vec![(left, row(y)), (right, row(y))]);
        svg.lines(GRID, &Vec::from_iter(columns.chain(rows)));

        let name = &self.name;
        let area = format!(r#"x="{left}" y="{top}" width="{width}" height="{height}""#);
        svg.element(&format!(r#"<clipPath id="{name}"><rect {area}/></clipPath>"#));
        svg.group(&format!(r#"clip-path="url(#{name})""#), draw);

        let frame = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        let below = xs.iter().map(|&x| vec![(column(x), bottom), (column(x), bottom + TICK)]);
        let beside = ys.iter().map(|&y| vec![(left, row(y)), (left - TICK, row(y))]);
        let style = format!(r#"fill="none" stroke="{}" stroke-width="2""#, INK.hex());
        svg.lines(&style, &Vec::from_iter([frame].into_iter().chain(below).chain(beside)));
        numbers(svg, &xs, "middle", |x| (column(x), bottom + TICK + 24));
        numbers(svg, &ys, "end", |y| (left - TICK - 8, row(y)));
    }

    /// Draws the band between two functions at the values `x`.
    pub(crate) fn band(&self, svg: &mut Svg, x: &[f64], low: &[f64], high: &[f64], colour: Colour) {
        let above = x.iter().zip(high).map(|(x, y)| self.place(*x, *y));
        let below = x.iter().zip(low).map(|(x, y)| self.place(*x, *y));
        let outline = Vec::from_iter(above.chain(below.rev()));
        svg.fill(&[outline], colour);
    }

    /// Draws a function at the values `x`, with a style for the line such as dashes.
    pub(crate) fn line(&self, svg: &mut Svg, x: &[f64], y: &[f64], colour: Colour, style: &str) {
        let line = x.iter().zip(y).map(|(x, y)| self.place(*x, *y)).collect();
        svg.lines(&format!(r#"fill="none" stroke="{}" {style}"#, colour.hex()), &[line]);
    }
}
