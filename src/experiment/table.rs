//! records.csv: the cells of a plan in plan order, one row each, an empty field for what was not measured.

use super::record::Record;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The columns before those of the metrics.
pub const COLUMNS: [&str; 30] = [
    "cell",
    "experiment",
    "sampler",
    "plugin",
    "plugin_sha256",
    "params",
    "process",
    "grid",
    "final",
    "noise",
    "init",
    "model",
    "steps",
    "nfe_asked",
    "nfe",
    "nfe_per_sample",
    "depth",
    "rejected",
    "seed",
    "samples",
    "batch",
    "device",
    "dtype",
    "guidance",
    "threads",
    "jobs",
    "environment",
    "status",
    "error",
    "wall_s",
];

/// The last column before those of the metrics.
const MODEL_S: &str = "model_s";

/// Why a table could not be read.
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

/// All fixed columns in order.
fn columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.into_iter().chain([MODEL_S])
}

/// The text of a table with these metric columns.
#[must_use]
pub fn to_csv(records: &[Record], metrics: &[String]) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let header = columns().map(str::to_owned).chain(metrics.iter().cloned());
    // Writing to memory cannot fail.
    let _ = out.write_record(header);
    for record in records {
        let Ok(Value::Object(fields)) = serde_json::to_value(record) else { continue };
        let fixed = columns().map(|name| field(fields.get(name)));
        let measured = metrics.iter().map(|m| record.metrics.get(m).map_or_else(String::new, f64::to_string));
        let _ = out.write_record(fixed.chain(measured));
    }
    out.into_inner().unwrap_or_default()
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
        if !columns().any(|c| c == name) {
            if !text.is_empty() {
                let number = text.parse::<f64>().map_err(|_| format!("column {name} is `{text}`, no number"))?;
                metrics.insert(name.clone(), number);
            }
            continue;
        }
        let value = if text.is_empty() && !TEXTS.contains(&name.as_str()) {
            Value::Null
        } else if TEXTS.contains(&name.as_str()) || name == "status" || name == "error" {
            Value::String(text.to_owned())
        } else {
            serde_json::from_str(text).map_err(|_| format!("column {name} is `{text}`, no number"))?
        };
        fields.insert(name.clone(), value);
    }
    let metrics = serde_json::to_value(metrics).map_err(|e| e.to_string())?;
    fields.insert("metrics".into(), metrics);
    serde_json::from_value(Value::Object(fields)).map_err(|e| e.to_string())
}

/// Columns that hold text, never a number.
const TEXTS: [&str; 16] = [
    "cell",
    "experiment",
    "sampler",
    "plugin",
    "plugin_sha256",
    "params",
    "process",
    "grid",
    "final",
    "noise",
    "init",
    "model",
    "device",
    "dtype",
    "environment",
    "status",
];
