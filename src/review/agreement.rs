//! Two or more analysts on the same rows: agreement, and the sheet of what they have to settle.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::corrections::{Label, Reviewed, ReviewedRow};
use super::figures::clusters;
use super::rewrite::{Rewriter, typed};
use super::sheet::Sheet;
use super::values::Value;
use crate::codebook::Codebook;
use crate::error::Result;
use crate::evaluate::bootstrap;
use crate::evaluate::metrics;
use crate::evaluate::report::Figure;
use crate::export::Cell;
use crate::export::columns::{Column, Holds};

const SEED: u64 = 20_260_101;

/// How far sheets agree.
#[derive(Debug, Clone, Serialize)]
pub struct Agreement {
    /// The sheets.
    pub files: Vec<String>,
    /// Rows that two or more read.
    pub rows: usize,
    /// Whether whole documents were resampled for the intervals; rows where there are fewer than ten documents.
    pub by_document: bool,
    /// Each label.
    pub labels: Vec<LabelAgreement>,
    /// Where they differ, in reading order.
    pub differences: Vec<Difference>,
}

/// How far sheets agree on one label.
#[derive(Debug, Clone, Serialize)]
pub struct LabelAgreement {
    /// The column.
    pub label: String,
    /// Cells that two or more read.
    pub cells: usize,
    /// Share of them on which all who read them say the same.
    pub same: Option<f64>,
    /// Krippendorff's alpha, nominal.
    pub alpha: Option<Figure>,
}

/// A cell on which they differ.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// The row's key.
    pub row_id: String,
    /// The column.
    pub label: String,
    /// What each sheet says; `None` where it was not read there.
    pub values: Vec<Option<Value>>,
}

/// A row and who read it.
struct Unit<'s> {
    /// In the first sheet that has it.
    row: &'s ReviewedRow,
    /// In each sheet.
    rows: Vec<Option<&'s ReviewedRow>>,
}

fn units(sheets: &[Reviewed]) -> Vec<Unit<'_>> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut units: Vec<Unit> = Vec::new();
    for (sheet, reviewed) in sheets.iter().enumerate() {
        for row in reviewed.rows.iter().filter(|row| row.is_read()) {
            let place = *places.entry(&row.id).or_insert(units.len());
            if place == units.len() {
                units.push(Unit {
                    row,
                    rows: vec![None; sheets.len()],
                });
            }
            units[place].rows[sheet] = Some(row);
        }
    }
    units.retain(|unit| unit.rows.iter().flatten().count() > 1);
    units
}

/// What each sheet says of a label, by its column's name: sheets may have their columns in another order.
fn values(sheets: &[Reviewed], unit: &Unit, label: &Label) -> Vec<Option<Value>> {
    unit.rows
        .iter()
        .zip(sheets)
        .map(|(row, sheet)| {
            let at = sheet.labels.iter().position(|l| l.column == label.column)?;
            row.as_ref()?.read(at)
        })
        .collect()
}

fn differ(values: &[Option<Value>]) -> bool {
    let mut said = values.iter().flatten();
    let first = said.next();
    said.any(|value| Some(value) != first)
}

/// Measures the agreement of two or more sheets, on the rows that two or more read.
pub fn measure(sheets: &[Reviewed]) -> Agreement {
    let units = units(sheets);
    let rows: Vec<&ReviewedRow> = units.iter().map(|unit| unit.row).collect();
    let (clusters, by_document) = clusters(&rows);
    let mut labels = Vec::new();
    let mut differences = Vec::new();
    for label in &sheets[0].labels {
        let said: Vec<Vec<Option<Value>>> = units
            .iter()
            .map(|unit| values(sheets, unit, label))
            .collect();
        let shared: Vec<&Vec<Option<Value>>> = said
            .iter()
            .filter(|values| values.iter().flatten().count() > 1)
            .collect();
        let same = shared.iter().filter(|values| !differ(values)).count();
        let alpha = bootstrap::interval(&clusters, SEED, |rows| {
            let drawn: Vec<_> = rows.iter().map(|&row| said[row].clone()).collect();
            metrics::krippendorff_alpha(&drawn)
        });
        labels.push(LabelAgreement {
            label: label.column.clone(),
            cells: shared.len(),
            same: (!shared.is_empty()).then(|| same as f64 / shared.len() as f64),
            alpha: alpha.map(Figure::from),
        });
        for (unit, values) in units.iter().zip(said) {
            if differ(&values) {
                differences.push(Difference {
                    row_id: unit.row.id.clone(),
                    label: label.column.clone(),
                    values,
                });
            }
        }
    }
    let order: BTreeMap<&str, usize> = rows.iter().map(|r| r.id.as_str()).zip(0..).collect();
    differences.sort_by_key(|d| order.get(d.row_id.as_str()).copied());
    Agreement {
        files: sheets
            .iter()
            .map(|sheet| sheet.path.display().to_string())
            .collect(),
        rows: units.len(),
        by_document,
        labels,
        differences,
    }
}

/// Writes the rows on which the analysts differ as a sheet to adjudicate, which `review` and `learn` take like any other.
///
/// It has the columns of the first sheet; rows that the first lacks come from the next that has them. Cells on which they agree hold that, cells on which they differ are empty, so
/// that none can be passed over; what each said stands in a column of its own at the right end.
///
/// # Errors
/// As [`Sheet::read`] and [`Rewriter::write`].
pub fn write_adjudication(
    sheets: &[Reviewed],
    agreement: &Agreement,
    codebook: &Codebook,
    output: &Path,
) -> Result<usize> {
    let files: Vec<Sheet> = sheets
        .iter()
        .map(|sheet| Sheet::read(&sheet.path))
        .collect::<Result<_>>()?;
    let mut disputed: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    for difference in &agreement.differences {
        disputed
            .entry(&difference.row_id)
            .or_default()
            .push(difference);
    }
    let labels: Vec<&str> = sheets[0]
        .labels
        .iter()
        .map(|label| label.column.as_str())
        .filter(|label| agreement.differences.iter().any(|d| d.label == *label))
        .collect();
    let names: Vec<String> = stems(sheets);
    let further: Vec<Column> = labels
        .iter()
        .flat_map(|label| names.iter().map(move |name| format!("{label}: {name}")))
        .map(|name| Column {
            name,
            holds: Holds::Text,
        })
        .collect();
    let gathered = gather(&files, &sources(sheets, disputed.keys().copied()));
    let rewriter = Rewriter::new(&gathered, &sheets[0].labels);
    let id = gathered.needed("row_id")?;
    let reviewed = gathered.column("reviewed");
    rewriter.write(output, codebook, &further, &mut |row, cells| {
        let row_id = row.cell(id).trim();
        let Some(differences) = disputed.get(row_id) else {
            return false;
        };
        let at = |name: &str| differences.iter().find(|d| d.label == name);
        for (place, column) in rewriter.columns().iter().enumerate() {
            if at(&column.name).is_some() || Some(place) == reviewed {
                cells[place] = Cell::Empty;
            } else if let Some(value) = settled(sheets, row_id, &column.name) {
                cells[place] = typed(value, column);
            }
        }
        for label in &labels {
            let said = at(label).map(|d| d.values.as_slice()).unwrap_or_default();
            cells.extend(
                (0..names.len()).map(|sheet| match said.get(sheet).copied().flatten() {
                    Some(value) => Cell::Text(Cow::Borrowed(value)),
                    None => Cell::Empty,
                }),
            );
        }
        true
    })?;
    Ok(gathered.rows.len())
}

/// The rows of several sheets under the first one's header.
fn gather(files: &[Sheet], rows: &[(usize, u64, &str)]) -> Sheet {
    let header = &files[0].header;
    let rows = rows.iter().filter_map(|&(place, number, _)| {
        let from = &files[place];
        let row = from.rows.binary_search_by_key(&number, |row| row.number);
        Some(from.arranged(&from.rows[row.ok()?], header))
    });
    Sheet {
        rows: rows.collect(),
        ..files[0].clone()
    }
}

/// Where each row stands: the first sheet that has it, and its number there; in the order of the sheets.
fn sources<'i>(
    sheets: &[Reviewed],
    ids: impl Iterator<Item = &'i str>,
) -> Vec<(usize, u64, &'i str)> {
    let mut places: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for (place, sheet) in sheets.iter().enumerate() {
        for row in &sheet.rows {
            places.entry(&row.id).or_insert((place, row.number));
        }
    }
    let mut rows: Vec<(usize, u64, &str)> = ids
        .filter_map(|id| {
            let (place, number) = *places.get(id)?;
            Some((place, number, id))
        })
        .collect();
    rows.sort_unstable();
    rows
}

/// What those who read a cell agree on.
fn settled(sheets: &[Reviewed], id: &str, label: &str) -> Option<Value> {
    sheets.iter().find_map(|sheet| {
        let at = sheet.labels.iter().position(|l| l.column == label)?;
        sheet.rows.iter().find(|row| row.id == id)?.read(at)
    })
}

/// Names to tell the sheets apart: the files' names, with their places where two are alike.
fn stems(sheets: &[Reviewed]) -> Vec<String> {
    let stems: Vec<String> = sheets
        .iter()
        .map(|sheet| {
            let stem = sheet.path.file_stem().unwrap_or_default();
            stem.to_string_lossy().into_owned()
        })
        .collect();
    (1..)
        .zip(&stems)
        .map(
            |(place, stem)| match stems.iter().filter(|s| *s == stem).count() {
                1 => stem.clone(),
                _ => format!("{stem} {place}"),
            },
        )
        .collect()
}
