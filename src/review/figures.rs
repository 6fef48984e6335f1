//! The model against the rows that were read.
//!
//! Whoever reads the least certain rows first sees more faults than there are; so only the random audit sample speaks
//! for the whole sheet, and the other rows for themselves.

use std::collections::HashSet;

use serde::Serialize;

use super::corrections::{Label, Reviewed, ReviewedRow, State};
use super::values::{LabelKind, Value};
use crate::evaluate::bootstrap;
use crate::evaluate::metrics::{self, Counts};
use crate::evaluate::report::Figure;

/// Seed of every bootstrap.
const SEED: u64 = 20_260_101;
/// Documents below which rows are drawn one by one: a handful of clusters gives no interval.
const FEW_DOCUMENTS: usize = 10;

/// What came back in one sheet, and how the model did there.
#[derive(Debug, Clone, Serialize)]
pub struct SheetReport {
    /// The file.
    pub file: String,
    /// What made the labels.
    pub models: Vec<String>,
    /// Rows with labels.
    pub rows: usize,
    /// Rows that were marked as read.
    pub reviewed: usize,
    /// What became of each label's cells.
    pub labels: Vec<CellCounts>,
    /// Rows left out because their text was changed, by number.
    pub changed: Vec<u64>,
    /// Rows whose text lost letters when the sheet was saved, by number; their labels count.
    pub mangled: Vec<u64>,
    /// The encoding in which they were lost.
    pub narrow: Option<&'static str>,
    /// Rows left out because they stand twice, by number.
    pub doubled: Vec<u64>,
    /// Rows that were in the sheet when it was written and are not now.
    pub missing: u64,
    /// Rows without an id.
    pub foreign: u64,
    /// Rows without labels.
    pub unlabelled: u64,
    /// The random sample: speaks for the whole sheet.
    pub audit: Option<Sample>,
    /// The rows that the analyst chose: speak for themselves.
    pub chosen: Option<Sample>,
}

/// What became of a label's cells.
#[derive(Debug, Clone, Serialize)]
pub struct CellCounts {
    /// The column.
    pub label: String,
    /// Left as the model had it, in a row marked as read.
    pub confirmed: usize,
    /// Changed.
    pub corrected: usize,
    /// Neither.
    pub unread: usize,
}

/// The model on some rows that were read.
#[derive(Debug, Clone, Serialize)]
pub struct Sample {
    /// Rows of the sample.
    pub rows: usize,
    /// Those of them that were marked as read; figures are of these.
    pub read: usize,
    /// Whether whole documents were resampled for the intervals; rows where there are fewer than ten documents.
    pub by_document: bool,
    /// Mean F1 of the frames.
    pub frames: Option<Figure>,
    /// Macro-F1 of stance where the analyst says the target is mentioned, targets pooled.
    pub stance: Option<Figure>,
    /// Macro-F1 of the tone.
    pub sentiment: Option<Figure>,
    /// Each label by itself.
    pub labels: Vec<LabelFigures>,
}

/// The model on one label.
#[derive(Debug, Clone, Serialize)]
pub struct LabelFigures {
    /// The column.
    pub label: String,
    /// Cells compared.
    pub cells: usize,
    /// Share of them that were right.
    pub right: Option<Figure>,
    /// Of "present" for a frame, else the mean over the values that occur.
    pub precision: Option<Figure>,
    /// As precision.
    pub recall: Option<Figure>,
    /// F1 of "present" for a frame, else macro-F1 over the values that occur.
    pub f1: Option<Figure>,
    /// Krippendorff's alpha, nominal, model and analyst.
    pub alpha: Option<Figure>,
}

/// Analyst's value and model's, as [`metrics`] have them.
type Pair = (Value, Value);

/// Measures a sheet.
pub fn measure(sheet: &Reviewed) -> SheetReport {
    let counts = (0..sheet.labels.len()).map(|label| {
        let count = |state| {
            sheet
                .rows
                .iter()
                .filter(|r| r.states[label] == state)
                .count()
        };
        CellCounts {
            label: sheet.labels[label].column.clone(),
            confirmed: count(State::Confirmed),
            corrected: count(State::Corrected),
            unread: count(State::Unread),
        }
    });
    let audited = |row: &&ReviewedRow| row.audit;
    let chosen = |row: &&ReviewedRow| !row.audit;
    SheetReport {
        file: sheet.path.display().to_string(),
        models: sheet.models.clone(),
        rows: sheet.rows.len(),
        reviewed: sheet.rows.iter().filter(|r| r.reviewed).count(),
        labels: counts.collect(),
        changed: sheet.changed.clone(),
        mangled: sheet.mangled.clone(),
        narrow: sheet.narrow,
        doubled: sheet.doubled.clone(),
        missing: sheet.missing,
        foreign: sheet.foreign,
        unlabelled: sheet.unlabelled,
        audit: sample(&sheet.labels, sheet.rows.iter().filter(audited)),
        chosen: sample(&sheet.labels, sheet.rows.iter().filter(chosen)),
    }
}

/// What rows are drawn by when an interval is made: their documents, or their ids where documents are few.
pub(super) fn clusters<'r>(rows: &[&'r ReviewedRow]) -> (Vec<&'r str>, bool) {
    let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let distinct: HashSet<&str> = documents.iter().copied().collect();
    if distinct.len() >= FEW_DOCUMENTS {
        return (documents, true);
    }
    (rows.iter().map(|row| row.id.as_str()).collect(), false)
}

fn sample<'r>(labels: &[Label], rows: impl Iterator<Item = &'r ReviewedRow>) -> Option<Sample> {
    let all: Vec<&ReviewedRow> = rows.collect();
    if all.is_empty() {
        return None;
    }
    let read: Vec<&ReviewedRow> = all.iter().copied().filter(|row| row.reviewed).collect();
    let (clusters, by_document) = clusters(&read);
    let view = View {
        labels,
        rows: &read,
        clusters: &clusters,
    };
    let of = |kind| (0..labels.len()).filter(move |&at| labels[at].kind == kind);
    let frames: Vec<usize> = of(LabelKind::Frame).collect();
    let stances: Vec<usize> = of(LabelKind::Stance).collect();
    let sentiment: Vec<usize> = of(LabelKind::Sentiment).collect();
    Some(Sample {
        rows: all.len(),
        read: read.len(),
        by_document,
        frames: view.figure(&|rows| {
            let each = frames.iter().map(|&at| Some(view.f1(&[at], rows)?.f1));
            let each: Option<Vec<f64>> = each.collect();
            each.filter(|each| !each.is_empty())
                .map(|each| each.iter().sum::<f64>() / each.len() as f64)
        }),
        stance: view.figure(&|rows| Some(view.f1(&stances, rows)?.f1)),
        sentiment: view.figure(&|rows| Some(view.f1(&sentiment, rows)?.f1)),
        labels: (0..labels.len()).map(|at| view.label(at)).collect(),
    })
}

struct View<'v> {
    labels: &'v [Label],
    rows: &'v [&'v ReviewedRow],
    clusters: &'v [&'v str],
}

struct Means {
    precision: f64,
    recall: f64,
    f1: f64,
}

impl View<'_> {
    fn figure(&self, metric: &dyn Fn(&[usize]) -> Option<f64>) -> Option<Figure> {
        bootstrap::interval(self.clusters, SEED, metric).map(Figure::from)
    }

    /// Analyst's and model's values of some labels in some rows, where both have one.
    fn pairs(&self, labels: &[usize], rows: &[usize]) -> Vec<Pair> {
        let pair = |row: &ReviewedRow, at: usize| Some((row.read(at)?, row.model[at]?));
        rows.iter()
            .flat_map(|&row| {
                labels
                    .iter()
                    .filter_map(move |&at| pair(self.rows[row], at))
            })
            .collect()
    }

    /// Means over the values that count for a label and occur in these rows; `None` where there is nothing to compare.
    fn f1(&self, labels: &[usize], rows: &[usize]) -> Option<Means> {
        let kind = self.labels[*labels.first()?].kind;
        let mut pairs = self.pairs(labels, rows);
        if kind == LabelKind::Stance {
            pairs.retain(|(analyst, _)| *analyst != "not_mentioned");
        }
        let values: Vec<Value> = match kind {
            LabelKind::Frame => vec!["1"],
            LabelKind::Stance => metrics::SCORED_STANCES.iter().map(|s| s.as_str()).collect(),
            LabelKind::Holder => vec!["author", "reported"],
            LabelKind::Sentiment => kind.allowed(),
        };
        let counts = metrics::occurring(&pairs, &values);
        let mean = |of: fn(Counts) -> f64| {
            counts.iter().map(|c| of(*c)).sum::<f64>() / counts.len() as f64
        };
        (!counts.is_empty()).then(|| Means {
            precision: mean(Counts::precision),
            recall: mean(Counts::recall),
            f1: mean(Counts::f1),
        })
    }

    fn label(&self, at: usize) -> LabelFigures {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let right = |rows: &[usize]| metrics::accuracy(&self.pairs(&[at], rows));
        let alpha = |rows: &[usize]| {
            let units: Vec<Vec<Option<Value>>> = self
                .pairs(&[at], rows)
                .into_iter()
                .map(|(analyst, model)| vec![Some(analyst), Some(model)])
                .collect();
            metrics::krippendorff_alpha(&units)
        };
        LabelFigures {
            label: self.labels[at].column.clone(),
            cells: self.pairs(&[at], &all).len(),
            right: self.figure(&right),
            precision: self.figure(&|rows| Some(self.f1(&[at], rows)?.precision)),
            recall: self.figure(&|rows| Some(self.f1(&[at], rows)?.recall)),
            f1: self.figure(&|rows| Some(self.f1(&[at], rows)?.f1)),
            alpha: self.figure(&alpha),
        }
    }
}
