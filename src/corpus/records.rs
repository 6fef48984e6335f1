//! The records of a delimited table, one at a time, each with its row as a spreadsheet counts it.
//!
//! The csv crate is made to get through a file somehow: a quote that is never closed swallows every row after it,
//! and empty lines are not counted. Here a broken record costs that record alone: reading goes on at the next line
//! that is a whole record by itself, and the row given is the one that Excel shows.

use std::collections::VecDeque;
use std::io::{self, BufRead};

/// A cell that is longer than this has lost its closing quote.
const LONGEST_RECORD: usize = 4 * 1024 * 1024;

/// One record, its fields still in the file's encoding.
pub(crate) struct Record {
    /// From 1, the header being row 1.
    pub row: u64,
    /// The fields, or what is wrong with the record.
    pub fields: Result<Vec<Vec<u8>>, String>,
}

/// Reads records; after the header it holds every record to the header's number of fields.
pub(crate) struct Records<R> {
    reader: R,
    /// Lines read ahead and given back.
    ahead: VecDeque<Vec<u8>>,
    /// `None`: a table of one column, whose lines are not cut.
    delimiter: Option<u8>,
    row: u64,
    expected: Option<usize>,
}

impl<R: BufRead> Records<R> {
    pub(crate) fn new(reader: R, delimiter: Option<u8>) -> Self {
        Records {
            reader,
            ahead: VecDeque::new(),
            delimiter,
            row: 0,
            expected: None,
        }
    }

    /// The first record; a `sep=;` line before it is passed over, as Excel does.
    pub(crate) fn header(&mut self) -> io::Result<Option<Record>> {
        if let Some(line) = self.line()?
            && separator(&line).is_none()
        {
            self.ahead.push_front(line);
        }
        let header = self.next()?;
        if let Some(Ok(fields)) = header.as_ref().map(|record| &record.fields) {
            self.expected = Some(fields.len());
        }
        Ok(header)
    }

    /// The next record that is not empty; empty ones count as rows.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        while let Some(first) = self.line()? {
            self.row += 1;
            if is_blank(&first) {
                continue;
            }
            let fields = self.record(first)?;
            if matches!(&fields, Ok(fields) if fields.iter().all(Vec::is_empty)) {
                continue;
            }
            return Ok(Some(Record {
                row: self.row,
                fields,
            }));
        }
        Ok(None)
    }

    fn record(&mut self, first: Vec<u8>) -> io::Result<Result<Vec<Vec<u8>>, String>> {
        let mut lines = vec![first];
        let mut bytes = lines[0].clone();
        let mut closes = true;
        loop {
            let read = if closes {
                self.fits(fields(&bytes, self.delimiter))
            } else {
                Err(Fault::Open)
            };
            match read {
                Ok(fields) => return Ok(Ok(fields)),
                Err(Fault::Open) if bytes.len() <= LONGEST_RECORD => match self.line()? {
                    Some(line) => {
                        bytes.extend_from_slice(&line);
                        // Without a quote in it the cell stays open: don't read a long cell anew for each line.
                        closes = line.contains(&b'"');
                        lines.push(line);
                    }
                    None => return Ok(self.give_up(lines, Fault::Open)),
                },
                Err(fault) => return Ok(self.give_up(lines, fault)),
            }
        }
    }

    fn fits(&self, fields: Result<Vec<Vec<u8>>, Fault>) -> Result<Vec<Vec<u8>>, Fault> {
        let fields = fields?;
        match self.expected {
            Some(expected) if fields.len() != expected => Err(Fault::Count(fields.len(), expected)),
            _ => Ok(fields),
        }
    }

    /// The fields of a broken record after all, or why there are none; gives back the lines that are not its own.
    fn give_up(&mut self, mut lines: Vec<Vec<u8>>, fault: Fault) -> Result<Vec<Vec<u8>>, String> {
        // Tab-separated files are often written without any quoting: a quote is then a quote.
        let literal = literal(&lines[0], self.delimiter);
        let whole_by_itself = |line: &Vec<u8>| {
            self.expected.is_some_and(|n| n > 1) && self.fits(fields(line, self.delimiter)).is_ok()
        };
        let next = (1..lines.len()).find(|&i| whole_by_itself(&lines[i]));
        let own = match fault {
            _ if literal.len() == self.expected.unwrap_or(0) && literal.len() > 1 => 1,
            Fault::Count(..) => next.unwrap_or(lines.len()),
            _ => next.unwrap_or(1),
        };
        for line in lines.drain(own..).rev() {
            self.ahead.push_front(line);
        }
        if literal.len() == self.expected.unwrap_or(0) && literal.len() > 1 {
            return Ok(literal);
        }
        Err(fault.message())
    }

    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.ahead.pop_front() {
            return Ok(Some(line));
        }
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line)?;
        Ok((!line.is_empty()).then_some(line))
    }
}

/// What is wrong with a record.
enum Fault {
    /// A quote is open at the end.
    Open,
    /// Something stands between a closing quote and the next delimiter.
    AfterQuote,
    /// This many fields, and how many the header has.
    Count(usize, usize),
}

impl Fault {
    fn message(&self) -> String {
        match self {
            Fault::Open => "a quotation mark opens a cell and none closes it".to_owned(),
            Fault::AfterQuote => {
                "broken quoting: text follows the quotation mark that closes a cell".to_owned()
            }
            Fault::Count(found, expected) => {
                let plural = if *found == 1 { "" } else { "s" };
                format!("{found} field{plural} where the header has {expected}")
            }
        }
    }
}

/// Cuts one record (RFC 4180; a quote inside an unquoted field is an ordinary character).
fn fields(record: &[u8], delimiter: Option<u8>) -> Result<Vec<Vec<u8>>, Fault> {
    let record = without_line_end(record);
    let mut fields = Vec::new();
    let mut field = Vec::new();
    let mut at = 0;
    loop {
        if field.is_empty() && record.get(at) == Some(&b'"') {
            at = quoted(record, at + 1, &mut field)?;
            if record.get(at).is_some_and(|&b| Some(b) != delimiter) {
                return Err(Fault::AfterQuote);
            }
        }
        match record.get(at) {
            None => {
                fields.push(field);
                return Ok(fields);
            }
            Some(&byte) if Some(byte) == delimiter => fields.push(std::mem::take(&mut field)),
            Some(&byte) => field.push(byte),
        }
        at += 1;
    }
}

/// Reads a quoted field from after its opening quote; returns the offset after its closing quote.
fn quoted(record: &[u8], mut at: usize, field: &mut Vec<u8>) -> Result<usize, Fault> {
    while let Some(&byte) = record.get(at) {
        match (byte, record.get(at + 1)) {
            (b'"', Some(b'"')) => {
                field.push(b'"');
                at += 2;
            }
            (b'"', _) => return Ok(at + 1),
            _ => {
                field.push(byte);
                at += 1;
            }
        }
    }
    Err(Fault::Open)
}

/// A tab-separated line cut at its tabs and nothing else; empty for other delimiters.
fn literal(line: &[u8], delimiter: Option<u8>) -> Vec<Vec<u8>> {
    if delimiter != Some(b'\t') {
        return Vec::new();
    }
    let line = without_line_end(line);
    line.split(|&b| b == b'\t').map(<[u8]>::to_vec).collect()
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// The delimiter of a `sep=;` line.
pub(crate) fn separator(line: &[u8]) -> Option<u8> {
    let line = without_line_end(line);
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let line = line.strip_suffix(b"\"").unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

/// The delimiter of a CSV file, found in its head: the one under which most records have as many fields as the
/// header. `None` where no candidate cuts the header, that is, in a table of one column.
pub(crate) fn delimiter(head: &[u8]) -> Option<u8> {
    let first = head.split_inclusive(|&b| b == b'\n').next().unwrap_or(&[]);
    if let Some(named) = separator(first) {
        return Some(named);
    }
    let score = |delimiter: u8| -> Option<(usize, usize)> {
        let mut records = Records::new(head, Some(delimiter));
        let columns = records.header().ok()??.fields.ok()?.len();
        let mut whole = 0;
        while let (Ok(Some(record)), true) = (records.next(), whole < 100) {
            whole += usize::from(record.fields.is_ok());
        }
        (columns > 1).then_some((whole, columns))
    };
    [b',', b';', b'\t']
        .into_iter()
        .rev()
        .filter_map(|delimiter| Some((score(delimiter)?, delimiter)))
        .max()
        .map(|(_, delimiter)| delimiter)
}
