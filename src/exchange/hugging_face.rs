//! A folder for Hugging Face's `datasets`: `data/train.parquet`, typed, and `README.md`, the card with its YAML header.
//!
//! What the model had said stands in columns of its own (`model_offer`, …) instead of one packed cell; `reviewed` is 1
//! or 0, so that no annotator's name is published by accident.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use super::Folder;
use crate::codebook::Codebook;
use crate::error::Result;
use crate::export::columns::{Column, Holds};
use crate::export::{self, Cell, Format, write_whole};
use crate::review::rewrite::{Rewriter, typed};
use crate::review::sheet::Sheet;
use crate::review::values::LabelKind;
use crate::review::{Label, Reviewed};

const DATA: &str = "data/train.parquet";

/// Writes both files.
pub(super) fn write(
    sheet: &Sheet,
    reviewed: &Reviewed,
    codebook: &Codebook,
    folder: &Folder,
) -> Result<Vec<PathBuf>> {
    let table = Table::new(sheet, reviewed);
    let path = folder.file(DATA)?;
    table.write(&path, codebook)?;
    let card = table.card(codebook);
    Ok(vec![path, folder.write("README.md", card.as_bytes())?])
}

struct Table<'s> {
    sheet: &'s Sheet,
    reviewed: &'s Reviewed,
    rewriter: Rewriter<'s>,
    /// Places of the sheet's columns that are told.
    kept: Vec<usize>,
    columns: Vec<Column>,
}

impl<'s> Table<'s> {
    fn new(sheet: &'s Sheet, reviewed: &'s Reviewed) -> Self {
        let rewriter = Rewriter::new(sheet, &reviewed.labels);
        let mut seen = HashSet::from(["model_labels", ""]);
        let kept = sheet.header.iter().enumerate();
        let kept: Vec<usize> = kept
            .filter(|(_, name)| seen.insert(name))
            .map(|(at, _)| at)
            .collect();
        let mut columns: Vec<Column> = kept
            .iter()
            .map(|at| rewriter.columns()[*at].clone())
            .collect();
        for column in columns
            .iter_mut()
            .filter(|column| column.name == "reviewed")
        {
            column.holds = Holds::Integer;
        }
        columns.extend(reviewed.labels.iter().map(|label| Column {
            name: model_column(label, sheet),
            holds: match label.kind {
                LabelKind::Frame => Holds::Integer,
                _ => Holds::Text,
            },
        }));
        Table {
            sheet,
            reviewed,
            rewriter,
            kept,
            columns,
        }
    }

    fn write(&self, path: &std::path::Path, codebook: &Codebook) -> Result<()> {
        let rows = self.reviewed.rows.iter().map(|row| (row.id.as_str(), row));
        let rows: HashMap<&str, _> = rows.collect();
        let (id, mark) = (self.sheet.needed("row_id")?, self.sheet.column("reviewed"));
        let own = self.kept.len();
        let sheet = export::Sheet {
            columns: &self.columns,
            codebook,
            delimiter: b',',
            bom: false,
        };
        let format = Format::of(path)?;
        write_whole(path, &mut |file| {
            let mut exporter = format.open(file, &sheet)?;
            for row in &self.sheet.rows {
                let all = self.rewriter.cells(row);
                let mut cells: Vec<Cell> = self.kept.iter().map(|at| all[*at].clone()).collect();
                for (cell, at) in cells.iter_mut().zip(&self.kept) {
                    if Some(*at) == mark {
                        *cell = Cell::Integer(u64::from(!row.cell(*at).trim().is_empty()));
                    }
                }
                let said = rows
                    .get(row.cell(id).trim())
                    .map(|row| row.model.as_slice());
                let said = said.unwrap_or_default();
                cells.extend(self.columns[own..].iter().enumerate().map(|(at, column)| {
                    match said.get(at).copied().flatten() {
                        Some(value) => typed(value, column),
                        None => Cell::Empty,
                    }
                }));
                exporter.row(&cells)?;
            }
            Ok(exporter.finish()?)
        })
    }

    fn card(&self, codebook: &Codebook) -> String {
        let mut card = self.header();
        // Writing to a string cannot fail.
        let _ = write!(
            card,
            "\n# Annotated political news\n\n{}\n",
            self.introduction()
        );
        let _ = write!(
            card,
            "\n## Columns\n\n| column | type | content |\n| --- | --- | --- |\n"
        );
        for column in &self.columns {
            let content = self.content(&column.name, codebook);
            let _ = writeln!(
                card,
                "| {} | {} | {} |",
                md(&column.name),
                dtype(column),
                md(&content)
            );
        }
        let _ = write!(
            card,
            "\n## Labels\n\n| label | value | rows |\n| --- | --- | ---: |\n"
        );
        for (at, label) in self.reviewed.labels.iter().enumerate() {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for value in self.reviewed.rows.iter().filter_map(|row| row.now[at]) {
                *counts.entry(value).or_default() += 1;
            }
            for value in label.kind.allowed() {
                let rows = counts.get(value).copied().unwrap_or(0);
                let _ = writeln!(card, "| {} | {value} | {rows} |", md(&label.column));
            }
        }
        let _ = write!(card, "\n## Codebook\n\n{}", self.codebook(codebook));
        card
    }

    /// The YAML header. Strings are written as JSON, which YAML takes.
    fn header(&self) -> String {
        let rows = self.sheet.rows.len();
        let size = match rows {
            0..1_000 => "n<1K",
            1_000..10_000 => "1K<n<10K",
            10_000..100_000 => "10K<n<100K",
            100_000..1_000_000 => "100K<n<1M",
            _ => "1M<n<10M",
        };
        let mut header = format!(
            "---\npretty_name: Annotated political news\nlicense: other\ntask_categories:\n- text-classification\n\
             tags:\n- framing\n- stance\n- sentiment\n- news\nsize_categories:\n- {size}\nconfigs:\n\
             - config_name: default\n  data_files:\n  - split: train\n    path: {DATA}\ndataset_info:\n  features:\n"
        );
        for column in &self.columns {
            let name = quoted(&column.name);
            let _ = write!(header, "  - name: {name}\n    dtype: {}\n", dtype(column));
        }
        header.push_str("---\n");
        header
    }

    fn introduction(&self) -> String {
        let rows = &self.reviewed.rows;
        let documents: HashSet<&str> = rows.iter().map(|row| row.document.as_str()).collect();
        let read = rows.iter().filter(|row| row.reviewed).count();
        let corrected = rows
            .iter()
            .filter(|row| row.states.contains(&crate::review::State::Corrected));
        let models = md(&self.reviewed.models.join(", "));
        format!(
            "{} paragraphs of {} documents, one a row, labelled by demarche with the model {models}: which moves \
             are framed, what stance is taken toward each target and whose it is, and the tone.\n\n\
             **These are a model's labels unless somebody reviewed them.** {read} rows are marked as read by a \
             person (`reviewed` = 1); {} rows hold a label that a person corrected. What the model had said stands \
             in the columns `model_…`, its probabilities in the columns `…_p`.\n\n\
             Licence: whoever publishes this folder says it here and in the header (`license: other` until then). \
             The texts stay under the terms of those who wrote them.",
            self.sheet.rows.len(),
            documents.len(),
            corrected.count(),
        )
    }

    /// What a column holds, in a line.
    fn content(&self, name: &str, codebook: &Codebook) -> String {
        let label = self
            .reviewed
            .labels
            .iter()
            .find(|label| label.column == name);
        if let Some(label) = label {
            return match label.kind {
                LabelKind::Frame => {
                    let frame = codebook.frames().iter().find(|frame| frame.key == name);
                    format!(
                        "1 or 0. {}",
                        frame.map_or("", |frame| frame.meaning.as_str())
                    )
                }
                LabelKind::Stance => format!("stance toward {}", target(name, codebook)),
                LabelKind::Holder => "whose stance it is; null where it is not polar".to_owned(),
                LabelKind::Sentiment => "the paragraph's tone".to_owned(),
            };
        }
        match name {
            "row_id" => "stable key of the paragraph",
            "document" => "where it comes from",
            "title" => "the article's title",
            "paragraph" => "its number in the document",
            "kind" => "title, heading or body",
            "text" => "the paragraph",
            "evidence" => "the words behind the labels: `label: \"words\"`, joined by a bar",
            "confidence" => "the lowest calibrated probability among the model's labels",
            "review_rank" => "1 = the model is least certain",
            "reviewed" => "1 if a person read the row, else 0",
            "note" => "the reader's note",
            "text_hash" => "first 16 hex digits of the text's SHA-256",
            "model" => "what made the labels",
            "codebook" => "the codebook they were made by",
            "audit" => "1 if the row is of a random sample of all",
            name if name.starts_with("in_") => "a column of the table that was annotated",
            name if name.starts_with("model_") => "what the model had said",
            name if name.ends_with("_p") => "calibrated probability",
            _ => "added to the sheet",
        }
        .to_owned()
    }

    fn codebook(&self, codebook: &Codebook) -> String {
        let made = &self.reviewed.codebooks;
        if !made.contains(&codebook.label()) {
            return format!(
                "The labels were made by {}, which is not the codebook that this card was written with.\n",
                md(&made.join(", "))
            );
        }
        let mut text = format!("{}.\n", md(&codebook.label()));
        let parts = [
            ("Stance", codebook.stances()),
            ("Holder", codebook.holders()),
            ("Sentiment", codebook.sentiments()),
        ];
        for (part, values) in parts {
            let _ = write!(text, "\n{part}:\n\n");
            for value in values {
                let _ = writeln!(text, "- {}: {}", md(&value.word), md(&value.meaning));
            }
        }
        text
    }
}

fn model_column(label: &Label, sheet: &Sheet) -> String {
    let mut name = format!("model_{}", label.column);
    while sheet.header.contains(&name) {
        name.push('_');
    }
    name
}

fn target<'c>(key: &'c str, codebook: &'c Codebook) -> &'c str {
    let target = codebook.targets().iter().find(|target| target.key == key);
    target.map_or(key, |target| target.name.as_str())
}

fn dtype(column: &Column) -> &'static str {
    match column.holds {
        Holds::Text => "string",
        Holds::Integer => "int64",
        Holds::Decimal => "float64",
    }
}

/// A YAML string: JSON's, and no character that YAML calls unprintable.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match u32::from(c) {
            code @ (0x7F..=0x9F | 0x2028 | 0x2029 | 0xFEFF | 0xFFFE | 0xFFFF) => {
                let _ = write!(out, "\\u{code:04x}");
            }
            _ => out.push(c),
        }
    }
    out
}

/// Text that Markdown shows as it is, on one line.
fn md(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' => {
                out.extend(['\\', c])
            }
            '_' => out.push_str("\\_"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
