//! A review as text: for a terminal and a note.

use std::fmt::Write as _;

use super::Report;
use super::agreement::Agreement;
use super::figures::{Sample, SheetReport};
use crate::evaluate::report::Figure;

/// Rows named in a list before it says how many more there are.
const NAMED: usize = 10;
/// Rows below which the figures tell next to nothing.
const FEW: usize = 30;

/// A figure with its interval, or a dash.
pub(crate) fn shown(figure: &Option<Figure>) -> String {
    figure.map_or("-".to_owned(), |f| {
        // Resampling rows without a fault shows none: that is no interval.
        if f.value == 1.0 && f.low == 1.0 {
            return "1.00 (no fault seen)".to_owned();
        }
        format!("{:.2} ({:.2} to {:.2})", f.value, f.low, f.high)
    })
}

fn rows(numbers: &[u64]) -> String {
    let named: Vec<String> = numbers.iter().take(NAMED).map(u64::to_string).collect();
    match numbers.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Columns padded to their widest cell, so that a terminal shows them aligned; the first to the left, others to the right.
fn table(header: &[&str], body: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = body.iter().map(|row| row[at].chars().count());
        cells.max().unwrap_or(0).max(header[at].chars().count())
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let padded = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(at, (cell, &width))| match at {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
        let line: Vec<String> = padded.collect();
        format!("  {}\n", line.join("  ").trim_end())
    };
    let mut out = line(header.to_vec());
    for row in body {
        out.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    out
}

impl Report {
    /// The report as aligned tables.
    pub fn tables(&self) -> String {
        let mut out = String::new();
        for sheet in &self.sheets {
            sheet.write(&mut out);
        }
        if let Some(agreement) = &self.agreement {
            agreement.write(&mut out);
        }
        out
    }
}

impl SheetReport {
    fn write(&self, out: &mut String) {
        let (rows_all, reviewed) = (self.rows, self.reviewed);
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{}: {rows_all} rows labelled by {}, {reviewed} marked as read",
            self.file,
            self.models.join(" and ")
        );
        let mut tell = |what: String| {
            let _ = writeln!(out, "  {what}");
        };
        if !self.changed.is_empty() {
            let changed = rows(&self.changed);
            tell(format!("left out, their text was changed: row {changed}"));
        }
        if let (Some(encoding), false) = (self.narrow, self.mangled.is_empty()) {
            let mangled = rows(&self.mangled);
            tell(format!(
                "saved as {encoding}, which lacks letters of row {mangled}: their labels count, their texts cannot be learned from (save as UTF-8)"
            ));
        }
        if !self.doubled.is_empty() {
            let doubled = rows(&self.doubled);
            tell(format!("counted once, they stand twice: row {doubled}"));
        }
        if self.missing > 0 {
            tell(format!(
                "missing since the sheet was written: {} rows",
                self.missing
            ));
        }
        if self.foreign > 0 {
            tell(format!("passed over, no row_id: {} rows", self.foreign));
        }
        if self.unlabelled > 0 {
            tell(format!("without labels: {} rows", self.unlabelled));
        }
        let counts: Vec<Vec<String>> = self
            .labels
            .iter()
            .map(|c| {
                vec![
                    c.label.clone(),
                    c.confirmed.to_string(),
                    c.corrected.to_string(),
                    c.unread.to_string(),
                ]
            })
            .collect();
        let _ = writeln!(
            out,
            "\n{}",
            table(&["cells", "confirmed", "corrected", "unread"], &counts)
        );
        match &self.audit {
            Some(audit) => {
                let of = (audit.read, audit.rows);
                let title = match of {
                    (read, rows) if read == rows => format!(
                        "The whole sheet, by its random audit sample ({rows} rows, all read)"
                    ),
                    (read, rows) => format!(
                        "The whole sheet, by its random audit sample ({read} of {rows} rows read: read them all before you quote this)"
                    ),
                };
                audit.write(&title, out);
            }
            None => {
                let _ = writeln!(
                    out,
                    "There is no audit sample in this sheet (column `audit`), so nothing can be said of the whole of it.\n"
                );
            }
        }
        if let Some(chosen) = self.chosen.as_ref().filter(|chosen| chosen.read > 0) {
            let title = format!(
                "Of the rows you chose ({} read; says nothing about the others)",
                chosen.read
            );
            chosen.write(&title, out);
        }
    }
}

impl Sample {
    fn write(&self, title: &str, out: &mut String) {
        let _ = writeln!(out, "{title}");
        if self.read == 0 {
            let _ = writeln!(
                out,
                "  none of them is marked as read: filter `audit` = 1, read those rows and write anything into `reviewed`\n"
            );
            return;
        }
        let by = if self.by_document {
            "documents"
        } else {
            "rows"
        };
        let _ = writeln!(
            out,
            "  macro-F1: frames {}, stance {}, sentiment {}; 95 % bootstrap intervals over {by}{}\n",
            shown(&self.frames),
            shown(&self.stance),
            shown(&self.sentiment),
            match self.read {
                0..FEW => " (too few rows to lean on)",
                _ => "",
            }
        );
        let body: Vec<Vec<String>> = self
            .labels
            .iter()
            .map(|l| {
                vec![
                    l.label.clone(),
                    l.cells.to_string(),
                    shown(&l.right),
                    shown(&l.precision),
                    shown(&l.recall),
                    shown(&l.f1),
                    shown(&l.alpha),
                ]
            })
            .collect();
        let header = [
            "label",
            "cells",
            "right",
            "precision",
            "recall",
            "F1",
            "alpha",
        ];
        let _ = writeln!(out, "{}", table(&header, &body));
    }
}

impl Agreement {
    fn write(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "Agreement between {}: {} rows that two or more read",
            self.files.join(" and "),
            self.rows
        );
        let body: Vec<Vec<String>> = self
            .labels
            .iter()
            .map(|l| {
                let same = l
                    .same
                    .map_or("-".to_owned(), |s| format!("{:.0} %", 100.0 * s));
                vec![l.label.clone(), l.cells.to_string(), same, shown(&l.alpha)]
            })
            .collect();
        let _ = writeln!(
            out,
            "\n{}",
            table(&["label", "cells", "same", "Krippendorff's alpha"], &body)
        );
        let mut ids: Vec<&str> = self.differences.iter().map(|d| d.row_id.as_str()).collect();
        ids.dedup();
        let _ = writeln!(
            out,
            "They differ on {} cells in {} rows",
            self.differences.len(),
            ids.len()
        );
    }
}
