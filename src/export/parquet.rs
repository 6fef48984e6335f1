//! Parquet: one optional column a column, text as it is, for pandas, R and DuckDB.

use std::fs::File;
use std::io;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;

use super::columns::Holds;
use super::{Cell, Exporter, Sheet};

/// Rows kept in memory until they are written together.
const GROUP: usize = 10_000;

/// Begins a Parquet file.
pub(super) fn open<'f>(file: &'f File, sheet: &Sheet) -> io::Result<Box<dyn Exporter + 'f>> {
    let fields = sheet
        .columns
        .iter()
        .map(|column| {
            let (physical, logical) = match column.holds {
                Holds::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Holds::Integer => (Physical::INT64, None),
                Holds::Decimal => (Physical::DOUBLE, None),
            };
            Type::primitive_type_builder(&column.name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
                .build()
                .map(Arc::new)
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(disk)?;
    let schema = Type::group_type_builder("annotations")
        .with_fields(fields)
        .build()
        .map_err(disk)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties));
    Ok(Box::new(Parquet {
        writer: writer.map_err(disk)?,
        columns: sheet
            .columns
            .iter()
            .map(|column| Values::new(column.holds))
            .collect(),
        rows: 0,
    }))
}

struct Parquet<'f> {
    writer: SerializedFileWriter<&'f File>,
    columns: Vec<Values>,
    rows: usize,
}

/// The values of a column in the group at hand; `levels` has 1 for each value and 0 for each empty cell.
struct Values {
    levels: Vec<i16>,
    kept: Kept,
}

enum Kept {
    Text(Vec<ByteArray>),
    Integer(Vec<i64>),
    Decimal(Vec<f64>),
}

impl Values {
    fn new(holds: Holds) -> Values {
        Values {
            levels: Vec::new(),
            kept: match holds {
                Holds::Text => Kept::Text(Vec::new()),
                Holds::Integer => Kept::Integer(Vec::new()),
                Holds::Decimal => Kept::Decimal(Vec::new()),
            },
        }
    }

    fn push(&mut self, cell: &Cell) {
        let there = match (&mut self.kept, cell) {
            (Kept::Text(kept), Cell::Text(text) | Cell::Foreign(text)) => {
                kept.push(ByteArray::from(text.as_bytes().to_vec()));
                true
            }
            (Kept::Integer(kept), Cell::Integer(number)) => {
                kept.push(i64::try_from(*number).unwrap_or(i64::MAX));
                true
            }
            (Kept::Decimal(kept), Cell::Decimal(number, decimals)) => {
                kept.push(super::rounded(*number, *decimals));
                true
            }
            _ => false,
        };
        self.levels.push(i16::from(there));
    }

    fn clear(&mut self) {
        self.levels.clear();
        match &mut self.kept {
            Kept::Text(kept) => kept.clear(),
            Kept::Integer(kept) => kept.clear(),
            Kept::Decimal(kept) => kept.clear(),
        }
    }
}

impl Parquet<'_> {
    fn write_group(&mut self) -> Result<(), ParquetError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else {
                break;
            };
            let levels = Some(column.levels.as_slice());
            match &column.kept {
                Kept::Text(kept) => writer
                    .typed::<ByteArrayType>()
                    .write_batch(kept, levels, None)?,
                Kept::Integer(kept) => writer
                    .typed::<Int64Type>()
                    .write_batch(kept, levels, None)?,
                Kept::Decimal(kept) => writer
                    .typed::<DoubleType>()
                    .write_batch(kept, levels, None)?,
            };
            writer.close()?;
            column.clear();
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl Exporter for Parquet<'_> {
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        self.rows += 1;
        if self.rows == GROUP {
            self.write_group().map_err(disk)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.write_group().map_err(disk)?;
        self.writer.finish().map_err(disk)?;
        Ok(())
    }
}

/// What the disk said, with its kind where it is known: a full disk must stay a full disk.
fn disk(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
