//! Tables that compare settings at all tasks.

use crate::setting::Setting;
use crate::trial::{Outcome, Task};

/// A setting and a number of epochs, with the results.
struct Candidate {
    setting: Setting,
    epochs: usize,
    /// The mean score at each task.
    scores: Vec<f64>,
    /// The mean loss at each task.
    losses: Vec<f64>,
    /// The median time of the slowest task.
    seconds: f64,
    /// The number of runs that diverged.
    diverged: usize,
    mean_rank: f64,
    /// The largest lag behind the best candidate, and its task.
    worst: (f64, String),
}

/// Prints a Markdown table of all settings after each number of epochs, sorted by the worst lag.
pub fn compare(settings: &[Setting], tasks: &[Task], checkpoints: &[usize], seeds: u64) {
    let mut candidates = Vec::from_iter(settings.iter().flat_map(|setting| {
        let outcomes = Vec::from_iter(
            tasks
                .iter()
                .map(|task| Vec::from_iter((0..seeds).map(|seed| task.run(setting, seed, checkpoints)))),
        );
        let of = move |(i, &epochs): (usize, &usize)| Candidate::new(*setting, epochs, i, &outcomes);
        Vec::from_iter(checkpoints.iter().enumerate().map(of))
    }));
    judge(&mut candidates, tasks);
    candidates.sort_by(|a, b| a.worst.0.total_cmp(&b.worst.0));
    print(&candidates, tasks);
}

impl Candidate {
    /// Averages the outcomes at checkpoint i, which are ordered by task and seed.
    fn new(setting: Setting, epochs: usize, i: usize, outcomes: &[Vec<Vec<Outcome>>]) -> Self {
        let of_tasks = |of: fn(&Outcome) -> f64| {
            Vec::from_iter(outcomes.iter().map(|seeds| mean(seeds.iter().map(|outcomes| of(&outcomes[i])))))
        };
        let seconds = outcomes.iter().map(|seeds| median(seeds.iter().map(|outcomes| outcomes[i].seconds)));
        Self {
            setting,
            epochs,
            scores: of_tasks(|outcome| outcome.score),
            losses: of_tasks(|outcome| outcome.loss),
            seconds: seconds.fold(0.0, f64::max),
            diverged: outcomes.iter().flatten().filter(|outcomes| outcomes[i].has_diverged).count(),
            mean_rank: 0.0,
            worst: (0.0, String::new()),
        }
    }
}

/// Ranks the candidates at each task, and finds the worst lag of each. Equal scores share the mean of their ranks.
fn judge(candidates: &mut [Candidate], tasks: &[Task]) {
    for (t, task) in tasks.iter().enumerate() {
        let scores = Vec::from_iter(candidates.iter().map(|candidate| candidate.scores[t]));
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for candidate in candidates.iter_mut() {
            let score = candidate.scores[t];
            let better = scores.iter().filter(|other| **other > score).count();
            let equal = scores.iter().filter(|other| **other == score).count();
            candidate.mean_rank += (better as f64 + 0.5 * (equal as f64 + 1.0)) / tasks.len() as f64;
            if best - score >= candidate.worst.0 {
                candidate.worst = (best - score, task.to_string());
            }
        }
    }
}

/// Prints a Markdown table of the preset's scores, task by task.
pub fn describe(preset: &Setting, tasks: &[Task], seeds: u64) {
    println!("| | median | mean | worst | mean loss | s |");
    println!("|---|---:|---:|---:|---:|---:|");
    for task in tasks {
        task.check_preset(preset);
        let outcomes = Vec::from_iter((0..seeds).map(|seed| task.run_preset(seed)));
        let scores = outcomes.iter().map(|outcome| outcome.score);
        let worst = scores.clone().fold(f64::INFINITY, f64::min);
        let loss = mean(outcomes.iter().map(|outcome| outcome.loss));
        let seconds = median(outcomes.iter().map(|outcome| outcome.seconds));
        let (median, mean) = (median(scores.clone()), mean(scores));
        println!("| {task} | {median:.3} | {mean:.3} | {worst:.3} | {loss:.3} | {seconds:.2} |");
    }
}

fn print(candidates: &[Candidate], tasks: &[Task]) {
    let names = Vec::from_iter(tasks.iter().map(Task::to_string));
    println!(
        "| hidden | optimizer | η | p | rows | λ | epochs | mean rank | worst lag | at | {} | losses | s | diverged |",
        names.join(" | ")
    );
    println!("|---|---|{}---|{}---|---:|---:|", "---:|".repeat(7), "---:|".repeat(tasks.len()));
    for candidate in candidates {
        let Candidate { setting, epochs, mean_rank, worst: (lag, at), seconds, diverged, .. } = candidate;
        let scores = Vec::from_iter(candidate.scores.iter().map(|score| format!("{score:.3}"))).join(" | ");
        let losses = Vec::from_iter(candidate.losses.iter().map(|loss| format!("{loss:.3}"))).join(" ");
        println!(
            "| {setting} | {epochs} | {mean_rank:.1} | {lag:.3} | {at} | {scores} | {losses} | {seconds:.2} | {diverged} |"
        );
    }
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values = Vec::from_iter(values);
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
