//! The progress bar of a run.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::figure;
use super::report::EpochReport;

/// A bar on standard error, drawn only on a terminal. It stays on the screen after the run, also after an error.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar of `max_epochs` steps.
    pub(crate) fn new(max_epochs: usize) -> Self {
        let bar = ProgressBar::new(max_epochs as u64);
        let template = "epoch {pos}/{len} {wide_bar} {msg} {eta} left";
        // The template is valid, as a test checks.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        Self(bar)
    }

    /// Shows a finished epoch.
    pub(crate) fn show(&self, epoch: &EpochReport) {
        // A hidden bar needs no text. Formatting it would slow down short epochs.
        if !self.0.is_hidden() {
            self.0.set_message(message(epoch));
            self.0.set_position(epoch.epoch as u64);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The text next to the bar.
fn message(epoch: &EpochReport) -> Cow<'static, str> {
    let loss = figure::loss(epoch.loss);
    let mut text = format!("loss {loss}");
    let validation = epoch.validation_loss.map(|loss| ("validation", loss));
    for (name, value) in validation.into_iter().chain(epoch.metrics()) {
        text.push_str(&format!(", {name} {}", figure::loss(value)));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    use super::super::metric::Values;
    use super::*;

    #[test]
    fn the_bar_shows_epoch_losses_and_time_left() {
        let terminal = InMemoryTerm::new(10, 100);
        let bar = Bar::new(8);
        bar.0.set_draw_target(ProgressDrawTarget::term_like(Box::new(terminal.clone())));
        for (epoch, validation_loss) in [(1, None), (2, Some(0.25))] {
            bar.show(&EpochReport {
                epoch,
                loss: 0.5,
                validation_loss,
                metrics: Values::default(),
                eta: 0.1,
            });
        }
        let (validation_loss, metrics) = (Some(3e40), Values::default());
        let extreme = EpochReport { epoch: 2, loss: 2e-9, validation_loss, metrics, eta: 0.1 };
        assert_eq!(message(&extreme), "loss 2.00000e-9, validation 3.00000e40");
        bar.0.force_draw();
        let text = terminal.contents();
        assert!(text.starts_with("epoch 2/8 "), "{text}");
        assert!(text.contains("loss 0.500000, validation 0.250000"), "{text}");
        assert!(text.ends_with(" left"), "{text}");
    }
}
