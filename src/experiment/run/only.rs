//! The filter of a run, `--only`.

use super::row::asked;
use super::work::Work;
use super::{Options, RunError};
use crate::experiment::measure::columns;
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::record::Record;
use crate::experiment::table;
use crate::plot::only::{distinct, same, settings};
use std::collections::BTreeSet;

/// Most values that an error names.
const NAMED: usize = 20;

/// Columns of records.csv, or settings as in the `only` of a figure, and what they may hold.
pub(super) struct Only<'a> {
    /// The metrics' columns.
    metrics: Vec<String>,
    filters: Vec<(Place<'a>, &'a [String])>,
}

/// Where a value stands.
enum Place<'a> {
    /// A column of what a run tells.
    Result(usize),
    /// What is known before: a setting, or another column.
    Known(&'a str, Option<usize>),
}

impl<'a> Only<'a> {
    /// # Errors
    /// [`RunError::Column`], [`RunError::Value`].
    pub(super) fn new(options: &'a Options, plan: &Plan) -> Result<Self, RunError> {
        let metrics = columns(&plan.spec.metrics);
        let header = table::header(&metrics);
        // Without a filter nothing is looked at.
        let cells: &[Cell] = if options.only.is_empty() { &[] } else { &plan.cells };
        let records: Vec<Record> = cells.iter().map(|cell| asked(cell, plan, "", 1)).collect();
        let names: BTreeSet<String> = records.iter().flat_map(|r| settings(r).into_keys()).collect();
        let place = |(name, values): &'a (String, Vec<String>)| {
            let at = header.iter().position(|column| column == name);
            if let Some(at) = at.filter(|_| table::is_result(name)) {
                return Ok((Place::Result(at), values.as_slice()));
            }
            if at.is_none() && !names.contains(name) {
                let settings: Vec<&str> = names.iter().filter(|n| n.contains('.')).map(String::as_str).collect();
                let allowed = format!("{}; and settings: {}", header.join(", "), settings.join(", "));
                return Err(RunError::Column { column: name.clone(), allowed });
            }
            let place = Place::Known(name, at);
            let rows = records.iter().map(|r| place.values(r, &metrics)).collect::<Result<Vec<_>, _>>()?;
            let has = |value: &String| rows.iter().flatten().any(|known| same(known, value));
            if let Some(value) = values.iter().find(|value| !has(value)) {
                // The setting is the shorter word where a column holds JSON.
                let known = distinct(rows.iter().filter_map(|row| row.first().cloned()));
                let mut allowed = known[..known.len().min(NAMED)].join(", ");
                if known.len() > NAMED {
                    allowed += &format!(" and {} more", known.len() - NAMED);
                }
                return Err(RunError::Value { column: name.clone(), value: value.clone(), allowed });
            }
            Ok((place, values.as_slice()))
        };
        let filters = options.only.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self { metrics, filters })
    }

    /// Whether a cell's row, as it is or would begin, has the values.
    pub(super) fn matches(&self, work: &Work<'_>, cell: &Cell) -> Result<bool, RunError> {
        // Without a filter no record is read for it.
        if self.filters.is_empty() {
            return Ok(true);
        }
        let stored = work.row(cell)?;
        if stored.is_none() && self.filters.iter().any(|(place, _)| matches!(place, Place::Result(_))) {
            return Ok(false);
        }
        let record = stored.unwrap_or_else(|| asked(cell, work.plan, &work.environment, work.jobs));
        for (place, wanted) in &self.filters {
            let has = place.values(&record, &self.metrics)?;
            if !wanted.iter().any(|wanted| has.iter().any(|value| same(value, wanted))) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Place<'_> {
    /// The words by which a record can be named here: its setting first, then the text of its column.
    fn values(&self, record: &Record, metrics: &[String]) -> Result<Vec<String>, RunError> {
        let (setting, at) = match *self {
            Self::Result(at) => (None, Some(at)),
            Self::Known(name, at) => (settings(record).remove(name), at),
        };
        let text = at.map(|at| table::row(record, metrics).map(|mut row| row.swap_remove(at))).transpose()?;
        Ok(setting.into_iter().chain(text).collect())
    }
}
