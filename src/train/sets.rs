//! The forms of data that a recipe can name, read into [`Example`]s.
//!
//! What a public set says is mapped to the codebook as `../shared/data/README.md` has it; what it does not say stays
//! unknown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::examples::{self, Example, ExampleTarget};
use super::keyed;
use super::leak::HeldOut;
use super::recipe::{Format, Set};
use crate::annotate::labels::Stance;
use crate::codebook::{Codebook, MentionFinder};
use crate::error::{Error, Kind, Place, Result};
use crate::evaluate::gold;

/// A row before the leak check: the example and the document it belongs to.
pub type Row = (String, Example);

/// Where data lies and how targets are found in it.
pub struct Source<'a> {
    /// The data folder (`../shared/data`).
    pub data: &'a Path,
    /// The project's own folder, where `labels` sets lie.
    pub project: &'a Path,
    /// Finds the codebook's targets.
    pub finder: MentionFinder,
    /// Names of the codebook's targets, as gold has them.
    pub names: Vec<String>,
}

impl<'a> Source<'a> {
    /// Data in these folders, labelled by this codebook.
    pub fn new(codebook: &Codebook, data: &'a Path, project: &'a Path) -> Source<'a> {
        Source {
            data,
            project,
            finder: MentionFinder::new(codebook),
            names: codebook.targets().iter().map(|t| t.name.clone()).collect(),
        }
    }

    /// Path of a set's file.
    pub fn path(&self, set: &Set) -> PathBuf {
        match set.format {
            Format::Labels | Format::Written => self.project.join(&set.path),
            _ => self.data.join(&set.path),
        }
    }

    /// Reads a set.
    ///
    /// # Errors
    /// [`Kind::Data`] naming the file and line of the first row that cannot be read.
    pub fn read(&self, set: &Set) -> Result<Vec<Row>> {
        let path = self.path(set);
        match set.format {
            Format::Gold | Format::Written => Ok(gold::read(&path)?
                .iter()
                .filter_map(|row| self.gold(row, set))
                .collect()),
            Format::Labels => Ok(keyed::read(&path, self.data)?
                .iter()
                .filter_map(|row| self.gold(row, set))
                .collect()),
            Format::NewsMtsc => news(&path, set.weight),
            Format::RuSentNe => rusentne(&path, set.weight),
            Format::Plover => plover(&path, set.weight),
            Format::Unlabelled => unlabelled(&path, &self.finder),
            Format::Text => Ok(text(&path)?
                .into_iter()
                .map(|line| (String::new(), Example::new("", line, 0.0)))
                .collect()),
        }
    }

    fn gold(&self, row: &gold::GoldRow, set: &Set) -> Option<Row> {
        let (finder, names) = (&self.finder, &self.names);
        let example = examples::from_gold(row, finder, names, set.weight, set.others_weight)?;
        Some((row.document.clone(), example))
    }

    /// Adds a set's documents and texts to what is held out. Boilerplate rows count too: they are texts of the set.
    ///
    /// # Errors
    /// As [`Source::read`].
    pub fn hold_out(&self, set: &Set, held: &mut HeldOut) -> Result<()> {
        match set.format {
            Format::Gold | Format::Written => {
                for row in gold::read(self.path(set))? {
                    held.add(Some(&row.document), &row.text);
                }
            }
            _ => {
                for (document, example) in self.read(set)? {
                    held.add(Some(&document), &example.text);
                }
            }
        }
        Ok(())
    }
}

fn text(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io(Kind::Data, "read", path, e))?;
    Ok(text
        .lines()
        .map(str::to_owned)
        .filter(|l| !l.trim().is_empty())
        .collect())
}

fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    text(path)?
        .iter()
        .enumerate()
        .map(|(i, line)| {
            serde_json::from_str(line).map_err(|e| {
                Error::new(Kind::Data, "is no row of this set")
                    .at(Place::file(path).line(i as u64 + 1))
                    .because(e)
            })
        })
        .collect()
}

#[derive(Deserialize)]
struct UnlabelledRow {
    text: String,
    title: Option<String>,
    date: Option<String>,
    country: Option<String>,
    year: Option<u32>,
}

/// Documents are named as in gold: `IRN, 2011` a speech, `whitehouse|Title (date)` a transcript.
fn unlabelled(path: &Path, finder: &MentionFinder) -> Result<Vec<Row>> {
    let source = path.file_stem().unwrap_or_default().to_string_lossy();
    let rows: Vec<UnlabelledRow> = json_lines(path)?;
    let rows = rows.into_iter().enumerate().map(|(i, row)| {
        let document = match (row.country, row.year, row.title, row.date) {
            (Some(country), Some(year), ..) => format!("{country}, {year}"),
            (_, _, Some(title), Some(date)) => format!("{source}|{title} ({date})"),
            _ => String::new(),
        };
        let example = examples::unlabelled(format!("{source}:{i}"), row.text.trim(), finder);
        (document, example)
    });
    Ok(rows.collect())
}

#[derive(Deserialize)]
struct NewsRow {
    primary_gid: String,
    sentence_normalized: String,
    targets: Vec<NewsTarget>,
}

#[derive(Deserialize)]
struct NewsTarget {
    from: usize,
    to: usize,
    polarity: f64,
}

fn target(mentions: std::ops::Range<usize>, stance: Stance, weight: f32) -> ExampleTarget {
    ExampleTarget {
        mentions: vec![mentions],
        mentioned: None,
        stance: Some(stance),
        holder: None,
        evidence: None,
        weight,
    }
}

/// Byte range of the characters `from..to`.
fn bytes(text: &str, from: usize, to: usize) -> Option<std::ops::Range<usize>> {
    let mut places = text.char_indices().map(|(i, _)| i).chain([text.len()]);
    let start = places.clone().nth(from)?;
    let end = places.nth(to)?;
    (start < end).then_some(start..end)
}

pub(crate) fn news(path: &Path, weight: f32) -> Result<Vec<Row>> {
    let rows: Vec<NewsRow> = json_lines(path)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut example = Example::new(row.primary_gid, row.sentence_normalized, weight);
            for t in row.targets {
                let stance = match t.polarity as i64 {
                    2 => Stance::Unfavorable,
                    6 => Stance::Favorable,
                    _ => Stance::Neutral,
                };
                let range = bytes(&example.text, t.from, t.to);
                example
                    .targets
                    .extend(range.map(|r| target(r, stance, weight)));
            }
            (String::new(), example)
        })
        .collect())
}

fn table(path: &Path, quoting: bool) -> Result<Vec<HashMap<String, String>>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(quoting)
        .flexible(true)
        .from_path(path)
        .map_err(|e| {
            Error::new(Kind::Data, "could not be read")
                .at(Place::file(path))
                .because(e)
        })?;
    reader
        .deserialize()
        .map(|row| {
            row.map_err(|e| {
                Error::new(Kind::Data, "is no row")
                    .at(Place::file(path))
                    .because(e)
            })
        })
        .collect()
}

pub(crate) fn rusentne(path: &Path, weight: f32) -> Result<Vec<Row>> {
    let mut sentences: Vec<Example> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in table(path, true)? {
        let field = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
        let number = |name: &str| field(name).parse::<usize>().ok();
        let (Some(from), Some(to)) = (number("entity_pos_start_rel"), number("entity_pos_end_rel"))
        else {
            continue;
        };
        let stance = match field("label") {
            "-1" => Stance::Unfavorable,
            "1" => Stance::Favorable,
            _ => Stance::Neutral,
        };
        let sentence = field("sentence").to_owned();
        let index = *known.entry(sentence.clone()).or_insert_with(|| {
            sentences.push(Example::new(
                format!("rusentne:{}", sentences.len()),
                sentence,
                weight,
            ));
            sentences.len() - 1
        });
        let range = bytes(&sentences[index].text, from, to);
        sentences[index]
            .targets
            .extend(range.map(|r| target(r, stance, weight)));
    }
    Ok(sentences.into_iter().map(|e| (String::new(), e)).collect())
}

/// Zero-Shot-PLOVER's labels mapped as its test is: no row is unknown, and a threat is an accusation.
pub(crate) fn plover_as_published(path: &Path) -> Result<Vec<Row>> {
    let mut rows = plover(path, 1.0)?;
    for ((_, example), row) in rows.iter_mut().zip(table(path, false)?) {
        let root = row.get("gold_root").map(String::as_str).unwrap_or_default();
        example.frames = [
            Some(matches!(root, "AGREE" | "YIELD" | "AID" | "COOPERATE")),
            Some(matches!(root, "ACCUSE" | "THREATEN")),
            None,
        ];
    }
    Ok(rows)
}

/// THREATEN, REJECT, REQUEST and SUPPORT stay unknown for the frame that they may or may not be by our codebook.
fn plover(path: &Path, weight: f32) -> Result<Vec<Row>> {
    Ok(table(path, false)?
        .into_iter()
        .map(|row| {
            let field = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
            let mut example = Example::new(
                format!("plover:{}", field("sentence_id")),
                field("sentence"),
                weight,
            );
            let root = field("gold_root");
            example.frames[0] = match root {
                "AGREE" | "YIELD" | "AID" | "COOPERATE" => Some(true),
                "SUPPORT" | "REQUEST" | "CONSULT" | "THREATEN" | "REJECT" => None,
                _ => Some(false),
            };
            example.frames[1] = match root {
                "ACCUSE" => Some(true),
                "THREATEN" | "REJECT" | "SANCTION" | "PROTEST" | "REQUEST" => None,
                _ => Some(false),
            };
            (String::new(), example)
        })
        .collect())
}
