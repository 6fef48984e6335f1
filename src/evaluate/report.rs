//! The figures of an evaluation, as data (JSON) and as tables.

use std::path::Path;

use serde::Serialize;

use super::baselines::Prediction;
use super::bootstrap::{self, Interval};
use super::details::Details;
use super::faithful::Faithfulness;
use super::gold::{FRAMES, GoldRow};
use super::metrics;
use super::others::Others;
use super::{Judged, gold_stance};
use crate::annotate::labels::{Sentiment, Stance};
use crate::codebook::Codebook;
use crate::corpus::ParagraphKind;

/// Seed of every bootstrap.
pub(super) const SEED: u64 = 20_260_101;

/// A figure with its 95 % bootstrap interval over documents.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figure {
    /// On the rows themselves.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl From<Interval> for Figure {
    fn from(i: Interval) -> Self {
        Figure {
            value: i.point,
            low: i.low,
            high: i.high,
        }
    }
}

/// One system on one file.
#[derive(Debug, Clone, Serialize)]
pub struct System {
    /// Its name.
    pub name: String,
    /// Macro-F1 over the three frames.
    pub frames: Option<Figure>,
    /// F1 of each frame.
    pub each_frame: Vec<(String, f64)>,
    /// Macro-F1 over favorable, unfavorable, neutral where gold mentions the target, targets pooled.
    pub stance: Option<Figure>,
    /// The same for each target.
    pub each_target: Vec<(String, f64)>,
    /// Macro-F1 over positive, neutral, negative.
    pub sentiment: Option<Figure>,
}

/// The model's figure less a baseline's, on the same resamples.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// The baseline.
    pub than: String,
    /// `frames` or `stance`.
    pub label: &'static str,
    /// The difference.
    pub difference: Figure,
}

/// Everything `demarche evaluate` says.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The labelled file.
    pub file: String,
    /// Rows that were scored.
    pub rows: usize,
    /// Boilerplate rows in the file, and how many of them the tool would set aside.
    pub boilerplate: (usize, usize),
    /// Labelled rows that the tool would set aside by mistake.
    pub wrongly_set_aside: usize,
    /// The model first, then the baselines.
    pub systems: Vec<System>,
    /// The model against each baseline.
    pub comparisons: Vec<Comparison>,
    /// What only the model is asked.
    pub details: Details,
    /// Whether the evidence is what the model goes by, if that was asked.
    pub faithfulness: Option<Faithfulness>,
    /// Stance toward actors outside the codebook, if that was asked.
    pub others: Option<Others>,
    /// Ids of the rows with most wrong cells and what is wrong in each, worst first.
    pub worst: Vec<(String, String)>,
}

/// Puts the figures together. `systems` holds the model first; rows, `judged` and predictions go together.
pub(super) fn build(
    file: &Path,
    codebook: &Codebook,
    all: &[GoldRow],
    rows: &[GoldRow],
    judged: &[Judged],
    systems: &[(String, Vec<Prediction>)],
) -> Report {
    let names: Vec<String> = codebook.targets().iter().map(|t| t.name.clone()).collect();
    let view = View {
        documents: rows.iter().map(|r| r.document.clone()).collect(),
        rows,
        names: &names,
    };
    let mut comparisons = Vec::new();
    if let Some(((_, model), others)) = systems.split_first() {
        for (name, other) in others {
            comparisons.extend(view.compare(name, model, other));
        }
    }
    let aside = |row: &&GoldRow| {
        let kind = ParagraphKind::Body;
        crate::corpus::boilerplate::reason(&row.text, kind, &Default::default()).is_some()
    };
    let is_boilerplate = |row: &&GoldRow| row.labels.is_none();
    Report {
        file: file.display().to_string(),
        rows: rows.len(),
        boilerplate: (
            all.iter().filter(is_boilerplate).count(),
            all.iter().filter(is_boilerplate).filter(aside).count(),
        ),
        wrongly_set_aside: rows.iter().filter(aside).count(),
        systems: systems
            .iter()
            .map(|(name, p)| view.system(name, p))
            .collect(),
        comparisons,
        details: view.details(judged),
        faithfulness: None,
        others: None,
        worst: view.worst(judged),
    }
}

/// The rows and what they are asked about.
pub(super) struct View<'a> {
    pub rows: &'a [GoldRow],
    documents: Vec<String>,
    pub names: &'a [String],
}

impl View<'_> {
    fn frame_pairs(
        &self,
        predictions: &[Prediction],
        chosen: &[usize],
    ) -> Vec<([bool; 3], [bool; 3])> {
        let gold = |i: usize| {
            self.rows[i]
                .labels
                .as_ref()
                .map_or([false; 3], |l| l.frames)
        };
        chosen
            .iter()
            .map(|&i| (gold(i), predictions[i].frames))
            .collect()
    }

    fn stance_pairs(
        &self,
        predictions: &[Prediction],
        chosen: &[usize],
        names: &[String],
    ) -> Vec<(Stance, Stance)> {
        let said = |i: usize, name: &str| {
            predictions[i]
                .stances
                .get(name)
                .copied()
                .unwrap_or(Stance::NotMentioned)
        };
        chosen
            .iter()
            .flat_map(|&i| {
                names
                    .iter()
                    .map(move |n| (gold_stance(&self.rows[i], n), said(i, n)))
            })
            .collect()
    }

    fn tone_pairs(
        &self,
        predictions: &[Prediction],
        chosen: &[usize],
    ) -> Vec<(Sentiment, Sentiment)> {
        chosen
            .iter()
            .filter_map(|&i| {
                Some((
                    self.rows[i].labels.as_ref()?.sentiment,
                    predictions[i].sentiment,
                ))
            })
            .collect()
    }

    fn frames(&self, p: &[Prediction], chosen: &[usize]) -> Option<f64> {
        Some(metrics::frames_macro_f1(&self.frame_pairs(p, chosen)))
    }

    fn stance(&self, p: &[Prediction], chosen: &[usize]) -> Option<f64> {
        Some(metrics::stance_macro_f1(
            &self.stance_pairs(p, chosen, self.names),
        ))
    }

    fn system(&self, name: &str, p: &[Prediction]) -> System {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let figure = |metric: &dyn Fn(&[usize]) -> Option<f64>| {
            bootstrap::interval(&self.documents, SEED, metric).map(Figure::from)
        };
        let frames = self.frame_pairs(p, &all);
        let target = |name: &String| {
            let pairs = self.stance_pairs(p, &all, std::slice::from_ref(name));
            (name.clone(), metrics::stance_macro_f1(&pairs))
        };
        System {
            name: name.to_owned(),
            frames: figure(&|rows| self.frames(p, rows)),
            each_frame: (0..3)
                .map(|f| (FRAMES[f].to_owned(), metrics::frame_counts(&frames, f).f1()))
                .collect(),
            stance: figure(&|rows| self.stance(p, rows)),
            each_target: self.names.iter().map(target).collect(),
            sentiment: figure(&|rows| {
                Some(metrics::macro_f1(&self.tone_pairs(p, rows), Sentiment::ALL))
            }),
        }
    }

    fn compare(&self, than: &str, model: &[Prediction], other: &[Prediction]) -> Vec<Comparison> {
        let frames = bootstrap::difference(
            &self.documents,
            SEED,
            |rows| self.frames(model, rows),
            |rows| self.frames(other, rows),
        );
        let stance = bootstrap::difference(
            &self.documents,
            SEED,
            |rows| self.stance(model, rows),
            |rows| self.stance(other, rows),
        );
        [("frames", frames), ("stance", stance)]
            .into_iter()
            .filter_map(|(label, difference)| {
                Some(Comparison {
                    than: than.to_owned(),
                    label,
                    difference: difference?.interval.into(),
                })
            })
            .collect()
    }
}
