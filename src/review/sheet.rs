//! A sheet as it comes back: CSV, TSV, Excel, LibreOffice, JSON lines or Parquet → header and rows of text.
//!
//! Whatever a spreadsheet does to a file when it saves it is undone here: other delimiters, encodings, line ends, decimal
//! commas, numbers for words. What the cells mean is for [`super::corrections`].

use std::io::BufReader;
use std::path::{Path, PathBuf};

use ::csv::StringRecord;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use calamine::{Data, Reader};
use serde_json::Value;

use crate::corpus::{decode, detect, records};
use crate::error::{Error, Kind, Place, Result};

/// A sheet: its header and its rows, every cell as text.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// The encoding of delimited text that has not every letter (`windows-1254`): what it lacks was saved as `?`.
    pub narrow: Option<&'static str>,
    /// The columns' names.
    pub header: Vec<String>,
    /// The rows, in the file's order.
    pub rows: Vec<Row>,
}

/// A row of a sheet.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its number as the spreadsheet counts it, the header being row 1; the line in a file without header.
    pub number: u64,
    cells: StringRecord,
}

impl Row {
    /// The cell of a column, by its place; empty where the row is shorter.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or("")
    }
}

/// The endings that are read, for messages.
pub const ENDINGS: &str = ".csv, .tsv, .txt, .xlsx, .xlsm, .xls, .ods, .jsonl and .parquet";

/// The name of the tab that `annotate` writes; another tab is taken where there is none of this name.
const TAB: &str = "annotations";

impl Sheet {
    /// Reads a sheet, the format by its ending.
    ///
    /// # Errors
    /// [`Kind::Input`] when the file cannot be read, has a broken record (every one is named in turn by the first), or
    /// has no header; [`Kind::Usage`] for an ending that is not read.
    pub fn read(path: &Path) -> Result<Sheet> {
        let ending = path
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let examined = detect::examine(path, false)
            .map_err(|e| Error::io(Kind::Input, "read the sheet", path, e))?;
        let mut narrow = None;
        let (header, rows) = match ending.as_str() {
            "csv" | "tsv" | "txt" | "tab" => {
                let encoding = examined.encoding;
                narrow = encoding.is_single_byte().then(|| encoding.name());
                delimited(path, encoding)?
            }
            "xlsx" | "xlsm" | "xlsb" | "xls" | "ods" => workbook(path)?,
            "jsonl" | "ndjson" => json_lines(path)?,
            "parquet" => parquet(path)?,
            _ => {
                return Err(
                    Error::new(Kind::Usage, "this ending is not that of a sheet")
                        .at(Place::file(path))
                        .hint(format!("a sheet ends in {ENDINGS}")),
                );
            }
        };
        Ok(Sheet {
            path: path.to_owned(),
            sha256: examined.sha256,
            narrow,
            header,
            rows,
        })
    }

    /// The place of a column, by its name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|n| n == name)
    }

    /// The place of a column that a sheet cannot do without.
    ///
    /// # Errors
    /// [`Kind::Input`] when it is not there.
    pub fn needed(&self, name: &str) -> Result<usize> {
        self.column(name).ok_or_else(|| {
            Error::new(
                Kind::Input,
                format!("there is no column `{name}`: this is no sheet of `demarche annotate`"),
            )
            .at(Place::file(&self.path).row(1))
            .hint("columns may be moved, hidden or added, but not renamed or taken away")
        })
    }

    /// A row of this sheet with its cells in the order of another header; empty where this sheet lacks a column.
    pub fn arranged(&self, row: &Row, header: &[String]) -> Row {
        let cell = |name: &String| self.column(name).map_or("", |column| row.cell(column));
        Row {
            number: row.number,
            cells: header.iter().map(cell).collect(),
        }
    }

    /// Where a row stands, for errors.
    pub fn place(&self, row: &Row) -> Place {
        Place::file(&self.path).row(row.number)
    }
}

type Table = (Vec<String>, Vec<Row>);

fn header(names: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    names
        .into_iter()
        .map(|name| name.as_ref().trim_matches(['\u{FEFF}', ' ']).to_owned())
        .collect()
}

fn empty(path: &Path) -> Error {
    Error::new(Kind::Input, "the sheet is empty").at(Place::file(path))
}

fn delimited(path: &Path, encoding: &'static encoding_rs::Encoding) -> Result<Table> {
    let unreadable = |e| Error::io(Kind::Input, "read the sheet", path, e);
    let open = || decode::open(path, encoding).map_err(unreadable);
    let head = {
        use std::io::Read as _;
        let mut head = Vec::new();
        open()?
            .take(256 * 1024)
            .read_to_end(&mut head)
            .map_err(unreadable)?;
        head
    };
    let delimiter = records::delimiter(&head);
    let encoding = decode::after_open(encoding);
    let mut records = records::Records::new(BufReader::new(open()?), delimiter);
    let text = |record: records::Record| -> Result<(u64, StringRecord)> {
        let place = Place::file(path).row(record.row);
        let fields = record
            .fields
            .map_err(|fault| Error::new(Kind::Input, fault).at(place.clone()))?;
        let cells = fields.iter().map(|field| {
            decode::decode(field, encoding)
                .map_err(|bad| Error::new(Kind::Input, bad.message).at(place.clone()))
        });
        Ok((record.row, cells.collect::<Result<StringRecord>>()?))
    };
    let first = records.header().map_err(unreadable)?;
    let (_, names) = text(first.ok_or_else(|| empty(path))?)?;
    let mut rows = Vec::new();
    while let Some(record) = records.next().map_err(unreadable)? {
        let (number, cells) = text(record)?;
        rows.push(Row { number, cells });
    }
    Ok((header(&names), rows))
}

fn workbook(path: &Path) -> Result<Table> {
    let broken = |e: calamine::Error| {
        Error::new(Kind::Input, "could not read the workbook")
            .at(Place::file(path))
            .because(e)
    };
    let mut book = calamine::open_workbook_auto(path).map_err(broken)?;
    let mut tabs = book.sheet_names();
    // The tab that was written, else the first one that has our header.
    tabs.sort_by_key(|name| name != TAB);
    for tab in tabs {
        let range = book.worksheet_range(&tab).map_err(broken)?;
        let above = range.start().map_or(0, |(row, _)| u64::from(row));
        let mut lines = range.rows();
        let Some(names) = lines.next() else { continue };
        let names = header(names.iter().map(cell));
        if tab != TAB && !names.iter().any(|name| name == "row_id") {
            continue;
        }
        let rows = lines.zip(above + 2..).filter_map(|(cells, number)| {
            let cells: StringRecord = cells.iter().map(cell).collect();
            (!cells.iter().all(str::is_empty)).then_some(Row { number, cells })
        });
        return Ok((names, rows.collect()));
    }
    Err(
        Error::new(Kind::Input, "no tab of this workbook has a column `row_id`")
            .at(Place::file(path))
            .hint("give the workbook that `demarche annotate` wrote, as your spreadsheet saved it"),
    )
}

/// A spreadsheet's cell as the text that CSV would have.
fn cell(data: &Data) -> String {
    match data {
        Data::Empty => String::new(),
        // Excel keeps a carriage return in a cell as an escape.
        Data::String(text) => text.replace("_x000D_", "\r"),
        Data::Bool(true) => "TRUE".to_owned(),
        Data::Bool(false) => "FALSE".to_owned(),
        other => other.to_string(),
    }
}

fn json_lines(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::io(Kind::Input, "read the sheet", path, e))?;
    let mut names: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    let text = text.trim_start_matches('\u{FEFF}');
    for (line, number) in text.lines().zip(1u64..) {
        if line.trim().is_empty() {
            continue;
        }
        let object: serde_json::Map<String, Value> = serde_json::from_str(line).map_err(|e| {
            Error::new(Kind::Input, "the line is no JSON object")
                .at(Place::file(path).line(number))
                .because(e)
        })?;
        for name in object.keys() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let cells = names.iter().map(|name| match object.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        });
        rows.push(Row {
            number,
            cells: cells.collect(),
        });
    }
    match names.is_empty() {
        true => Err(empty(path)),
        false => Ok((names, rows)),
    }
}

fn parquet(path: &Path) -> Result<Table> {
    let broken = |e: ::parquet::errors::ParquetError| {
        Error::new(Kind::Input, "could not read the Parquet file")
            .at(Place::file(path))
            .because(e)
    };
    let file =
        std::fs::File::open(path).map_err(|e| Error::io(Kind::Input, "read the sheet", path, e))?;
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema();
    let names = header(schema.get_fields().iter().map(|field| field.name()));
    let mut rows = Vec::new();
    for (row, number) in reader.get_row_iter(None).map_err(broken)?.zip(2u64..) {
        let row = row.map_err(broken)?;
        let cells = row.get_column_iter().map(|(_, field)| match field {
            Field::Null => String::new(),
            Field::Str(text) => text.clone(),
            other => other.to_string(),
        });
        rows.push(Row {
            number,
            cells: cells.collect(),
        });
    }
    Ok((names, rows))
}

/// A number as a spreadsheet of any locale writes it: `0.83`, `0,83`, `1`.
///
/// ```
/// use demarche::review::sheet::number;
/// assert_eq!(number("0,83"), Some(0.83));
/// assert_eq!(number(" 12 "), Some(12.0));
/// assert_eq!(number("twelve"), None);
/// ```
pub fn number(text: &str) -> Option<f64> {
    text.trim()
        .replace(',', ".")
        .parse()
        .ok()
        .filter(|n: &f64| n.is_finite())
}
