//! Sheet → [`Reviewed`]: for every label cell what the model had said, what stands there now, and what follows.
//!
//! A cell that cannot be accepted is an error with its row, column, value and the allowed values; all of them are given
//! at once, and nothing is taken then.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::sheet::{Row, Sheet, number};
use super::values::{LabelKind, Value};
use crate::annotate::labels::Stance;
use crate::error::{Error, Kind};
use crate::export::columns::text_hash;

/// A label column of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The column's name: `offer`, `nato`, `nato_holder`, `sentiment`.
    pub column: String,
    /// What it holds.
    pub kind: LabelKind,
    /// For a holder, the place of its target's stance among the labels.
    pub stance: Option<usize>,
}

/// What the analyst did with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The row was marked as read and the model's label left.
    Confirmed,
    /// Another value stands there than the model gave.
    Corrected,
    /// Nobody said anything about it.
    Unread,
    /// There is nothing to say: a holder where no stance is polar, a row without labels.
    Empty,
}

/// A row that came back.
#[derive(Debug, Clone)]
pub struct ReviewedRow {
    /// Its number as the spreadsheet counts it.
    pub number: u64,
    /// Its key.
    pub id: String,
    /// Its document.
    pub document: String,
    /// The article's title.
    pub title: String,
    /// The paragraph, without the guard apostrophe; `None` where a spreadsheet cut it.
    pub text: Option<String>,
    /// Whether it was marked as read.
    pub reviewed: bool,
    /// Whether it is of the random sample.
    pub audit: bool,
    /// What the model had said, a label each; `None` where there is nothing to say.
    pub model: Vec<Option<Value>>,
    /// What stands there now.
    pub now: Vec<Option<Value>>,
    /// What the analyst did.
    pub states: Vec<State>,
}

impl ReviewedRow {
    /// The analyst's value of a label, where the cell was confirmed or corrected.
    pub fn read(&self, label: usize) -> Option<Value> {
        match self.states[label] {
            State::Confirmed | State::Corrected => self.now[label],
            State::Unread | State::Empty => None,
        }
    }

    /// Whether a cell of it was confirmed or corrected.
    pub fn is_read(&self) -> bool {
        (0..self.states.len()).any(|label| self.read(label).is_some())
    }
}

/// A sheet that came back and was accepted.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its label columns, in the order of `model_labels`.
    pub labels: Vec<Label>,
    /// Its rows, in the file's order, each id once.
    pub rows: Vec<ReviewedRow>,
    /// What made the labels: `default 0.2.0`; several where sheets were put together.
    pub models: Vec<String>,
    /// The codebooks it was made by.
    pub codebooks: Vec<String>,
    /// Rows whose text was changed, by their number; they are left out.
    pub changed: Vec<u64>,
    /// Rows whose text lost letters when it was saved in a narrow encoding, by number; their labels count.
    pub mangled: Vec<u64>,
    /// That encoding.
    pub narrow: Option<&'static str>,
    /// Rows that stand twice with the same labels, by the number of the later one, which is left out.
    pub doubled: Vec<u64>,
    /// How many rows are missing, told by their review ranks.
    pub missing: u64,
    /// Rows without an id, which are left out.
    pub foreign: u64,
    /// Rows that have no labels: boilerplate, and what could not be labelled.
    pub unlabelled: u64,
    /// Whether the sheet has the column `audit`.
    pub has_audit: bool,
}

/// Reads a sheet and accepts its cells, all or none.
///
/// # Errors
/// Every cell that cannot be accepted, in the sheet's order, or the one reason why the file cannot be read.
pub fn read(path: &Path) -> Result<Reviewed, Vec<Error>> {
    let sheet = Sheet::read(path).map_err(|e| vec![e])?;
    accept(&sheet)
}

/// Accepts the cells of a sheet that was read, all or none.
///
/// # Errors
/// As [`read`].
pub fn accept(sheet: &Sheet) -> Result<Reviewed, Vec<Error>> {
    let reader = Reader::new(sheet).map_err(|e| vec![e])?;
    reader.read()
}

/// The labels that a packed cell tells of: `offer=1;…;russia=favorable/reported;…;sentiment=neutral`.
fn labels_of(packed: &str) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    let mut targets = Vec::new();
    for (key, value) in packed.split(';').filter_map(|part| part.split_once('=')) {
        let kind = match value {
            "0" | "1" => LabelKind::Frame,
            _ if key == "sentiment" => LabelKind::Sentiment,
            _ => LabelKind::Stance,
        };
        if kind == LabelKind::Stance {
            targets.push((labels.len(), key));
        }
        labels.push(Label {
            column: key.to_owned(),
            kind,
            stance: None,
        });
    }
    // As in the sheet: frames, stances, holders, sentiment.
    let sentiment = labels.pop_if(|label| label.kind == LabelKind::Sentiment);
    labels.extend(targets.iter().map(|(stance, key)| Label {
        column: format!("{key}_holder"),
        kind: LabelKind::Holder,
        stance: Some(*stance),
    }));
    labels.extend(sentiment);
    labels
}

/// What a packed cell says of each label; `None` where it is empty or not of these labels.
fn unpack(packed: &str, labels: &[Label]) -> Option<Vec<Option<Value>>> {
    if packed.trim().is_empty() {
        return None;
    }
    let said: HashMap<&str, &str> = packed
        .split(';')
        .filter_map(|part| part.split_once('='))
        .collect();
    let value = |label: &Label| {
        let (key, part) = match label.kind {
            LabelKind::Holder => (label.column.strip_suffix("_holder")?, 1),
            _ => (label.column.as_str(), 0),
        };
        let word = said.get(key)?.split('/').nth(part)?;
        label.kind.parse(word)
    };
    let values: Vec<Option<Value>> = labels.iter().map(value).collect();
    let whole = labels
        .iter()
        .zip(&values)
        .all(|(label, value)| value.is_some() || label.kind == LabelKind::Holder);
    whole.then_some(values)
}

struct Reader<'s> {
    sheet: &'s Sheet,
    labels: Vec<Label>,
    /// The column of each label; `None` where the analyst took it away.
    columns: Vec<Option<usize>>,
    id: usize,
    packed: usize,
    text: Option<usize>,
    hash: Option<usize>,
}

impl<'s> Reader<'s> {
    fn new(sheet: &'s Sheet) -> Result<Self, Error> {
        let (id, packed) = (sheet.needed("row_id")?, sheet.needed("model_labels")?);
        let first = sheet
            .rows
            .iter()
            .map(|row| row.cell(packed))
            .find(|packed| packed.contains('='));
        let labels = labels_of(first.ok_or_else(|| {
            Error::new(
                Kind::Input,
                "no row says what the model had said: the column `model_labels` is empty",
            )
            .at(crate::error::Place::file(&sheet.path))
            .hint(
                "leave that column as `demarche annotate` wrote it; it is how a correction is told",
            )
        })?);
        let columns = labels
            .iter()
            .map(|label| sheet.column(&label.column))
            .collect();
        Ok(Reader {
            labels,
            columns,
            id,
            packed,
            text: sheet.column("text"),
            hash: sheet.column("text_hash"),
            sheet,
        })
    }

    fn read(self) -> Result<Reviewed, Vec<Error>> {
        let sheet = self.sheet;
        let mut reviewed = Reviewed {
            path: sheet.path.clone(),
            sha256: sheet.sha256.clone(),
            labels: self.labels.clone(),
            rows: Vec::new(),
            models: self.distinct("model"),
            codebooks: self.distinct("codebook"),
            changed: Vec::new(),
            mangled: Vec::new(),
            narrow: sheet.narrow,
            doubled: Vec::new(),
            missing: self.missing(),
            foreign: 0,
            unlabelled: 0,
            has_audit: sheet.column("audit").is_some(),
        };
        let mut faults = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for row in &sheet.rows {
            if row.cell(self.id).trim().is_empty() {
                reviewed.foreign += 1;
                continue;
            }
            let read = match self.row(row) {
                Ok(Some(read)) => read,
                Ok(None) => {
                    reviewed.unlabelled += 1;
                    continue;
                }
                Err(found) => {
                    faults.extend(found);
                    continue;
                }
            };
            if self.is_mangled(row) {
                reviewed.mangled.push(row.number);
            } else if self.is_changed(row) {
                reviewed.changed.push(row.number);
                continue;
            }
            match places.get(&read.id) {
                None => {
                    places.insert(read.id.clone(), reviewed.rows.len());
                    reviewed.rows.push(read);
                }
                Some(&first) => {
                    let first = &mut reviewed.rows[first];
                    if first.now != read.now {
                        faults.push(twice(sheet, row, first.number));
                        continue;
                    }
                    reviewed.doubled.push(row.number);
                    if read.reviewed && !first.reviewed {
                        *first = read;
                    }
                }
            }
        }
        match faults.is_empty() {
            true => Ok(reviewed),
            false => Err(faults),
        }
    }

    /// One row; `None` if it has no labels and got none.
    fn row(&self, row: &Row) -> Result<Option<ReviewedRow>, Vec<Error>> {
        let model = unpack(row.cell(self.packed), &self.labels);
        let labelled = model.is_some();
        let model = model.unwrap_or_else(|| vec![None; self.labels.len()]);
        let mut faults = Vec::new();
        let mut now = Vec::with_capacity(self.labels.len());
        for ((label, column), model) in self.labels.iter().zip(&self.columns).zip(&model) {
            let Some(column) = *column else {
                now.push(*model);
                continue;
            };
            let cell = row.cell(column);
            now.push(match label.kind.parse(cell) {
                Some(value) => Some(value),
                // Whose stance it is may be left open, and a row that was never labelled has nothing to keep.
                None if cell.trim().is_empty()
                    && (!labelled
                        || label.kind == LabelKind::Holder
                            && !self.is_disputed(row, label, &now)) =>
                {
                    None
                }
                None => {
                    faults.push(self.refuse(row, label, cell));
                    None
                }
            });
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        for (at, label) in self.labels.iter().enumerate() {
            // A holder that was left beside a stance that is polar no more says nothing.
            if label.stance.is_some_and(|stance| !is_polar(now[stance])) {
                now[at] = None;
            }
        }
        if !labelled && now.iter().all(Option::is_none) {
            return Ok(None);
        }
        let reviewed = self.has(row, "reviewed");
        let states = now
            .iter()
            .zip(&model)
            .map(|(now, model)| match (now, model) {
                (None, _) => State::Empty,
                (now, model) if now != model => State::Corrected,
                _ if reviewed => State::Confirmed,
                _ => State::Unread,
            });
        Ok(Some(ReviewedRow {
            number: row.number,
            id: row.cell(self.id).trim().to_owned(),
            document: self.cell(row, "document").to_owned(),
            title: self.cell(row, "title").to_owned(),
            text: self.text(row),
            reviewed,
            audit: labelled && number(self.cell(row, "audit")) == Some(1.0),
            states: states.collect(),
            model,
            now,
        }))
    }

    fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        self.sheet
            .column(column)
            .map_or("", |column| row.cell(column))
    }

    fn has(&self, row: &Row, column: &str) -> bool {
        !self.cell(row, column).trim().is_empty()
    }

    fn refuse(&self, row: &Row, label: &Label, cell: &str) -> Error {
        let noun = label.kind.noun();
        let allowed = label.kind.allowed().join(", ");
        let place = self.sheet.place(row).column(&label.column);
        if cell.trim().is_empty() {
            return Error::new(Kind::Input, format!("{noun} is missing"))
                .at(place)
                .hint(format!("allowed: {allowed}"));
        }
        let near = label
            .kind
            .nearest(cell)
            .map(|word| format!("did you mean `{word}`? "))
            .unwrap_or_default();
        Error::new(Kind::Input, format!("`{cell}` is not {noun}"))
            .at(place)
            .hint(format!("{near}allowed: {allowed}"))
    }

    /// Whether analysts differ on a holder, as a sheet to settle tells in its columns `nato_holder: anna`, and the stance
    /// that it belongs to is polar still: such a cell may not be left open.
    fn is_disputed(&self, row: &Row, label: &Label, now: &[Option<Value>]) -> bool {
        let said = format!("{}: ", label.column);
        let polar = label
            .stance
            .and_then(|stance| now.get(stance))
            .is_some_and(|stance| is_polar(*stance));
        let names = self.sheet.header.iter().enumerate();
        polar
            && names
                .filter(|(_, name)| name.starts_with(&said))
                .any(|(at, _)| !row.cell(at).trim().is_empty())
    }

    /// The text as the model saw it, if the spreadsheet kept it whole.
    fn text(&self, row: &Row) -> Option<String> {
        as_labelled(row.cell(self.text?), row.cell(self.hash?))
    }

    /// Whether another text stands there than was labelled. One that our own workbook cut, and said so, is not changed.
    fn is_changed(&self, row: &Row) -> bool {
        let (Some(text), Some(hash)) = (self.text, self.hash) else {
            return false;
        };
        !row.cell(hash).trim().is_empty()
            && self.text(row).is_none()
            && !row.cell(text).contains(" … [cut here: the text has ")
    }

    /// Whether the text is another only because letters were lost, as far as that can be told.
    fn is_mangled(&self, row: &Row) -> bool {
        let text = self.text.map_or("", |text| row.cell(text));
        self.sheet.narrow.is_some() && text.contains('?') && self.is_changed(row)
    }

    fn distinct(&self, column: &str) -> Vec<String> {
        let Some(column) = self.sheet.column(column) else {
            return Vec::new();
        };
        let mut seen = HashSet::new();
        self.sheet
            .rows
            .iter()
            .map(|row| row.cell(column).trim())
            .filter(|name| !name.is_empty() && seen.insert(*name))
            .map(str::to_owned)
            .collect()
    }

    /// Review ranks run from 1 without a gap, so a gap is a row that is missing.
    fn missing(&self) -> u64 {
        let Some(column) = self.sheet.column("review_rank") else {
            return 0;
        };
        let ranks = self.sheet.rows.iter();
        let ranks: BTreeMap<u64, ()> = ranks
            .filter_map(|row| number(row.cell(column)))
            .map(|rank| (rank as u64, ()))
            .collect();
        ranks
            .last_key_value()
            .map_or(0, |(last, ())| last.saturating_sub(ranks.len() as u64))
    }
}

fn twice(sheet: &Sheet, row: &Row, first: u64) -> Error {
    Error::new(
        Kind::Input,
        format!("the same paragraph stands in row {first} with other labels"),
    )
    .at(sheet.place(row).column("row_id"))
    .hint("keep one of the two rows")
}

/// Whether a stance has a holder.
pub fn is_polar(stance: Option<Value>) -> bool {
    stance
        .and_then(|word| word.parse().ok())
        .is_some_and(Stance::is_polar)
}

/// Whether a cell holds a hash, also where a spreadsheet took it for a number, as it does with `1234567890123456` and
/// `1234567890123e45`: it drops zeros in front, and keeps 6 to 15 digits. Seven rows in ten thousand have one.
pub(super) fn is_same_hash(cell: &str, hash: &str) -> bool {
    cell == hash
        || match (number(cell), number(hash)) {
            (Some(cell), Some(hash)) => (cell - hash).abs() <= 1e-5 * hash,
            _ => false,
        }
}

/// The text of a cell as the model saw it, told by its hash; `None` where a spreadsheet or somebody changed it.
pub fn as_labelled(cell: &str, hash: &str) -> Option<String> {
    candidates(cell)
        .into_iter()
        .find(|text| is_same_hash(hash.trim(), &text_hash(text)))
}

/// What a cell's text may have been before a spreadsheet saved it: guarded, or with other line ends.
pub(super) fn candidates(cell: &str) -> Vec<String> {
    let mut texts = vec![cell.to_owned()];
    texts.extend(cell.strip_prefix('\'').map(str::to_owned));
    for text in texts.clone() {
        let plain = text.replace("\r\n", "\n").replace('\r', "\n");
        texts.push(plain.replace('\n', "\r\n"));
        texts.push(plain);
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::is_same_hash;

    #[test]
    fn a_hash_that_a_spreadsheet_took_for_a_number_is_known_again() {
        for (cell, hash) in [
            ("99a893cbb89d39f2", "99a893cbb89d39f2"),
            ("1,23457E+15", "1234567890123456"),
            ("1234567890123460", "1234567890123456"),
            ("12345678901234", "0012345678901234"),
            ("1.23457E+57", "1234567890123e45"),
        ] {
            assert!(is_same_hash(cell, hash), "{cell} {hash}");
        }
        for (cell, hash) in [
            ("1234667890123456", "1234567890123456"),
            ("99a893cbb89d39f2", "1234567890123456"),
            ("1.23457E+15", "99a893cbb89d39f2"),
            ("", "1234567890123456"),
        ] {
            assert!(!is_same_hash(cell, hash), "{cell} {hash}");
        }
    }
}
