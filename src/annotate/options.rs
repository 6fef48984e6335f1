//! What a run is asked for, and what came of it.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::audit::Audit;
use super::plan::Skipped;
use crate::codebook::Codebook;
use crate::corpus::{self, Corpus};
use crate::error::{Error, Kind, Place, Result};
use crate::export::Format;

/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files, folders, `-` for standard input.
    pub inputs: Vec<PathBuf>,
    /// The sheet; its ending decides its format.
    pub output: PathBuf,
    /// The labels and targets.
    pub codebook: Codebook,
    /// The model's folder ([`crate::model::store::model_folder`] finds one by its name).
    pub model: PathBuf,
    /// How inputs are read.
    pub corpus: corpus::Options,
    /// Whether set-aside paragraphs stand in the sheet as rows without labels.
    pub keep_boilerplate: bool,
    /// Word pieces in one batch, padding counted.
    pub max_batch_tokens: usize,
    /// Threads of the encoder; libtorch's own choice if `None`.
    pub threads: Option<usize>,
    /// Between the cells of a `.csv`.
    pub delimiter: u8,
    /// Whether a `.csv` begins with a byte order mark.
    pub bom: bool,
    /// The random sample that the column `audit` marks.
    pub audit: Audit,
}

impl Options {
    /// Word pieces in one batch unless another number is asked for.
    pub const MAX_BATCH_TOKENS: usize = 1024;

    /// Options that are as the command line has them when nothing is said.
    pub fn new(inputs: Vec<PathBuf>, output: PathBuf, model: PathBuf) -> Options {
        Options {
            inputs,
            output,
            codebook: Codebook::built_in(),
            model,
            corpus: corpus::Options::default(),
            keep_boilerplate: false,
            max_batch_tokens: Self::MAX_BATCH_TOKENS,
            threads: None,
            delimiter: b',',
            bom: true,
            audit: Audit::default(),
        }
    }

    /// The output's format, if the options make sense; nothing is read or written yet.
    ///
    /// # Errors
    /// [`Kind::Usage`].
    pub fn check(&self) -> Result<Format> {
        let format = Format::of(&self.output)?;
        let output = || Place::file(&self.output);
        if self.output.is_dir() {
            return Err(
                Error::new(Kind::Usage, "the output is a folder, not a file")
                    .at(output())
                    .hint(format!(
                        "name a file in it: `{}`",
                        self.output.join("annotated.csv").display()
                    )),
            );
        }
        let folder = folder_of(&self.output);
        if !folder.is_dir() {
            return Err(
                Error::new(Kind::Usage, "the output's folder does not exist")
                    .at(output())
                    .hint(format!("make it first: mkdir -p \"{}\"", folder.display())),
            );
        }
        if self.max_batch_tokens == 0 || self.threads == Some(0) {
            return Err(Error::new(
                Kind::Usage,
                "batch size and threads must be at least 1",
            ));
        }
        if matches!(self.delimiter, b'"' | b'\r' | b'\n') || !self.delimiter.is_ascii() {
            return Err(
                Error::new(Kind::Usage, "this character cannot stand between cells")
                    .hint("a comma, a semicolon or a tab can"),
            );
        }
        Ok(format)
    }

    /// Refuses an output that would take the place of what is read.
    pub(super) fn output_is_no_input(&self, corpus: &Corpus) -> Result<()> {
        let Ok(output) = self.output.canonicalize() else {
            return Ok(());
        };
        let same = |path: &Path| path.canonicalize().is_ok_and(|path| path == output);
        if !corpus.files().iter().any(|file| same(&file.path)) {
            return Ok(());
        }
        Err(Error::new(Kind::Usage, "the output is also an input")
            .at(Place::file(&self.output))
            .hint("give an output of another name; a sheet of an earlier run is best kept outside the folder that is read"))
    }
}

/// The folder of a file, `.` if it is named without one.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What came of a run: `paragraphs` = `labelled` + `set_aside` + `failed`, always.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Documents read.
    pub documents: u64,
    /// Paragraphs in them.
    pub paragraphs: u64,
    /// Paragraphs with labels.
    pub labelled: u64,
    /// Paragraphs set aside as boilerplate.
    pub set_aside: u64,
    /// Paragraphs that could not be labelled; the note in their rows says why.
    pub failed: u64,
    /// Files and rows that could not be read.
    pub skipped_total: u64,
    /// The first hundred of them; `OUT.run.json` has all.
    pub skipped: Vec<Skipped>,
    /// Paragraphs that an earlier, broken run had done.
    pub resumed_from: u64,
    /// Time taken, without the earlier run.
    pub seconds: f64,
}

impl Summary {
    /// Paragraphs that this run scored, by the time it took; 0 if it scored none.
    pub fn paragraphs_per_second(&self) -> f64 {
        let scored = (self.labelled + self.failed).saturating_sub(self.resumed_from);
        if scored == 0 {
            0.0
        } else {
            scored as f64 / self.seconds.max(1e-3)
        }
    }
}
