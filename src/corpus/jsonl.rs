//! JSONL rows → documents, one line at a time.
//!
//! A line that is no JSON object, or has no text, comes out as an error with its number, and the next line follows.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};

use encoding_rs::Encoding;
use serde_json::{Map, Value};

use super::read::{InputFile, Options};
use super::table::{Columns, HEAD, Rows, open};
use super::{Document, decode};
use crate::error::{Error, Kind, Place, Result};

/// What to do about a line that is no object.
const HINT: &str =
    "a .jsonl file holds one object a line, such as {\"id\": \"a1\", \"text\": \"…\"}";

/// The rows of a JSONL file: one JSON object a line.
pub(crate) fn rows(file: &InputFile, options: &Options) -> Result<Rows> {
    let columns = Columns::find(json_fields(file)?, options, &file.place())?;
    Ok(Box::new(JsonRows {
        file: file.clone(),
        encoding: decode::after_open(file.decoder),
        reader: Some(BufReader::new(open(file)?)),
        line: 0,
        columns,
    }))
}

struct JsonRows<R> {
    file: InputFile,
    encoding: &'static Encoding,
    reader: Option<R>,
    line: u64,
    columns: Columns,
}

impl<R: BufRead> Iterator for JsonRows<R> {
    type Item = Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        loop {
            line.clear();
            match self.reader.as_mut()?.read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => self.line += 1,
                Err(error) => {
                    self.reader = None;
                    return Some(Err(self.file.unreadable(error)));
                }
            }
            if !line.trim_ascii().is_empty() {
                return Some(self.document(&line));
            }
        }
    }
}

impl<R> JsonRows<R> {
    fn document(&self, line: &[u8]) -> Result<Document> {
        let place = self.file.place().line(self.line);
        let text = decode::decode(line, self.encoding).map_err(|malformed| {
            Error::new(Kind::Input, malformed.message)
                .at(place.clone())
                .hint(decode::HINT)
        })?;
        let object = object(&text, &place)?;
        let name = format!("{}:{}", self.file.name, self.line);
        document(&self.columns, object, name, place)
    }
}

/// The object of a line.
pub(crate) fn object(line: &str, place: &Place) -> Result<Map<String, Value>> {
    serde_json::from_str(line).map_err(|error| {
        Error::new(
            Kind::Input,
            format!("not a JSON object: {}", without_line(&error)),
        )
        .at(place.clone())
        .hint(HINT)
    })
}

/// The document of an object; `name` is its name where it has no id.
pub(crate) fn document(
    columns: &Columns,
    object: Map<String, Value>,
    name: String,
    place: Place,
) -> Result<Document> {
    let is_text = |name: &str| name == columns.names[columns.text];
    let mut cells = Vec::with_capacity(object.len());
    for (name, value) in object {
        let cell = match value {
            Value::String(cell) => cell,
            Value::Null => String::new(),
            _ if is_text(&name) => {
                return Err(
                    Error::new(Kind::Input, "the text is not a JSON string").at(place.column(name))
                );
            }
            other => other.to_string(),
        };
        cells.push((name, cell));
    }
    if !cells.iter().any(|(name, _)| is_text(name)) {
        let found: Vec<_> = cells.iter().map(|(name, _)| format!("`{name}`")).collect();
        let text = &columns.names[columns.text];
        let message = format!("no field `{text}`; this line has {}", found.join(", "));
        return Err(Error::new(Kind::Input, message).at(place));
    }
    columns.document(cells, name, place)
}

/// serde_json's complaint; of its `at line 1 column 12` only the column means something in a file of many lines.
fn without_line(error: &serde_json::Error) -> String {
    error
        .to_string()
        .replace("at line 1 column", "at character")
}

/// The fields of the first lines together, in the order in which they first come.
fn json_fields(file: &InputFile) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    let mut reader = BufReader::new(open(file)?);
    let (mut read, mut any) = (0, false);
    let mut line = Vec::new();
    while read < HEAD {
        line.clear();
        let count = reader
            .read_until(b'\n', &mut line)
            .map_err(|error| file.unreadable(error))?;
        if count == 0 {
            break;
        }
        read += count as u64;
        any |= !line.trim_ascii().is_empty();
        let Ok(text) = decode::decode(&line, decode::after_open(file.decoder)) else {
            continue;
        };
        let Ok(object) = serde_json::from_str::<Map<String, Value>>(&text) else {
            continue;
        };
        names.extend(
            object
                .into_iter()
                .map(|(name, _)| name)
                .filter(|name| seen.insert(name.clone())),
        );
    }
    match (names.is_empty(), any) {
        (false, _) => Ok(names),
        (true, true) => Err(
            Error::new(Kind::Input, "no line is a JSON object with fields")
                .at(file.place())
                .hint(HINT),
        ),
        (true, false) => Err(Error::new(Kind::Input, "the file is empty").at(file.place())),
    }
}
