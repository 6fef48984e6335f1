//! Labels that carry no text: keyed by the text's hash, with offsets instead of words.
//!
//! The project may not hold others' texts, so its own labels on them (`datasets/gold/*.jsonl`) name a row by id and by
//! the first 16 hex digits of its text's SHA-256; the texts are looked up in the data folder where it exists.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::annotate::labels::{Holder, Sentiment, Stance};
use crate::corpus::ParagraphKind;
use crate::error::{Error, Kind, Place, Result};
use crate::evaluate::gold::{GoldRow, Labels, Other};
use crate::export::columns::text_hash;

/// One labelled row without its text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyedRow {
    /// Id of the row in its source.
    pub id: String,
    /// Where its text lies: a folder of the data.
    pub source: String,
    /// The document it belongs to.
    pub document: String,
    /// First 16 hex digits of the SHA-256 of its UTF-8 text.
    pub text_hash: String,
    /// `body` or `boilerplate`.
    pub kind: ParagraphKind,
    /// The labels; absent for boilerplate.
    #[serde(flatten)]
    pub labels: Option<KeyedLabels>,
}

/// Labels with byte offsets in place of words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeyedLabels {
    offer: u8,
    accusation: u8,
    skepticism: u8,
    sentiment: Sentiment,
    stance: BTreeMap<String, Stance>,
    holder: BTreeMap<String, Holder>,
    others: Vec<KeyedOther>,
    evidence: BTreeMap<String, (usize, usize)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeyedOther {
    target: String,
    mention: (usize, usize),
    stance: Stance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holder: Option<Holder>,
}

/// Reads labels and puts their texts back, in the labels' order. Rows whose text the data folder lacks are left out.
///
/// # Errors
/// [`Kind::Data`] naming the file and line of a row that cannot be read.
pub fn read(path: &Path, data: &Path) -> Result<Vec<GoldRow>> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io(Kind::Data, "read", path, e))?;
    let mut rows: Vec<KeyedRow> = Vec::new();
    for (i, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        rows.push(serde_json::from_str(line).map_err(|e| {
            Error::new(Kind::Data, "is no labelled row")
                .at(Place::file(path).line(i as u64 + 1))
                .because(e)
        })?);
    }
    let texts = texts(data, rows.iter().map(|r| r.source.as_str()));
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let (text, context) = texts.get(&row.text_hash)?.clone();
            Some(restore(row, text, context))
        })
        .collect())
}

fn restore(row: KeyedRow, text: String, context: String) -> GoldRow {
    let cut = |(start, end): (usize, usize)| text.get(start..end).unwrap_or_default().to_owned();
    let labels = row.labels.map(|l| Labels {
        frames: [l.offer, l.accusation, l.skepticism].map(|f| f == 1),
        sentiment: l.sentiment,
        stance: l.stance,
        holder: l.holder,
        others: l
            .others
            .into_iter()
            .map(|o| Other {
                target: o.target,
                mention: cut(o.mention),
                stance: o.stance,
                holder: o.holder,
            })
            .collect(),
        evidence: l
            .evidence
            .into_iter()
            .map(|(key, span)| (key, cut(span)))
            .collect(),
    });
    GoldRow {
        id: row.id,
        source: row.source,
        licence: String::new(),
        document: row.document,
        context,
        kind: row.kind,
        text,
        passes: 1,
        language: None,
        labels,
    }
}

/// Texts of the named sources by hash, each with what stood above it.
fn texts<'a>(
    data: &Path,
    sources: impl Iterator<Item = &'a str>,
) -> HashMap<String, (String, String)> {
    let mut wanted: Vec<&str> = sources.collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut texts = HashMap::new();
    for source in wanted {
        match source {
            "ukraine-war-news" => {
                articles(&data.join("ukraine-war-news/articles"), "\n\n", &mut texts)
            }
            "entity-framing-v2" => {
                articles(
                    &data.join("entity-framing-v2/raw-documents_EN_PT"),
                    "\n",
                    &mut texts,
                );
            }
            "whitehouse" | "kremlin-en" => {
                lines(&data.join(format!("pools/{source}.jsonl")), &mut texts);
            }
            "ungdc" => {
                for name in [
                    "ungdc_2000_2022_other_paragraphs_sample20000.jsonl",
                    "ungdc_1990_2022_russia_nato_turkiye_paragraphs.jsonl",
                ] {
                    lines(&data.join("ungdc").join(name), &mut texts);
                }
            }
            "rusentne" => sentences(&data.join("rusentne/train_data.csv"), &mut texts),
            _ => {}
        }
    }
    texts
}

fn articles(folder: &Path, between: &str, texts: &mut HashMap<String, (String, String)>) {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name();
    for entry in files.into_iter().filter_map(|e| e.ok()) {
        let Ok(article) = std::fs::read_to_string(entry.path()) else {
            continue;
        };
        let article = article.replace("\r\n", "\n");
        let mut paragraphs = article
            .split(between)
            .map(str::trim)
            .filter(|p| !p.is_empty());
        let Some(first) = paragraphs.next() else {
            continue;
        };
        let start: String = first.chars().take(110).collect();
        texts.insert(
            text_hash(first),
            (first.to_owned(), "title of the article".to_owned()),
        );
        for paragraph in paragraphs {
            let context = format!("article: {start}");
            texts.insert(text_hash(paragraph), (paragraph.to_owned(), context));
        }
    }
}

/// The `sentence` column of a tab-separated table.
fn sentences(path: &Path, texts: &mut HashMap<String, (String, String)>) {
    let reader = csv::ReaderBuilder::new().delimiter(b'\t').from_path(path);
    let Ok(mut reader) = reader else { return };
    for row in reader.deserialize::<HashMap<String, String>>().flatten() {
        let Some(sentence) = row.get("sentence").map(|s| s.trim()) else {
            continue;
        };
        texts.insert(text_hash(sentence), (sentence.to_owned(), String::new()));
    }
}

fn lines(path: &Path, texts: &mut HashMap<String, (String, String)>) {
    let Ok(file) = std::fs::read_to_string(path) else {
        return;
    };
    for line in file.lines() {
        let Ok(row) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        let field = |name: &str| {
            row.get(name)
                .map(|v| v.to_string().trim_matches('"').to_owned())
        };
        let Some(text) = row.get("text").and_then(|t| t.as_str()).map(str::trim) else {
            continue;
        };
        let context = match (
            field("title"),
            field("date"),
            field("country"),
            field("year"),
        ) {
            (Some(title), Some(date), ..) => format!("{title} ({date})"),
            (_, _, Some(country), Some(year)) => {
                format!("UN General Assembly speech by {country}, {year}")
            }
            _ => String::new(),
        };
        texts.insert(text_hash(text), (text.to_owned(), context));
    }
}
