//! JSON Lines: one object a row, names as in the header, text as it is, numbers as numbers, `null` where a cell is empty.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use serde_json::{Map, Number, Value};

use super::{Cell, Exporter, Sheet};

/// Begins a JSON Lines file; it has no header.
pub(super) fn open<'f>(file: &'f File, sheet: &Sheet) -> io::Result<Box<dyn Exporter + 'f>> {
    Ok(Box::new(JsonLines {
        out: BufWriter::new(file),
        names: sheet.columns.iter().map(|c| c.name.clone()).collect(),
    }))
}

struct JsonLines<'f> {
    out: BufWriter<&'f File>,
    names: Vec<String>,
}

impl Exporter for JsonLines<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let values = cells.iter().map(value);
        let row: Map<String, Value> = self.names.iter().cloned().zip(values).collect();
        serde_json::to_writer(&mut self.out, &row)?;
        self.out.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

pub(crate) fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) | Cell::Foreign(text) => Value::String(text.to_string()),
        Cell::Integer(number) => Value::Number((*number).into()),
        Cell::Decimal(number, decimals) => {
            Number::from_f64(super::rounded(*number, *decimals)).map_or(Value::Null, Value::Number)
        }
    }
}
