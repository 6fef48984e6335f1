//! What is done already, so that a run that was killed goes on where it was.
//!
//! `OUT.journal` is the only file that is appended to. A line is the CRC-32 of its JSON in hexadecimal, a space and the
//! JSON. The first line is the [`Key`]; then comes the plan, a line a [`Chunk`] with everything the sheet needs beside
//! the scores, ended by a line of [`Totals`]; then a line a [`Batch`], in the order in which batches are scored. A line
//! that was torn by a kill, and whatever follows it, is cut off. The sheet is always written from the journal, so a
//! resumed run cannot differ from an unbroken one.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::labels::Scores;
use super::lines::{self, Lines};
use super::plan::{Chunk, Totals};
use crate::error::{Error, Kind, Place, Result};

/// Raised when the form of the lines changes.
const VERSION: u32 = 1;

/// What the model said of some paragraphs of a chunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// [`Chunk::number`].
    pub chunk: u64,
    /// From 0, in the chunk.
    pub batch: usize,
    /// Paragraphs labelled by it, repeats of its own counted.
    pub covers: u64,
    /// Places in [`Chunk::paragraphs`].
    pub paragraphs: Vec<usize>,
    /// One for each of them.
    pub outcomes: Vec<Outcome>,
}

/// What came of a paragraph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its scores.
    Scored(Scores),
    /// Why it could not be scored.
    Failed(String),
}

/// A line after the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Line {
    /// A part of the plan.
    Chunk(Chunk),
    /// The plan is whole.
    Planned(Totals),
    /// A batch is done.
    Batch(Batch),
}

#[derive(Serialize, Deserialize)]
struct First {
    journal: u32,
    key: Key,
}

/// What a journal held when it was opened.
#[derive(Debug, Default)]
pub struct Taken {
    /// The plan's totals, if the plan was whole.
    pub planned: Option<Totals>,
    /// The last chunk of which a batch is done; every chunk before it is done.
    pub chunk: u64,
    /// Paragraphs of that chunk that are done.
    pub done: HashSet<usize>,
    /// Paragraphs done in all.
    pub covered: u64,
    /// What was different in the run whose journal was thrown away; empty if none was.
    pub differences: Vec<&'static str>,
}

/// An open journal, to be appended to and read from its start.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: BufWriter<File>,
    /// Where the next line begins.
    at: u64,
    /// Where the first line ends.
    plan_at: u64,
    /// Where the plan ends, once it is whole.
    batches_at: u64,
}

impl Journal {
    /// The journal of an output.
    pub fn path_of(output: &Path) -> PathBuf {
        let mut path = output.as_os_str().to_owned();
        path.push(".journal");
        path.into()
    }

    /// Opens the journal, takes up what an earlier run with the same key left in it, and cuts off the rest.
    ///
    /// # Errors
    /// [`Kind::Output`] when it cannot be read or written, or a file of that name is no journal.
    pub fn open(path: &Path, key: &Key) -> Result<(Journal, Taken)> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|e| Error::io(Kind::Output, "write the journal", path, e).hint(WRITABLE))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            let error = Error::new(Kind::Output, "another run is writing this sheet right now");
            return Err(error
                .at(Place::file(path))
                .hint("wait for it, or give another output"));
        }
        let (end, mut taken, plan_at, batches_at) =
            Self::take_up(&file, path, key).map_err(|e| e.unwrap_or_read(path))?;
        let mut journal = Journal {
            path: path.to_owned(),
            file: BufWriter::new(file),
            at: 0,
            plan_at,
            batches_at,
        };
        journal.cut(end)?;
        journal.at = end;
        if plan_at == 0 {
            let first = First {
                journal: VERSION,
                key: key.clone(),
            };
            journal.plan_at = journal.write(&first)?;
            journal.flush()?;
        }
        if taken.planned.is_none() {
            taken.covered = 0;
        }
        Ok((journal, taken))
    }

    /// Reads what is there: where the good part ends, what it holds, where the plan and the batches begin.
    fn take_up(file: &File, path: &Path, key: &Key) -> Result<(u64, Taken, u64, u64), Fault> {
        let mut taken = Taken::default();
        let mut lines = Lines::new(file.try_clone()?, path);
        match first_line(&mut lines)? {
            None => return Ok((0, taken, 0, 0)),
            Some(first) if first.journal != VERSION || first.key != *key => {
                taken.differences = first.key.differences(key);
                if taken.differences.is_empty() {
                    taken.differences.push("demarche's version");
                }
                return Ok((0, taken, 0, 0));
            }
            Some(_) => {}
        }
        let plan_at = lines.at;
        let mut batches_at = 0;
        while let Some(json) = lines.next_json()? {
            if json.starts_with(b"{\"chunk\"") {
                continue;
            }
            match serde_json::from_slice(json) {
                Ok(Line::Planned(totals)) => {
                    taken.planned = Some(totals);
                    batches_at = lines.at;
                }
                Ok(Line::Batch(batch)) if taken.planned.is_some() => taken.add(&batch),
                _ => break,
            }
            lines.good = lines.at;
        }
        // Half a plan is of no use: which totals it would come to is not known.
        let end = if batches_at == 0 { plan_at } else { lines.good };
        Ok((end, taken, plan_at, batches_at))
    }

    /// Appends a line of the plan. [`Line::Planned`] ends it and is flushed.
    ///
    /// # Errors
    /// [`Kind::Output`]; what was written before stays.
    pub fn plan(&mut self, line: &Line) -> Result<()> {
        let at = self.write(line)?;
        if matches!(line, Line::Planned(_)) {
            self.batches_at = at;
            self.flush()?;
        }
        Ok(())
    }

    /// Appends a batch; when this returns, a kill can no longer take it away.
    ///
    /// # Errors
    /// [`Kind::Output`]; what was written before stays.
    pub fn batch(&mut self, batch: Batch) -> Result<()> {
        self.write(&Line::Batch(batch))?;
        self.flush()
    }

    /// Reads the plan from its start.
    ///
    /// # Errors
    /// [`Kind::Output`] when the file cannot be read.
    pub fn chunks(&self) -> Result<impl Iterator<Item = Result<Chunk>> + use<>> {
        let lines = Lines::from(&self.path, self.plan_at)?;
        Ok(lines.map_while(|line| match line {
            Ok(Line::Chunk(chunk)) => Some(Ok(chunk)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }))
    }

    /// Reads the batches from the first.
    ///
    /// # Errors
    /// [`Kind::Output`] when the file cannot be read.
    pub fn batches(&self) -> Result<impl Iterator<Item = Result<Batch>> + use<>> {
        let lines = Lines::from(&self.path, self.batches_at)?;
        Ok(lines.filter_map(|line| match line {
            Ok(Line::Batch(batch)) => Some(Ok(batch)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }))
    }

    /// Removes the file: the sheet is whole.
    ///
    /// # Errors
    /// [`Kind::Output`].
    pub fn remove(self) -> Result<()> {
        let Journal { path, file, .. } = self;
        // Closed before it is removed, which Windows asks for; what a BufWriter still holds is of no use any more.
        drop(file.into_parts());
        std::fs::remove_file(&path)
            .map_err(|e| Error::io(Kind::Output, "remove the journal", &path, e))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a line and tells where it ends.
    fn write(&mut self, line: &impl Serialize) -> Result<u64> {
        let json = serde_json::to_string(line).map_err(|e| self.failed(io::Error::other(e)))?;
        let line = lines::line(&json);
        self.file
            .write_all(line.as_bytes())
            .map_err(|e| self.failed(e))?;
        self.at += line.len() as u64;
        Ok(self.at)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|e| self.failed(e))
    }

    fn cut(&mut self, end: u64) -> Result<()> {
        let file = self.file.get_mut();
        file.set_len(end)
            .and_then(|()| file.seek(SeekFrom::Start(end)))
            .map(drop)
            .map_err(|e| self.failed(e))
    }

    fn failed(&self, error: io::Error) -> Error {
        write_failed("write the journal", &self.path, error)
    }
}

const WRITABLE: &str =
    "the journal lies beside the output: give an output in a folder that you may write to";

/// An error of the disk, with what to do about it.
pub(crate) fn write_failed(doing: &str, path: &Path, error: io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room and run the same command again: what is done is kept in the journal"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "give an output in a folder that you may write to"
        }
        _ => "run the same command again: what is done is kept in the journal",
    };
    Error::io(Kind::Output, doing, path, error).hint(hint)
}

impl Taken {
    fn add(&mut self, batch: &Batch) {
        if batch.chunk != self.chunk {
            self.chunk = batch.chunk;
            self.done.clear();
        }
        self.done.extend(&batch.paragraphs);
        self.covered += batch.covers;
    }
}

/// Why a journal cannot be taken up.
enum Fault {
    Disk(io::Error),
    Foreign(Box<Error>),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Disk(error)
    }
}

impl Fault {
    fn unwrap_or_read(self, path: &Path) -> Error {
        match self {
            Fault::Disk(error) => Error::io(Kind::Output, "read the journal", path, error),
            Fault::Foreign(error) => *error,
        }
    }
}

/// The key line; `None` if there is none or it was torn.
fn first_line(lines: &mut Lines) -> Result<Option<First>, Fault> {
    if let Some(json) = lines.next_json()? {
        if let Ok(first) = serde_json::from_slice::<First>(json) {
            lines.good = lines.at;
            return Ok(Some(first));
        }
    } else if lines.at == 0 && !lines.torn_is_foreign() {
        return Ok(None);
    }
    let error = Error::new(
        Kind::Output,
        "the output's journal would lie here, but this file is no journal of demarche",
    )
    .at(Place::file(&lines.path))
    .hint("move it away, or choose another output");
    Err(Fault::Foreign(Box::new(error)))
}
