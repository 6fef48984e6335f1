//! Figures, agreement and distribution, in tables.

use std::fmt::Write as _;

use super::Methods;
use super::escape::{escape, table};
use super::facts::{Distribution, SheetFacts};
use super::limits::many;
use crate::evaluate::bootstrap::RESAMPLES;
use crate::review::figures::{Sample, SheetReport};
use crate::review::tables::shown;

const EXPLAINED: &str = "The analyst's label counts as right. Cells are those that the model labelled and the analyst read; \
of a holder, where both \
see a polar stance. \"Right\" is the share of them on which the two say the same. Precision, recall and F1 of a frame are those of \"present\". Of \
a stance they are means over favorable, unfavorable and neutral where the analyst says the target is mentioned, of a holder \
over author and reported, of sentiment over its three values; values that neither gives are left out of the mean. Alpha is \
Krippendorff's, nominal, between model and analyst. In brackets, the 95 % percentile interval of";

impl Methods {
    pub(super) fn figures(&self, out: &mut String) {
        out.push_str("## 5. Figures by label\n\n");
        let any = self.figures.iter().any(|sheet| sheet.reviewed > 0);
        if any {
            let _ = writeln!(
                out,
                "{EXPLAINED} {RESAMPLES} bootstrap resamples of what stands above each table; a dash stands where a figure is \
                 not defined.\n"
            );
        }
        for (sheet, facts) in self.figures.iter().zip(&self.data.sheets) {
            let whose = match self.figures.len() {
                1 => String::new(),
                _ => format!(", {}", escape(&sheet.file)),
            };
            self.of_sheet(sheet, facts, &whose, out);
        }
        self.agreement(out);
    }

    fn of_sheet(&self, sheet: &SheetReport, facts: &SheetFacts, whose: &str, out: &mut String) {
        let _ = writeln!(out, "### The whole sheet, by its random sample{whose}\n");
        match sheet.audit.as_ref().filter(|audit| audit.read > 0) {
            Some(audit) => {
                let part = match audit.read == audit.rows {
                    true => format!("all {} of the random sample in the sheet", audit.rows),
                    false => format!("{} of the {} rows of the random sample in the sheet", audit.read, audit.rows),
                };
                sample(audit, &format!("Measured on {part}"), out);
            }
            None => out.push_str(match facts.reading.audit {
                None | Some(0) => "No figure can be given for the whole sheet: it has no random sample.\n\n",
                Some(_) => "No figure can be given for the whole sheet: no row of its random sample was marked as read.\n\n",
            }),
        }
        if let Some(chosen) = sheet.chosen.as_ref().filter(|chosen| chosen.read > 0) {
            let _ = writeln!(out, "### Only the rows that the analyst chose{whose}\n");
            sample(
                chosen,
                "**Not representative of the sheet.** Measured on rows chosen by the analyst",
                out,
            );
        }
        let _ = writeln!(out, "### What became of the cells{whose}\n");
        let rows = sheet.labels.iter().map(|l| {
            vec![
                escape(&l.label),
                l.confirmed.to_string(),
                l.corrected.to_string(),
                l.unread.to_string(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let _ = writeln!(
            out,
            "{}",
            table(&["label", "confirmed", "corrected", "unread"], &rows)
        );
    }

    fn agreement(&self, out: &mut String) {
        let Some(agreement) = &self.agreement else {
            return;
        };
        let _ = writeln!(out, "### Agreement between analysts\n");
        if agreement.rows == 0 {
            out.push_str("No row was read in more than one sheet, so agreement is not known.\n\n");
            return;
        }
        let files: Vec<String> = agreement.files.iter().map(|file| escape(file)).collect();
        let _ = writeln!(
            out,
            "{} read in two or more of the sheets {}; they differ on {}. Each analyst saw the model's labels. Intervals: {} \
             bootstrap resamples of {}.\n",
            match agreement.rows {
                1 => "1 row was".to_owned(),
                n => format!("{n} rows were"),
            },
            super::limits::listed(&files),
            many(agreement.differing_cells as u64, "cell"),
            RESAMPLES,
            unit(agreement.by_document),
        );
        let rows = agreement.labels.iter().map(|l| {
            let same = l.same.map_or("-".to_owned(), |same| format!("{same:.2}"));
            vec![escape(&l.label), l.cells.to_string(), same, shown(&l.alpha)]
        });
        let rows: Vec<_> = rows.collect();
        let header = [
            "label",
            "cells read by two or more",
            "same",
            "Krippendorff's alpha",
        ];
        let _ = writeln!(out, "{}", table(&header, &rows));
    }

    pub(super) fn distribution(&self, out: &mut String) {
        out.push_str("## 6. Distribution of the labels\n\n");
        for (sheet, figures) in self.data.sheets.iter().zip(&self.figures) {
            let corrected: usize = figures.labels.iter().map(|l| l.corrected).sum();
            let holder = "; of a holder, of those with a polar stance";
            let _ = writeln!(
                out,
                "Counts in {}; in brackets, shares of the rows in which the label has a value ({} in all{holder}).{}\n",
                escape(&sheet.file),
                many(sheet.rows as u64, "row"),
                match corrected {
                    0 => " No cell was corrected, so these are the model's labels.".to_owned(),
                    n => format!(
                        " {} corrected; every other cell is as the model had it.",
                        match n {
                            1 => "1 cell was".to_owned(),
                            n => format!("{n} cells were"),
                        }
                    ),
                },
            );
            let rows = sheet
                .distribution
                .iter()
                .flat_map(|label| values(label, corrected > 0));
            let rows: Vec<_> = rows.collect();
            let header = ["label", "value", "by the model", "after correction"];
            let columns = if corrected > 0 { 4 } else { 3 };
            let _ = writeln!(out, "{}", table(&header[..columns], &rows));
        }
    }
}

fn unit(by_document: bool) -> &'static str {
    match by_document {
        true => "whole documents",
        false => "rows, because they come from fewer than ten documents",
    }
}

fn sample(sample: &Sample, measured: &str, out: &mut String) {
    let _ = writeln!(
        out,
        "{measured} ({} read); resampled were {}. Macro-F1: frames {}; stance, targets pooled, {}; sentiment {}.\n",
        many(sample.read as u64, "row"),
        unit(sample.by_document),
        shown(&sample.frames),
        shown(&sample.stance),
        shown(&sample.sentiment),
    );
    let rows = sample.labels.iter().map(|l| {
        let figures = [&l.right, &l.precision, &l.recall, &l.f1, &l.alpha];
        let mut row = vec![escape(&l.label), l.cells.to_string()];
        row.extend(figures.into_iter().map(shown));
        row
    });
    let rows: Vec<_> = rows.collect();
    let header = [
        "label",
        "cells",
        "right",
        "precision",
        "recall",
        "F1",
        "alpha",
    ];
    let _ = writeln!(out, "{}", table(&header, &rows));
}

fn values(label: &Distribution, corrected: bool) -> Vec<Vec<String>> {
    let cell = |count: usize, of: usize| match of {
        0 => "0".to_owned(),
        of => format!("{count} ({:.2})", count as f64 / of as f64),
    };
    let rows = label.values.iter().map(|v| {
        let mut row = vec![
            escape(&label.label),
            v.value.replace('_', "\\_"),
            cell(v.model, label.model_rows),
        ];
        if corrected {
            row.push(cell(v.now, label.rows));
        }
        row
    });
    rows.collect()
}
