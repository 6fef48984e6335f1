//! CSV as a double-click in Excel or LibreOffice opens it right: UTF-8 with a byte order mark, CRLF, RFC 4180 quoting,
//! and no cell that a spreadsheet could run as a formula.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};

use ::csv::{ByteRecord, QuoteStyle, Terminator, Writer, WriterBuilder};

use super::{Cell, Exporter, Sheet};

/// Begins a CSV file with its header.
pub(super) fn open<'f>(file: &'f File, sheet: &Sheet) -> io::Result<Box<dyn Exporter + 'f>> {
    delimited(file, sheet, sheet.delimiter)
}

/// Begins a tab-separated file with its header; quoted like the CSV.
pub(super) fn open_tabbed<'f>(file: &'f File, sheet: &Sheet) -> io::Result<Box<dyn Exporter + 'f>> {
    delimited(file, sheet, b'\t')
}

fn delimited<'f>(
    mut file: &'f File,
    sheet: &Sheet,
    delimiter: u8,
) -> io::Result<Box<dyn Exporter + 'f>> {
    if sheet.bom {
        file.write_all("\u{FEFF}".as_bytes())?;
    }
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(Terminator::CRLF)
        // LibreOffice's import splits at commas, semicolons and tabs at once unless told otherwise, so every text is
        // quoted, not only one that holds our own delimiter.
        .quote_style(QuoteStyle::NonNumeric)
        .buffer_capacity(1 << 16)
        .from_writer(file);
    let header = sheet
        .columns
        .iter()
        .map(|column| guard(&column.name).into_owned());
    writer.write_record(header).map_err(disk)?;
    Ok(Box::new(Csv {
        writer,
        record: ByteRecord::new(),
    }))
}

struct Csv<'f> {
    writer: Writer<&'f File>,
    record: ByteRecord,
}

impl Exporter for Csv<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.record.clear();
        for cell in cells {
            match cell {
                Cell::Empty => self.record.push_field(b""),
                Cell::Text(text) => self.record.push_field(guard(text).as_bytes()),
                Cell::Foreign(text) if is_negative_number(text) => {
                    self.record.push_field(text.as_bytes());
                }
                Cell::Foreign(text) => self.record.push_field(guard(text).as_bytes()),
                Cell::Integer(number) => self.record.push_field(number.to_string().as_bytes()),
                Cell::Decimal(number, decimals) => {
                    self.record
                        .push_field(format!("{number:.decimals$}").as_bytes());
                }
            }
        }
        self.writer.write_byte_record(&self.record).map_err(disk)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.writer.flush()
    }
}

/// What the disk said, with its kind: the crate's own conversion forgets that a disk is full.
fn disk(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Puts an apostrophe before text that a spreadsheet would take for a formula (OWASP, "CSV Injection"; ASVS 1.2.10).
///
/// The full-width forms are there because Excel in some locales reads them as the plain ones.
///
/// ```
/// use demarche::export::csv::guard;
/// assert_eq!(guard("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
/// assert_eq!(guard("Moscow = capital"), "Moscow = capital");
/// ```
pub fn guard(text: &str) -> Cow<'_, str> {
    const RUNS: [char; 12] = [
        '=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}',
    ];
    if text.starts_with(RUNS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// True for `-5` and `-0.25`: numbers, which cannot run, so that a table's own numbers stay numbers.
pub(super) fn is_negative_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else {
        return false;
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
