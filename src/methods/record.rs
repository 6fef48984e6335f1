//! `OUT.run.json`, read again: what the run is known to have read and done.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Place, Result};
use crate::model::store::hex;

/// The record of a run, as far as an appendix tells of it.
#[derive(Debug, Clone, Deserialize)]
pub struct RunRecord {
    /// The program's version.
    pub demarche: String,
    /// The sheet that it wrote, as it was named.
    pub output: String,
    /// The model.
    pub model: ModelRecord,
    /// The codebook.
    pub codebook: CodebookRecord,
    /// What was asked, by the names that the record has.
    pub options: Map<String, Value>,
    /// What came of it.
    pub counts: Counts,
    /// When it began.
    #[serde(default)]
    times: Times,
    /// The files read.
    pub inputs: Vec<Input>,
    #[serde(default)]
    set_aside: Vec<SetAside>,
    /// What the user was told.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What made the labels.
#[derive(Debug, Clone, Deserialize)]
pub struct ModelRecord {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The base encoder.
    pub base: String,
    /// SHA-256 of its weights.
    pub weights_sha256: String,
}

/// What the labels mean.
#[derive(Debug, Clone, Deserialize)]
pub struct CodebookRecord {
    /// Name and version.
    pub label: String,
    /// SHA-256 of what it says.
    pub sha256: String,
}

/// Documents and paragraphs of a run: `paragraphs` = `labelled` + `set_aside` + `failed`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Counts {
    /// Documents read.
    pub documents: u64,
    /// Paragraphs in them.
    pub paragraphs: u64,
    /// Those with labels.
    pub labelled: u64,
    /// Those set aside as boilerplate.
    pub set_aside: u64,
    /// Those that could not be labelled.
    pub failed: u64,
    /// Files and rows that could not be read.
    pub skipped: u64,
}

/// A file that was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Its name, relative to the input given.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its encoding.
    pub encoding: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Times {
    started: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct SetAside {
    reason: String,
}

/// A word and how often it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The word.
    pub what: String,
    /// How often.
    pub count: u64,
}

/// Counts words, the most frequent first, ties in the order of their letters.
pub(super) fn counted<'w>(words: impl Iterator<Item = &'w str>) -> Vec<Counted> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let mut counted: Vec<Counted> = counts
        .into_iter()
        .map(|(what, count)| Counted {
            what: what.to_owned(),
            count,
        })
        .collect();
    counted.sort_by_key(|c| std::cmp::Reverse(c.count));
    counted
}

impl RunRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// [`Kind::Input`] when the file cannot be read or is no record of a run.
    pub fn read(path: &Path) -> Result<RunRecord> {
        let text = std::fs::read(path)
            .map_err(|e| Error::io(Kind::Input, "read the record of the run", path, e))?;
        serde_json::from_slice(&text).map_err(|e| {
            Error::new(Kind::Input, "is no record of a run")
                .at(Place::file(path))
                .hint(
                    "give the file that `demarche annotate` wrote beside its output, OUT.run.json",
                )
                .because(e)
        })
    }

    /// A whole number among the options.
    pub fn option(&self, name: &str) -> Option<u64> {
        self.options.get(name)?.as_u64()
    }

    /// The day on which the run began, as `2026-11-25`.
    pub fn day(&self) -> Option<String> {
        let (day, _) = self.times.started.as_deref()?.split_once('T')?;
        Some(day.to_owned())
    }

    /// Why paragraphs were set aside, and how many for each reason.
    pub fn reasons(&self) -> Vec<Counted> {
        counted(self.set_aside.iter().map(|s| s.reason.as_str()))
    }

    /// One SHA-256 for all inputs: of the lines `SHA256␣␣NAME` that `sha256sum` prints for them, in their order.
    pub fn inputs_sha256(&self) -> String {
        let mut digest = Sha256::new();
        for input in &self.inputs {
            digest.update(format!("{}  {}\n", input.sha256, input.name));
        }
        hex(&digest.finalize())
    }
}
