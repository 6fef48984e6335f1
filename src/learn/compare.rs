//! A model before and after it learned: on the corrections held out, and on the shipped sample articles.

use std::collections::BTreeMap;

use serde::Serialize;

use super::lessons::{Lesson, Lessons};
use crate::annotate::labels::Annotation;
use crate::codebook::Codebook;
use crate::error::Result;
use crate::evaluate::gold::{FRAMES, GoldRow};
use crate::evaluate::{self, metrics};
use crate::model::Model;
use crate::review::values::Value;

/// Padded pieces scored at once.
const BUDGET: usize = 1024;
/// How much smaller the share of right cells on the sample articles may be after learning: one cell in a hundred. A
/// model taught an analyst's own reading differs there a little without having forgotten anything.
const MAY_LOSE: f64 = 0.01;
/// Flips that are told; the model's card has all.
pub const MOST_FLIPS: usize = 40;

/// What a model says of the rows that are measured on, by column name.
pub struct Said {
    held_out: Vec<BTreeMap<String, Value>>,
    samples: Vec<BTreeMap<String, Value>>,
}

/// Before and after.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// On the corrections held out.
    pub held_out: Pair,
    /// On the sample articles.
    pub samples: Pair,
    /// Why the model counts as worse, in words; empty where it does not.
    pub worse: Vec<String>,
    /// The labels that changed.
    pub flips: Vec<Flip>,
    /// How many there are.
    pub flipped: usize,
}

/// The figures of one set of rows, before and after.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Pair {
    /// Rows.
    pub rows: usize,
    /// Cells compared.
    pub cells: usize,
    /// Before.
    pub before: Figures,
    /// After.
    pub after: Figures,
}

/// How good a model is on some rows.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    /// Share of the cells that are right.
    pub right: f64,
    /// Mean F1 of the frames that occur.
    pub frames: Option<f64>,
    /// Macro-F1 of stance where the target is mentioned, targets pooled, over the values that occur.
    pub stance: Option<f64>,
    /// Macro-F1 of the tone, over the values that occur.
    pub sentiment: Option<f64>,
}

/// A label that changed.
#[derive(Debug, Clone, Serialize)]
pub struct Flip {
    /// `held out` or `sample`.
    pub of: &'static str,
    /// The row's key.
    pub row: String,
    /// The column.
    pub label: String,
    /// What the model said before.
    pub before: String,
    /// What it says now.
    pub after: String,
    /// What the analyst or the sample's label says.
    pub wanted: Value,
    /// How the paragraph begins.
    pub text: String,
}

/// What people say of a row.
fn wanted_of_sample(row: &GoldRow, codebook: &Codebook) -> BTreeMap<String, Value> {
    let mut wanted = BTreeMap::new();
    let Some(labels) = &row.labels else {
        return wanted;
    };
    for (frame, present) in FRAMES.iter().zip(labels.frames) {
        wanted.insert((*frame).to_owned(), if present { "1" } else { "0" });
    }
    for target in codebook.targets() {
        // Only the targets that the samples were read for.
        if labels.stance.contains_key(&target.name) {
            let stance = labels.stance_toward(&target.name);
            wanted.insert(target.key.clone(), stance.as_str());
        }
    }
    wanted.insert("sentiment".to_owned(), labels.sentiment.as_str());
    wanted
}

/// Labels a model's annotation by column name. Holders are left out: they hang on the stance.
fn said(codebook: &Codebook, annotation: &Annotation) -> BTreeMap<String, Value> {
    let mut said = BTreeMap::new();
    for (frame, present) in codebook.frames().iter().zip(&annotation.frames) {
        said.insert(frame.key.clone(), if *present { "1" } else { "0" });
    }
    for (target, stance) in codebook.targets().iter().zip(&annotation.stances) {
        said.insert(target.key.clone(), stance.as_str());
    }
    said.insert("sentiment".to_owned(), annotation.sentiment.as_str());
    said
}

/// Labels the rows that are measured on.
///
/// # Errors
/// As [`Model::score`] and [`crate::annotate::decide::Decider::new`].
pub fn judge(
    model: &Model,
    codebook: &Codebook,
    lessons: &Lessons,
    samples: &[GoldRow],
) -> Result<Said> {
    let ask = |texts: Vec<&str>| -> Result<Vec<BTreeMap<String, Value>>> {
        let texts: Vec<(&str, Option<String>)> = texts.into_iter().map(|t| (t, None)).collect();
        let judged = evaluate::judge_texts(model, codebook, &texts, BUDGET, &mut |_| {})?;
        Ok(judged
            .iter()
            .map(|judged| said(codebook, &judged.annotation))
            .collect())
    };
    Ok(Said {
        held_out: ask(lessons.held_out.iter().map(|l| l.text.as_str()).collect())?,
        samples: ask(samples.iter().map(|row| row.text.as_str()).collect())?,
    })
}

/// A row that is measured on.
struct Row {
    of: &'static str,
    key: String,
    text: String,
    wanted: BTreeMap<String, Value>,
}

/// Compares a model before and after.
pub fn compare(
    codebook: &Codebook,
    lessons: &Lessons,
    samples: &[GoldRow],
    before: &Said,
    after: &Said,
) -> Comparison {
    let of_lesson = |lesson: &Lesson| Row {
        of: "held out",
        key: lesson.id.clone(),
        text: lesson.text.clone(),
        wanted: lesson.said.clone(),
    };
    let of_sample = |row: &GoldRow| Row {
        of: "sample",
        key: row.id.clone(),
        text: row.text.clone(),
        wanted: wanted_of_sample(row, codebook),
    };
    let held_out: Vec<Row> = lessons.held_out.iter().map(of_lesson).collect();
    let samples: Vec<Row> = samples.iter().map(of_sample).collect();
    let mut flips = flips(&held_out, &before.held_out, &after.held_out);
    flips.extend(self::flips(&samples, &before.samples, &after.samples));
    let held_out = pair(codebook, &held_out, &before.held_out, &after.held_out);
    let samples = pair(codebook, &samples, &before.samples, &after.samples);
    let mut worse = Vec::new();
    if held_out.after.right < held_out.before.right {
        worse.push(format!(
            "of the corrections held out {:.1} % of the cells are right, {:.1} % were before",
            100.0 * held_out.after.right,
            100.0 * held_out.before.right
        ));
    }
    if samples.after.right < samples.before.right - MAY_LOSE {
        worse.push(format!(
            "of the sample articles {:.1} % of the cells are right, {:.1} % were before: it forgets",
            100.0 * samples.after.right,
            100.0 * samples.before.right
        ));
    }
    Comparison {
        held_out,
        samples,
        worse,
        flipped: flips.len(),
        flips,
    }
}

fn pair(
    codebook: &Codebook,
    rows: &[Row],
    before: &[BTreeMap<String, Value>],
    after: &[BTreeMap<String, Value>],
) -> Pair {
    let cells = |said: &[BTreeMap<String, Value>]| {
        rows.iter()
            .zip(said)
            .map(|(row, said)| {
                row.wanted
                    .keys()
                    .filter(|key| said.contains_key(*key))
                    .count()
            })
            .sum()
    };
    Pair {
        rows: rows.len(),
        cells: cells(before),
        before: figures(codebook, rows, before),
        after: figures(codebook, rows, after),
    }
}

fn figures(codebook: &Codebook, rows: &[Row], said: &[BTreeMap<String, Value>]) -> Figures {
    let pairs = |column: &str| -> Vec<(Value, Value)> {
        rows.iter()
            .zip(said)
            .filter_map(|(row, said)| Some((*row.wanted.get(column)?, *said.get(column)?)))
            .collect()
    };
    let frames = codebook.frames().iter().map(|f| pairs(&f.key));
    let frames: Vec<Vec<(Value, Value)>> = frames.collect();
    let stances: Vec<(Value, Value)> = codebook
        .targets()
        .iter()
        .flat_map(|t| pairs(&t.key))
        .collect();
    let tones = pairs("sentiment");
    let all: Vec<(Value, Value)> = frames
        .iter()
        .flatten()
        .chain(&stances)
        .chain(&tones)
        .copied()
        .collect();
    let mentioned: Vec<(Value, Value)> = stances
        .iter()
        .filter(|(wanted, _)| *wanted != "not_mentioned")
        .copied()
        .collect();
    let each: Vec<f64> = frames
        .iter()
        .filter_map(|pairs| f1(pairs, &["1"]))
        .collect();
    Figures {
        right: metrics::accuracy(&all).unwrap_or(0.0),
        frames: (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64),
        stance: f1(&mentioned, &["favorable", "unfavorable", "neutral"]),
        sentiment: f1(&tones, &["positive", "neutral", "negative"]),
    }
}

/// Mean F1 over the values that occur.
fn f1(pairs: &[(Value, Value)], values: &[Value]) -> Option<f64> {
    let each: Vec<f64> = metrics::occurring(pairs, values)
        .into_iter()
        .map(metrics::Counts::f1)
        .collect();
    (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64)
}

fn flips(
    rows: &[Row],
    before: &[BTreeMap<String, Value>],
    after: &[BTreeMap<String, Value>],
) -> Vec<Flip> {
    let mut flips = Vec::new();
    for ((row, before), after) in rows.iter().zip(before).zip(after) {
        for (label, wanted) in &row.wanted {
            let (Some(before), Some(after)) = (before.get(label), after.get(label)) else {
                continue;
            };
            if before != after {
                flips.push(Flip {
                    of: row.of,
                    row: row.key.clone(),
                    label: label.clone(),
                    before: (*before).to_owned(),
                    after: (*after).to_owned(),
                    wanted,
                    text: row.text.chars().take(60).collect(),
                });
            }
        }
    }
    flips
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(pairs: &[(&str, Value)]) -> BTreeMap<String, Value> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect()
    }

    fn lessons(rows: usize) -> Lessons {
        let lesson = |n: usize| Lesson {
            id: format!("p-{n}"),
            document: "d".to_owned(),
            text: format!("Paragraph {n}."),
            said: row(&[("offer", "1"), ("russia", "neutral")]),
            corrected: true,
        };
        Lessons {
            taught: Vec::new(),
            held_out: (0..rows).map(lesson).collect(),
            counts: Default::default(),
            by_document: false,
            unnamed: 0,
            without_text: 0,
        }
    }

    fn said(rows: usize, right: usize) -> Said {
        let one = |n: usize| {
            let offer = if n < right { "1" } else { "0" };
            row(&[
                ("offer", offer),
                ("russia", "neutral"),
                ("sentiment", "neutral"),
            ])
        };
        Said {
            held_out: (0..rows).map(one).collect(),
            samples: Vec::new(),
        }
    }

    #[test]
    fn fewer_right_cells_on_what_was_held_out_are_worse() {
        let codebook = Codebook::built_in();
        let compare = |before, after| {
            compare(
                &codebook,
                &lessons(10),
                &[],
                &said(10, before),
                &said(10, after),
            )
        };
        let better = compare(5, 8);
        assert!(better.worse.is_empty());
        assert_eq!(better.flipped, 3);
        assert!(
            better
                .flips
                .iter()
                .all(|f| f.after == f.wanted && f.label == "offer")
        );
        assert_eq!(
            better.held_out.cells, 20,
            "sentiment was not said anything of"
        );
        assert!((better.held_out.after.right - 0.9).abs() < 1e-9);
        assert_eq!(compare(5, 4).worse.len(), 1);
        assert!(compare(5, 5).worse.is_empty());
    }
}
