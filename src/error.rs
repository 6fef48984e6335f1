//! What can go wrong, said so that a tired analyst knows where, what, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// The library's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error is about; the binary turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An option or argument is wrong, or a path does not exist.
    Usage,
    /// An input file, row or cell cannot be read.
    Input,
    /// The codebook cannot be used.
    Codebook,
    /// The model folder, its weights or its base cannot be used.
    Model,
    /// The output, its journal or another file of ours cannot be written.
    Output,
    /// Gold or training data cannot be used.
    Data,
    /// The user pressed Ctrl-C; everything done so far is kept.
    Interrupted,
}

/// Where in a user's files something was found; every part may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Option<PathBuf>,
    /// The line of a text file, from 1.
    pub line: Option<u64>,
    /// The row as a spreadsheet counts it: the header is row 1.
    pub row: Option<u64>,
    /// The column's name.
    pub column: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Place {
            file: Some(path.as_ref().to_owned()),
            ..Place::default()
        }
    }

    /// The same place, at a line of the file (from 1).
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same place, at a row as a spreadsheet counts it (the header is row 1).
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same place, in a named column.
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some(file) = &self.file {
            parts.push(file.display().to_string());
        }
        if let Some(line) = self.line {
            parts.push(format!("line {line}"));
        }
        if let Some(row) = self.row {
            parts.push(format!("row {row}"));
        }
        if let Some(column) = &self.column {
            parts.push(format!("column `{column}`"));
        }
        f.write_str(&parts.join(", "))
    }
}

/// One error: its kind, place, message, advice and cause.
///
/// ```
/// use demarche::error::{Error, Kind, Place};
/// let error = Error::new(Kind::Input, "no column holds the text")
///     .at(Place::file("wire.csv").row(1))
///     .hint("name it with --text-column");
/// assert_eq!(error.to_string(), "wire.csv, row 1: no column holds the text");
/// assert_eq!(error.advice(), Some("name it with --text-column"));
/// ```
#[derive(Debug)]
pub struct Error(Box<Parts>);

/// Behind a box, so that a `Result` stays small.
#[derive(Debug)]
struct Parts {
    kind: Kind,
    place: Place,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

impl Error {
    /// An error with no place, advice or cause yet.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Parts {
            kind,
            place: Place::default(),
            message: message.into(),
            hint: None,
            source: None,
        }))
    }

    /// The operating system's complaint about a file.
    pub fn io(kind: Kind, doing: &str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Error::new(kind, format!("could not {doing}"))
            .at(Place::file(path))
            .because(source)
    }

    /// Says where.
    pub fn at(mut self, place: Place) -> Self {
        self.0.place = place;
        self
    }

    /// Says what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Keeps the cause.
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What it is about.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Where it was found.
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// What to do about it, if known.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The message and its causes in one line, for lists of skipped inputs and for notes.
    pub fn in_one_line(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.0.place.to_string();
        if place.is_empty() {
            f.write_str(&self.0.message)
        } else {
            write!(f, "{place}: {}", self.0.message)
        }
    }
}
