//! What can be counted in one sheet: its rows, its columns, who read what, and how the labels are distributed.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::record::{Counted, counted};
use crate::review::sheet::{Sheet, number};
use crate::review::values::{LabelKind, Value};
use crate::review::{Reviewed, ReviewedRow, State};

/// Columns of a table that say when, in the order in which they are looked for.
const DATES: &[&str] = &["in_date", "in_published", "in_time"];
/// Columns that say where from.
const SOURCES: &[&str] = &["in_source", "in_outlet", "in_publisher"];
/// Columns that say in which language.
const LANGUAGES: &[&str] = &["in_language", "in_lang"];
/// Values of a column that are named.
const NAMED: usize = 10;

/// A sheet as a file, and what its columns tell.
#[derive(Debug, Clone, Serialize)]
pub struct SheetFacts {
    /// Its name.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Rows with labels that count.
    pub rows: usize,
    /// Documents they come from.
    pub documents: usize,
    /// Rows written mostly in Cyrillic letters; `None` where the sheet has no text.
    pub cyrillic: Option<usize>,
    /// Columns of date, source and language that it has.
    pub columns: Vec<ColumnFacts>,
    /// Who read what.
    pub reading: Reading,
    /// Each label's values.
    pub distribution: Vec<Distribution>,
}

/// What a column of the user's own table tells.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnFacts {
    /// Its name in the sheet.
    pub column: String,
    /// Rows in which it is filled.
    pub filled: usize,
    /// How many values there are.
    pub distinct: usize,
    /// The most frequent of them; not for dates.
    pub values: Vec<Counted>,
    /// The earliest and the latest day; only for a column of dates that all begin with `YYYY-MM-DD`.
    pub range: Option<(String, String)>,
}

/// How much of a sheet was read, and which rows.
#[derive(Debug, Clone, Serialize)]
pub struct Reading {
    /// Rows marked as read.
    pub read: usize,
    /// Rows of the random sample in the sheet; `None` where it has no column `audit`.
    pub audit: Option<usize>,
    /// Those of them that were marked as read.
    pub audit_read: usize,
    /// Rows outside the sample that were marked as read.
    pub chosen_read: usize,
    /// Of these, how many are among the rows outside the sample that the model was least certain of, as many of these
    /// taken as were read; `None` where the sheet has no ranks.
    pub chosen_least_certain: Option<usize>,
    /// Rows with a corrected cell that were not marked as read.
    pub corrected_unmarked: usize,
    /// In the rows of the sample that were read, how often the analyst gave each value of each label.
    pub support: Vec<Support>,
}

/// How often the analyst gave each value of a label.
#[derive(Debug, Clone, Serialize)]
pub struct Support {
    /// The column.
    pub label: String,
    /// Cells that were right, and all.
    pub right: (usize, usize),
    /// The values that figures are made of, and their counts.
    pub values: Vec<(Value, usize)>,
}

/// How often each value of a label stands in the sheet.
#[derive(Debug, Clone, Serialize)]
pub struct Distribution {
    /// The column.
    pub label: String,
    /// Rows in which the model gave it a value, which its shares are of.
    pub model_rows: usize,
    /// Rows in which it has a value now.
    pub rows: usize,
    /// Each value.
    pub values: Vec<ValueCounts>,
}

/// How often one value stands in the sheet.
#[derive(Debug, Clone, Serialize)]
pub struct ValueCounts {
    /// The value.
    pub value: Value,
    /// As the model had it.
    pub model: usize,
    /// As it stands now: corrected where an analyst corrected, the model's elsewhere.
    pub now: usize,
}

/// Counts what there is to count; `date` is the column that the run took dates from.
pub(super) fn of(
    name: String,
    sheet: &Sheet,
    reviewed: &Reviewed,
    date: Option<&str>,
) -> SheetFacts {
    let documents: HashSet<&str> = reviewed.rows.iter().map(|r| r.document.as_str()).collect();
    let labels = 0..reviewed.labels.len();
    SheetFacts {
        file: name,
        sha256: reviewed.sha256.clone(),
        rows: reviewed.rows.len(),
        documents: documents.len(),
        cyrillic: cyrillic(sheet, reviewed),
        columns: columns(sheet, reviewed, date),
        reading: reading(sheet, reviewed),
        distribution: labels.map(|at| distribution(reviewed, at)).collect(),
    }
}

/// The sheet's lines that count, by their numbers.
fn lines<'s>(
    sheet: &'s Sheet,
    reviewed: &Reviewed,
) -> impl Iterator<Item = &'s crate::review::sheet::Row> {
    let counts: HashSet<u64> = reviewed.rows.iter().map(|row| row.number).collect();
    sheet
        .rows
        .iter()
        .filter(move |row| counts.contains(&row.number))
}

/// The script is counted, the language is not guessed.
fn cyrillic(sheet: &Sheet, reviewed: &Reviewed) -> Option<usize> {
    let text = sheet.column("text")?;
    let mostly = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphabetic());
        let (cyrillic, others): (Vec<char>, Vec<char>) =
            letters.partition(|c| ('\u{400}'..='\u{52F}').contains(c));
        cyrillic.len() > others.len()
    };
    Some(
        lines(sheet, reviewed)
            .filter(|row| mostly(row.cell(text)))
            .count(),
    )
}

fn columns(sheet: &Sheet, reviewed: &Reviewed, date: Option<&str>) -> Vec<ColumnFacts> {
    let date = date.map(|name| format!("in_{name}"));
    let dates = date.iter().map(String::as_str).chain(DATES.iter().copied());
    let dates: Vec<&str> = dates.collect();
    let first = |names: &[&str]| {
        let mut names = names.iter();
        names.find_map(|name| Some(((*name).to_owned(), sheet.column(name)?)))
    };
    let found = [
        (true, first(&dates)),
        (false, first(SOURCES)),
        (false, first(LANGUAGES)),
    ];
    let facts = found.into_iter().filter_map(|(is_date, found)| {
        let (column, at) = found?;
        let cells: Vec<&str> = lines(sheet, reviewed)
            .map(|row| row.cell(at).trim())
            .filter(|cell| !cell.is_empty())
            .collect();
        let mut values = counted(cells.iter().copied());
        let distinct = values.len();
        values.truncate(if is_date { 0 } else { NAMED });
        let days: Option<Vec<&str>> = cells.iter().map(|cell| day(cell)).collect();
        let days = days.filter(|_| is_date).unwrap_or_default();
        let range = days.iter().min().zip(days.iter().max());
        Some(ColumnFacts {
            column,
            filled: cells.len(),
            distinct,
            values,
            range: range.map(|(from, to)| ((*from).to_owned(), (*to).to_owned())),
        })
    });
    facts.collect()
}

/// The day that a cell begins with, if it is written as `YYYY-MM-DD`.
fn day(cell: &str) -> Option<&str> {
    let day = cell.get(..10)?;
    let form = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let ends = !cell[10..].starts_with(|c: char| c.is_ascii_digit());
    (form && ends).then_some(day)
}

fn reading(sheet: &Sheet, reviewed: &Reviewed) -> Reading {
    let rows = &reviewed.rows;
    let count = |which: &dyn Fn(&ReviewedRow) -> bool| rows.iter().filter(|row| which(row)).count();
    let read: Vec<&ReviewedRow> = rows
        .iter()
        .filter(|row| row.audit && row.reviewed)
        .collect();
    let support = reviewed.labels.iter().enumerate().map(|(at, label)| {
        let cells = read
            .iter()
            .filter_map(|row| Some((row.read(at)?, row.model[at]?)));
        let cells: Vec<(Value, Value)> = cells.collect();
        let of = |value: Value| {
            cells
                .iter()
                .filter(|(analyst, _)| *analyst == value)
                .count()
        };
        let values = scored(label.kind).iter().map(|value| (*value, of(value)));
        Support {
            label: label.column.clone(),
            right: (cells.iter().filter(|(a, m)| a == m).count(), cells.len()),
            values: values.collect(),
        }
    });
    Reading {
        read: count(&|row| row.reviewed),
        audit: reviewed.has_audit.then(|| count(&|row| row.audit)),
        audit_read: read.len(),
        chosen_read: count(&|row| !row.audit && row.reviewed),
        chosen_least_certain: least_certain(sheet, reviewed),
        corrected_unmarked: count(&|row| !row.reviewed && row.states.contains(&State::Corrected)),
        support: support.collect(),
    }
}

/// The values that [`crate::review::figures`] makes its figures of.
fn scored(kind: LabelKind) -> &'static [Value] {
    match kind {
        LabelKind::Frame => &["1"],
        LabelKind::Stance => &["favorable", "unfavorable", "neutral"],
        LabelKind::Holder => &["author", "reported"],
        LabelKind::Sentiment => &["positive", "neutral", "negative"],
    }
}

fn least_certain(sheet: &Sheet, reviewed: &Reviewed) -> Option<usize> {
    let column = sheet.column("review_rank")?;
    let ranks: HashMap<u64, u64> = sheet
        .rows
        .iter()
        .filter_map(|row| Some((row.number, number(row.cell(column))? as u64)))
        .collect();
    let chosen = reviewed.rows.iter().filter(|row| !row.audit);
    let mut ranked: Vec<(u64, bool)> = chosen
        .filter_map(|row| Some((*ranks.get(&row.number)?, row.reviewed)))
        .collect();
    ranked.sort_unstable();
    let read = ranked.iter().filter(|(_, read)| *read).count();
    Some(ranked.iter().take(read).filter(|(_, read)| *read).count())
}

fn distribution(reviewed: &Reviewed, at: usize) -> Distribution {
    let label = &reviewed.labels[at];
    let count = |of: &dyn Fn(&ReviewedRow) -> bool| reviewed.rows.iter().filter(|r| of(r)).count();
    let values = label.kind.allowed().into_iter().map(|value| ValueCounts {
        value,
        model: count(&|row| row.model[at] == Some(value)),
        now: count(&|row| row.now[at] == Some(value)),
    });
    Distribution {
        label: label.column.clone(),
        model_rows: count(&|row| row.model[at].is_some()),
        rows: count(&|row| row.now[at].is_some()),
        values: values.collect(),
    }
}
