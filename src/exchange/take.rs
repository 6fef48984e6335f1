//! What came back from a tool → the sheet with those labels in it. All of it is taken or nothing.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::gather::{Faults, Given, Marked, choose, read};
use super::{Tool, by_id, evidence, evidence_keys, is_same};
use crate::codebook::Codebook;
use crate::error::{Error, Kind, Place, Result};
use crate::export::columns::packed_evidence;
use crate::export::{Cell, Format};
use crate::review::corrections::is_polar;
use crate::review::rewrite::{Rewriter, typed};
use crate::review::sheet::Sheet;
use crate::review::values::{LabelKind, Value as Word};
use crate::review::{Label, Reviewed, ReviewedRow, corrections};

/// What to import, and into what.
#[derive(Debug)]
pub struct Import<'a> {
    /// The tool's export: JSON or JSON_MIN of Label Studio, JSONL of doccano.
    pub export: &'a Path,
    /// The sheet that the tool was given.
    pub sheet: &'a Path,
    /// The corrected sheet to write, its format by its ending.
    pub output: &'a Path,
    /// Takes only this annotator's work; for doccano, which does not tell, the name to write.
    pub annotator: Option<&'a str>,
    /// For a workbook's own pages.
    pub codebook: &'a Codebook,
}

/// What was taken.
#[derive(Debug)]
pub struct Imported {
    /// Rows of the corrected sheet.
    pub rows: usize,
    /// Rows that somebody annotated.
    pub annotated: usize,
    /// Rows of them with another label than in the sheet.
    pub changed: usize,
    /// Who annotated.
    pub by: Vec<String>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Takes an export's labels, evidence and notes into a sheet: its rows with the corrected cells, `reviewed` filled with
/// who annotated them.
///
/// # Errors
/// Everything in the export that cannot be accepted (unknown labels and rows, labels left open, spans outside the text,
/// two annotators of one row), then as [`Rewriter::write`]; nothing is written then.
pub fn import(import: &Import) -> Result<Imported, Vec<Error>> {
    let one = |error| vec![error];
    Format::of(import.output).map_err(one)?;
    if is_same(import.output, import.sheet) || is_same(import.output, import.export) {
        return Err(one(Error::new(Kind::Usage, "the output is also an input")));
    }
    let sheet = Sheet::read(import.sheet).map_err(one)?;
    let reviewed = corrections::accept(&sheet)?;
    let mut faults = Faults::new(import.export, import.annotator);
    let mut notes = Vec::new();
    let given = read(import.export, &reviewed.labels, &mut faults, &mut notes).map_err(one)?;
    let chosen = choose(given, &mut faults);
    let taken =
        Taking::new(&sheet, &reviewed, &mut faults).and_then(|mut taking| taking.take(chosen));
    let taken = taken.map_err(one)?;
    if !faults.all.is_empty() {
        return Err(faults.all);
    }
    if taken.is_empty() {
        let error = Error::new(Kind::Input, "nothing in this export is annotated");
        return Err(one(error
            .at(Place::file(import.export))
            .hint("submit annotations in the tool, then export again")));
    }
    if !faults.unknown.is_empty() {
        let names: Vec<&str> = faults.unknown.iter().map(String::as_str).collect();
        notes.push(format!(
            "left out, the sheet has no column for it: {}",
            names.join(", ")
        ));
    }
    let rows = write(import, &sheet, &reviewed.labels, &taken).map_err(one)?;
    let by: BTreeSet<&str> = taken.values().map(|taken| taken.by.as_str()).collect();
    Ok(Imported {
        rows,
        annotated: taken.len(),
        changed: taken.values().filter(|taken| taken.changed).count(),
        by: by.into_iter().map(str::to_owned).collect(),
        notes,
    })
}

/// A row's new cells.
struct Taken {
    by: String,
    /// A value a label, `None` for an empty cell; `None` if labels stay as they are.
    values: Option<Vec<Option<Word>>>,
    evidence: Option<String>,
    note: Option<String>,
    changed: bool,
}

/// Puts what was given beside the sheet's rows.
struct Taking<'t> {
    sheet: &'t Sheet,
    labels: &'t [Label],
    rows: HashMap<&'t str, &'t ReviewedRow>,
    cells: HashMap<&'t str, &'t crate::review::sheet::Row>,
    faults: &'t mut Faults,
}

impl<'t> Taking<'t> {
    fn new(sheet: &'t Sheet, reviewed: &'t Reviewed, faults: &'t mut Faults) -> Result<Self> {
        Ok(Taking {
            labels: &reviewed.labels,
            rows: reviewed
                .rows
                .iter()
                .map(|row| (row.id.as_str(), row))
                .collect(),
            cells: by_id(sheet)?,
            sheet,
            faults,
        })
    }

    fn take(&mut self, given: Vec<Given>) -> Result<HashMap<String, Taken>> {
        for column in self
            .labels
            .iter()
            .map(|label| label.column.as_str())
            .chain(["reviewed", "evidence"])
        {
            self.sheet.needed(column)?;
        }
        let mut all = HashMap::new();
        for given in given {
            if let Some(taken) = self.one(&given) {
                all.insert(given.row_id, taken);
            }
        }
        Ok(all)
    }

    fn one(&mut self, given: &Given) -> Option<Taken> {
        let (place, line) = (&given.place, given.line);
        let Some(row) = self.rows.get(given.row_id.as_str()).copied() else {
            let message = format!("{place}: the sheet has no labelled row `{}`", given.row_id);
            self.faults.say(
                line,
                message,
                "give the sheet that was exported with --sheet",
            );
            return None;
        };
        if !given.open.is_empty() {
            let message = format!("{place}: nothing is chosen for `{}`", given.open);
            self.faults.say(
                line,
                message,
                "choose in the tool, submit, and export again",
            );
            return None;
        }
        let cells = self.cells.get(given.row_id.as_str())?;
        let cell = |name: &str| self.sheet.column(name).map_or("", |at| cells.cell(at));
        let (note, old) = (cell("note").to_owned(), cell("evidence").to_owned());
        let text = match (&row.text, &given.text) {
            (Some(ours), Some(theirs)) if unbroken(ours) != unbroken(theirs) => {
                let message = format!(
                    "{place}: the text is another than in row {} of the sheet",
                    row.number
                );
                self.faults.say(
                    line,
                    message,
                    "give the sheet that was exported with --sheet",
                );
                return None;
            }
            (Some(ours), _) => ours.as_str(),
            (None, Some(theirs)) => theirs.as_str(),
            (None, None) => "",
        };
        let values = given
            .values
            .as_ref()
            .map(|values| settled(self.labels, values));
        let now = values.as_ref().unwrap_or(&row.now);
        let cited = self.cited(now);
        let evidence = match &given.spans {
            Some(spans) => Some(self.evidence(given, spans, text, &old, &cited)?),
            None if given.values.is_some() => {
                let kept = evidence::unpack(&old, &evidence_keys(self.labels)).into_iter();
                let kept: Vec<_> = kept.filter(|(key, _)| cited.contains(key)).collect();
                Some(packed_evidence(&kept))
            }
            None => None,
        };
        Some(Taken {
            by: given.by.clone(),
            changed: *now != row.now,
            evidence,
            note: given.note.as_ref().map(|said| match given.tool {
                // doccano adds comments; in Label Studio the note itself is edited.
                Tool::Doccano if !note.is_empty() && !note.contains(said.as_str()) => {
                    format!("{note} | {said}")
                }
                Tool::Doccano if !note.is_empty() => note,
                _ => said.clone(),
            }),
            values,
        })
    }

    /// The labels that have evidence in a row: frames that are present, polar stances.
    fn cited(&self, now: &[Option<Word>]) -> Vec<String> {
        let has = |(label, value): &(&Label, &Option<Word>)| match label.kind {
            LabelKind::Frame => **value == Some("1"),
            LabelKind::Stance => is_polar(**value),
            _ => false,
        };
        let cited = self.labels.iter().zip(now).filter(has);
        cited.map(|(label, _)| label.column.clone()).collect()
    }

    /// The cell of a row's evidence, in the labels' order. What the tool could not hold is kept.
    fn evidence(
        &mut self,
        given: &Given,
        spans: &[Marked],
        text: &str,
        old: &str,
        cited: &[String],
    ) -> Option<String> {
        let mut found: Vec<(usize, String, String)> = Vec::new();
        let mut good = true;
        for span in spans {
            match span.cut(text) {
                Some((start, words)) => found.push((start, span.key.clone(), words.to_owned())),
                None => {
                    let (from, to) = (span.start, span.end);
                    let message = format!(
                        "{}: the span {from} to {to} of `{}` is not in the text",
                        given.place, span.key
                    );
                    self.faults
                        .say(given.line, message, "mark it again in the tool");
                    good = false;
                }
            }
        }
        let overlap = given.tool == Tool::LabelStudio;
        let (_, lost) = evidence::spans(text, old, &evidence_keys(self.labels), overlap);
        for (key, words) in lost {
            if !found.iter().any(|(_, marked, _)| *marked == key) {
                found.push((0, key, words));
            }
        }
        found.retain(|(_, key, _)| cited.contains(key));
        found.sort_by_key(|(start, key, _)| (cited.iter().position(|c| c == key), *start));
        let found: Vec<_> = found
            .into_iter()
            .map(|(_, key, words)| (key, words))
            .collect();
        good.then(|| packed_evidence(&found))
    }
}

/// A holder beside a stance that is not polar says nothing.
fn settled(labels: &[Label], values: &[Option<Word>]) -> Vec<Option<Word>> {
    let value = |(at, label): (usize, &Label)| match label.stance {
        Some(stance) if !is_polar(values[stance]) => None,
        _ => values[at],
    };
    labels.iter().enumerate().map(value).collect()
}

/// A text without the difference between line ends.
fn unbroken(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    }
}

fn write(
    import: &Import,
    sheet: &Sheet,
    labels: &[Label],
    taken: &HashMap<String, Taken>,
) -> Result<usize> {
    let rewriter = Rewriter::new(sheet, labels);
    let id = sheet.needed("row_id")?;
    let places: Vec<Option<usize>> = labels
        .iter()
        .map(|label| sheet.column(&label.column))
        .collect();
    let text = |text: &str| match text {
        "" => Cell::Empty,
        text => Cell::Text(Cow::Owned(text.to_owned())),
    };
    let column = |name| sheet.column(name);
    let (evidence, reviewed, note) = (column("evidence"), column("reviewed"), column("note"));
    rewriter.write(import.output, import.codebook, &[], &mut |row, cells| {
        let Some(taken) = taken.get(row.cell(id).trim()) else {
            return true;
        };
        if let Some(values) = &taken.values {
            for (place, value) in places.iter().zip(values) {
                if let Some(place) = *place {
                    let cell = |value| typed(value, &rewriter.columns()[place]);
                    cells[place] = value.map_or(Cell::Empty, cell);
                }
            }
            if let Some(place) = reviewed {
                cells[place] = text(&taken.by);
            }
        }
        if let (Some(place), Some(packed)) = (evidence, &taken.evidence) {
            cells[place] = text(packed);
        }
        if let (Some(place), Some(said)) = (note, &taken.note) {
            cells[place] = text(said);
        }
        true
    })?;
    Ok(sheet.rows.len())
}
