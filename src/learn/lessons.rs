//! Reviewed sheets → examples to learn from, and a part held out to measure on.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::annotate::labels::{Holder, Sentiment, Stance};
use crate::codebook::{Codebook, MentionFinder};
use crate::error::{Error, Kind, Place, Result};
use crate::model::store::Manifest;
use crate::review::values::{LabelKind, Value};
use crate::review::{Reviewed, State};
use crate::train::examples::{Example, ExampleTarget};

/// One row in so many is held out.
const HELD_OUT: usize = 4;
/// Rows below which nothing can be held out, and nothing learned that could be checked.
const LEAST: usize = 8;
/// Documents below which rows, not documents, are held out.
const FEW_DOCUMENTS: usize = 12;

/// A paragraph and what the analyst says of it, a label each; `None` where nobody said anything.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The row's key.
    pub id: String,
    /// Its document.
    pub document: String,
    /// The paragraph.
    pub text: String,
    /// By column name.
    pub said: BTreeMap<String, Value>,
    /// Whether a label of it was corrected.
    pub corrected: bool,
}

/// What there is to learn, and to measure on.
#[derive(Debug, Clone, Serialize)]
pub struct Lessons {
    /// Rows to train on.
    #[serde(skip)]
    pub taught: Vec<Lesson>,
    /// Rows to measure on.
    #[serde(skip)]
    pub held_out: Vec<Lesson>,
    /// How many of both, and of their corrected cells.
    pub counts: Counts,
    /// Whether whole documents were held out.
    pub by_document: bool,
    /// Cells that say a target is mentioned which no alias of the codebook finds: nothing can be learned from them.
    pub unnamed: usize,
    /// Rows without their text: cut by a spreadsheet, or saved in an encoding that lacks letters of it.
    pub without_text: usize,
}

/// Numbers of rows and cells.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Counts {
    /// Rows learned from.
    pub taught: usize,
    /// Rows held out.
    pub held_out: usize,
    /// Cells that were confirmed.
    pub confirmed: usize,
    /// Cells that were corrected.
    pub corrected: usize,
}

/// Makes lessons of what was confirmed and corrected.
///
/// # Errors
/// [`Kind::Input`] when two sheets say different things of a cell, or too few rows were read; [`Kind::Codebook`] when
/// a sheet has a target that the codebook has not.
pub fn from_sheets(
    sheets: &[Reviewed],
    codebook: &Codebook,
    manifest: &Manifest,
) -> Result<Lessons> {
    check_labels(sheets, codebook, manifest)?;
    let mut lessons: BTreeMap<String, Lesson> = BTreeMap::new();
    let mut counts = Counts::default();
    let (mut without_text, mut differing) = (0, HashSet::new());
    for sheet in sheets {
        for row in sheet.rows.iter().filter(|row| row.is_read()) {
            let Some(text) = &row.text else {
                without_text += 1;
                continue;
            };
            let lesson = lessons.entry(row.id.clone()).or_insert_with(|| Lesson {
                id: row.id.clone(),
                document: row.document.clone(),
                text: text.clone(),
                said: BTreeMap::new(),
                corrected: false,
            });
            for (at, label) in sheet.labels.iter().enumerate() {
                let Some(value) = row.read(at) else { continue };
                match row.states[at] {
                    State::Corrected => {
                        counts.corrected += 1;
                        lesson.corrected = true;
                    }
                    _ => counts.confirmed += 1,
                }
                let before = lesson.said.insert(label.column.clone(), value);
                if before.is_some_and(|before| before != value) {
                    differing.insert(row.id.clone());
                }
            }
        }
    }
    if !differing.is_empty() {
        return Err(Error::new(
            Kind::Input,
            format!("the sheets say different things of {} rows", differing.len()),
        )
        .hint("settle them first: demarche review SHEET SHEET2 --adjudicate to-settle.xlsx; then learn from the settled sheet and one of the two"));
    }
    if lessons.len() < LEAST {
        return Err(Error::new(
            Kind::Input,
            format!(
                "{} rows were read, which is too little to learn from and to check what was learned (at least {LEAST})",
                lessons.len()
            ),
        )
        .at(Place::file(&sheets[0].path))
        .hint("correct label cells, and write anything into `reviewed` of the rows you have read"));
    }
    let (taught, held_out, by_document) = split(lessons.into_values().collect());
    counts.taught = taught.len();
    counts.held_out = held_out.len();
    let finder = MentionFinder::new(codebook);
    let unnamed = taught
        .iter()
        .map(|lesson| unnamed(lesson, codebook, &finder))
        .sum();
    Ok(Lessons {
        taught,
        held_out,
        counts,
        by_document,
        unnamed,
        without_text,
    })
}

/// Every label of the sheets must be one of the codebook's and the model's.
fn check_labels(sheets: &[Reviewed], codebook: &Codebook, manifest: &Manifest) -> Result<()> {
    for sheet in sheets {
        for label in &sheet.labels {
            let known = match label.kind {
                LabelKind::Frame => manifest.frames.contains(&label.column),
                LabelKind::Stance => codebook.targets().iter().any(|t| t.key == label.column),
                LabelKind::Holder | LabelKind::Sentiment => true,
            };
            if !known {
                let what = match label.kind {
                    LabelKind::Frame => "frame",
                    _ => "target",
                };
                return Err(Error::new(
                    Kind::Codebook,
                    format!("the codebook knows no {what} `{}`", label.column),
                )
                .at(Place::file(&sheet.path).column(&label.column))
                .hint("give the codebook that the sheet was made by: --codebook FILE"));
            }
        }
    }
    Ok(())
}

/// Holds one row in four out: whole documents where there are enough of them, else rows; corrected rows and others in
/// like shares. By hash of the ids, so the same sheet is always split alike.
fn split(lessons: Vec<Lesson>) -> (Vec<Lesson>, Vec<Lesson>, bool) {
    let documents: HashSet<&str> = lessons.iter().map(|l| l.document.as_str()).collect();
    let by_document = documents.len() >= FEW_DOCUMENTS;
    let unit = |lesson: &Lesson| match by_document {
        true => lesson.document.clone(),
        false => lesson.id.clone(),
    };
    let mut units: BTreeMap<String, bool> = BTreeMap::new();
    for lesson in &lessons {
        *units.entry(unit(lesson)).or_default() |= lesson.corrected;
    }
    let mut held: HashSet<String> = HashSet::new();
    for corrected in [true, false] {
        let mut of: Vec<(Vec<u8>, &String)> = units
            .iter()
            .filter(|(_, c)| **c == corrected)
            .map(|(unit, _)| (Sha256::digest(unit).to_vec(), unit))
            .collect();
        of.sort();
        held.extend(
            of.iter()
                .skip(HELD_OUT / 2)
                .step_by(HELD_OUT)
                .map(|(_, unit)| (*unit).clone()),
        );
    }
    let (held_out, taught) = lessons
        .into_iter()
        .partition(|lesson| held.contains(&unit(lesson)));
    (taught, held_out, by_document)
}

/// Targets that the analyst says are mentioned and no alias finds.
fn unnamed(lesson: &Lesson, codebook: &Codebook, finder: &MentionFinder) -> usize {
    let found = finder.find(&lesson.text);
    codebook
        .targets()
        .iter()
        .zip(&found)
        .filter(|(target, mentions)| {
            let said = lesson.said.get(&target.key);
            mentions.is_empty() && said.is_some_and(|value| *value != "not_mentioned")
        })
        .count()
}

/// A lesson as an example: what nobody said anything of weighs nothing.
pub(super) fn example(
    lesson: &Lesson,
    codebook: &Codebook,
    manifest: &Manifest,
    finder: &MentionFinder,
) -> Example {
    let mut example = Example::new(&lesson.id, &lesson.text, 1.0);
    for (place, frame) in manifest.frames.iter().enumerate().take(3) {
        example.frames[place] = lesson.said.get(frame).map(|value| *value == "1");
    }
    example.sentiment = lesson
        .said
        .get("sentiment")
        .and_then(|value| value.parse::<Sentiment>().ok());
    for (target, mentions) in codebook.targets().iter().zip(finder.find(&lesson.text)) {
        let stance = lesson
            .said
            .get(&target.key)
            .and_then(|value| value.parse::<Stance>().ok());
        let Some(stance) = stance.filter(|_| !mentions.is_empty()) else {
            continue;
        };
        let mentioned = stance != Stance::NotMentioned;
        let holder = lesson.said.get(&format!("{}_holder", target.key));
        example.targets.push(ExampleTarget {
            mentions,
            mentioned: Some(mentioned),
            stance: mentioned.then_some(stance),
            holder: holder.and_then(|value| value.parse::<Holder>().ok()),
            evidence: None,
            weight: 1.0,
        });
    }
    example
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(document: usize, row: usize, corrected: bool) -> Lesson {
        Lesson {
            id: format!("p-{document}-{row}"),
            document: format!("d{document}"),
            text: String::new(),
            said: BTreeMap::new(),
            corrected,
        }
    }

    #[test]
    fn a_quarter_is_held_out_and_corrected_rows_are_among_it() {
        let lessons: Vec<Lesson> = (0..100).map(|row| lesson(0, row, row < 20)).collect();
        let (taught, held_out, by_document) = split(lessons);
        assert_eq!((taught.len(), held_out.len()), (75, 25));
        assert!(!by_document);
        assert_eq!(held_out.iter().filter(|l| l.corrected).count(), 5);
    }

    #[test]
    fn no_document_is_on_both_sides_where_there_are_enough() {
        let lessons = (0..120)
            .map(|row| lesson(row / 5, row, row % 7 == 0))
            .collect();
        let (taught, held_out, by_document) = split(lessons);
        assert!(by_document && !held_out.is_empty());
        let documents: HashSet<_> = taught.iter().map(|l| &l.document).collect();
        assert!(held_out.iter().all(|l| !documents.contains(&l.document)));
    }
}
