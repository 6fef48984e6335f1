//! The commonest value of each label: the floor.

use super::{Baseline, Prediction, Targets, labelled};
use crate::annotate::labels::{Sentiment, Stance};
use crate::evaluate::gold::GoldRow;

/// Predicts for every row what is most common in train, per label and target.
pub struct Majority<'a> {
    targets: Targets<'a>,
    frame_p: [f32; 3],
    stances: Vec<Stance>,
    sentiment: Sentiment,
}

impl<'a> Majority<'a> {
    /// Counts the labels of `train`. Stance is counted where the target is mentioned; a label without rows
    /// is absent or neutral.
    pub fn fit(train: &[GoldRow], targets: Targets<'a>) -> Self {
        let labels: Vec<_> = labelled(train).into_iter().map(|(_, l)| l).collect();
        let share = |frame: usize| {
            let present = labels.iter().filter(|l| l.frames[frame]).count();
            present as f32 / labels.len().max(1) as f32
        };
        let stance = |name: &&str| {
            let all = labels.iter().map(|l| l.stance_toward(name));
            let mentioned = all.filter(|stance| *stance != Stance::NotMentioned);
            commonest(mentioned, Stance::Neutral)
        };
        Majority {
            targets,
            frame_p: [share(0), share(1), share(2)],
            stances: targets.names.iter().map(stance).collect(),
            sentiment: commonest(labels.iter().map(|l| l.sentiment), Sentiment::Neutral),
        }
    }
}

/// The commonest value; of equally common ones the first in the values' order.
fn commonest<T: Ord + Copy>(values: impl Iterator<Item = T>, otherwise: T) -> T {
    let mut counts = std::collections::BTreeMap::<T, usize>::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let best = counts.into_iter().rev().max_by_key(|&(_, count)| count);
    best.map_or(otherwise, |(value, _)| value)
}

impl Baseline for Majority<'_> {
    fn name(&self) -> &'static str {
        "majority"
    }

    fn predict(&self, rows: &[GoldRow]) -> Vec<Prediction> {
        let one = |row: &GoldRow| Prediction {
            frames: self.frame_p.map(|p| p > 0.5),
            frame_p: self.frame_p,
            stances: self.targets.stances(&row.text, |t, _| self.stances[t]),
            sentiment: self.sentiment,
        };
        rows.iter().map(one).collect()
    }
}
