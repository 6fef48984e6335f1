//! What only the model is asked: holder, mention, evidence, calibration, the worth of its order of review.

use serde::Serialize;

use super::gold::{FRAMES, Labels};
use super::metrics::{self, Counts};
use super::report::{SEED, View};
use super::{Judged, gold_stance};
use crate::annotate::decide::ranks;
use crate::annotate::labels::{Holder, Stance};

/// How well one label's probabilities say how often it is right.
#[derive(Debug, Clone, Serialize)]
pub struct CalibrationFigure {
    /// The label.
    pub label: String,
    /// Expected calibration error of the chosen value, 15 equal-mass bins.
    pub ece: Option<f64>,
    /// What it would be by chance alone, were every probability exactly right.
    pub ece_by_chance: Option<f64>,
    /// Brier score of the chosen value being right.
    pub brier: Option<f64>,
    /// Area under the ROC curve: does a higher probability mean right more often?
    pub auc: Option<f64>,
}

/// What only the model is asked.
#[derive(Debug, Clone, Serialize)]
pub struct Details {
    /// Rows with a polar gold stance and a polar prediction.
    pub holder_rows: usize,
    /// Share of these whose holder is right.
    pub holder_accuracy: Option<f64>,
    /// Macro-F1 of author and reported on these.
    pub holder_macro_f1: f64,
    /// F1 of "mentioned" for each target.
    pub mention_f1: Vec<(String, f64)>,
    /// Token-level F1 of the evidence against gold, over labels that gold and the model hold.
    pub evidence_f1: Option<f64>,
    /// Labels that evidence was compared on.
    pub evidence_labels: usize,
    /// The same over all labels with evidence in gold; one that the model misses counts 0.
    pub evidence_f1_of_all: Option<f64>,
    /// What reading the least certain rows first is worth.
    pub review: Review,
    /// Calibration of each label.
    pub calibration: Vec<CalibrationFigure>,
    /// Gold stance (rows) against predicted (columns), targets pooled, in the order of [`Stance::ALL`].
    pub stance_confusion: Vec<Vec<usize>>,
}

/// What reading the fifth of the rows that `review_rank` puts first finds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Review {
    /// Wrong cells in all rows: frames, stances, sentiment.
    pub wrong_cells: usize,
    /// Share of them in the fifth that `review_rank` puts first.
    pub found: f64,
    /// Share in the fifth with most wrong cells: what the best order would find.
    pub best: f64,
}

impl View<'_> {
    pub(super) fn details(&self, judged: &[Judged]) -> Details {
        let mut holders: Vec<(Holder, Holder)> = Vec::new();
        let mut stances: Vec<(Stance, Stance)> = Vec::new();
        let mut mentions: Vec<Vec<(bool, bool)>> = vec![Vec::new(); self.names.len()];
        for (row, j) in self.rows.iter().zip(judged) {
            let Some(labels) = &row.labels else { continue };
            for (t, name) in self.names.iter().enumerate() {
                let (gold, said) = (labels.stance_toward(name), j.annotation.stances[t]);
                stances.push((gold, said));
                let none = Stance::NotMentioned;
                mentions[t].push((gold != none, said != none));
                if gold.is_polar() && said.is_polar() {
                    let pair = labels
                        .holder
                        .get(name)
                        .copied()
                        .zip(j.annotation.holders[t]);
                    holders.extend(pair);
                }
            }
        }
        let (evidence, missed) = self.evidence(judged);
        let of_all = [evidence.as_slice(), &vec![Counts::default(); missed]].concat();
        Details {
            holder_rows: holders.len(),
            holder_accuracy: metrics::accuracy(&holders),
            holder_macro_f1: metrics::macro_f1(&holders, &[Holder::Author, Holder::Reported]),
            mention_f1: self
                .names
                .iter()
                .zip(&mentions)
                .map(|(name, pairs)| (name.clone(), Counts::of(pairs, &true).f1()))
                .collect(),
            evidence_f1: metrics::evidence_f1(&evidence),
            evidence_labels: evidence.len(),
            evidence_f1_of_all: metrics::evidence_f1(&of_all),
            review: self.review(judged),
            calibration: self.calibration(judged),
            stance_confusion: metrics::confusion(&stances, Stance::ALL).counts,
        }
    }

    /// Evidence of the labels that gold and the model both hold, and how many the model misses.
    fn evidence(&self, judged: &[Judged]) -> (Vec<Counts>, usize) {
        let mut items = Vec::new();
        let mut missed = 0;
        for (row, j) in self.rows.iter().zip(judged) {
            let frames = FRAMES.iter().enumerate().map(|(f, &key)| {
                let span = j.scores.frame_evidence.get(f).cloned().flatten();
                (key, span.filter(|_| j.annotation.frames[f]))
            });
            let targets = self.names.iter().enumerate().map(|(t, name)| {
                let said = j.annotation.stances[t].is_polar();
                let scores = j.scores.targets.get(t).and_then(Option::as_ref);
                (
                    name.as_str(),
                    scores.and_then(|s| s.evidence.clone()).filter(|_| said),
                )
            });
            for (key, said) in frames.chain(targets) {
                match (row.evidence_span(key), said) {
                    (Some(gold), Some(said)) => {
                        items.push(metrics::evidence_counts(&row.text, &[gold], &[said]));
                    }
                    (Some(_), None) => missed += 1,
                    _ => {}
                }
            }
        }
        (items, missed)
    }

    fn review(&self, judged: &[Judged]) -> Review {
        let wrong: Vec<usize> = self
            .rows
            .iter()
            .zip(judged)
            .map(|(row, j)| row.labels.as_ref().map_or(0, |gold| self.wrong(gold, j)))
            .collect();
        let doubts: Vec<_> = judged.iter().map(|j| Some(j.annotation.doubt)).collect();
        let ranks = ranks(&doubts);
        let mut by_rank: Vec<usize> = (0..wrong.len()).collect();
        by_rank.sort_by_key(|&i| ranks[i]);
        let mut by_wrong = by_rank.clone();
        by_wrong.sort_by_key(|&i| std::cmp::Reverse(wrong[i]));
        let total: usize = wrong.iter().sum();
        let share = |order: &[usize]| {
            let first = order.iter().take(order.len() / 5);
            first.map(|&i| wrong[i]).sum::<usize>() as f64 / total.max(1) as f64
        };
        Review {
            wrong_cells: total,
            found: share(&by_rank),
            best: share(&by_wrong),
        }
    }

    fn wrong(&self, gold: &Labels, j: &Judged) -> usize {
        let said = &j.annotation;
        let frames = gold.frames.iter().zip(&said.frames);
        let stances = self.names.iter().zip(&said.stances);
        frames.filter(|(gold, said)| gold != said).count()
            + stances
                .filter(|(name, said)| gold.stance_toward(name) != **said)
                .count()
            + usize::from(gold.sentiment != said.sentiment)
    }

    /// Rows with a wrong cell, by how much probability the wrong cells were given.
    pub(super) fn worst(&self, judged: &[Judged]) -> Vec<(String, String)> {
        let mut rows: Vec<(f32, String, String)> = Vec::new();
        for (row, j) in self.rows.iter().zip(judged) {
            let Some(labels) = &row.labels else { continue };
            let mut wrong = Vec::new();
            let mut weight = 0.0;
            for (f, key) in FRAMES.iter().enumerate() {
                let p = j.scores.frames[f];
                if labels.frames[f] != j.annotation.frames[f] {
                    weight += if labels.frames[f] { 1.0 - p } else { p };
                    let sign = if labels.frames[f] { "missed" } else { "false" };
                    wrong.push(format!("{key} {sign} (p {p:.2})"));
                }
            }
            for (t, name) in self.names.iter().enumerate() {
                let (gold, said) = (labels.stance_toward(name), j.annotation.stances[t]);
                if gold != said {
                    let scores = j.scores.targets[t].as_ref();
                    weight +=
                        scores.map_or(1.0, |s| s.stance.get(said as usize).copied().unwrap_or(0.5));
                    wrong.push(format!("{name} {}, not {}", said.as_str(), gold.as_str()));
                }
            }
            if labels.sentiment != j.annotation.sentiment {
                weight += 0.5 * j.scores.sentiment[j.annotation.sentiment as usize];
                let (said, gold) = (j.annotation.sentiment.as_str(), labels.sentiment.as_str());
                wrong.push(format!("sentiment {said}, not {gold}"));
            }
            if !wrong.is_empty() {
                rows.push((weight, row.id.clone(), wrong.join("; ")));
            }
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        rows.into_iter().map(|(_, id, wrong)| (id, wrong)).collect()
    }

    fn calibration(&self, judged: &[Judged]) -> Vec<CalibrationFigure> {
        let mut labels: Vec<(String, Vec<(bool, f64)>)> = Vec::new();
        for (f, key) in FRAMES.iter().enumerate() {
            let judged = self.rows.iter().zip(judged).filter_map(|(row, j)| {
                let p = f64::from(j.scores.frames[f]);
                let said = j.annotation.frames[f];
                let gold = row.labels.as_ref()?.frames[f];
                Some((said == gold, if said { p } else { 1.0 - p }))
            });
            labels.push(((*key).to_owned(), judged.collect()));
        }
        for (t, name) in self.names.iter().enumerate() {
            let judged = self.rows.iter().zip(judged).filter_map(|(row, j)| {
                let scores = j.scores.targets[t].as_ref()?;
                let said = j.annotation.stances[t];
                let p = match said {
                    Stance::NotMentioned => 1.0 - scores.mentioned,
                    _ => scores.mentioned * scores.stance[said as usize],
                };
                Some((gold_stance(row, name) == said, f64::from(p)))
            });
            labels.push((name.clone(), judged.collect()));
        }
        let tone = self.rows.iter().zip(judged).filter_map(|(row, j)| {
            let said = j.annotation.sentiment;
            let right = row.labels.as_ref()?.sentiment == said;
            Some((right, f64::from(j.scores.sentiment[said as usize])))
        });
        labels.push(("sentiment".to_owned(), tone.collect()));
        labels
            .into_iter()
            .map(|(label, judged)| CalibrationFigure {
                label,
                ece: metrics::ece(&judged),
                ece_by_chance: metrics::ece_by_chance(&judged, SEED),
                brier: metrics::brier(&judged),
                auc: metrics::roc_auc(&judged),
            })
            .collect()
    }
}
