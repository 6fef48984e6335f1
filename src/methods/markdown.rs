//! The appendix in sentences that can be pasted into a paper, and tables.

use std::fmt::Write as _;

use super::escape::{escape, table};
use super::facts::{ColumnFacts, SheetFacts};
use super::limits::{are, listed, many};
use super::{Data, Methods, Software};
use crate::codebook;

/// Input files that are listed; JSON and the record have all.
const FILES: usize = 50;

impl Methods {
    /// The appendix as Markdown; texts of others are escaped.
    pub fn markdown(&self) -> String {
        let mut out = String::from("# Methods: annotation of the texts\n\n");
        if !self.warnings.is_empty() {
            out.push_str("**To settle before this is published:**\n\n");
            bullets(&mut out, &self.warnings);
        }
        self.software(&mut out);
        self.data(&mut out);
        self.codebook(&mut out);
        self.sampling(&mut out);
        self.figures(&mut out);
        self.distribution(&mut out);
        self.reproduction(&mut out);
        out.push_str("## 8. Limits\n\n");
        if self.limits.is_empty() {
            out.push_str("None follow from the files.\n\n");
        }
        bullets(&mut out, &self.limits);
        self.citation(&mut out);
        out
    }

    fn software(&self, out: &mut String) {
        out.push_str("## 1. Software and model\n\n");
        let software = &self.software;
        let models: Vec<String> = software.models.iter().map(|m| escape(m)).collect();
        let models = if models.is_empty() {
            "a model that the sheet does not name".to_owned()
        } else {
            listed(&models)
        };
        let version = match &software.demarche {
            Some(version) => format!("demarche {}", escape(version)),
            None => "demarche (version not recorded)".to_owned(),
        };
        let day = software
            .day
            .as_deref()
            .map(|day| format!(" on {}", escape(day)))
            .unwrap_or_default();
        let _ = write!(
            out,
            "Every paragraph was labelled by {version}{day} with the model {models}"
        );
        if let Some(base) = &software.base {
            let _ = write!(out, ", which is built on the encoder {}", escape(base));
        }
        out.push_str(". ");
        computing(software, out);
        let mut hashes = Vec::new();
        if let Some(weights) = &software.weights_sha256 {
            let whose = match software.weights_recorded {
                true => "weights of the model, from the record of the run",
                false => {
                    "weights of the model of that name and version installed here; which were used is not recorded"
                }
            };
            hashes.push(vec![whose.to_owned(), escape(weights)]);
        }
        hashes.extend(software.base_files.iter().map(|(file, hash)| {
            vec![
                format!("file of the base encoder: {}", escape(file)),
                escape(hash),
            ]
        }));
        if !hashes.is_empty() {
            let _ = write!(out, "\n\n{}", table(&["part", "SHA-256"], &hashes));
        }
        out.push('\n');
    }

    fn data(&self, out: &mut String) {
        out.push_str("## 2. Data\n\n");
        match &self.data.counts {
            Some(counts) => {
                let _ = writeln!(
                    out,
                    "The input was {}, read as {} of {}. Of these, {} labelled, {} set aside as boilerplate{} and {} \
                     could not be labelled; {} could not be read. All this is from the record of the run, {}.\n",
                    many(self.data.inputs.len() as u64, "file"),
                    many(counts.documents, "document"),
                    many(counts.paragraphs, "paragraph"),
                    was(counts.labelled),
                    was(counts.set_aside),
                    match counts.set_aside {
                        0 => "",
                        _ => " (the reasons below)",
                    },
                    counts.failed,
                    many(counts.skipped, "input"),
                    escape(self.data.record.as_deref().unwrap_or_default()),
                );
            }
            None => {
                out.push_str("What the input was is not known: there is no record of the run.\n\n")
            }
        }
        inputs(&self.data, out);
        if !self.data.set_aside.is_empty() {
            let rows = self
                .data
                .set_aside
                .iter()
                .map(|r| vec![escape(&r.what), r.count.to_string()]);
            let rows: Vec<_> = rows.collect();
            let _ = writeln!(out, "{}", table(&["set aside as", "paragraphs"], &rows));
        }
        if !self.data.notes.is_empty() {
            out.push_str("The program noted during the run:\n\n");
            bullets(out, &self.data.notes);
        }
        for sheet in &self.data.sheets {
            described(sheet, out);
        }
    }

    fn codebook(&self, out: &mut String) {
        let used = &self.codebook;
        out.push_str("## 3. Codebook\n\n");
        let labels: Vec<String> = used.labels.iter().map(|label| escape(label)).collect();
        let _ = write!(
            out,
            "The labels mean what the codebook {} says",
            listed(&labels)
        );
        let _ = match &used.sha256 {
            Some(hash) => writeln!(out, " (SHA-256 of its content {}).\n", escape(hash)),
            None => writeln!(out, "; its hash is not known.\n"),
        };
        let Some(content) = &used.content else {
            out.push_str("Its meanings are not told here: the file is not at hand.\n\n");
            return;
        };
        let frames = content.frames().iter();
        let frames: Vec<_> = frames
            .map(|f| vec![escape(&f.key), escape(&f.meaning)])
            .collect();
        let _ = writeln!(
            out,
            "Frames are yes/no questions, asked of each paragraph:\n\n{}",
            table(&["frame (1 = present)", "meaning"], &frames)
        );
        let targets = content.targets().iter().map(|t| {
            vec![
                escape(&t.key),
                escape(&t.name),
                t.aliases.len().to_string(),
                t.exclusions.len().to_string(),
            ]
        });
        let targets: Vec<_> = targets.collect();
        let header = ["target of stance", "name", "aliases", "exclusions"];
        let _ = writeln!(
            out,
            "Stance was asked toward each target that a paragraph names by one of its aliases and not within one of its \
             exclusions:\n\n{}",
            table(&header, &targets)
        );
        let values = |what: &str, values: &[codebook::Value]| -> Vec<Vec<String>> {
            values
                .iter()
                .map(|v| vec![what.to_owned(), escape(&v.word), escape(&v.meaning)])
                .collect()
        };
        let mut rows = values("stance", content.stances());
        rows.extend(values("holder of a polar stance", content.holders()));
        rows.extend(values("sentiment", content.sentiments()));
        let _ = writeln!(
            out,
            "The values of stance, holder and sentiment:\n\n{}",
            table(&["label", "value", "meaning"], &rows)
        );
    }

    fn citation(&self, out: &mut String) {
        let models: Vec<String> = self.software.models.iter().map(|m| escape(m)).collect();
        let version = match &self.software.demarche {
            Some(version) => format!("version {}", escape(version)),
            None => "version not recorded".to_owned(),
        };
        let _ = write!(
            out,
            "## 9. How to cite\n\ndemarche ({version}) [Computer software]. "
        );
        if !models.is_empty() {
            let _ = write!(out, "Model: {}", listed(&models));
            if let Some(weights) = &self.software.weights_sha256 {
                let _ = write!(out, " (weights SHA-256 {})", escape(weights));
            }
            out.push_str(". ");
        }
        let books: Vec<String> = self.codebook.labels.iter().map(|l| escape(l)).collect();
        let _ = writeln!(out, "Codebook: {}.", listed(&books));
        let _ = writeln!(
            out,
            "\n*Written by demarche methods, version {}.*",
            escape(&self.written_by)
        );
    }
}

fn was(count: u64) -> String {
    format!("{count} {}", if count == 1 { "was" } else { "were" })
}

pub(super) fn bullets(out: &mut String, sentences: &[String]) {
    for sentence in sentences {
        let _ = writeln!(out, "- {}", escape(sentence));
    }
    if !sentences.is_empty() {
        out.push('\n');
    }
}

fn computing(software: &Software, out: &mut String) {
    if let Some(precision) = software.precision {
        let threads = match software.threads {
            Some(threads) => many(threads, "thread"),
            None => "as many threads as the library chose".to_owned(),
        };
        let _ = write!(
            out,
            "It computed in {precision} on {threads} of the processor. "
        );
    }
    match &software.card {
        Some(folder) => {
            let _ = write!(
                out,
                "The model's own figures on its test data are in its card, README.md in the model \
                 folder {}; they are of other texts than these.",
                escape(folder)
            );
        }
        None => out.push_str(
            "The model's card, which has its figures on its test data, was not found where this appendix was written.",
        ),
    }
}

fn inputs(data: &Data, out: &mut String) {
    let Some(all) = data
        .inputs_sha256
        .as_ref()
        .filter(|_| !data.inputs.is_empty())
    else {
        return;
    };
    let rows = data.inputs.iter().take(FILES).map(|input| {
        vec![
            escape(&input.name),
            input.bytes.to_string(),
            escape(&input.encoding),
            escape(&input.sha256),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let _ = writeln!(
        out,
        "{}",
        table(&["input", "bytes", "encoding", "SHA-256"], &rows)
    );
    if data.inputs.len() > FILES {
        let more = data.inputs.len() - FILES;
        let _ = writeln!(
            out,
            "{more} more are in the record of the run and in this appendix as JSON.\n"
        );
    }
    let _ = writeln!(
        out,
        "One hash stands for all of them: {all}, the SHA-256 of what sha256sum prints for the inputs in the order of the \
         record, by these names.\n"
    );
}

fn described(sheet: &SheetFacts, out: &mut String) {
    let _ = write!(
        out,
        "The sheet {} (SHA-256 {}) has {} with labels, from {}. ",
        escape(&sheet.file),
        escape(&sheet.sha256),
        many(sheet.rows as u64, "row"),
        many(sheet.documents as u64, "document"),
    );
    if let Some(cyrillic) = sheet.cyrillic {
        let _ = write!(
            out,
            "{cyrillic} of the rows {} written mostly in Cyrillic letters. ",
            are(cyrillic)
        );
    }
    for column in &sheet.columns {
        let _ = write!(out, "{} ", filled(column, sheet.rows));
    }
    out.push_str("\n\n");
}

fn filled(column: &ColumnFacts, rows: usize) -> String {
    let mut said = format!(
        "The column {} is filled in {} of {rows} rows",
        escape(&column.column),
        column.filled
    );
    if let Some((from, to)) = &column.range {
        let _ = write!(said, ", from {} to {}", escape(from), escape(to));
    }
    if !column.values.is_empty() {
        let named: Vec<String> = column
            .values
            .iter()
            .map(|v| format!("{} {}", escape(&v.what), v.count))
            .collect();
        let more = column.distinct - column.values.len();
        let more = if more > 0 {
            format!("; {more} other values")
        } else {
            String::new()
        };
        let _ = write!(said, " ({}{more})", named.join(", "));
    }
    said + "."
}
