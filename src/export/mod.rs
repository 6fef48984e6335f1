//! The sheet: the one list of columns, and the formats it is written in.
//!
//! A format is a file beside this one and a line in [`FORMATS`]. Whatever it is, a file is written aside and renamed
//! when it is whole, so that OUT is never half of anything.

pub mod columns;
pub mod csv;
pub(crate) mod jsonl;
mod parquet;
pub mod run;
mod xlsx;

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::annotate::decide::Decider;
use crate::annotate::journal::write_failed;
use crate::annotate::labels::{Annotation, Scores, TargetScores};
use crate::annotate::plan::Head;
use crate::codebook::Codebook;
use crate::corpus::Paragraph;
use crate::error::{Error, Kind, Place, Result};
use columns::Column;

/// A row of the sheet, before it is cut into cells.
#[derive(Debug)]
pub struct Row<'a> {
    /// Its stable key.
    pub id: String,
    /// The document it comes from.
    pub document: &'a Head,
    /// The paragraph.
    pub paragraph: &'a Paragraph,
    /// Its labels; `None` for boilerplate and where labelling failed.
    pub labels: Option<RowLabels>,
    /// For the column `note`: why there are no labels.
    pub note: String,
    /// Whether it is of the random sample that speaks for the whole sheet.
    pub audit: bool,
}

/// What the model said of a row.
#[derive(Debug)]
pub struct RowLabels {
    /// The labels.
    pub annotation: Annotation,
    /// The probabilities behind them, frames and targets in the codebook's order.
    pub scores: Scores,
    /// Which targets are mentioned, in the codebook's order.
    pub mentioned: Vec<bool>,
    /// 1 = look at this row first.
    pub rank: u32,
}

impl RowLabels {
    /// What follows from the model's scores as they came.
    pub fn new(decider: &Decider, text: &str, scores: &Scores, rank: u32) -> RowLabels {
        let mentioned = |target: &Option<TargetScores>| {
            target.as_ref().is_some_and(|t| decider.is_mentioned(t))
        };
        RowLabels {
            annotation: decider.decide(text, scores),
            mentioned: scores.targets.iter().map(mentioned).collect(),
            scores: decider.in_codebook_order(scores),
            rank,
        }
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Unknown or not applicable.
    Empty,
    /// A word, a name, a paragraph: text that a spreadsheet must not run.
    Text(Cow<'a, str>),
    /// A cell of the user's own table, passed through.
    Foreign(Cow<'a, str>),
    /// A whole number.
    Integer(u64),
    /// A number from 0 to 1 and the decimals to write it with.
    Decimal(f32, usize),
}

/// What an exporter needs to know before the first row.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// The columns, in order.
    pub columns: &'a [Column],
    /// What the labels mean, for formats that tell it.
    pub codebook: &'a Codebook,
    /// Between the cells of delimited text.
    pub delimiter: u8,
    /// Whether text begins with a byte order mark, by which Excel knows UTF-8.
    pub bom: bool,
}

/// Writes one sheet in one format.
pub trait Exporter {
    /// Writes the next row: a cell a column, in their order.
    ///
    /// # Errors
    /// What the disk says.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;

    /// Whether the format has a place for what was set aside; it is not read again for one that has none.
    fn tells_set_aside(&self) -> bool {
        false
    }

    /// Takes a paragraph that was set aside.
    ///
    /// # Errors
    /// What the disk says.
    fn set_aside(&mut self, document: &Head, paragraph: &Paragraph) -> io::Result<()> {
        let _ = (document, paragraph);
        Ok(())
    }

    /// Writes what is left; the file is whole when this returns.
    ///
    /// # Errors
    /// What the disk says.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

type Open = for<'f> fn(&'f File, &Sheet) -> io::Result<Box<dyn Exporter + 'f>>;

/// A format, told by OUT's ending.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Without the dot, in small letters.
    pub ending: &'static str,
    /// What becomes of a text longer than an Excel cell, for the note that tells of it; `None` where nothing can.
    pub long_texts: Option<&'static str>,
    open: Open,
}

const MAY_BE_CUT: &str = "they stand whole in the output, but Excel may cut them";
const CUT: &str = "they are cut there, with a mark at the end; other formats hold them whole";

/// Every format that can be written.
pub const FORMATS: &[Format] = &[
    Format {
        ending: "csv",
        long_texts: Some(MAY_BE_CUT),
        open: csv::open,
    },
    Format {
        ending: "xlsx",
        long_texts: Some(CUT),
        open: xlsx::open,
    },
    Format {
        ending: "tsv",
        long_texts: Some(MAY_BE_CUT),
        open: csv::open_tabbed,
    },
    Format {
        ending: "jsonl",
        long_texts: None,
        open: jsonl::open,
    },
    Format {
        ending: "parquet",
        long_texts: None,
        open: parquet::open,
    },
];

/// A number as its decimals say, for formats that hold numbers.
fn rounded(number: f32, decimals: usize) -> f64 {
    let text = format!("{number:.decimals$}");
    // A number that was just written can be read.
    text.parse().unwrap_or(f64::from(number))
}

impl Format {
    /// The format that an output's ending asks for.
    ///
    /// # Errors
    /// [`Kind::Usage`] when none has this ending; the message lists those there are.
    pub fn of(output: &Path) -> Result<Format> {
        let ending = output
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase());
        let found = FORMATS.iter().find(|f| Some(f.ending) == ending.as_deref());
        found.copied().ok_or_else(|| {
            let known: Vec<String> = FORMATS.iter().map(|f| format!("`.{}`", f.ending)).collect();
            let message = match &ending {
                Some(ending) => format!("a sheet cannot be written as `.{ending}`"),
                None => "the output's name has no ending, so its format is not known".to_owned(),
            };
            let mut example = output.with_extension(FORMATS[0].ending);
            if example.file_name().is_none() {
                example = PathBuf::from("annotated.csv");
            }
            Error::new(Kind::Usage, message)
                .at(Place::file(output))
                .hint(format!(
                    "the output may end in {}; try `{}`",
                    known.join(", "),
                    example.display()
                ))
        })
    }

    /// Begins a sheet in a file.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open<'f>(&self, file: &'f File, sheet: &Sheet) -> io::Result<Box<dyn Exporter + 'f>> {
        (self.open)(file, sheet)
    }
}

/// Why a file could not be written: the disk, or what was to be written in it.
#[derive(Debug)]
pub enum Failure {
    /// What the disk says.
    Disk(io::Error),
    /// An error that knows its own place.
    Other(Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Disk(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Other(error)
    }
}

/// Writes a file aside, in the same folder, and renames it when it is whole and on the disk.
///
/// # Errors
/// What `write` gives, or [`Kind::Output`]; nothing is left then, and an older file of that name stays as it was.
pub fn write_whole(path: &Path, write: &mut dyn FnMut(&File) -> Result<(), Failure>) -> Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    let mut whole = || -> Result<(), Failure> {
        let file = File::create(&aside)?;
        write(&file)?;
        file.sync_all()?;
        Ok(std::fs::rename(&aside, path)?)
    };
    whole().map_err(|failure| {
        // It is of no use any more; that it may not be there is no second error.
        let _ = std::fs::remove_file(&aside);
        match failure {
            Failure::Disk(error) => write_failed("write the output", path, error),
            Failure::Other(error) => error,
        }
    })
}
