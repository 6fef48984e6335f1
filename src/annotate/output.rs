//! The last step of a run: the sheet and its record, written from the journal.

use std::time::{Instant, SystemTime};

use serde_json::json;

use super::plan::{Head, Totals};
use super::{Run, Summary, rows};
use crate::corpus::Paragraph;
use crate::error::{Error, Kind, Result};
use crate::export::columns::{Columns, EXCEL_CELL};
use crate::export::{Failure, Format, Row, Sheet, run, write_whole};

/// Texts that a spreadsheet may cut.
#[derive(Default)]
struct LongTexts {
    count: u64,
    first: String,
}

impl Run<'_> {
    /// Writes OUT and `OUT.run.json`, each whole or not at all.
    pub(super) fn write(
        &mut self,
        format: Format,
        totals: &Totals,
        summary: &mut Summary,
        started: SystemTime,
        clock: Instant,
    ) -> Result<()> {
        let tally = rows::tally(&self.journal, &self.decider, &self.options.audit)?;
        summary.labelled = tally.labelled;
        summary.failed = tally.failed;
        summary.set_aside = tally.set_aside;
        summary.paragraphs = tally.labelled + tally.failed + tally.set_aside;
        if tally.labelled == 0 {
            // A journal of failures would be taken up by the next run, which may have more memory.
            self.covered = 0;
            let why = tally.first_failure.unwrap_or_default();
            let message = format!("nothing could be annotated: {why}");
            return Err(Error::new(Kind::Input, message));
        }
        if let Some(why) = &tally.first_failure {
            let failed = tally.failed;
            self.note(format!(
                "paragraphs that could not be labelled: {failed}, the first is {why}"
            ));
        }
        self.sheet(format, totals, &tally)?;
        summary.seconds = clock.elapsed().as_secs_f64();
        self.record(summary, started)
    }

    fn sheet(&mut self, format: Format, totals: &Totals, tally: &rows::Tally) -> Result<()> {
        let options = self.options;
        let model = format!("{} {}", self.manifest.name, self.manifest.version);
        let columns = Columns::new(&options.codebook, &totals.columns, &model);
        let sheet = Sheet {
            columns: columns.all(),
            codebook: &options.codebook,
            delimiter: options.delimiter,
            bom: options.bom,
        };
        let mut long = LongTexts::default();
        write_whole(&options.output, &mut |file| {
            let mut exporter = format.open(file, &sheet)?;
            let keep = options.keep_boilerplate;
            rows::rows(&self.journal, &self.decider, tally, keep, &mut |row| {
                long.look_at(row);
                Ok::<_, Failure>(exporter.row(&columns.cells(row))?)
            })?;
            if exporter.tells_set_aside() {
                self.each_aside(&mut |document, paragraph| {
                    Ok(exporter.set_aside(document, paragraph)?)
                })?;
            }
            Ok(exporter.finish()?)
        })?;
        if let (1.., Some(fate)) = (long.count, format.long_texts) {
            let LongTexts { count, first } = long;
            self.note(format!(
                "texts longer than an Excel cell (32,767 characters): {count}, the first is {first}; {fate}"
            ));
        }
        Ok(())
    }

    fn record(&self, summary: &Summary, started: SystemTime) -> Result<()> {
        let record = run::Record {
            options: self.options,
            corpus: &self.corpus,
            manifest: &self.manifest,
            summary,
            started,
            notes: &self.notes,
        };
        let path = run::path_of(&self.options.output);
        write_whole(&path, &mut |file| {
            run::write(
                file,
                &record,
                &mut |element| self.each_skipped(element),
                &mut |element| self.each_set_aside(element),
            )
        })
    }

    fn each_skipped(&self, element: run::Element) -> Result<(), Failure> {
        for chunk in self.journal.chunks()? {
            for skipped in chunk?.skipped {
                element(&json!(skipped))?;
            }
        }
        Ok(())
    }

    fn each_set_aside(&self, element: run::Element) -> Result<(), Failure> {
        self.each_aside(&mut |document, paragraph| {
            element(&json!(run::SetAside::new(&document.name, paragraph)))
        })
    }

    fn each_aside(
        &self,
        each: &mut dyn FnMut(&Head, &Paragraph) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for chunk in self.journal.chunks()? {
            let chunk = chunk?;
            for entry in chunk.paragraphs.iter().filter(|entry| !entry.is_labelled()) {
                each(&chunk.documents[entry.document], &entry.paragraph)?;
            }
        }
        Ok(())
    }
}

impl LongTexts {
    fn look_at(&mut self, row: &Row) {
        let units = row.paragraph.text.encode_utf16().count();
        if units <= EXCEL_CELL {
            return;
        }
        self.count += 1;
        if self.count == 1 {
            let (document, number) = (&row.document.name, row.paragraph.number);
            self.first = format!("{document}, paragraph {number} ({units} characters)");
        }
    }
}
