//! The figures of an evaluation, as data (JSON) and as tables.

use std::path::Path;

use serde::Serialize;

use super::baselines::Prediction;
use super::bootstrap::{self, Interval};
use super::gold::{FRAMES, GoldRow};
use super::metrics::{self, Counts};
use super::{Judged, gold_stance};
use crate::annotate::labels::{Holder, Sentiment, Span, Stance};
use crate::codebook::Codebook;
use crate::corpus::ParagraphKind;

/// Seed of every bootstrap.
const SEED: u64 = 20_260_101;

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

/// How well one label's probabilities say how often it is right.
#[derive(Debug, Clone, Serialize)]
pub struct CalibrationFigure {
    /// The label.
    pub label: String,
    /// Expected calibration error of the chosen value, 15 equal-mass bins.
    pub ece: Option<f64>,
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
    /// Calibration of each label.
    pub calibration: Vec<CalibrationFigure>,
    /// Gold stance (rows) against predicted (columns), targets pooled, in the order of [`Stance::ALL`].
    pub stance_confusion: Vec<Vec<usize>>,
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
        worst: view.worst(judged),
    }
}

/// The rows and what they are asked about.
struct View<'a> {
    rows: &'a [GoldRow],
    documents: Vec<String>,
    names: &'a [String],
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

    fn details(&self, judged: &[Judged]) -> Details {
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
        let evidence = self.evidence(judged);
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
            calibration: self.calibration(judged),
            stance_confusion: metrics::confusion(&stances, Stance::ALL).counts,
        }
    }

    /// Evidence of the labels that gold and the model both hold.
    fn evidence(&self, judged: &[Judged]) -> Vec<Counts> {
        let mut items = Vec::new();
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
                if let (Some(gold), Some(said)) = (row.evidence_span(key), said) {
                    let spans: [&[Span]; 2] = [&[gold], &[said]];
                    items.push(metrics::evidence_counts(&row.text, spans[0], spans[1]));
                }
            }
        }
        items
    }

    /// Rows with a wrong cell, by how much probability the wrong cells were given.
    fn worst(&self, judged: &[Judged]) -> Vec<(String, String)> {
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
                brier: metrics::brier(&judged),
                auc: metrics::roc_auc(&judged),
            })
            .collect()
    }
}
