//! Files and folders → documents, in a fixed order, one document at a time.
//!
//! [`Corpus::open`] finds the files and looks each through once (size, SHA-256, encoding); [`Corpus::documents`]
//! reads them. What a folder holds beside readable files is told by [`Corpus::ignored`]; what cannot be read comes
//! out of the iterator as an error, in its turn, and the next file or row follows.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use tempfile::TempPath;

use super::find::{self, Found};
use super::paragraphs::{self, Form};
use super::{Document, decode, detect, jsonl, page, table};
use crate::error::{Error, Kind, Place, Result};

/// How inputs are read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The column of a table that holds the text; found by its name if `None`.
    pub text_column: Option<String>,
    /// The column whose value names the document; found by its name if `None`.
    pub id_column: Option<String>,
    /// The column that holds the title; found by its name if `None`.
    pub title_column: Option<String>,
    /// A column that must be there. Dates are passed through in [`Document::columns`] like any other column.
    pub date_column: Option<String>,
    /// Where standard input is kept while it is read (and left, so that a run can be resumed); a temporary file,
    /// removed with the [`Corpus`], if `None`.
    pub spool: Option<PathBuf>,
}

/// How a file is read, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Markdown,
    Html,
    Csv,
    Tsv,
    JsonLines,
}

impl Format {
    /// The endings that are read, for messages.
    pub(crate) const ENDINGS: &str =
        ".txt, .md, .markdown, .html, .htm, .csv, .tsv, .jsonl and .ndjson";

    pub(crate) fn of(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "txt" => Format::Text,
            "md" | "markdown" => Format::Markdown,
            "html" | "htm" => Format::Html,
            "csv" => Format::Csv,
            "tsv" => Format::Tsv,
            "jsonl" | "ndjson" => Format::JsonLines,
            _ => return None,
        })
    }
}

/// One file of the inputs.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// The file, as it was given or found; `-` for standard input.
    pub path: PathBuf,
    /// Its name in document names: relative to the input given, with `/`; `stdin` for standard input.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal; empty if the file could not be read.
    pub sha256: String,
    /// The encoding it is read in, as found: `UTF-8`, `UTF-16LE`, `windows-1254`, ….
    pub encoding: &'static str,
    /// Where the bytes lie: `path`, or the file that keeps standard input.
    pub(crate) bytes_at: PathBuf,
    pub(crate) decoder: &'static Encoding,
    /// How to read it, or why it is not read.
    pub(crate) format: Result<Format, String>,
}

impl InputFile {
    pub(crate) fn place(&self) -> Place {
        if self.path == Path::new("-") {
            Place::file("standard input")
        } else {
            Place::file(&self.path)
        }
    }

    pub(crate) fn unreadable(&self, error: io::Error) -> Error {
        Error::new(Kind::Input, "could not read it")
            .at(self.place())
            .because(error)
    }

    fn examine(found: Found) -> InputFile {
        let mut file = InputFile {
            path: found.path,
            name: found.name,
            bytes: 0,
            sha256: String::new(),
            bytes_at: found.bytes_at,
            encoding: encoding_rs::UTF_8.name(),
            decoder: encoding_rs::UTF_8,
            format: found.format,
        };
        match detect::examine(&file.bytes_at, file.format == Ok(Format::Html)) {
            Ok(examined) => {
                file.bytes = examined.bytes;
                file.sha256 = examined.sha256;
                file.encoding = examined.encoding.name();
                file.decoder = examined.encoding;
            }
            Err(error) => file.format = Err(format!("could not read it: {error}")),
        }
        file
    }
}

/// Something in a folder that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The file or folder.
    pub path: PathBuf,
    /// Why it is passed over, as in `hidden` or `.docx is not read`.
    pub why: String,
}

/// The inputs, found and looked through, ready to be read (as often as wanted).
#[derive(Debug)]
pub struct Corpus {
    files: Vec<InputFile>,
    ignored: Vec<Ignored>,
    options: Options,
    /// Keeps the copy of standard input until the corpus goes.
    _stdin: Option<TempPath>,
}

impl Corpus {
    /// Finds the files of `inputs`, in the order given and folders by path bytes, and looks each through once.
    ///
    /// `-` is standard input: a page if it begins like HTML, JSONL if its first lines are JSON objects, else text.
    /// A file that comes twice is taken once. A file named here whose ending is not read, or that cannot be opened,
    /// is an error of [`Corpus::documents`], so that the others are not lost.
    ///
    /// # Errors
    /// [`Kind::Usage`] if a path does not exist or none is given; [`Kind::Input`] if nothing can be read.
    ///
    /// ```
    /// use demarche::corpus::{Corpus, Options, ParagraphKind};
    /// let folder = tempfile::tempdir()?;
    /// let file = folder.path().join("talks.txt");
    /// std::fs::write(&file, "Talks resume\n\nBoth sides said that they would meet again in May.\n")?;
    /// let corpus = Corpus::open(&[file], &Options::default())?;
    /// let documents = corpus.documents().collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(documents[0].name, "talks.txt");
    /// assert_eq!(documents[0].title.as_deref(), Some("Talks resume"));
    /// assert_eq!(documents[0].paragraphs[1].kind, ParagraphKind::Body);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(inputs: &[PathBuf], options: &Options) -> Result<Corpus> {
        Corpus::open_with(inputs, options, io::stdin())
    }

    /// As [`Corpus::open`], with another reader in place of standard input.
    ///
    /// # Errors
    /// As [`Corpus::open`].
    pub fn open_with(inputs: &[PathBuf], options: &Options, stdin: impl Read) -> Result<Corpus> {
        let mut finding = find::Finding::default();
        finding.find(inputs, options.spool.as_deref(), stdin)?;
        let (found, ignored, stdin) = finding.conclude(inputs)?;
        let files: Vec<_> = found.into_iter().map(InputFile::examine).collect();
        if files.len() == 1
            && let [file] = files.as_slice()
            && let Err(why) = &file.format
        {
            return Err(not_read(file, why));
        }
        Ok(Corpus {
            files,
            ignored,
            options: options.clone(),
            _stdin: stdin,
        })
    }

    /// The files, in the order in which they are read.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// What the folders hold that is not read: hidden files and folders, our own outputs, other endings, links.
    pub fn ignored(&self) -> &[Ignored] {
        &self.ignored
    }

    /// Reads the documents, one at a time: a text, Markdown or HTML file is one, a table's row is one.
    ///
    /// A file or row that cannot be read is an [`Err`] with its place; the next one follows.
    pub fn documents(&self) -> impl Iterator<Item = Result<Document>> + '_ {
        self.files.iter().flat_map(|file| self.read(file))
    }

    fn read(&self, file: &InputFile) -> Box<dyn Iterator<Item = Result<Document>>> {
        let one = |document: Result<Document>| -> Result<Box<dyn Iterator<Item = _>>> {
            Ok(Box::new(std::iter::once(document)))
        };
        let documents = match &file.format {
            Err(why) => Err(not_read(file, why)),
            Ok(Format::Text) => one(text(file, Form::Text)),
            Ok(Format::Markdown) => one(text(file, Form::Markdown)),
            Ok(Format::Html) => one(page(file)),
            Ok(Format::Csv) => table::delimited(file, None, &self.options),
            Ok(Format::Tsv) => table::delimited(file, Some(b'\t'), &self.options),
            Ok(Format::JsonLines) => jsonl::rows(file, &self.options),
        };
        documents.unwrap_or_else(|error| Box::new(std::iter::once(Err(error))))
    }
}

fn not_read(file: &InputFile, why: &str) -> Error {
    let error = Error::new(Kind::Input, why).at(file.place());
    if file.sha256.is_empty() {
        error
    } else {
        error.hint(format!("files that end in {} are read", Format::ENDINGS))
    }
}

/// The decoded text of a whole file.
fn contents(file: &InputFile) -> Result<String> {
    let bytes = std::fs::read(&file.bytes_at).map_err(|error| file.unreadable(error))?;
    decode::decode(&bytes, file.decoder).map_err(|malformed| {
        let before = &bytes[..malformed.offset.min(bytes.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        let message = format!("{} (at offset {})", malformed.message, malformed.offset);
        Error::new(Kind::Input, message)
            .at(file.place().line(line))
            .hint(decode::HINT)
    })
}

fn text(file: &InputFile, form: Form) -> Result<Document> {
    let (title, paragraphs) = paragraphs::split(&contents(file)?, None, form);
    if paragraphs.is_empty() {
        return Err(Error::new(Kind::Input, "the file is empty").at(file.place()));
    }
    Ok(Document {
        name: file.name.clone(),
        title,
        columns: Vec::new(),
        paragraphs,
    })
}

fn page(file: &InputFile) -> Result<Document> {
    let page = page::read(&contents(file)?).ok_or_else(|| {
        Error::new(Kind::Input, "no article was found in this page")
            .at(file.place())
            .hint("copy the article's text into a .txt file; pages drawn by scripts hold no text until a browser runs them")
    })?;
    let (title, paragraphs) = paragraphs::of_page(page);
    Ok(Document {
        name: file.name.clone(),
        title,
        columns: Vec::new(),
        paragraphs,
    })
}
