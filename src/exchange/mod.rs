//! In and out of the tools that people annotate with: a sheet → Label Studio, doccano, Hugging Face datasets; an
//! export of the first two → the sheet, corrected.
//!
//! [`label_studio`], [`doccano`] and `hugging_face` know the formats, `evidence` counts spans as the tools do, `gather`
//! reads what came back, `take` puts it into the sheet.

pub mod doccano;
mod evidence;
mod gather;
mod hugging_face;
pub mod label_studio;
mod take;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::codebook::Codebook;
use crate::error::{Error, Kind, Place, Result};
use crate::export::{Failure, write_whole};
use crate::review::sheet::{Row, Sheet, number};
use crate::review::values::LabelKind;
use crate::review::{Label, Reviewed, ReviewedRow, corrections};
use evidence::Piece;
pub use take::{Import, Imported, import};

/// Where a sheet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Label Studio: an interface and tasks with predictions.
    LabelStudio,
    /// doccano: examples and label types of an "Intent Detection and Slot Filling" project.
    Doccano,
    /// A folder that Hugging Face's `datasets` loads.
    HuggingFace,
}

/// What was written.
#[derive(Debug)]
pub struct Exported {
    /// The files.
    pub files: Vec<PathBuf>,
    /// How many rows are in them.
    pub rows: usize,
    /// Rows of the sheet that are not: without labels, without an id, doubled, or with another text than was labelled.
    pub left_out: usize,
    /// Evidence that the tool cannot hold; an import keeps it.
    pub evidence_left_out: usize,
}

/// Writes a sheet for a tool, into a folder that is made if need be; files of the same names there are replaced.
///
/// # Errors
/// Every cell of the sheet that cannot be accepted; [`Kind::Usage`] when the folder is a file or an output would be the
/// sheet itself; [`Kind::Output`].
pub fn export(
    sheet: &Path,
    tool: Tool,
    codebook: &Codebook,
    folder: &Path,
) -> Result<Exported, Vec<Error>> {
    let one = |error| vec![error];
    let sheet = Sheet::read(sheet).map_err(one)?;
    let reviewed = corrections::accept(&sheet)?;
    let out = Folder::new(folder, &sheet.path).map_err(one)?;
    let files = match tool {
        Tool::HuggingFace => hugging_face::write(&sheet, &reviewed, codebook, &out).map_err(one)?,
        Tool::LabelStudio | Tool::Doccano => {
            let items = Items::new(&sheet, &reviewed, tool == Tool::LabelStudio).map_err(one)?;
            let files = match tool {
                Tool::LabelStudio => label_studio::write(&items, codebook, &out),
                _ => doccano::write(&items, &out),
            };
            return Ok(Exported {
                files: files.map_err(one)?,
                rows: items.all.len(),
                left_out: sheet.rows.len() - items.all.len(),
                evidence_left_out: items.all.iter().map(|item| item.lost).sum(),
            });
        }
    };
    Ok(Exported {
        files,
        rows: sheet.rows.len(),
        left_out: 0,
        evidence_left_out: 0,
    })
}

/// The rows that a person can annotate, with all that a tool is told of them.
struct Items<'s> {
    labels: &'s [Label],
    all: Vec<Item<'s>>,
}

/// A row on its way out.
struct Item<'s> {
    row: &'s ReviewedRow,
    /// The paragraph.
    text: &'s str,
    paragraph: &'s str,
    confidence: Option<f64>,
    model: &'s str,
    /// Who read it.
    reviewed: &'s str,
    note: &'s str,
    evidence: Vec<Piece>,
    /// Evidence that cannot be told as spans.
    lost: usize,
}

impl<'s> Items<'s> {
    fn new(sheet: &'s Sheet, reviewed: &'s Reviewed, overlap: bool) -> Result<Self> {
        let rows = by_id(sheet)?;
        let keys = evidence_keys(&reviewed.labels);
        let all = reviewed.rows.iter().filter_map(|row| {
            let cells = rows.get(row.id.as_str())?;
            let cell = |name| sheet.column(name).map_or("", |at| cells.cell(at));
            let text = row.text.as_deref().unwrap_or_else(|| cell("text"));
            let (evidence, lost) = evidence::spans(text, cell("evidence"), &keys, overlap);
            Some(Item {
                row,
                text,
                paragraph: cell("paragraph"),
                confidence: number(cell("confidence")),
                model: cell("model"),
                reviewed: cell("reviewed"),
                note: cell("note"),
                evidence,
                lost: lost.len(),
            })
        });
        Ok(Items {
            all: all.collect(),
            labels: &reviewed.labels,
        })
    }
}

/// The first row of each id.
fn by_id(sheet: &Sheet) -> Result<std::collections::HashMap<&str, &Row>> {
    let id = sheet.needed("row_id")?;
    let rows = sheet.rows.iter().rev();
    Ok(rows.map(|row| (row.cell(id).trim(), row)).collect())
}

/// The labels that have evidence: frames and targets.
fn evidence_keys(labels: &[Label]) -> Vec<&str> {
    let cited = |label: &&Label| matches!(label.kind, LabelKind::Frame | LabelKind::Stance);
    let keys = labels.iter().filter(cited);
    keys.map(|label| label.column.as_str()).collect()
}

/// The labels of a sort.
fn of_kind(labels: &[Label], kind: LabelKind) -> impl Iterator<Item = (usize, &Label)> {
    let labels = labels.iter().enumerate();
    labels.filter(move |(_, label)| label.kind == kind)
}

/// The folder that an export is written into.
struct Folder<'f> {
    path: &'f Path,
    input: &'f Path,
}

impl<'f> Folder<'f> {
    fn new(path: &'f Path, input: &'f Path) -> Result<Self> {
        if path.exists() && !path.is_dir() {
            let error = Error::new(Kind::Usage, "the output is a file, and a folder is needed");
            return Err(error.at(Place::file(path)));
        }
        Ok(Folder { path, input })
    }

    /// The path of a file in it, its folder made.
    fn file(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(self.path);
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::io(Kind::Output, "make the folder", folder, e))?;
        if is_same(&path, self.input) {
            return Err(
                Error::new(Kind::Usage, "the output is also the input").at(Place::file(path))
            );
        }
        Ok(path)
    }

    /// Writes a file in it.
    fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.file(name)?;
        write_whole(&path, &mut |mut file| {
            file.write_all(content).map_err(Failure::from)
        })?;
        Ok(path)
    }
}

/// Whether two paths name the same file.
fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
