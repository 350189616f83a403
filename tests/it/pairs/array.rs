//! A covering array: configurations in which every two values of two settings occur together.

use std::collections::BTreeSet;
use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// A value of a setting, numbered from 0 over all settings.
pub(crate) type Value = usize;

/// The values of all settings, and which two of them cannot be combined.
pub(crate) struct Values {
    /// The values of each setting.
    settings: Vec<Range<Value>>,
    conflicts: Vec<Vec<bool>>,
}

impl Values {
    /// So many values of each setting; `conflict` says which two values cannot be combined.
    pub(crate) fn new(counts: impl Iterator<Item = usize>, conflict: impl Fn(Value, Value) -> bool) -> Self {
        let mut settings: Vec<Range<Value>> = Vec::new();
        for count in counts {
            let first = settings.last().map_or(0, |range| range.end);
            settings.push(first..first + count);
        }
        let all = settings.last().map_or(0, |range| range.end);
        let conflicts = (0..all).map(|a| (0..all).map(|b| conflict(a, b) || conflict(b, a)).collect());
        Self { conflicts: conflicts.collect(), settings }
    }

    /// Every two values of two settings.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (Value, Value)> {
        let settings = self.settings.iter().enumerate();
        settings.flat_map(|(i, first)| {
            let second = self.settings[i + 1..].iter().cloned().flatten();
            first.clone().flat_map(move |a| second.clone().map(move |b| (a, b)))
        })
    }

    /// A row with these two values and no others.
    fn with(&self, pair: (Value, Value)) -> Vec<Option<Value>> {
        let chosen = |range: &Range<Value>| [pair.0, pair.1].into_iter().find(|value| range.contains(value));
        self.settings.iter().map(chosen).collect()
    }

    /// The number of values of the row that cannot be combined with this one.
    fn conflicts(&self, row: &[Option<Value>], value: Value) -> usize {
        row.iter().flatten().filter(|other| self.conflicts[**other][value]).count()
    }

    /// Whether values for the other settings exist, such that no two cannot be combined.
    fn can_be_completed(&self, row: &mut Vec<Option<Value>>) -> bool {
        let Some(setting) = row.iter().position(Option::is_none) else { return true };
        self.settings[setting].clone().any(|value| {
            let fits = self.conflicts(row, value) == 0;
            row[setting] = Some(value);
            let completed = fits && self.can_be_completed(row);
            row[setting] = None;
            completed
        })
    }

    /// Whether a configuration with these two values exists.
    pub(crate) fn is_possible(&self, pair: (Value, Value)) -> bool {
        !self.conflicts[pair.0][pair.1] && self.can_be_completed(&mut self.with(pair))
    }

    /// A configuration with these two values, and few others that cannot be combined.
    pub(crate) fn around(&self, pair: (Value, Value)) -> Vec<Value> {
        let mut row = self.with(pair);
        for setting in 0..row.len() {
            if row[setting].is_none() {
                row[setting] =
                    self.settings[setting].clone().min_by_key(|value| self.conflicts(&row, *value));
            }
        }
        row.into_iter().flatten().collect()
    }

    /// Configurations in which every two values that can be combined are.
    ///
    /// Each begins with a pair that is not covered yet, and takes for one setting after the other, in random order, the
    /// value that covers most such pairs (Cohen, Dalal, Fredman and Patton, *The AETG system*, 1997).
    pub(crate) fn covering(&self) -> Vec<Vec<Value>> {
        let mut uncovered: BTreeSet<_> = self.pairs().filter(|pair| self.is_possible(*pair)).collect();
        let mut rows = Vec::new();
        while let Some(&pair) = uncovered.first() {
            let generator = &mut ChaCha8Rng::seed_from_u64(rows.len() as u64);
            let mut row = self.with(pair);
            let mut order = Vec::from_iter(0..row.len());
            order.shuffle(generator);
            for setting in order {
                if row[setting].is_some() {
                    continue;
                }
                let mut values = Vec::from_iter(self.settings[setting].clone());
                values.shuffle(generator);
                let fits = |value: &Value| {
                    let mut row = row.clone();
                    row[setting] = Some(*value);
                    self.conflicts(&row, *value) == 0 && self.can_be_completed(&mut row)
                };
                let gain = |value: &Value| {
                    let pairs = row.iter().flatten().map(|other| ordered(*other, *value));
                    pairs.filter(|pair| uncovered.contains(pair)).count()
                };
                row[setting] = values.into_iter().filter(fits).max_by_key(gain);
            }
            let row = Vec::from_iter(row.into_iter().flatten());
            for (i, a) in row.iter().enumerate() {
                for b in &row[i + 1..] {
                    uncovered.remove(&ordered(*a, *b));
                }
            }
            rows.push(row);
        }
        rows
    }
}

fn ordered(a: Value, b: Value) -> (Value, Value) {
    (a.min(b), a.max(b))
}
