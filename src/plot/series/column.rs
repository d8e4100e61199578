//! Columns of a record by name.

use super::super::Names;
use super::super::facets::setting;
use crate::experiment::record::Record;
use std::collections::BTreeSet;

/// Numeric columns of a record beside those of its metrics.
pub const COUNTS: [&str; 12] = [
    "steps",
    "nfe_asked",
    "nfe",
    "nfe_per_sample",
    "depth",
    "rejected",
    "seed",
    "samples",
    "batch",
    "guidance",
    "wall_s",
    "model_s",
];

/// Of which wall times: in figures those of cells alone.
pub const TIMES: [&str; 2] = ["wall_s", "model_s"];

/// A number of a record by column name: metrics, counts, or a path into a setting.
#[must_use]
pub fn number(record: &Record, column: &str) -> Option<f64> {
    let count = |n: Option<u64>| n.map(|n| n as f64);
    match column {
        "steps" => count(record.steps),
        "nfe_asked" => count(record.nfe_asked),
        "nfe" => count(record.nfe),
        "nfe_per_sample" => record.nfe_per_sample,
        "depth" => count(record.depth),
        "rejected" => count(record.rejected),
        "seed" => Some(record.seed as f64),
        "samples" => Some(record.samples as f64),
        "batch" => Some(record.batch as f64),
        "guidance" => record.guidance,
        "wall_s" => record.wall_s,
        "model_s" => record.model_s,
        _ => record.metrics.get(column).copied().or_else(|| setting(record, column)),
    }
}

/// The metrics of any record, for messages.
pub(in crate::plot) fn metric_names(records: &[Record]) -> Names {
    let names: BTreeSet<&str> = records.iter().flat_map(|r| r.metrics.keys().map(String::as_str)).collect();
    names.into_iter().collect()
}

/// Name of the column with the floor of a metric; both trajectory errors share one.
pub(super) fn floor_column(y: &str) -> String {
    format!("{}_floor", y.strip_suffix("_median").unwrap_or(y))
}
