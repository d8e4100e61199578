//! From records to rows and columns at one budget.

use super::{FLOORS, Heat};
use crate::experiment::record::{Record, Status};
use crate::plot::PlotError;
use crate::plot::facets::{Facets, labels};
use crate::plot::series::{Outcome, Question, group, metric_names, number, summed};
use std::collections::BTreeSet;

/// A cell of the figure: one sampler, one column, all seeds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) outcome: Outcome,
    /// Mean of the column `<value>_floor`.
    pub(super) floor: Option<f64>,
    pub(super) seeds: usize,
    pub(super) samples: u64,
}

impl Cell {
    /// The mean, where every seed ended well.
    pub(super) fn mean(&self) -> Option<f64> {
        if let Outcome::Value(e) = self.outcome { Some(e.mean) } else { None }
    }

    /// Whether the value says more about the floor than about the sampler.
    pub(super) fn at_floor(&self) -> bool {
        self.mean().zip(self.floor).is_some_and(|(mean, floor)| mean <= FLOORS * floor)
    }
}

/// A row: `None` where the plan has no such cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) cells: Vec<Option<Cell>>,
}

impl Row {
    /// The lowest value, by which rows are ordered.
    fn best(&self) -> f64 {
        self.cells.iter().flatten().filter_map(Cell::mean).fold(f64::INFINITY, f64::min)
    }
}

/// All that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rows {
    /// The column of the values.
    pub(super) value: String,
    /// In the order of their lowest value; rows without any at the end.
    pub(super) rows: Vec<Row>,
    /// Labels of the columns.
    pub(super) columns: Vec<String>,
    /// What the columns are, in words.
    pub(super) columns_are: String,
    /// The budget in words, where it is one for all columns.
    pub(super) budget: Option<String>,
    /// Samplers that are not drawn, and why.
    pub(super) without: Vec<(String, String)>,
}

/// What a cell may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Budget {
    Nfe(u64),
    Steps(u64),
}

impl Budget {
    fn of(record: &Record) -> Option<Self> {
        record.nfe_asked.map(Self::Nfe).or(record.steps.map(Self::Steps))
    }

    /// Whether a record was planned for it.
    fn holds(self, record: &Record) -> bool {
        match self {
            Self::Nfe(n) => record.nfe_asked == Some(n),
            Self::Steps(n) => record.steps == Some(n),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Nfe(n) => format!("at most {n} evaluations a sample"),
            Self::Steps(n) => format!("{n} grid intervals"),
        }
    }
}

/// The records of one row and column.
struct Found<'a> {
    row: Facets,
    column: Facets,
    records: Vec<&'a Record>,
}

impl Rows {
    pub(super) fn of(spec: &Heat, records: &[Record]) -> Result<Self, PlotError> {
        // Names that are nowhere in the records are said before budgets narrow them down.
        group(records, &Question { y: &spec.value, x: "steps", samplers: &spec.samplers })?;
        let wanted = |r: &&Record| spec.samplers.is_empty() || spec.samplers.contains(&r.sampler);
        let budgets = budgets(spec, records)?;
        let mut found: Vec<Found<'_>> = Vec::new();
        let (mut elsewhere, mut kept) = (Vec::new(), Vec::new());
        for &budget in &budgets {
            kept.push(records.iter().filter(|r| budget.holds(r)).cloned().collect::<Vec<Record>>());
        }
        for (budget, kept) in budgets.iter().zip(&kept) {
            for line in group(kept, &Question { y: &spec.value, x: "steps", samplers: &[] })? {
                if !wanted(&line.records[0]) {
                    continue;
                }
                let (mut column, row): (Facets, Facets) =
                    line.facets.into_iter().partition(|(name, _)| is_part(name, &spec.columns));
                if by_budget(spec) {
                    let (Budget::Nfe(n) | Budget::Steps(n)) = *budget;
                    column = Facets::from([(spec.columns.clone(), n.to_string())]);
                }
                if column.is_empty() {
                    elsewhere.push((row, format!("has no {}", spec.columns)));
                } else {
                    found.push(Found { row, column, records: line.records });
                }
            }
        }
        if found.is_empty() {
            let have = elsewhere.iter().flat_map(|(row, _)| row.keys().cloned()).collect::<BTreeSet<_>>();
            let have = have.into_iter().collect();
            return Err(PlotError::NoSetting { found: spec.columns.clone(), have });
        }
        let values = || found.iter().flat_map(|f| f.records.iter().filter_map(|r| number(r, &spec.value)));
        let ended_well = |f: &Found<'_>| f.records.iter().any(|r| r.status == Status::Ok);
        if values().next().is_none() && found.iter().any(ended_well) {
            return Err(PlotError::NoColumn { column: spec.value.clone(), have: metric_names(records) });
        }
        let mut out = gather(spec, &found, elsewhere);
        let drawn: BTreeSet<&str> = kept.iter().flatten().map(|r| r.sampler.as_str()).collect();
        let absent: BTreeSet<&str> =
            records.iter().filter(wanted).map(|r| r.sampler.as_str()).filter(|s| !drawn.contains(s)).collect();
        out.without.extend(absent.into_iter().map(|s| (s.to_owned(), "has no cell of this budget".to_owned())));
        out.budget = (!by_budget(spec)).then(|| budgets[0].words());
        Ok(out)
    }
}

fn by_budget(spec: &Heat) -> bool {
    matches!(spec.columns.as_str(), "nfe" | "steps")
}

/// Whether a setting is the one of this name or inside it.
fn is_part(name: &str, of: &str) -> bool {
    name.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The budgets that are drawn: one, or all where they are the columns.
fn budgets(spec: &Heat, records: &[Record]) -> Result<Vec<Budget>, PlotError> {
    let nfe: BTreeSet<u64> = records.iter().filter_map(|r| r.nfe_asked).collect();
    let steps: BTreeSet<u64> = records.iter().filter_map(|r| r.steps).collect();
    let none = |key: &'static str, have: &BTreeSet<u64>, wanted: String| {
        let have = have.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let have = if have.is_empty() { "none".to_owned() } else { have };
        PlotError::NoBudget { key, wanted, have }
    };
    let chosen: Vec<Budget> = match (spec.nfe, spec.steps, spec.columns.as_str()) {
        (Some(n), _, _) if nfe.contains(&n) => vec![Budget::Nfe(n)],
        (Some(n), _, _) => return Err(none("nfe", &nfe, n.to_string())),
        (None, Some(n), _) if steps.contains(&n) => vec![Budget::Steps(n)],
        (None, Some(n), _) => return Err(none("steps", &steps, n.to_string())),
        (None, None, "nfe") if nfe.is_empty() => return Err(none("nfe", &nfe, "any number of".into())),
        (None, None, "steps") if steps.is_empty() => return Err(none("steps", &steps, "any number of".into())),
        (None, None, "nfe") => nfe.into_iter().map(Budget::Nfe).collect(),
        (None, None, "steps") => steps.into_iter().map(Budget::Steps).collect(),
        (None, None, _) => {
            let (key, have) = if nfe.is_empty() { ("steps", &steps) } else { ("nfe", &nfe) };
            if have.len() > 1 {
                let have = have.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
                return Err(PlotError::WhichBudget { key, have });
            }
            let only = records.iter().find_map(Budget::of);
            vec![only.ok_or_else(|| none("steps", &steps, "any number of".into()))?]
        }
    };
    Ok(chosen)
}

/// Rows and columns in order, with their labels.
fn gather(spec: &Heat, found: &[Found<'_>], elsewhere: Vec<(Facets, String)>) -> Rows {
    let (mut columns, mut lines): (Vec<&Facets>, Vec<&Facets>) = (Vec::new(), Vec::new());
    for f in found {
        if !columns.contains(&&f.column) {
            columns.push(&f.column);
        }
        if !lines.contains(&&f.row) {
            lines.push(&f.row);
        }
    }
    let names = labels(&lines.iter().map(|row| (*row).clone()).collect::<Vec<_>>());
    let of_row = |(row, label): (&&Facets, String)| {
        let at = |column: &&Facets| found.iter().find(|f| f.row == **row && f.column == **column);
        let cell = |f: &Found<'_>| {
            let (outcome, floor) = summed(&f.records, &spec.value);
            Cell { outcome, floor, seeds: f.records.len(), samples: f.records[0].samples }
        };
        let cells = columns.iter().map(|column| at(column).or_else(|| single_interval(found, row, column)).map(cell));
        Row { label, cells: cells.collect() }
    };
    let rows = lines.iter().zip(names).map(of_row);
    // A kind without this metric, such as mcmc without a trajectory error: not a gap, but nothing to draw.
    let (mut rows, unmeasured): (Vec<Row>, Vec<Row>) =
        rows.partition(|row| row.cells.iter().flatten().any(|cell| cell.outcome != Outcome::Missing));
    rows.sort_by(|a, b| a.best().total_cmp(&b.best()));
    let without = unmeasured.into_iter().map(|row| (row.label, "without this metric".to_owned()));
    let others = elsewhere.into_iter().map(|(row, why)| (row.get("sampler").cloned().unwrap_or_default(), why));
    Rows {
        value: spec.value.clone(),
        rows,
        columns: heads(spec, &columns),
        columns_are: match spec.columns.as_str() {
            "nfe" => "evaluations a sample, at most".to_owned(),
            "steps" => "grid intervals N".to_owned(),
            other => other.strip_prefix("params.").unwrap_or(other).to_owned(),
        },
        budget: None,
        without: without.chain(others).collect(),
    }
}

/// The cell of another grid with one interval and the same ends: it is the same cell, which a plan holds once.
fn single_interval<'f, 'a>(found: &'f [Found<'a>], row: &Facets, column: &Facets) -> Option<&'f Found<'a>> {
    let ends = |column: &Facets| -> Vec<(String, String)> {
        let field = |name: &String| Some(name.strip_prefix("grid.")?.rsplit_once('.')?.1.to_owned());
        let ends = column.iter().filter_map(|(name, value)| Some((field(name)?, value.clone())));
        let mut ends: Vec<_> = ends.filter(|(name, _)| ["t_begin", "t_end", "zero"].contains(&name.as_str())).collect();
        ends.sort();
        ends
    };
    let same = |f: &&Found<'_>| {
        let one = f.records.iter().all(|r| r.steps == Some(1));
        f.row == *row && one && !ends(column).is_empty() && ends(&f.column) == ends(column)
    };
    found.iter().find(same)
}

/// Labels of the columns: what differs between them, without the name of the setting.
fn heads(spec: &Heat, columns: &[&Facets]) -> Vec<String> {
    if by_budget(spec) || columns.len() == 1 {
        return columns.iter().map(|c| c.get(&spec.columns).cloned().unwrap_or_default()).collect();
    }
    let suffix = format!(" {}", spec.columns);
    let labels = labels(&columns.iter().map(|c| (*c).clone()).collect::<Vec<_>>());
    let short = |label: String| {
        let parts: Vec<&str> = label.split(", ").map(|part| part.strip_suffix(&suffix).unwrap_or(part)).collect();
        parts.join(", ")
    };
    labels.into_iter().map(short).collect()
}

/// Two significant digits: `0.032`, `3.2`, `3.2e−3`.
pub(super) fn two_digits(value: f64) -> String {
    let short = format!("{value:.1e}");
    match short.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()) {
        Some(exponent @ -2..3) => format!("{value:.0$}", (1 - exponent).max(0) as usize),
        _ => short,
    }
    .replace('-', "−")
}
