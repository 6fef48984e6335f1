//! The one list of columns: names, order and values are a contract with those who read sheets.
//!
//! New columns may come at the right end. A format writes the cells, it does not choose them.

use std::borrow::Cow;
use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::{Cell, Row, RowLabels};
use crate::annotate::labels::{Holder, Sentiment, Stance};
use crate::annotate::plan::distinct;
use crate::codebook::Codebook;
use crate::model::store::hex;

/// Most UTF-16 units in an Excel cell.
pub const EXCEL_CELL: usize = 32_767;
/// Decimals of a probability.
const PROBABILITY: usize = 4;
/// Decimals of the confidence.
const CONFIDENCE: usize = 2;

/// A column of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// What its cells are, where they are not empty.
    pub holds: Holds,
}

/// What a column's cells are, for formats with types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Words.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers from 0 to 1.
    Decimal,
}

/// Cuts rows into cells, for one codebook, one model and the columns of one run's tables.
#[derive(Debug)]
pub struct Columns {
    all: Vec<Column>,
    frames: Vec<String>,
    targets: Vec<String>,
    /// The tables' own columns, as they are called there.
    foreign: Vec<String>,
    model: String,
    codebook: String,
}

impl Columns {
    /// The columns for a codebook; `foreign` are the tables' own, `model` the label of what says the labels.
    pub fn new(codebook: &Codebook, foreign: &[String], model: &str) -> Columns {
        let frames: Vec<String> = codebook.frames().iter().map(|f| f.key.clone()).collect();
        let targets: Vec<String> = codebook.targets().iter().map(|t| t.key.clone()).collect();
        let (mut all, right) = own(&frames, &targets);
        let mut taken: HashSet<String> = all
            .iter()
            .chain(&right)
            .map(|column| column.name.clone())
            .collect();
        for name in foreign {
            let mut name = format!("in_{name}");
            while !taken.insert(name.clone()) {
                name.push('_');
            }
            all.push(column(name, Holds::Text));
        }
        all.extend(right);
        Columns {
            all,
            frames,
            targets,
            foreign: foreign.to_vec(),
            model: model.to_owned(),
            codebook: codebook.label(),
        }
    }

    /// Every column, in order.
    pub fn all(&self) -> &[Column] {
        &self.all
    }

    /// The cells of a row, one a column.
    pub fn cells<'r>(&'r self, row: &'r Row) -> Vec<Cell<'r>> {
        let mut cells = Vec::with_capacity(self.all.len());
        let text = |text: &'r str| match text {
            "" => Cell::Empty,
            text => Cell::Text(Cow::Borrowed(text)),
        };
        cells.push(text(&row.id));
        cells.push(text(&row.document.name));
        cells.push(text(row.document.title.as_deref().unwrap_or("")));
        cells.push(Cell::Integer(row.paragraph.number.into()));
        cells.push(text(row.paragraph.kind.as_str()));
        cells.push(text(&row.paragraph.text));
        match &row.labels {
            Some(labels) => self.label_cells(labels, &mut cells),
            None => {
                let labels = self.frames.len() + 2 * self.targets.len();
                // sentiment, evidence, confidence, review_rank
                cells.resize(cells.len() + labels + 4, Cell::Empty);
            }
        }
        cells.push(Cell::Empty); // reviewed
        cells.push(text(&row.note));
        cells.extend(self.foreign_cells(row));
        match &row.labels {
            Some(labels) => {
                probability_cells(labels, &mut cells);
                cells.push(Cell::Text(self.packed(labels).into()));
            }
            None => {
                let probabilities = self.frames.len() + 7 * self.targets.len() + 3;
                cells.resize(cells.len() + probabilities + 1, Cell::Empty);
            }
        }
        cells.push(Cell::Text(text_hash(&row.paragraph.text).into()));
        cells.push(text(&self.model));
        cells.push(text(&self.codebook));
        cells.push(match row.audit {
            true => Cell::Integer(1),
            false => Cell::Empty,
        });
        cells
    }

    fn label_cells<'r>(&self, labels: &'r RowLabels, cells: &mut Vec<Cell<'r>>) {
        let word = |word: &'static str| Cell::Text(Cow::Borrowed(word));
        let made = &labels.annotation;
        cells.extend(
            made.frames
                .iter()
                .map(|present| Cell::Integer(u64::from(*present))),
        );
        cells.extend(made.stances.iter().map(|stance| word(stance.as_str())));
        let holders = made.holders.iter();
        cells.extend(holders.map(|holder| holder.map_or(Cell::Empty, |h| word(h.as_str()))));
        cells.push(word(made.sentiment.as_str()));
        cells.push(match made.evidence.is_empty() {
            true => Cell::Empty,
            false => Cell::Text(packed_evidence(&made.evidence).into()),
        });
        cells.push(Cell::Decimal(made.confidence, CONFIDENCE));
        cells.push(Cell::Integer(labels.rank.into()));
    }

    fn foreign_cells<'r>(&self, row: &'r Row) -> Vec<Cell<'r>> {
        if self.foreign.is_empty() {
            return Vec::new();
        }
        let own: Vec<(String, &str)> = distinct(&row.document.columns).collect();
        let cell = |name: &String| {
            own.iter()
                .find(|(own, _)| own == name)
                .map(|(_, cell)| *cell)
        };
        self.foreign
            .iter()
            .map(|name| match cell(name) {
                None | Some("") => Cell::Empty,
                Some(cell) => Cell::Foreign(Cow::Borrowed(cell)),
            })
            .collect()
    }

    /// All labels in one cell, by which a corrected sheet alone tells what was corrected.
    fn packed(&self, labels: &RowLabels) -> String {
        let made = &labels.annotation;
        let mut parts: Vec<String> = self
            .frames
            .iter()
            .zip(&made.frames)
            .map(|(key, present)| format!("{key}={}", u8::from(*present)))
            .collect();
        for (key, (stance, holder)) in self
            .targets
            .iter()
            .zip(made.stances.iter().zip(&made.holders))
        {
            let stance = stance.as_str();
            parts.push(match holder {
                Some(holder) => format!("{key}={stance}/{}", holder.as_str()),
                None => format!("{key}={stance}"),
            });
        }
        parts.push(format!("sentiment={}", made.sentiment.as_str()));
        parts.join(";")
    }
}

fn column(name: impl Into<String>, holds: Holds) -> Column {
    Column {
        name: name.into(),
        holds,
    }
}

/// Labels' keys and the words behind them in one cell: `accusation: "…" | russia: "…"`.
pub fn packed_evidence(evidence: &[(String, String)]) -> String {
    let parts: Vec<String> = evidence
        .iter()
        .map(|(key, words)| format!("{key}: \"{words}\""))
        .collect();
    parts.join(" | ")
}

/// The columns to the left of the tables' own, and those to their right.
fn own(frames: &[String], targets: &[String]) -> (Vec<Column>, Vec<Column>) {
    use Holds::{Decimal, Integer, Text};
    let mut left = vec![
        column("row_id", Text),
        column("document", Text),
        column("title", Text),
        column("paragraph", Integer),
        column("kind", Text),
        column("text", Text),
    ];
    left.extend(frames.iter().map(|frame| column(frame, Integer)));
    left.extend(targets.iter().map(|target| column(target, Text)));
    left.extend(
        targets
            .iter()
            .map(|target| column(format!("{target}_holder"), Text)),
    );
    left.extend([
        column("sentiment", Text),
        column("evidence", Text),
        column("confidence", Decimal),
        column("review_rank", Integer),
        column("reviewed", Text),
        column("note", Text),
    ]);
    let mut right: Vec<Column> = Vec::new();
    right.extend(
        frames
            .iter()
            .map(|frame| column(format!("{frame}_p"), Decimal)),
    );
    for target in targets {
        let stances = Stance::ALL
            .iter()
            .filter(|stance| **stance != Stance::NotMentioned);
        let values = stances
            .map(|s| s.as_str())
            .chain(Holder::ALL.iter().map(|h| h.as_str()));
        right.extend(values.map(|value| column(format!("{target}_{value}_p"), Decimal)));
    }
    let sentiments = Sentiment::ALL.iter();
    right.extend(sentiments.map(|s| column(format!("sentiment_{}_p", s.as_str()), Decimal)));
    right.extend(["model_labels", "text_hash", "model", "codebook"].map(|n| column(n, Text)));
    right.push(column("audit", Integer));
    (left, right)
}

fn probability_cells(labels: &RowLabels, cells: &mut Vec<Cell>) {
    let p = |p: &f32| Cell::Decimal(*p, PROBABILITY);
    let scores = &labels.scores;
    cells.extend(scores.frames.iter().map(p));
    for (target, mentioned) in scores.targets.iter().zip(&labels.mentioned) {
        match target.as_ref().filter(|_| *mentioned) {
            Some(target) => cells.extend(target.stance.iter().chain(&target.holder).map(p)),
            None => cells.resize(cells.len() + 7, Cell::Empty),
        }
    }
    cells.extend(scores.sentiment.iter().map(p));
}

/// First 16 hexadecimal digits of the text's SHA-256: by it a changed text is noticed.
pub fn text_hash(text: &str) -> String {
    hex(&Sha256::digest(text)[..8])
}
