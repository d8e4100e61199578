//! records.csv: the cells of a plan in plan order, one row each, an empty field for what was not measured.

use self::Holds::{Number, Sentence, Text};
use super::record::{Record, metric_text};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    /// Text, in every row.
    Text,
    /// Text, or nothing.
    Sentence,
    /// A number, or nothing.
    Number,
}

/// The columns before those of the metrics.
const COLUMNS: [(&str, Holds); 31] = [
    ("cell", Text),
    ("experiment", Text),
    ("sampler", Text),
    ("plugin", Text),
    ("plugin_sha256", Text),
    ("params", Text),
    ("process", Text),
    ("grid", Text),
    ("final", Text),
    ("noise", Text),
    ("init", Text),
    ("model", Text),
    ("steps", Number),
    ("nfe_asked", Number),
    ("nfe", Number),
    ("nfe_per_sample", Number),
    ("depth", Number),
    ("rejected", Number),
    ("seed", Number),
    ("samples", Number),
    ("batch", Number),
    ("device", Text),
    ("dtype", Text),
    ("guidance", Number),
    ("threads", Number),
    ("jobs", Number),
    ("environment", Text),
    ("status", Text),
    ("error", Sentence),
    ("wall_s", Number),
    ("model_s", Number),
];

/// Those among them that a cell has only once it ran; the metrics are the others.
const RESULTS: [&str; 8] = ["nfe", "nfe_per_sample", "depth", "rejected", "status", "error", "wall_s", "model_s"];

/// Why a table could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Reading failed.
    #[error("{path}: {source}")]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A record has no row.
    #[error(
        "cell {cell}: its record cannot be written as JSON ({reason}); remove the folder cells/{cell} and run again"
    )]
    Cell {
        /// The cell's key.
        cell: String,
        /// Why.
        reason: String,
    },
    /// A row is not a record.
    #[error("{path}: row {row}: {reason}")]
    Row {
        /// The file.
        path: PathBuf,
        /// Row number; the header is row 1.
        row: usize,
        /// What is wrong.
        reason: String,
    },
}

/// The text of a table with these metric columns.
///
/// # Errors
/// [`TableError::Cell`]; no record is left out.
pub fn to_csv(records: &[Record], metrics: &[String]) -> Result<Vec<u8>, TableError> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(header(metrics)).map_err(in_memory)?;
    for record in records {
        out.write_record(row(record, metrics)?).map_err(in_memory)?;
    }
    out.into_inner().map_err(|e| in_memory(e.into_error().into()))
}

/// The names of all columns, in order.
pub(super) fn header(metrics: &[String]) -> Vec<String> {
    COLUMNS.iter().map(|(name, _)| (*name).to_owned()).chain(metrics.iter().cloned()).collect()
}

/// The texts of a row, in the order of the [`header`].
///
/// # Errors
/// [`TableError::Cell`].
pub(super) fn row(record: &Record, metrics: &[String]) -> Result<Vec<String>, TableError> {
    let fields = fields(&record.cell, record)?;
    let fixed = COLUMNS.iter().map(|(name, _)| field(fields.get(*name)));
    let measured = metrics.iter().map(|m| record.metrics.get(m).copied().map_or_else(String::new, metric_text));
    Ok(fixed.chain(measured).collect())
}

/// Whether a column holds what only a run tells.
pub(super) fn is_result(column: &str) -> bool {
    RESULTS.contains(&column) || COLUMNS.iter().all(|(name, _)| *name != column)
}

fn in_memory(source: csv::Error) -> TableError {
    TableError::Csv { path: "records.csv".into(), source }
}

/// A record as JSON, its fields by the names of their columns.
///
/// # Errors
/// [`TableError::Cell`].
fn fields(cell: &str, record: &impl serde::Serialize) -> Result<Map<String, Value>, TableError> {
    let bad = |reason: String| TableError::Cell { cell: cell.to_owned(), reason };
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(bad(format!("found {other} instead of named fields"))),
        Err(e) => Err(bad(e.to_string())),
    }
}

fn field(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(s)) => s.clone(),
        Some(other) => other.to_string(),
    }
}

/// Reads a table back; hashes of samples and weights are in the records only.
///
/// # Errors
/// [`TableError`] with the row.
pub fn read(path: &Path) -> Result<Vec<Record>, TableError> {
    let csv_error = |source| TableError::Csv { path: path.to_owned(), source };
    let mut reader = csv::Reader::from_path(path).map_err(csv_error)?;
    let header: Vec<String> = reader.headers().map_err(csv_error)?.iter().map(str::to_owned).collect();
    let mut out = Vec::new();
    for (i, row) in reader.records().enumerate() {
        let row = row.map_err(csv_error)?;
        let bad = |reason: String| TableError::Row { path: path.to_owned(), row: i + 2, reason };
        out.push(record(&header, &row).map_err(bad)?);
    }
    Ok(out)
}

fn record(header: &[String], row: &csv::StringRecord) -> Result<Record, String> {
    let mut fields = Map::new();
    let mut metrics = BTreeMap::new();
    for (name, text) in header.iter().zip(row) {
        let no_number = || format!("column {name} is `{text}`, no number");
        let value = match COLUMNS.iter().find(|(column, _)| column == name) {
            None if text.is_empty() => continue,
            None => {
                metrics.insert(name.clone(), text.parse::<f64>().map_err(|_| no_number())?);
                continue;
            }
            Some((_, Sentence | Number)) if text.is_empty() => Value::Null,
            Some((_, Text | Sentence)) => Value::String(text.to_owned()),
            Some((_, Number)) => serde_json::from_str(text).map_err(|_| no_number())?,
        };
        fields.insert(name.clone(), value);
    }
    fields.insert("metrics".into(), Value::Object(Map::new()));
    let record: Record = serde_json::from_value(Value::Object(fields)).map_err(|e| e.to_string())?;
    Ok(Record { metrics, ..record })
}

#[cfg(test)]
mod tests;
