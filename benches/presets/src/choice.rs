//! Chooses a setting for each family of data sets by the scores of the other families.

use crate::setting::Setting;
use crate::trial::{Outcome, Task};

/// All settings and the preset, with their outcomes.
struct Comparison<'a> {
    settings: &'a [Setting],
    preset: Setting,
    tasks: &'a [Task],
    families: Vec<&'static str>,
    /// The mean scores and the mean values of −ln (loss / the preset's loss), by setting and family; more is better.
    scores: Vec<Vec<f64>>,
    gains: Vec<Vec<f64>>,
}

/// Prints three Markdown tables: all settings; the settings that the other families choose for each family; and the
/// results of the preset and of these choices, on more seeds.
///
/// The rows of a family take no part in its own choice.
pub fn leave_one_out(settings: &[Setting], preset: &Setting, tasks: &[Task], seeds: u64, final_seeds: u64) {
    tasks.iter().for_each(|task| task.check_preset(preset));
    let comparison = Comparison::new(settings, preset, tasks, seeds);
    comparison.print();
    // Whether the setting differs from the preset in the rates alone.
    let has_rates = |setting: &Setting| {
        (setting.optimizer, setting.regularization) == (preset.optimizer, preset.regularization)
    };
    let by_score = comparison.chosen(&comparison.scores, |_| true);
    let by_loss = comparison.chosen(&comparison.gains, |_| true);
    let rates = comparison.chosen(&comparison.scores, has_rates);
    println!(
        "\n| | chosen by | hidden | optimizer | η | p | rows | λ |\n|---|---|---|---|---:|---:|---:|---:|"
    );
    for (f, family) in comparison.families.iter().enumerate() {
        for (by, settings) in [("score", &by_score), ("loss", &by_loss), ("score, rates alone", &rates)] {
            println!("| {family} | {by} | {} |", settings[f]);
        }
    }
    comparison.print_choices([&by_score, &by_loss, &rates], final_seeds);
}

impl<'a> Comparison<'a> {
    fn new(settings: &'a [Setting], preset: &Setting, tasks: &'a [Task], seeds: u64) -> Self {
        let mut families = Vec::from_iter(tasks.iter().map(Task::family));
        families.dedup();
        let mut comparison =
            Self { settings, preset: *preset, tasks, families, scores: Vec::new(), gains: Vec::new() };
        let losses = Vec::from_iter(tasks.iter().map(|task| mean_loss(&outcomes(task, preset, seeds))));
        for setting in settings {
            let of_tasks = Vec::from_iter(tasks.iter().map(|task| outcomes(task, setting, seeds)));
            let scores = Vec::from_iter(of_tasks.iter().map(|of_task| mean_score(of_task)));
            let gain = |(of_task, loss): (&Vec<Outcome>, &f64)| -(mean_loss(of_task) / loss).ln();
            let gains = Vec::from_iter(of_tasks.iter().zip(&losses).map(gain));
            comparison.scores.push(comparison.by_family(&scores));
            comparison.gains.push(comparison.by_family(&gains));
        }
        comparison
    }

    /// The mean over the tasks of each family.
    fn by_family(&self, values: &[f64]) -> Vec<f64> {
        Vec::from_iter(self.families.iter().map(|family| {
            let of_family = self.tasks.iter().zip(values).filter(|(task, _)| task.family() == *family);
            mean(&Vec::from_iter(of_family.map(|(_, value)| *value)))
        }))
    }

    /// For each family, the allowed setting with the largest mean of the other families.
    fn chosen(&self, values: &[Vec<f64>], is_allowed: impl Fn(&Setting) -> bool) -> Vec<Setting> {
        let of_others = |setting: usize, family: usize| {
            let others = values[setting].iter().enumerate().filter(|(other, _)| *other != family);
            mean(&Vec::from_iter(others.map(|(_, value)| *value)))
        };
        let best = |family: usize| {
            let settings = (0..self.settings.len()).filter(|&setting| is_allowed(&self.settings[setting]));
            let best = settings.max_by(|&a, &b| of_others(a, family).total_cmp(&of_others(b, family)));
            self.settings[best.unwrap()]
        };
        Vec::from_iter((0..self.families.len()).map(best))
    }

    fn print(&self) {
        let families = self.families.join(" | ");
        println!("| hidden | optimizer | η | p | rows | λ | mean | −ln loss ratio | {families} |");
        println!("|---|---|{}", "---:|".repeat(6 + self.families.len()));
        let mut order = Vec::from_iter(0..self.settings.len());
        order.sort_by(|&a, &b| mean(&self.scores[b]).total_cmp(&mean(&self.scores[a])));
        for i in order {
            let cells = Vec::from_iter(self.scores[i].iter().map(|score| format!("{score:.4}"))).join(" | ");
            let (score, gain) = (mean(&self.scores[i]), mean(&self.gains[i]));
            println!("| {} | {score:.4} | {gain:+.3} | {cells} |", self.settings[i]);
        }
    }

    /// Prints the scores and the losses of the preset and of the choices, task by task.
    fn print_choices(&self, choices: [&[Setting]; 3], seeds: u64) {
        let names = ["by score", "by loss", "rates alone"].map(|name| format!("{name} | ± | loss"));
        println!("\n| | preset | loss | {} |\n|---|{}", names.join(" | "), "---:|".repeat(11));
        let mut differences = [Vec::new(), Vec::new(), Vec::new()];
        for task in self.tasks {
            let family = self.families.iter().position(|family| *family == task.family()).unwrap();
            let preset = outcomes(task, &self.preset, seeds);
            print!("| {task} | {:.4} | {:.4} |", mean_score(&preset), mean_loss(&preset));
            for (choice, differences) in choices.iter().zip(&mut differences) {
                let chosen = outcomes(task, &choice[family], seeds);
                let paired = preset.iter().zip(&chosen).map(|(preset, chosen)| chosen.score - preset.score);
                let paired = Vec::from_iter(paired);
                differences.push(mean(&paired));
                let (score, loss) = (mean_score(&chosen), mean_loss(&chosen));
                print!(" {score:.4} | {:+.4} ± {:.4} | {loss:.4} |", mean(&paired), standard_error(&paired));
            }
            println!();
        }
        print!("| mean of the families | | |");
        for differences in &differences {
            let of_families = self.by_family(differences);
            print!(" | {:+.4} ± {:.4} | |", mean(&of_families), standard_error(&of_families));
        }
        println!();
    }
}

fn outcomes(task: &Task, setting: &Setting, seeds: u64) -> Vec<Outcome> {
    Vec::from_iter((0..seeds).map(|seed| task.run_to_end(setting, seed)))
}

fn mean_score(outcomes: &[Outcome]) -> f64 {
    mean(&Vec::from_iter(outcomes.iter().map(|outcome| outcome.score)))
}

fn mean_loss(outcomes: &[Outcome]) -> f64 {
    mean(&Vec::from_iter(outcomes.iter().map(|outcome| outcome.loss)))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard error of the mean.
fn standard_error(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (squares / (values.len() - 1) as f64 / values.len() as f64).sqrt()
}
