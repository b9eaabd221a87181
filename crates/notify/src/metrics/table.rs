//! A Parquet file, written group by group.

use std::fs::File;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Text.
    Text,
    /// Text or nothing.
    MaybeText,
    /// A moment in UTC, in microseconds.
    Moment,
    /// A number or nothing.
    MaybeNumber,
}

/// A column's name and what it holds.
pub(super) type Column = (&'static str, Holds);

/// One value of a row; which one belongs to a column follows from what the column holds.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(Option<String>),
    Moment(i64),
    Number(Option<i32>),
}

/// A file under way.
pub(super) struct Table {
    columns: &'static [Column],
    writer: SerializedFileWriter<File>,
}

impl Table {
    /// A file without rows yet.
    pub(super) fn new(file: File, columns: &'static [Column]) -> Result<Self, ParquetError> {
        let schema = Arc::new(parse_message_type(&schema(columns))?);
        let writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default()))?;
        Ok(Self { columns, writer })
    }

    /// Adds rows, each with one cell for each column.
    pub(super) fn add(&mut self, rows: &[Vec<Cell>]) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for (place, (name, _)) in self.columns.iter().enumerate() {
            let missing = || ParquetError::General(format!("the schema has no column {name}"));
            let mut column = group.next_column()?.ok_or_else(missing)?;
            write(&mut column, self.columns[place].1, rows.iter().map(|row| &row[place]))?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<File, ParquetError> {
        self.writer.into_inner()
    }
}

fn schema(columns: &[Column]) -> String {
    let column = |(name, holds): &Column| match holds {
        Holds::Text => format!("REQUIRED BYTE_ARRAY {name} (UTF8);"),
        Holds::MaybeText => format!("OPTIONAL BYTE_ARRAY {name} (UTF8);"),
        Holds::Moment => format!("REQUIRED INT64 {name} (TIMESTAMP(MICROS,true));"),
        Holds::MaybeNumber => format!("OPTIONAL INT32 {name};"),
    };
    let columns: String = columns.iter().map(column).collect();
    format!("message notifications {{ {columns} }}")
}

/// Values that are there stand side by side; a level for each row says whether its value is.
fn write<'c>(
    column: &mut SerializedColumnWriter<'_>,
    holds: Holds,
    cells: impl Iterator<Item = &'c Cell>,
) -> Result<(), ParquetError> {
    let (mut texts, mut moments, mut numbers, mut levels) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        match cell {
            Cell::Text(text) => {
                levels.push(i16::from(text.is_some()));
                texts.extend(text.as_deref().map(ByteArray::from));
            }
            Cell::Moment(at) => moments.push(*at),
            Cell::Number(number) => {
                levels.push(i16::from(number.is_some()));
                numbers.extend(*number);
            }
        }
    }
    match holds {
        Holds::Text => column.typed::<ByteArrayType>().write_batch(&texts, None, None)?,
        Holds::MaybeText => column.typed::<ByteArrayType>().write_batch(&texts, Some(&levels), None)?,
        Holds::Moment => column.typed::<Int64Type>().write_batch(&moments, None, None)?,
        Holds::MaybeNumber => column.typed::<Int32Type>().write_batch(&numbers, Some(&levels), None)?,
    };
    Ok(())
}
