//! The mean loss of every epoch, one panel per function and one curve per hidden size.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

/// The curves of one function.
pub(crate) struct Panel<'a> {
    /// Name or formula of the function.
    pub(crate) label: &'a str,
    /// One curve per network.
    pub(crate) curves: Vec<Curve<'a>>,
}

/// One training run.
pub(crate) struct Curve<'a> {
    /// Neurons in the hidden layer.
    pub(crate) hidden: usize,
    /// Mean loss of every epoch, the first epoch first.
    pub(crate) losses: &'a [f64],
}

/// One hue per function; the more neurons, the darker the curve.
const HUES: [[RGBColor; 3]; 3] = [
    [RGBColor(253, 174, 97), RGBColor(230, 110, 20), RGBColor(140, 60, 5)],
    [RGBColor(178, 160, 220), RGBColor(125, 85, 180), RGBColor(65, 15, 110)],
    [RGBColor(125, 200, 190), RGBColor(40, 145, 135), RGBColor(0, 80, 75)],
];

/// The losses with a grid line and a number.
const TICKS: [f64; 7] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];

/// The top of the scale over the greatest loss, as a factor: room for the legend.
const HEADROOM: f64 = 4.0;

/// Draws the panels side by side, with one logarithmic scale of losses, to an SVG file at `path`.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn draw(panels: &[Panel], path: &Path) -> Result<(), Box<dyn Error>> {
    let canvas = SVGBackend::new(path, (1500, 560)).into_drawing_area();
    canvas.fill(&WHITE)?;
    let all = panels.iter().flat_map(|panel| &panel.curves);
    let epochs = all.clone().map(|curve| curve.losses.len()).max().unwrap_or(1);
    let (least, most) = all
        .flat_map(|curve| curve.losses)
        .fold((f64::INFINITY, 0.0_f64), |(least, most), &loss| (least.min(loss), most.max(loss)));
    let (low, high) = (least / 1.3, most * HEADROOM);
    let ticks: Vec<f64> = TICKS.into_iter().filter(|tick| (low..high).contains(tick)).collect();
    for ((area, panel), hues) in canvas.split_evenly((1, panels.len())).iter().zip(panels).zip(HUES) {
        let mut chart = ChartBuilder::on(area)
            .caption(panel.label, ("sans-serif", 28))
            .margin(14)
            .margin_right(34)
            .x_label_area_size(60)
            .y_label_area_size(80)
            .build_cartesian_2d(1..epochs, (low..high).log_scale().with_key_points(ticks.clone()))?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(5)
            .x_desc("epoch")
            .y_desc("mean loss")
            .label_style(("sans-serif", 22))
            .draw()?;
        for (curve, hue) in panel.curves.iter().zip(hues) {
            let points: Vec<_> = (1..).zip(curve.losses.iter().copied()).collect();
            chart
                .draw_series([PathElement::new(points, hue.stroke_width(3))])?
                .label(format!("{} neurons", curve.hidden))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], hue.stroke_width(4)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .label_font(("sans-serif", 22))
            .background_style(WHITE.mix(0.85))
            .border_style(RGBColor(200, 200, 200))
            .draw()?;
    }
    canvas.present()?;
    Ok(())
}
