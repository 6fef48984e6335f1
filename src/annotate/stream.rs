//! JSON lines in, JSON lines out: one object for each document, in the same order, for pipes and clusters.
//!
//! Nothing is written beside the stream and nothing is kept. An object comes back with all its fields and a field
//! `paragraphs`, an object a paragraph under the sheet's names; a line that cannot be read becomes an object with a
//! field `error`. Review ranks need the whole and are left out.

use std::collections::HashSet;
use std::io::{BufRead, Write};

use serde_json::{Map, Value, json};

use super::decide::Decider;
use super::journal::Outcome;
use super::plan::{Chunk, Entry, Head, Skipped};
use super::rows::RowIds;
use super::score::Scorer;
use crate::codebook::{Codebook, MentionFinder};
use crate::corpus::{self, Document, jsonl, table};
use crate::error::{Error, Kind, Place, Result};
use crate::export::columns::Columns;
use crate::export::{Row, RowLabels, jsonl as cells};
use crate::model::Model;

/// The field that the labels come back in.
pub const PARAGRAPHS: &str = "paragraphs";
/// The field that tells why a line could not be read.
pub const ERROR: &str = "error";

/// Columns that say nothing of one document alone, or repeat what the object has.
const LEFT_OUT: [&str; 7] = [
    "document",
    "title",
    "review_rank",
    "reviewed",
    "model_labels",
    "audit",
    "note",
];

/// How a stream is labelled.
#[derive(Debug, Clone)]
pub struct Options {
    /// The labels and targets.
    pub codebook: Codebook,
    /// Which fields hold what.
    pub corpus: corpus::Options,
    /// Word pieces in one batch, padding counted.
    pub max_batch_tokens: usize,
    /// Documents that are read before they are labelled together. A fixed number, so that the same stream gives the
    /// same bytes; 1 answers each at once.
    pub documents: usize,
}

impl Options {
    /// Documents labelled together unless another number is asked for.
    pub const DOCUMENTS: usize = 32;
}

/// What came of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects written.
    pub documents: u64,
    /// Paragraphs labelled.
    pub labelled: u64,
    /// Paragraphs set aside.
    pub set_aside: u64,
    /// Lines that became an error.
    pub errors: u64,
}

/// A line: its fields and document, or why there is none.
struct Taken {
    fields: Map<String, Value>,
    document: Result<Document>,
}

/// Labels a stream.
///
/// # Errors
/// [`Kind::Input`] when the input breaks off, [`Kind::Output`] when the output cannot be written to (a closed pipe among
/// others), [`Kind::Codebook`] as [`Decider::new`].
pub fn run(
    model: &Model,
    options: &Options,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<Summary> {
    let decider = Decider::new(&options.codebook, &model.manifest)?;
    let finder = MentionFinder::new(&options.codebook);
    let mut stream = Stream {
        scorer: Scorer {
            model,
            finder: &finder,
            budget: options.max_batch_tokens,
        },
        decider,
        columns: Columns::new(&options.codebook, &[], &model.label()),
        options,
        ids: RowIds::default(),
        summary: Summary::default(),
    };
    let mut line = Vec::new();
    let mut number = 0;
    let mut taken = Vec::new();
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(|e| {
            Error::new(Kind::Input, "could not read it")
                .at(Place::file("standard input"))
                .because(e)
        })?;
        if read > 0 {
            number += 1;
            if !line.trim_ascii().is_empty() {
                taken.push(stream.take(&line, number));
            }
        }
        if taken.len() >= options.documents.max(1) || read == 0 {
            stream.answer(std::mem::take(&mut taken), output)?;
        }
        if read == 0 {
            return Ok(stream.summary);
        }
    }
}

struct Stream<'s> {
    scorer: Scorer<'s>,
    decider: Decider,
    columns: Columns,
    options: &'s Options,
    ids: RowIds,
    summary: Summary,
}

impl Stream<'_> {
    fn take(&self, line: &[u8], number: u64) -> Taken {
        let place = Place::file("standard input").line(number);
        let mark = if number == 1 { "\u{FEFF}" } else { "" };
        let object = std::str::from_utf8(line)
            .map_err(|e| {
                Error::new(Kind::Input, "the line is not UTF-8")
                    .at(place.clone())
                    .because(e)
            })
            .and_then(|line| jsonl::object(line.trim_start_matches(mark), &place));
        let fields = match object {
            Ok(fields) => fields,
            Err(error) => {
                return Taken {
                    fields: Map::new(),
                    document: Err(error),
                };
            }
        };
        let document = self.document(&fields, number, place);
        Taken { fields, document }
    }

    fn document(&self, fields: &Map<String, Value>, number: u64, place: Place) -> Result<Document> {
        for own in [PARAGRAPHS, ERROR] {
            if fields.contains_key(own) {
                return Err(
                    Error::new(Kind::Input, format!("it has a field `{own}` already"))
                        .at(place)
                        .hint("rename that field: the labels would take its place"),
                );
            }
        }
        let names = fields.keys().cloned().collect();
        let columns = table::Columns::find(names, &self.options.corpus, &place)?;
        jsonl::document(&columns, fields.clone(), format!("stdin:{number}"), place)
    }

    /// Labels what was taken and writes it.
    fn answer(&mut self, taken: Vec<Taken>, output: &mut dyn Write) -> Result<()> {
        let mut chunk = Chunk::default();
        // For each line the place of its first paragraph in the chunk.
        let mut lines = Vec::new();
        for Taken { fields, document } in taken {
            let document = document.map(|document| {
                let first = chunk.paragraphs.len();
                let place = chunk.documents.len();
                let entries = document.paragraphs.into_iter();
                chunk.paragraphs.extend(entries.map(|paragraph| Entry {
                    document: place,
                    paragraph,
                }));
                chunk.documents.push(Head {
                    name: document.name,
                    title: document.title,
                    columns: Vec::new(),
                });
                first..chunk.paragraphs.len()
            });
            lines.push((fields, document));
        }
        let originals = chunk.originals();
        let mut outcomes: Vec<Option<Outcome>> = Vec::new();
        outcomes.resize_with(chunk.paragraphs.len(), || None);
        self.scorer.chunk(&chunk, &HashSet::new(), &mut |batch| {
            for (at, outcome) in batch.paragraphs.into_iter().zip(batch.outcomes) {
                outcomes[at] = Some(outcome);
            }
            Ok(())
        })?;
        for (mut fields, places) in lines {
            self.summary.documents += 1;
            match places {
                Ok(places) => {
                    let paragraphs: Vec<Value> = places
                        .map(|at| self.paragraph(&chunk, at, outcomes[originals[at]].as_ref()))
                        .collect();
                    fields.insert(PARAGRAPHS.to_owned(), paragraphs.into());
                }
                Err(error) => {
                    self.summary.errors += 1;
                    fields.insert(ERROR.to_owned(), json!(Skipped::from(&error)));
                }
            }
            serde_json::to_writer(&mut *output, &fields)
                .map_err(std::io::Error::from)
                .and_then(|()| output.write_all(b"\n"))
                .map_err(unwritten)?;
        }
        output.flush().map_err(unwritten)
    }

    fn paragraph(&mut self, chunk: &Chunk, at: usize, outcome: Option<&Outcome>) -> Value {
        let entry = &chunk.paragraphs[at];
        let document = &chunk.documents[entry.document];
        let text = &entry.paragraph.text;
        let labels = match outcome {
            Some(Outcome::Scored(scores)) => {
                self.summary.labelled += 1;
                Some(RowLabels::new(&self.decider, text, scores, 0))
            }
            _ => None,
        };
        let why = match outcome {
            Some(Outcome::Failed(why)) => Some((ERROR, why.clone())),
            None => {
                self.summary.set_aside += 1;
                let why = entry.paragraph.set_aside.clone();
                Some(("set_aside", why.unwrap_or_else(|| "boilerplate".to_owned())))
            }
            Some(Outcome::Scored(_)) => None,
        };
        let row = Row {
            id: self.ids.next(&document.name, text),
            document,
            paragraph: &entry.paragraph,
            labels,
            note: String::new(),
            audit: false,
        };
        let names = self.columns.all().iter().map(|column| column.name.clone());
        let mut object: Map<String, Value> = names
            .zip(self.columns.cells(&row).iter().map(cells::value))
            .filter(|(name, value)| {
                !LEFT_OUT.contains(&name.as_str()) && (row.labels.is_some() || !value.is_null())
            })
            .collect();
        if let Some((field, why)) = why {
            object.insert(field.to_owned(), why.into());
        }
        object.into()
    }
}

fn unwritten(error: std::io::Error) -> Error {
    Error::new(Kind::Output, "could not write to standard output").because(error)
}
