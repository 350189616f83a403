//! A progress bar on a terminal.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::training::figure;
use crate::training::report::EpochReport;

/// A bar on standard error, drawn only on a terminal. It stays on the screen after the run, also after an error.
/// `None` for a run without a bar.
pub(crate) struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar of `most` epochs or iterations, with this name of one of them, if it is to be shown.
    pub(crate) fn new(is_shown: bool, name: &str, most: usize) -> Self {
        if !is_shown {
            return Self(None);
        }
        let bar = ProgressBar::new(most as u64);
        let template = &format!("{name} {{pos}}/{{len}} {{wide_bar}} {{msg}} {{eta}} left");
        // The template is valid, as a test checks.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        Self(Some(bar))
    }

    /// Shows a finished epoch.
    pub(crate) fn show(&self, epoch: &EpochReport) {
        let validation = epoch.validation_loss.map(|loss| ("validation", loss));
        self.show_values(epoch.epoch, epoch.loss, validation.into_iter().chain(epoch.metrics()));
    }

    /// Shows how many epochs or iterations are finished, the loss, and other values by name.
    pub(crate) fn show_values<'a>(
        &self,
        finished: usize,
        loss: f64,
        others: impl IntoIterator<Item = (&'a str, f64)>,
    ) {
        // A hidden bar needs no text. Formatting it would slow down short epochs.
        if let Some(bar) = self.0.as_ref().filter(|bar| !bar.is_hidden()) {
            bar.set_message(message(loss, others));
            bar.set_position(finished as u64);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.abandon();
        }
    }
}

/// The text next to the bar.
fn message<'a>(loss: f64, others: impl IntoIterator<Item = (&'a str, f64)>) -> Cow<'static, str> {
    let mut text = format!("loss {}", figure::loss(loss));
    for (name, value) in others {
        text.push_str(&format!(", {name} {}", figure::loss(value)));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    use super::*;
    use crate::training::metric::Values;

    #[test]
    fn the_bar_shows_epoch_losses_and_time_left() {
        let terminal = InMemoryTerm::new(10, 100);
        let bar = Bar::new(true, "epoch", 8);
        let drawn = bar.0.as_ref().unwrap();
        drawn.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        for (epoch, validation_loss) in [(1, None), (2, Some(0.25))] {
            bar.show(&EpochReport {
                epoch,
                loss: 0.5,
                validation_loss,
                metrics: Values::default(),
                eta: 0.1,
            });
        }
        assert_eq!(message(2e-9, [("validation", 3e40)]), "loss 2.00000e-9, validation 3.00000e40");
        drawn.force_draw();
        let text = terminal.contents();
        assert!(text.starts_with("epoch 2/8 "), "{text}");
        assert!(text.contains("loss 0.500000, validation 0.250000"), "{text}");
        assert!(text.ends_with(" left"), "{text}");
    }
}
