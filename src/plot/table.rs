//! A metric by sampler (rows) and step count or evaluations (columns), mean ± half the 95 % interval.

mod number;

use super::axes::trimmed;
use super::difference::At;
use super::interval::Estimate;
use super::only::Only;
use super::quality::Floors;
use super::series::{Line, Outcome, Question, group, number, position, series, summed};
use super::{PlotError, caption};
use crate::experiment::record::Record;
use number::{Form, bold, escape, plus_minus};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A metric by sampler and step count or evaluations.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The metric, named as under `metrics`.
    pub y: String,
    /// What the columns are: `steps` (N) or `nfe` (the evaluations asked for by `sweep: { nfe }`, else those counted).
    /// Where it is not given, `nfe` if the sweep is over them. Samplers that choose their own steps have a column for
    /// each tolerance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<At>,
    /// Only these samplers; all where empty.
    #[serde(default)]
    pub samplers: Vec<String>,
    /// Only cells with these settings, `{ grid: log-snr }`: a setting by name (`grid`, `process`, `noise`, `final`,
    /// `params.order`, `nfe`, `steps`), with one value or several.
    #[serde(default, skip_serializing_if = "Only::is_empty")]
    pub only: Only,
    /// Bold in each column, in Markdown and LaTeX: the smallest mean, and those whose intervals overlap its. Off where it
    /// is not given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
}

/// The cells of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    y: String,
    x: At,
    /// Step counts or evaluations, rising; then the tolerances of adaptive samplers.
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// Floors in words, after the rows.
    floors: Vec<(String, Estimate)>,
    /// As [`Table::bold`].
    bold: bool,
    /// As [`caption::no_target`].
    no_target: String,
}

/// Where a cell stands.
#[derive(Clone, Debug, PartialEq)]
struct Column {
    /// Whether it is a tolerance.
    adaptive: bool,
    /// Rises from column to column.
    order: f64,
    /// `N = 5`, `NFE = 10`, `rtol 0.001`.
    name: String,
}

/// The cells of one line of the records.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    label: String,
    /// By the name of their column: what was measured, and over how many seeds.
    cells: BTreeMap<String, (Outcome, usize)>,
}

impl Cells {
    /// Reads the records.
    ///
    /// # Errors
    /// As [`series`].
    pub fn of(spec: &Table, records: &[Record]) -> Result<Self, PlotError> {
        let asked = records.iter().any(|r| r.nfe_asked.is_some());
        let x = spec.x.unwrap_or(if asked { At::Nfe } else { At::Steps });
        let ask = Question { y: &spec.y, x: "nfe_per_sample", samplers: &spec.samplers };
        let lines = series(records, &ask)?;
        let mut columns: Vec<Column> = Vec::new();
        let mut rows = Vec::new();
        for (line, known) in group(records, &ask)?.iter().zip(&lines) {
            let mut cells: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
            for record in of_line(line, records) {
                let column = column(record, x, &ask);
                let cell = cells.entry(column.name.clone()).or_default();
                if cell.iter().all(|other| other.seed != record.seed) {
                    cell.push(record);
                }
                if columns.iter().all(|other| other.name != column.name) {
                    columns.push(column);
                }
            }
            let summed = |(at, records): (String, Vec<&Record>)| (at, (summed(&records, &spec.y).0, records.len()));
            rows.push(Row { label: known.label.clone(), cells: cells.into_iter().map(summed).collect() });
        }
        columns.sort_by(|a, b| a.adaptive.cmp(&b.adaptive).then(a.order.total_cmp(&b.order)));
        let what = caption::floor(&spec.y).0;
        let floors = match Floors::of(&lines) {
            Some(floors) if floors.one => vec![(what.to_owned(), floors.together())],
            _ => lines.iter().filter_map(|l| Some((format!("{what}, {}", l.label), l.floor?))).collect(),
        };
        let no_target = caption::no_target(&spec.y, records, &spec.samplers);
        Ok(Self { y: spec.y.clone(), x, columns, rows, floors, bold: spec.bold, no_target })
    }

    /// Four columns for each of the table: mean, half interval (six digits), seeds and status; empty where there is
    /// nothing. The floors come last.
    #[must_use]
    pub fn csv(&self) -> String {
        let quote =
            |s: &str| if s.contains([',', '"', '\n']) { format!("\"{}\"", s.replace('"', "\"\"")) } else { s.into() };
        let mut out = "sampler".to_owned();
        for Column { name: c, .. } in &self.columns {
            let _ = write!(out, ",{c},{c} half,{c} seeds,{c} status");
        }
        out.push('\n');
        let value = |e: &Estimate, status: &str| {
            let half = e.half.map(|h| format!("{h:.5e}")).unwrap_or_default();
            format!(",{},{half},{},{status}", e.mean, e.n)
        };
        for row in &self.rows {
            out.push_str(&quote(&row.label));
            for column in &self.columns {
                out.push_str(&match row.cells.get(&column.name) {
                    Some((Outcome::Value(e), _)) => value(e, "ok"),
                    Some((Outcome::Gap { status, .. }, seeds)) => format!(",,,{seeds},{}", status.word()),
                    Some((Outcome::Missing | Outcome::Partly { .. }, seeds)) => format!(",,,{seeds},"),
                    None => ",,,,".to_owned(),
                });
            }
            out.push('\n');
        }
        for (label, floor) in &self.floors {
            let _ = writeln!(out, "{}{}", quote(label), value(floor, "").repeat(self.columns.len()));
        }
        out
    }

    /// A Markdown table with its notes below.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out =
            format!("| {} | {} |\n|---|{}\n", self.y, self.heads().join(" | "), "---:|".repeat(self.columns.len()));
        for (label, values) in self.written(Form::Markdown) {
            let _ = writeln!(out, "| {label} | {} |", values.join(" | "));
        }
        let _ = writeln!(out, "\n{}", self.notes());
        out
    }

    /// A LaTeX `tabular` for the package booktabs, with its notes as comments above.
    #[must_use]
    pub fn latex(&self) -> String {
        let mut out = format!("% {}\n% Needs \\usepackage{{booktabs}}.\n", self.notes());
        let _ = writeln!(out, "\\begin{{tabular}}{{l{}}}\n\\toprule", "r".repeat(self.columns.len()));
        let _ = writeln!(
            out,
            "{} & {} \\\\\n\\midrule",
            escape(&self.y),
            self.heads().iter().map(|c| escape(c)).collect::<Vec<_>>().join(" & ")
        );
        let rows = self.written(Form::Latex);
        for (i, (label, values)) in rows.iter().enumerate() {
            if i == self.rows.len() {
                out.push_str("\\midrule\n");
            }
            let _ = writeln!(out, "{} & {} \\\\", escape(label), values.join(" & "));
        }
        out.push_str("\\bottomrule\n\\end{tabular}\n");
        out
    }

    fn heads(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    /// Row labels and cells as text; the floors come last.
    fn written(&self, form: Form) -> Vec<(String, Vec<String>)> {
        let text = |row: &Row, column: &Column| match row.cells.get(&column.name) {
            Some((Outcome::Value(e), _)) if self.bold && self.is_best(e, column) => bold(&plus_minus(e, form), form),
            Some((Outcome::Value(e), _)) => plus_minus(e, form),
            Some((Outcome::Gap { status, bad }, seeds)) => format!("{} ({bad} of {seeds})", status.word()),
            Some((Outcome::Partly { lacking }, seeds)) => format!("not measured ({lacking} of {seeds})"),
            Some((Outcome::Missing, _)) | None => String::new(),
        };
        let cells = |r: &Row| (r.label.clone(), self.columns.iter().map(|c| text(r, c)).collect());
        let floor = |(label, e): &(String, Estimate)| (label.clone(), vec![plus_minus(e, form); self.columns.len()]);
        self.rows.iter().map(cells).chain(self.floors.iter().map(floor)).collect()
    }

    /// Whether the interval of a value overlaps that of its column's smallest mean.
    fn is_best(&self, value: &Estimate, column: &Column) -> bool {
        let of_column = self.rows.iter().filter_map(|row| match row.cells.get(&column.name) {
            Some((Outcome::Value(e), _)) => Some(e),
            _ => None,
        });
        let best = of_column.min_by(|a, b| a.mean.total_cmp(&b.mean));
        let half = |e: &Estimate| e.half.unwrap_or(0.0);
        best.is_some_and(|best| value.mean - half(value) <= best.mean + half(best))
    }

    /// What rows, columns, numbers and floors are.
    fn notes(&self) -> String {
        let columns = match (self.x, self.columns.iter().any(|c| c.adaptive), self.columns.iter().all(|c| c.adaptive)) {
            (.., true) => "tolerance of samplers that choose their own steps".to_owned(),
            (x, some, _) => {
                let more = if some { ", or by the tolerance of samplers that choose their own steps" } else { "" };
                format!(
                    "{}{more}",
                    if x == At::Steps { "grid intervals N" } else { "evaluations a sample, at most NFE" }
                )
            }
        };
        let seeds: BTreeSet<usize> = self.rows.iter().flat_map(|r| r.cells.values().map(|(_, seeds)| *seeds)).collect();
        let numbers = if seeds.iter().all(|&seeds| seeds == 1) {
            "one seed, so without an interval".to_owned()
        } else {
            let seeds = seeds.into_iter().map(|s| s.to_string()).collect::<Vec<_>>().join(" or ");
            format!("mean ± half the 95 % interval over {seeds} seeds (Student t), which covers sampling, not training")
        };
        let floor = match self.floors.as_slice() {
            [] => "No floor was recorded for this metric.".to_owned(),
            _ => format!("Floor: {}.", caption::floor(&self.y).1),
        };
        let best =
            if self.bold { " Bold: the smallest mean of a column, and those whose intervals overlap its." } else { "" };
        let text = format!("{} by sampler and {columns}; {numbers}.{best} {floor} {}", self.y, self.no_target);
        text.trim_end().to_owned()
    }
}

/// The records of a line, also those that are the same cell under another budget.
fn of_line<'a>(line: &Line<'a>, records: &'a [Record]) -> impl Iterator<Item = &'a Record> {
    let keys: BTreeSet<(&str, &str)> = line.records.iter().map(|r| (r.cell.as_str(), r.grid.as_str())).collect();
    records.iter().filter(move |r| keys.contains(&(r.cell.as_str(), r.grid.as_str())))
}

/// The column of a record.
fn column(record: &Record, x: At, ask: &Question<'_>) -> Column {
    let nfe = || record.nfe_asked.map(|n| n as f64).or(record.steps.and(number(record, "nfe_per_sample")));
    match (x, record.steps, nfe()) {
        (At::Nfe, _, Some(n)) => Column { adaptive: false, order: n, name: format!("NFE = {}", trimmed(n)) },
        (_, Some(n), _) => Column { adaptive: false, order: n as f64, name: format!("N = {n}") },
        _ => {
            let (order, name) = position(record, ask);
            Column { adaptive: true, order, name }
        }
    }
}

#[cfg(test)]
mod tests;
