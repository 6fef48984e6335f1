//! `OUT.run.json`: what a run read, with what, what came of it and how long it took.
//!
//! Times stand here and never in the sheet, which is the same for every run on the same input.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Value, json};

use crate::annotate::{Options, Summary};
use crate::corpus::{Corpus, Paragraph};
use crate::error::Result;
use crate::export::Failure;
use crate::model::store::Manifest;

/// Characters of a set-aside paragraph that are shown.
const SHOWN: usize = 120;

/// All that a run's record tells, lists aside that may be long.
pub struct Record<'a> {
    /// What was asked.
    pub options: &'a Options,
    /// What was read.
    pub corpus: &'a Corpus,
    /// What made the labels.
    pub manifest: &'a Manifest,
    /// What came of it.
    pub summary: &'a Summary,
    /// When it began.
    pub started: SystemTime,
    /// What the user was told.
    pub notes: &'a [String],
}

/// A paragraph that was set aside.
#[derive(Debug, Serialize)]
pub struct SetAside<'a> {
    /// Its document.
    pub document: &'a str,
    /// Its number there.
    pub paragraph: u32,
    /// Why.
    pub reason: &'a str,
    /// How its text begins.
    pub text: String,
}

impl<'a> SetAside<'a> {
    /// The first characters of a text stand for it.
    pub fn new(document: &'a str, paragraph: &'a Paragraph) -> Self {
        SetAside {
            document,
            paragraph: paragraph.number,
            reason: paragraph.set_aside.as_deref().unwrap_or("boilerplate"),
            text: paragraph.text.chars().take(SHOWN).collect(),
        }
    }
}

/// The record of an output.
pub fn path_of(output: &Path) -> PathBuf {
    let mut path = output.as_os_str().to_owned();
    path.push(".run.json");
    path.into()
}

/// Takes one element of a list.
pub type Element<'e> = &'e mut dyn FnMut(&Value) -> Result<(), Failure>;
/// Hands over a list that may be longer than memory, an element at a time.
pub type Each<'e> = &'e mut dyn FnMut(Element) -> Result<(), Failure>;

/// Writes a record; `skipped` and `set_aside` hand over their elements one by one.
///
/// # Errors
/// What the disk says, or the two.
pub fn write(file: &File, record: &Record, skipped: Each, set_aside: Each) -> Result<(), Failure> {
    let mut out = BufWriter::new(file);
    out.write_all(b"{\n")?;
    for (name, value) in head(record) {
        let value = pretty(&value)?.replace('\n', "\n  ");
        writeln!(out, "  {}: {value},", json!(name))?;
    }
    list(&mut out, "inputs", &mut |element| {
        record.corpus.files().iter().try_for_each(|file| {
            element(&json!({
                "path": file.path.to_string_lossy(), "name": file.name, "bytes": file.bytes,
                "sha256": file.sha256, "encoding": file.encoding,
            }))
        })
    })?;
    list(&mut out, "passed_over", &mut |element| {
        record.corpus.ignored().iter().try_for_each(|ignored| {
            element(&json!({"path": ignored.path.to_string_lossy(), "why": ignored.why}))
        })
    })?;
    list(&mut out, "skipped", skipped)?;
    list(&mut out, "set_aside", set_aside)?;
    writeln!(out, "  \"notes\": {}\n}}", json!(record.notes))?;
    Ok(out.flush()?)
}

fn pretty(value: &Value) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(value)?)
}

/// A list, an element a line.
fn list(out: &mut impl Write, name: &str, each: Each) -> Result<(), Failure> {
    write!(out, "  {}: [", json!(name))?;
    let mut any = false;
    each(&mut |element| {
        out.write_all(if any { b",\n    " } else { b"\n    " })?;
        any = true;
        Ok(write!(out, "{element}")?)
    })?;
    Ok(out.write_all(if any { b"\n  ],\n" } else { b"],\n" })?)
}

fn head(record: &Record) -> Vec<(&'static str, Value)> {
    let Record {
        options,
        manifest,
        summary,
        ..
    } = record;
    let tables = &options.corpus;
    let delimiter = char::from(options.delimiter).to_string();
    vec![
        ("demarche", json!(env!("CARGO_PKG_VERSION"))),
        ("output", json!(options.output.to_string_lossy())),
        (
            "model",
            json!({
                "name": manifest.name, "version": manifest.version, "base": manifest.base,
                "weights_sha256": manifest.weights_sha256,
            }),
        ),
        (
            "codebook",
            json!({"label": options.codebook.label(), "sha256": options.codebook.sha256()}),
        ),
        (
            "options",
            json!({
                "text_column": tables.text_column, "id_column": tables.id_column,
                "title_column": tables.title_column, "date_column": tables.date_column,
                "keep_boilerplate": options.keep_boilerplate,
                "max_batch_tokens": options.max_batch_tokens, "threads": options.threads,
                "delimiter": delimiter, "bom": options.bom,
                "audit_rows": options.audit.rows, "audit_seed": options.audit.seed,
            }),
        ),
        (
            "counts",
            json!({
                "documents": summary.documents, "paragraphs": summary.paragraphs,
                "labelled": summary.labelled, "set_aside": summary.set_aside,
                "failed": summary.failed, "skipped": summary.skipped_total,
            }),
        ),
        (
            "times",
            json!({
                "started": utc(record.started),
                "seconds": thousandths(summary.seconds),
                "resumed_from": summary.resumed_from,
                "paragraphs_per_second": thousandths(summary.paragraphs_per_second()),
            }),
        ),
    ]
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// A time as `2026-11-24T23:30:05Z`.
pub fn utc(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Civil from days: Howard Hinnant, "chrono-compatible low-level date algorithms"; years begin in March there.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year + era * 400 + next;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
