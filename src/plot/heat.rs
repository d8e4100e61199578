//! A metric at one budget as coloured cells: a row a sampler, a column a grid or another setting.

mod page;
mod rows;

use super::axes::trimmed;
use super::interval::Estimate;
use super::only::Only;
use super::series::Outcome;
use super::style::Width;
use super::{Drawing, PlotError, caption};
use crate::experiment::record::Record;
use page::Page;
use rows::{Cell, Rows};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Values up to this many floors are not read as the sampler's.
const FLOORS: f64 = 3.0;

/// A metric by sampler (rows) and grid or another setting (columns), at one budget.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heat {
    /// The metric, named as under `metrics`, or another numeric column of the records.
    pub value: String,
    /// The setting whose values are the columns: `grid`, `process`, `noise`, a parameter such as `params.order`; or
    /// `nfe` or `steps`, for a column a budget.
    #[serde(default = "grid")]
    pub columns: String,
    /// Only cells that were planned for this many evaluations by `sweep: { nfe }`. Where the records have one budget
    /// alone, it need not be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nfe: Option<u64>,
    /// Only cells of this many grid intervals, in place of `nfe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// Only these samplers; all where empty.
    #[serde(default)]
    pub samplers: Vec<String>,
    /// Only cells with these settings, `{ grid: log-snr }`: a setting by name (`grid`, `process`, `noise`, `final`,
    /// `params.order`, `nfe`, `steps`), with one value or several.
    #[serde(default, skip_serializing_if = "Only::is_empty")]
    pub only: Only,
    /// Printed width.
    #[serde(default)]
    pub width: Width,
}

fn grid() -> String {
    "grid".to_owned()
}

impl Heat {
    /// What is wrong with the keys together, at the key that is one too many.
    #[must_use]
    pub fn contradiction(&self) -> Option<(&'static str, String)> {
        let by_budget = ["nfe", "steps"].contains(&self.columns.as_str());
        match (self.nfe, self.steps) {
            (Some(_), Some(_)) => Some(("steps", "`nfe` and `steps` both name the budget: keep one of them".into())),
            (Some(_), None) if by_budget => Some(("nfe", self.one_too_many("nfe"))),
            (None, Some(_)) if by_budget => Some(("steps", self.one_too_many("steps"))),
            _ => None,
        }
    }

    fn one_too_many(&self, key: &str) -> String {
        format!("the columns are the budgets (`columns: {}`): leave `{key}` out", self.columns)
    }
}

/// The figure of coloured cells.
///
/// # Errors
/// [`PlotError`]: no records, a sampler, a column, a setting or a budget that the records do not have, several budgets
/// and none named, more columns than the page has room for.
pub fn draw(spec: &Heat, records: &[Record]) -> Result<Drawing, PlotError> {
    let rows = Rows::of(spec, records)?;
    let page = Page::of(&rows, spec.width)?;
    let mut text = format!(
        "{} by sampler (rows) and {} (columns){}.\n",
        caption::title(&spec.value),
        rows.columns_are,
        rows.budget.as_ref().map(|budget| format!(", {budget}")).unwrap_or_default()
    );
    text.push_str(&caption::no_target(&spec.value, records, &spec.samplers));
    text.push_str(&replicates(&rows));
    if let Some((low, high)) = page.range {
        let _ = writeln!(
            text,
            "Colour: logarithmic, dark is low, from {} to {}{}.",
            trimmed(low),
            trimmed(high),
            if page.beyond { "; higher values have the colour of the upper end" } else { "" }
        );
    }
    let _ = writeln!(
        text,
        "Rows stand in the order of their lowest value{}.",
        if page.blocks > 1 { ", down the left block first" } else { "" }
    );
    text.push_str(&floors(&rows));
    text.push_str(&gaps(&rows));
    for (label, why) in &rows.without {
        let _ = writeln!(text, "Not drawn, {why}: {label}.");
    }
    Ok(Drawing { scene: page.scene(), caption: text })
}

fn cells(rows: &Rows) -> impl Iterator<Item = &Cell> {
    rows.rows.iter().flat_map(|row| row.cells.iter().flatten())
}

fn estimates(rows: &Rows) -> impl Iterator<Item = Estimate> {
    cells(rows).filter_map(|cell| if let Outcome::Value(e) = cell.outcome { Some(e) } else { None })
}

/// Seeds, samples and how sure the means are.
fn replicates(rows: &Rows) -> String {
    let span = |numbers: BTreeSet<u64>| match (numbers.first(), numbers.last()) {
        (Some(a), Some(b)) if a != b => format!("{a} to {b}"),
        (Some(a), _) => a.to_string(),
        _ => "0".to_owned(),
    };
    let seeds = span(cells(rows).map(|c| c.seeds as u64).collect());
    let samples = span(cells(rows).map(|c| c.samples).collect());
    let mut text = format!("Seeds a cell: {seeds}. Samples a cell: {samples}. ");
    let mut shares: Vec<f64> = estimates(rows).filter_map(|e| Some((e.half? / e.mean).abs())).collect();
    shares.retain(|share| share.is_finite());
    shares.sort_by(f64::total_cmp);
    match (shares.get(shares.len() / 2), shares.last()) {
        (Some(middle), Some(largest)) => {
            let percent = |share: f64| trimmed(format!("{:.1e}", 100.0 * share).parse().unwrap_or(share));
            let _ = writeln!(
                text,
                "Numbers are means over seeds. Half the 95 % interval of the mean (Student t) is {} % of it in the \
                 median, {} % at most; it covers sampling, not training.",
                percent(*middle),
                percent(*largest)
            );
        }
        _ => text.push_str("One seed a cell: there is no interval, and differences may be chance.\n"),
    }
    text
}

/// What the triangles mean and how many there are.
fn floors(rows: &Rows) -> String {
    let all: Vec<f64> = cells(rows).filter_map(|c| c.floor).filter(|f| f.is_finite()).collect();
    if all.is_empty() {
        return "No floor was recorded for this metric.\n".to_owned();
    }
    let low = all.iter().copied().fold(f64::INFINITY, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max);
    let (low, high) = (trimmed(low), trimmed(high));
    let band = if low == high { low } else { format!("{low} to {high}") };
    let at_floor = cells(rows).filter(|c| c.at_floor()).count();
    let without = cells(rows).filter(|c| c.floor.is_none() && matches!(c.outcome, Outcome::Value(_))).count();
    let mut text = format!("Floor: {band}. ");
    text.push_str(&match at_floor {
        0 => "Every value with a floor is above three of it.".to_owned(),
        1 => "1 value with a triangle is not above three floors and not read as the sampler's.".to_owned(),
        n => format!("{n} values with a triangle are not above three floors and not read as the sampler's."),
    });
    if without > 0 {
        let _ = write!(text, " {without} values have no floor of their own.");
    }
    text.push('\n');
    text
}

/// The cells without a number or without a colour, each with its reason.
fn gaps(rows: &Rows) -> String {
    let mut text = String::new();
    for row in &rows.rows {
        for (cell, column) in row.cells.iter().zip(&rows.columns) {
            let why = match cell.as_ref().map(|cell| (cell.outcome, cell.seeds)) {
                None => "no cell".to_owned(),
                Some((Outcome::Missing, _)) => "not measured".to_owned(),
                Some((Outcome::Partly { lacking }, seeds)) => format!("{lacking} of {seeds} seeds not measured"),
                Some((Outcome::Gap { status, bad }, seeds)) => format!("{bad} of {seeds} seeds {}", status.word()),
                Some((Outcome::Value(e), _)) if e.mean <= 0.0 => {
                    format!("{}, for which the logarithmic scale has no colour", caption::estimate(&e))
                }
                Some((Outcome::Value(_), _)) => continue,
            };
            let _ = writeln!(text, "  {} at {column}: {why}", row.label);
        }
    }
    if !text.is_empty() {
        text.insert_str(0, "White cells (no mean is formed of the seeds that ended well):\n");
    }
    text
}

#[cfg(test)]
mod tests;
