//! CSV and TSV rows → documents, one row at a time; which column holds what, for JSONL too.
//!
//! A row that cannot be read comes out as an error with its row (as a spreadsheet counts, the header being row 1)
//! or line, and the next row follows. Rows whose text cell is empty are such errors too, unless they have a title.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read};

use encoding_rs::Encoding;
use unicode_normalization::UnicodeNormalization;

use super::Document;
use super::decode;
use super::paragraphs::{self, Form};
use super::read::{InputFile, Options};
use super::records::{self, Records};
use crate::error::{Error, Kind, Place, Result};

/// How much of a table is looked at to find its delimiter or its fields.
pub(crate) const HEAD: u64 = 64 * 1024;

/// Column names that hold the text, the likeliest first.
const TEXT: [&str; 27] = [
    "text",
    "body",
    "content",
    "article",
    "paragraph",
    "full_text",
    "fulltext",
    "article_text",
    "article_body",
    "body_text",
    "content_text",
    "speech",
    "metin",
    "içerik",
    "icerik",
    "gövde",
    "govde",
    "haber_metni",
    "haber",
    "makale",
    "paragraf",
    "текст",
    "содержание",
    "статья",
    "абзац",
    "текст_статьи",
    "новость",
];

/// Column names that hold a row's id.
const ID: [&str; 12] = [
    "id",
    "doc_id",
    "docid",
    "document_id",
    "article_id",
    "text_id",
    "news_id",
    "haber_id",
    "makale_id",
    "kimlik",
    "идентификатор",
    "ид",
];

/// Column names that hold the title.
const TITLE: [&str; 8] = [
    "title",
    "headline",
    "heading",
    "başlık",
    "baslik",
    "manşet",
    "заголовок",
    "название",
];

pub(crate) type Rows = Box<dyn Iterator<Item = Result<Document>>>;

/// The rows of a CSV or TSV file; `delimiter` is `None` where it is to be found.
pub(crate) fn delimited(
    file: &InputFile,
    delimiter: Option<u8>,
    options: &Options,
) -> Result<Rows> {
    let delimiter = match delimiter {
        Some(delimiter) => Some(delimiter),
        None => records::delimiter(&head(file)?),
    };
    let reader = BufReader::new(open(file)?);
    let mut records = Records::new(reader, delimiter);
    let header = records.header().map_err(|error| file.unreadable(error))?;
    let Some(header) = header else {
        return Err(Error::new(Kind::Input, "the table is empty").at(file.place()));
    };
    let place = file.place().row(header.row);
    let encoding = decode::after_open(file.decoder);
    let names = header
        .fields
        .map_err(|fault| Error::new(Kind::Input, fault).at(place.clone()))?
        .iter()
        .map(|field| decode::decode(field, encoding))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|malformed| Error::new(Kind::Input, malformed.message).at(place.clone()))?;
    let columns = Columns::find(names, options, &place)?;
    Ok(Box::new(DelimitedRows {
        file: file.clone(),
        encoding,
        records: Some(records),
        columns,
    }))
}

struct DelimitedRows<R> {
    file: InputFile,
    encoding: &'static Encoding,
    /// `None` after a failure of the disk.
    records: Option<Records<R>>,
    columns: Columns,
}

impl<R: BufRead> Iterator for DelimitedRows<R> {
    type Item = Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.records.as_mut()?.next() {
            Ok(record) => record.map(|record| self.document(record)),
            Err(error) => {
                self.records = None;
                Some(Err(self.file.unreadable(error)))
            }
        }
    }
}

impl<R> DelimitedRows<R> {
    fn document(&self, record: records::Record) -> Result<Document> {
        let place = self.file.place().row(record.row);
        let fields = record.fields.map_err(|fault| {
            Error::new(Kind::Input, fault)
                .at(place.clone())
                .hint("a cell with the delimiter, a quotation mark or a line end in it is put in \"…\", its quotation marks doubled")
        })?;
        let mut cells = Vec::with_capacity(fields.len());
        for (name, field) in self.columns.names.iter().zip(&fields) {
            let cell = decode::decode(field, self.encoding).map_err(|malformed| {
                Error::new(Kind::Input, malformed.message)
                    .at(place.clone().column(name))
                    .hint(decode::HINT)
            })?;
            cells.push((name.clone(), cell));
        }
        let name = format!("{}:{}", self.file.name, record.row);
        self.columns.document(cells, name, place)
    }
}

/// Which column holds what.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) names: Vec<String>,
    pub(crate) text: usize,
    id: Option<usize>,
    title: Option<usize>,
}

impl Columns {
    pub(crate) fn find(names: Vec<String>, options: &Options, place: &Place) -> Result<Self> {
        let names = named_apart(names);
        let named = |option: &Option<String>, flag: &str, known: &[&str]| match option {
            Some(wanted) => position(&names, wanted)
                .map(Some)
                .ok_or_else(|| no_column(wanted, flag, &names, place)),
            None => Ok(known.iter().find_map(|name| position(&names, name))),
        };
        let text = named(&options.text_column, "--text-column", &TEXT)?;
        let id = named(&options.id_column, "--id-column", &ID)?;
        let title = named(&options.title_column, "--title-column", &TITLE)?;
        named(&options.date_column, "--date-column", &[])?;
        let Some(text) = text else {
            return Err(Error::new(
                Kind::Input,
                format!(
                    "no column is known to hold the text; the columns are {}",
                    listed(&names)
                ),
            )
            .at(place.clone())
            .hint("name it with --text-column"));
        };
        let other = |index: &usize| *index != text;
        Ok(Columns {
            text,
            id: id.filter(other),
            title: title.filter(other),
            names,
        })
    }

    pub(crate) fn document(
        &self,
        cells: Vec<(String, String)>,
        name: String,
        place: Place,
    ) -> Result<Document> {
        let is = |index: Option<usize>, name: &str| index.is_some_and(|i| self.names[i] == name);
        let (mut text, mut id, mut title) = (String::new(), String::new(), String::new());
        let mut columns = Vec::new();
        for (column, cell) in cells {
            if is(Some(self.text), &column) {
                text = cell;
            } else if is(self.id, &column) {
                id = cell.trim().to_owned();
            } else if is(self.title, &column) {
                title = cell;
            } else {
                columns.push((column, cell));
            }
        }
        let (title, paragraphs) = paragraphs::split(&text, Some(&title), Form::Cell);
        if paragraphs.is_empty() {
            let message = "the text cell is empty: no paragraph to label";
            return Err(Error::new(Kind::Input, message).at(place.column(&self.names[self.text])));
        }
        Ok(Document {
            name: if id.is_empty() { name } else { id },
            title,
            columns,
            paragraphs,
        })
    }
}

fn no_column(wanted: &str, flag: &str, names: &[String], place: &Place) -> Error {
    let message = format!("no column `{wanted}`; the columns are {}", listed(names));
    Error::new(Kind::Input, message)
        .at(place.clone())
        .hint(format!("give {flag} one of the table's columns"))
}

fn listed(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Columns without a name are called `column_3`, a second `date` becomes `date_2`: what is passed through must
/// have one name each.
fn named_apart(names: Vec<String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut apart = Vec::with_capacity(names.len());
    for (index, name) in names.into_iter().enumerate() {
        let name = match name.trim() {
            "" => format!("column_{}", index + 1),
            name => name.to_owned(),
        };
        let mut unique = name.clone();
        let mut count = 1;
        while !taken.insert(unique.clone()) {
            count += 1;
            unique = format!("{name}_{count}");
        }
        apart.push(unique);
    }
    apart
}

/// The column of this name: exactly so, else whatever its case.
fn position(names: &[String], wanted: &str) -> Option<usize> {
    let same = |name: &String| name.trim() == wanted;
    let alike = |name: &String| plain(name) == plain(wanted);
    names
        .iter()
        .position(same)
        .or_else(|| names.iter().position(alike))
}

/// A name without case, with `_` for spaces and hyphens. The dot that lower-casing `İ` leaves is dropped, and
/// `ı` is `i`: `İÇERİK`, `Içerik` and `içerik` are one word.
pub(crate) fn plain(name: &str) -> String {
    name.trim()
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|&c| c != '\u{307}')
        .map(|c| match c {
            'ı' => 'i',
            ' ' | '-' => '_',
            c => c,
        })
        .collect()
}

pub(crate) fn open(file: &InputFile) -> Result<Box<dyn Read>> {
    decode::open(&file.bytes_at, file.decoder).map_err(|error| file.unreadable(error))
}

fn head(file: &InputFile) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    open(file)?
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(|error| file.unreadable(error))?;
    Ok(head)
}
