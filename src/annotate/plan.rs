//! Documents → chunks of consecutive paragraphs. Where one chunk ends and the next begins follows from the input
//! alone, so that a run that is taken up again makes the same batches as one that was never broken.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::corpus::{Document, Paragraph, ParagraphKind};
use crate::error::{Error, Kind, Place, Result};

/// Paragraphs to be labelled in a full chunk: enough for batches of like lengths, few enough to hold in memory.
const LABELLED: usize = 512;
/// A chunk of mostly boilerplate, or of giant paragraphs, ends earlier.
const PARAGRAPHS: usize = 4096;
const BYTES: usize = 4 << 20;

/// Consecutive paragraphs, the documents they come from, and what could not be read among them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// From 0.
    pub number: u64,
    /// The documents that the paragraphs come from; one that goes on in the next chunk stands in both.
    pub documents: Vec<Head>,
    /// In reading order.
    pub paragraphs: Vec<Entry>,
    /// In reading order.
    pub skipped: Vec<Skipped>,
}

/// A document without its paragraphs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// [`Document::name`].
    pub name: String,
    /// [`Document::title`].
    pub title: Option<String>,
    /// [`Document::columns`].
    pub columns: Vec<(String, String)>,
}

/// A paragraph and its document's place in [`Chunk::documents`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Index in [`Chunk::documents`].
    pub document: usize,
    /// The paragraph.
    pub paragraph: Paragraph,
}

/// An input, or a row of one, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The file.
    pub file: Option<String>,
    /// The row as a spreadsheet counts it.
    pub row: Option<u64>,
    /// The line of a text file.
    pub line: Option<u64>,
    /// What is wrong with it.
    pub reason: String,
    /// What to do about it, if known.
    pub hint: Option<String>,
}

/// What a whole plan holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Documents read.
    pub documents: u64,
    /// Paragraphs to be labelled.
    pub to_label: u64,
    /// Paragraphs set aside as boilerplate.
    pub set_aside: u64,
    /// Files and rows that could not be read.
    pub skipped: u64,
    /// Columns of the tables, in order of first appearance.
    pub columns: Vec<String>,
    /// Why the first paragraph was set aside, with its document.
    pub first_set_aside: Option<String>,
}

impl Entry {
    /// False for boilerplate.
    pub fn is_labelled(&self) -> bool {
        self.paragraph.kind != ParagraphKind::Boilerplate
    }
}

impl Chunk {
    /// The title that the model reads before a paragraph: none before the title itself.
    pub fn context(&self, entry: &Entry) -> Option<&str> {
        let title = self.documents[entry.document].title.as_deref();
        title.filter(|_| entry.paragraph.kind != ParagraphKind::Title)
    }

    /// For each paragraph, the first one in the chunk with the same context and text, whose scores it takes.
    pub fn originals(&self) -> Vec<usize> {
        let mut first = HashMap::new();
        self.paragraphs
            .iter()
            .enumerate()
            .map(|(at, entry)| match entry.is_labelled() {
                true => *first
                    .entry((self.context(entry), entry.paragraph.text.as_str()))
                    .or_insert(at),
                false => at,
            })
            .collect()
    }
}

impl Skipped {
    /// The same as an error again.
    pub fn error(&self) -> Error {
        let place = Place {
            file: self.file.as_ref().map(Into::into),
            row: self.row,
            line: self.line,
            column: None,
        };
        let error = Error::new(Kind::Input, &self.reason).at(place);
        match &self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<&Error> for Skipped {
    fn from(error: &Error) -> Self {
        let place = error.place();
        let whole = error.in_one_line();
        // A column is no field of its own here, so it stays in the reason.
        let without_column = Place {
            column: None,
            ..place.clone()
        };
        let prefix = match &place.column {
            Some(_) => format!("{without_column}, "),
            None => format!("{without_column}: "),
        };
        Skipped {
            file: place.file.as_ref().map(|file| file.display().to_string()),
            row: place.row,
            line: place.line,
            reason: whole.strip_prefix(&prefix).unwrap_or(&whole).to_owned(),
            hint: error.advice().map(str::to_owned),
        }
    }
}

/// Cuts a stream of documents into chunks.
#[derive(Debug, Default)]
pub struct Planner {
    chunk: Chunk,
    labelled: usize,
    bytes: usize,
    totals: Totals,
    columns: HashSet<String>,
}

impl Planner {
    /// Takes the next document, or what came in its place, and hands each full chunk to `full`.
    ///
    /// # Errors
    /// What `full` gives.
    pub fn push(
        &mut self,
        document: Result<Document, Skipped>,
        full: &mut dyn FnMut(Chunk) -> Result<()>,
    ) -> Result<()> {
        match document {
            Ok(document) => self.document(document, full),
            Err(skipped) => {
                self.totals.skipped += 1;
                self.bytes += skipped.reason.len() + 100;
                self.chunk.skipped.push(skipped);
                self.cut_if_full(full).map(drop)
            }
        }
    }

    /// Hands over the last chunk and tells what all of them hold.
    ///
    /// # Errors
    /// What `full` gives.
    pub fn finish(self, full: &mut dyn FnMut(Chunk) -> Result<()>) -> Result<Totals> {
        if !self.chunk.paragraphs.is_empty() || !self.chunk.skipped.is_empty() {
            full(self.chunk)?;
        }
        Ok(self.totals)
    }

    /// What was taken so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    fn document(
        &mut self,
        document: Document,
        full: &mut dyn FnMut(Chunk) -> Result<()>,
    ) -> Result<()> {
        self.totals.documents += 1;
        self.note_columns(&document);
        let head = Head {
            name: document.name,
            title: document.title,
            columns: document.columns,
        };
        // True where a chunk begins that does not know the document yet.
        let mut new = true;
        for paragraph in document.paragraphs {
            if new {
                self.bytes += head.bytes();
                self.chunk.documents.push(head.clone());
            }
            self.count(&head, &paragraph);
            let document = self.chunk.documents.len() - 1;
            self.chunk.paragraphs.push(Entry {
                document,
                paragraph,
            });
            new = self.cut_if_full(full)?;
        }
        Ok(())
    }

    fn count(&mut self, head: &Head, paragraph: &Paragraph) {
        self.bytes += paragraph.text.len() + 100;
        if paragraph.kind != ParagraphKind::Boilerplate {
            self.totals.to_label += 1;
            self.labelled += 1;
            return;
        }
        self.totals.set_aside += 1;
        if self.totals.first_set_aside.is_none() {
            let why = paragraph.set_aside.as_deref().unwrap_or("boilerplate");
            let first = format!("{}, paragraph {}: {why}", head.name, paragraph.number);
            self.totals.first_set_aside = Some(first);
        }
    }

    /// Adds the document's columns to the union; a name that comes twice in a table counts as two columns.
    fn note_columns(&mut self, document: &Document) {
        for (name, _) in distinct(&document.columns) {
            if !self.columns.contains(&name) {
                self.columns.insert(name.clone());
                self.totals.columns.push(name);
            }
        }
    }

    /// True if the chunk was full and is begun anew.
    fn cut_if_full(&mut self, full: &mut dyn FnMut(Chunk) -> Result<()>) -> Result<bool> {
        let many = self.chunk.paragraphs.len() + self.chunk.skipped.len() >= PARAGRAPHS;
        if self.labelled < LABELLED && !many && self.bytes < BYTES {
            return Ok(false);
        }
        let next = Chunk {
            number: self.chunk.number + 1,
            ..Chunk::default()
        };
        self.labelled = 0;
        self.bytes = 0;
        full(std::mem::replace(&mut self.chunk, next))?;
        Ok(true)
    }
}

impl Head {
    fn bytes(&self) -> usize {
        let cells = self
            .columns
            .iter()
            .map(|(name, cell)| name.len() + cell.len());
        self.name.len() + self.title.as_ref().map_or(0, String::len) + cells.sum::<usize>()
    }
}

/// A table's columns with names that tell them apart: the second `x` is `x_2`.
pub fn distinct(columns: &[(String, String)]) -> impl Iterator<Item = (String, &str)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    columns.iter().map(move |(name, cell)| {
        let times = seen.entry(name).or_insert(0);
        *times += 1;
        let name = match times {
            1 => name.clone(),
            _ => format!("{name}_{times}"),
        };
        (name, cell.as_str())
    })
}
