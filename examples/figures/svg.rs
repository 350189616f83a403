//! A small SVG writer: filled outlines, lines and words at whole pixels, one element per line.

use std::collections::BTreeMap;
use std::path::Path;

/// A place on the canvas: right and down, in pixels.
pub(crate) type Pixel = (i32, i32);

/// A colour: red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Colour(pub(crate) u8, pub(crate) u8, pub(crate) u8);

impl Colour {
    /// The colour at `share` of the way from `self` to `other`.
    pub(crate) fn blend(self, other: Self, share: f64) -> Self {
        let channel = |a: u8, b: u8| (f64::from(a) + share * (f64::from(b) - f64::from(a))).round() as u8;
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }

    /// `#rrggbb`.
    pub(crate) fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// A drawing.
pub(crate) struct Svg {
    elements: String,
    /// The classes of the colours that were used to fill: their names are shorter than the colours.
    classes: BTreeMap<Colour, String>,
}

impl Svg {
    /// An empty white canvas of the given size in pixels.
    pub(crate) fn new((width, height): Pixel) -> Self {
        let mut svg = Self { elements: String::new(), classes: BTreeMap::new() };
        let size = format!(r#"width="{width}" height="{height}""#);
        let name_space = "http://www.w3.org/2000/svg";
        svg.element(&format!(r#"<svg {size} viewBox="0 0 {width} {height}" xmlns="{name_space}">"#));
        svg.element(&format!(r##"<rect {size} fill="#fff"/>"##));
        svg
    }

    /// Adds an element as it stands.
    pub(crate) fn element(&mut self, element: &str) {
        self.elements.push_str(element);
        self.elements.push('\n');
    }

    /// Adds whatever `draw` draws, as a group with these attributes.
    pub(crate) fn group(&mut self, attributes: &str, draw: impl FnOnce(&mut Self)) {
        self.element(&format!("<g {attributes}>"));
        draw(self);
        self.element("</g>");
    }

    /// Fills the inside of outlines, which need not return to their starts.
    pub(crate) fn fill(&mut self, outlines: &[Vec<Pixel>], colour: Colour) {
        let next = class(self.classes.len());
        let class = self.classes.entry(colour).or_insert(next);
        let path = format!(r#"<path class="{class}" d="{}"/>"#, path(outlines));
        self.element(&path);
    }

    /// Adds lines, each through some pixels; the attributes, or the group around them, give their style.
    pub(crate) fn lines(&mut self, attributes: &str, lines: &[Vec<Pixel>]) {
        self.element(&format!(r#"<path {attributes} d="{}"/>"#, path(lines)));
    }

    /// Adds words, each with the middle of its height at its place.
    ///
    /// The `anchor` says which part of a word is at that place: its `start` or its `middle`.
    pub(crate) fn words<'w>(
        &mut self,
        colour: Colour,
        size: i32,
        anchor: &str,
        words: impl IntoIterator<Item = (&'w str, Pixel)>,
    ) {
        let font = format!(r#"font-family="sans-serif" font-size="{size}" text-anchor="{anchor}""#);
        self.group(&format!(r#"fill="{}" {font}"#, colour.hex()), |svg| {
            for (word, (x, y)) in words {
                // The middle of digits and capitals is about 0.36 of the font size above the base line.
                let base = y + size * 36 / 100;
                svg.element(&format!(r#"<text x="{x}" y="{base}">{word}</text>"#));
            }
        });
    }

    /// Writes the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn save(mut self, path: &Path) -> std::io::Result<()> {
        let rule = |(colour, class): (&Colour, &String)| format!(".{class}{{fill:{}}}\n", colour.hex());
        let rules: String = self.classes.iter().map(rule).collect();
        self.element(&format!("<style>\n{rules}</style>\n</svg>"));
        std::fs::write(path, self.elements)
    }
}

/// A short name of a class: a, b, …, z, A, B, …, Z, a1, b1, …
fn class(index: usize) -> String {
    let (letter, round) = (index % 52, index / 52);
    let letter = char::from(if letter < 26 { b'a' } else { b'A' - 26 } + letter as u8);
    if round == 0 { letter.to_string() } else { format!("{letter}{round}") }
}

/// Lines in SVG's path language: of each its start, and then steps, all relative to the pixel before.
fn path(lines: &[Vec<Pixel>]) -> String {
    let mut data = String::new();
    let mut here = (0, 0);
    for line in lines {
        data.push('m');
        for &to in line {
            let (dx, dy) = (to.0 - here.0, to.1 - here.1);
            // A minus sign separates by itself; a comma, other than a space, needs no escape in a URL.
            let before_dx = if dx < 0 || data.ends_with('m') { "" } else { "," };
            let before_dy = if dy < 0 { "" } else { "," };
            data.push_str(&format!("{before_dx}{dx}{before_dy}{dy}"));
            here = to;
        }
    }
    data
}
