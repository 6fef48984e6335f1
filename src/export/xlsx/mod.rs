//! A workbook to review in: the annotations with drop-downs, colours and filters, a summary with a chart, the codebook,
//! and what was set aside.
//!
//! Rows go to a temporary file as they come, so that memory stays flat; what is said of columns comes at the end.

mod annotations;
mod pages;

use std::fs::File;
use std::io;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::columns::EXCEL_CELL;
use super::{Cell, Exporter, Sheet};
use crate::annotate::plan::Head;
use crate::codebook::Codebook;
use crate::corpus::Paragraph;
use annotations::Annotations;
use pages::{Counts, SetAside};

/// Rows of an Excel sheet, the header counted.
const MOST_ROWS: u32 = 1_048_576;

/// Begins a workbook.
pub(super) fn open<'f>(file: &'f File, sheet: &Sheet) -> io::Result<Box<dyn Exporter + 'f>> {
    let mut workbook = Workbook::new();
    // A fixed date: the same input gives the same bytes.
    let date = ExcelDateTime::from_ymd(2026, 1, 1).map_err(disk)?;
    let properties = DocProperties::new()
        .set_creation_datetime(&date)
        .set_comment("Annotated by demarche");
    workbook.set_properties(&properties);
    let mut begin = || -> Result<_, XlsxError> {
        let annotations =
            Annotations::begin(workbook.add_worksheet_with_constant_memory()?, sheet)?;
        workbook.add_worksheet().set_name("summary")?;
        workbook.add_worksheet().set_name("codebook")?;
        let aside = SetAside::begin(workbook.add_worksheet_with_constant_memory()?)?;
        Ok((annotations, aside))
    };
    let (annotations, aside) = begin().map_err(disk)?;
    Ok(Box::new(Xlsx {
        file,
        workbook,
        counts: Counts::new(sheet),
        annotations,
        codebook: sheet.codebook.clone(),
        aside,
    }))
}

struct Xlsx<'f> {
    file: &'f File,
    workbook: Workbook,
    annotations: Annotations,
    counts: Counts,
    codebook: Codebook,
    aside: SetAside,
}

// The sheets' places in the workbook.
const ANNOTATIONS: usize = 0;
const SUMMARY: usize = 1;
const CODEBOOK: usize = 2;
const SET_ASIDE: usize = 3;

impl Exporter for Xlsx<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        if self.annotations.next >= MOST_ROWS {
            return Err(io::Error::other(
                "an Excel sheet ends at 1,048,576 rows; write .csv, .jsonl or .parquet instead",
            ));
        }
        self.counts.add(cells);
        let sheet = self.workbook.worksheet_from_index(ANNOTATIONS);
        let sheet = sheet.map_err(disk)?;
        self.annotations.row(sheet, cells).map_err(disk)
    }

    fn tells_set_aside(&self) -> bool {
        true
    }

    fn set_aside(&mut self, document: &Head, paragraph: &Paragraph) -> io::Result<()> {
        let sheet = self.workbook.worksheet_from_index(SET_ASIDE);
        self.aside
            .row(sheet.map_err(disk)?, &document.name, paragraph)
            .map_err(disk)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let mut whole = || -> Result<(), XlsxError> {
            self.annotations
                .finish(self.workbook.worksheet_from_index(ANNOTATIONS)?)?;
            pages::summary(self.workbook.worksheet_from_index(SUMMARY)?, &self.counts)?;
            let sheet = self.workbook.worksheet_from_index(CODEBOOK)?;
            for (name, range) in pages::codebook(sheet, &self.codebook)? {
                self.workbook.define_name(name, &range)?;
            }
            self.workbook.save_to_writer(self.file)
        };
        whole().map_err(disk)
    }
}

/// The text that fits an Excel cell. A longer one is cut with a mark at its end, never silently.
fn fitting(text: &str) -> String {
    let units = text.encode_utf16().count();
    if units <= EXCEL_CELL {
        return text.to_owned();
    }
    let mark =
        format!(" … [cut here: the text has {units} characters, an Excel cell holds {EXCEL_CELL}]");
    let room = EXCEL_CELL - mark.encode_utf16().count();
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.len_utf16();
        used <= room
    });
    kept.collect::<String>() + &mark
}

/// What the disk said, with its kind where it is known.
fn disk(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_no_cell_holds_is_cut_with_a_mark() {
        assert_eq!(fitting("short"), "short");
        let long = "ş😀".repeat(20_000);
        let cut = fitting(&long);
        assert!(cut.encode_utf16().count() <= EXCEL_CELL);
        assert!(
            cut.contains("[cut here: the text has 60000 characters"),
            "{}",
            &cut[cut.len() - 120..]
        );
    }
}
