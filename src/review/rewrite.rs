//! A sheet's rows written again, in any format, some of their cells changed.
//!
//! What was text on reading gets its type back by its column's name, so that a sheet written again is read like the
//! first one.

use std::borrow::Cow;
use std::path::Path;

use super::corrections::{Label, as_labelled};
use super::sheet::{Row, Sheet, number};
use super::values::LabelKind;
use crate::codebook::Codebook;
use crate::error::Result;
use crate::export::columns::{Column, Holds, text_hash};
use crate::export::{self, Cell, Format, write_whole};

/// Changes a row's cells, which stand in the sheet's order, and adds those of the further columns; false leaves the row
/// out.
pub type Change<'c, 's> = &'c mut dyn FnMut(&'s Row, &mut Vec<Cell<'s>>) -> bool;

/// A sheet and the types of its columns.
#[derive(Debug)]
pub struct Rewriter<'s> {
    sheet: &'s Sheet,
    columns: Vec<Column>,
    /// What sort of label each column holds, if any.
    kinds: Vec<Option<LabelKind>>,
    text: Option<usize>,
    hash: Option<usize>,
}

impl<'s> Rewriter<'s> {
    /// For a sheet with these labels.
    pub fn new(sheet: &'s Sheet, labels: &[Label]) -> Self {
        let columns = sheet.header.iter().map(|name| column(name, labels));
        let kind = |name: &String| labels.iter().find(|l| l.column == *name).map(|l| l.kind);
        Rewriter {
            columns: columns.collect(),
            kinds: sheet.header.iter().map(kind).collect(),
            text: sheet.column("text"),
            hash: sheet.column("text_hash"),
            sheet,
        }
    }

    /// The sheet's columns with their types.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// A row's cells, typed, without the apostrophe that guards them from spreadsheets.
    pub fn cells(&self, row: &'s Row) -> Vec<Cell<'s>> {
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(at, column)| self.cell(row, at, column))
            .collect()
    }

    fn cell(&self, row: &'s Row, at: usize, column: &Column) -> Cell<'s> {
        let cell = row.cell(at);
        // Only the hash tells an apostrophe of ours from one that the text begins with; and only the text gives the hash
        // back that a spreadsheet took for a number.
        if let Some(whole) = [self.text, self.hash]
            .contains(&Some(at))
            .then(|| self.whole(row))
            .flatten()
        {
            return Cell::Text(Cow::Owned(match Some(at) == self.text {
                true => whole,
                false => text_hash(&whole),
            }));
        }
        // A spreadsheet may have made TRUE of a 1.
        match self.kinds[at].and_then(|kind| kind.parse(cell)) {
            Some(value) => typed(value, column),
            None => typed(unguarded(cell), column),
        }
    }

    /// The text as it was labelled, if the row still has it.
    fn whole(&self, row: &Row) -> Option<String> {
        as_labelled(row.cell(self.text?), row.cell(self.hash?))
    }

    /// Writes the rows into a file, its format by its ending: the columns of the sheet, then `further` ones.
    ///
    /// # Errors
    /// As [`Format::of`] and [`write_whole`].
    pub fn write(
        &self,
        output: &Path,
        codebook: &Codebook,
        further: &[Column],
        change: Change<'_, 's>,
    ) -> Result<()> {
        let format = Format::of(output)?;
        let columns = [&self.columns, further].concat();
        let sheet = export::Sheet {
            columns: &columns,
            codebook,
            delimiter: b',',
            bom: true,
        };
        write_whole(output, &mut |file| {
            let mut exporter = format.open(file, &sheet)?;
            for row in &self.sheet.rows {
                let mut cells = self.cells(row);
                if change(row, &mut cells) {
                    exporter.row(&cells)?;
                }
            }
            Ok(exporter.finish()?)
        })
    }
}

/// What a column holds, by its name.
fn column(name: &str, labels: &[Label]) -> Column {
    let is_frame = |label: &Label| label.column == name && label.kind == LabelKind::Frame;
    let is_label = labels.iter().any(|label| label.column == name);
    let is_whole = matches!(name, "paragraph" | "review_rank" | "audit");
    let is_probability = name.ends_with("_p") && !name.starts_with("in_") && !is_label;
    Column {
        name: name.to_owned(),
        holds: match is_whole || labels.iter().any(is_frame) {
            true => Holds::Integer,
            false if is_probability || name == "confidence" => Holds::Decimal,
            false => Holds::Text,
        },
    }
}

fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if export::csv::guard(text) != text => text,
        _ => cell,
    }
}

/// A cell as its column types it; what does not fit the type stays text.
pub fn typed<'c>(cell: &'c str, column: &Column) -> Cell<'c> {
    match (column.holds, number(cell)) {
        _ if cell.is_empty() => Cell::Empty,
        (Holds::Integer, Some(number)) if number >= 0.0 => Cell::Integer(number as u64),
        (Holds::Decimal, Some(number)) => {
            let decimals = if column.name == "confidence" { 2 } else { 4 };
            Cell::Decimal(number as f32, decimals)
        }
        _ if column.name.starts_with("in_") => Cell::Foreign(Cow::Borrowed(cell)),
        _ => Cell::Text(Cow::Borrowed(cell)),
    }
}
