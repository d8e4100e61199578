//! From records to lines: cells that differ by their seed become one point with an interval, or a gap.

use super::PlotError;
use super::facets::{Along, Facets, facets, labels, setting};
use super::interval::Estimate;
use crate::experiment::record::{Record, Status};
use std::collections::{BTreeMap, BTreeSet};

/// Columns that follow the step count along a line.
const WITH_STEPS: [&str; 7] = ["steps", "nfe", "nfe_asked", "nfe_per_sample", "depth", "rejected", "wall_s"];

/// What to read from the records.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The metric.
    pub y: &'a str,
    /// Any numeric column, or a path such as `params.temperature`.
    pub x: &'a str,
    /// Only these samplers; all where empty.
    pub samplers: &'a [String],
}

/// One line: cells that differ only in the step count (or in x) and in the seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Built only from what differs between the lines.
    pub label: String,
    /// Place among all lines of the records, the same in every figure: decides colour, dash and marker.
    pub index: usize,
    /// In order along the line.
    pub cells: Vec<Cell>,
    /// The column `<y>_floor`, over seeds.
    pub floor: Option<Estimate>,
}

/// The cells of one place on a line, one a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What it is called along the line: `10`, `rtol 0.001`.
    pub at: String,
    /// Rises along the line.
    pub order: f64,
    /// Mean of x over the seeds that have it.
    pub x: Option<f64>,
    /// What was measured.
    pub outcome: Outcome,
    /// Mean of the column `<y>_floor` over the seeds.
    pub floor: Option<f64>,
    /// Cells, one a seed.
    pub seeds: usize,
    /// Samples of one of them.
    pub samples: u64,
}

/// What the seeds of a cell gave together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Every seed ended well.
    Value(Estimate),
    /// Some seed did not: no mean is formed of the others.
    Gap {
        /// How the first of them ended.
        status: Status,
        /// How many.
        bad: usize,
    },
    /// The cells ended well but do not have this metric.
    Missing,
}

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

/// The lines of a figure, in the order of the records.
///
/// # Errors
/// [`PlotError::NoRecords`], [`PlotError::UnknownSampler`]; [`PlotError::NoColumn`] where no record has a
/// number in `x`, or none that ended well has one in `y`.
pub fn series(records: &[Record], ask: &Question<'_>) -> Result<Vec<Series>, PlotError> {
    let lines = group(records, ask)?;
    let chosen = || lines.iter().flat_map(|line| line.records.iter().copied());
    let none_ended_well = chosen().all(|r| r.status != Status::Ok);
    for (column, excused) in [(ask.x, false), (ask.y, none_ended_well)] {
        if !excused && chosen().all(|r| number(r, column).is_none()) {
            return Err(PlotError::NoColumn { column: column.to_owned(), have: metric_names(records) });
        }
    }
    let names = labels(&lines.iter().map(|line| line.facets.clone()).collect::<Vec<_>>());
    let sum_up = |(line, label): (&Line<'_>, String)| Series {
        label,
        index: line.index,
        cells: cells(&line.records, ask),
        floor: floor(&line.records, ask.y),
    };
    Ok(lines.iter().zip(names).map(sum_up).collect())
}

/// The metrics of any record, for messages.
fn metric_names(records: &[Record]) -> String {
    let names: BTreeSet<&str> = records.iter().flat_map(|r| r.metrics.keys().map(String::as_str)).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// The records of a line before they are summed up.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Place among all lines of the records.
    pub index: usize,
    /// What its cells share.
    pub facets: Facets,
    /// In the order of the records, no cell twice.
    pub records: Vec<&'a Record>,
}

/// The lines that a question is about, in the order of the records.
pub(super) fn group<'a>(records: &'a [Record], ask: &Question<'_>) -> Result<Vec<Line<'a>>, PlotError> {
    if records.is_empty() {
        return Err(PlotError::NoRecords);
    }
    let have: BTreeSet<&str> = records.iter().map(|r| r.sampler.as_str()).collect();
    if let Some(found) = ask.samplers.iter().find(|s| !have.contains(s.as_str())) {
        let have = have.into_iter().collect::<Vec<_>>().join(", ");
        return Err(PlotError::UnknownSampler { found: found.clone(), have });
    }
    let along = if WITH_STEPS.contains(&ask.x) { Along::Steps } else { Along::Column(ask.x) };
    let mut places: BTreeMap<Facets, usize> = BTreeMap::new();
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut known = BTreeSet::new();
    for record in records.iter().filter(|r| known.insert(r.cell.as_str())) {
        let facets = facets(record, along);
        let index = *places.entry(facets.clone()).or_insert(lines.len());
        if index == lines.len() {
            lines.push(Line { index, facets, records: Vec::new() });
        }
        lines[index].records.push(record);
    }
    lines.retain(|line| ask.samplers.is_empty() || ask.samplers.contains(&line.records[0].sampler));
    Ok(lines)
}

/// Position along the line: the step count, else minus the logarithm of the tolerance, else x.
fn position(record: &Record, ask: &Question<'_>) -> (f64, String) {
    if !WITH_STEPS.contains(&ask.x) {
        let x = number(record, ask.x).unwrap_or(f64::NAN);
        return (x, super::axes::trimmed(x));
    }
    if let Some(steps) = record.steps {
        return (steps as f64, steps.to_string());
    }
    match setting(record, "params.rtol") {
        Some(rtol) if rtol > 0.0 => (-rtol.log10(), format!("rtol {rtol}")),
        _ => (0.0, "adaptive".into()),
    }
}

fn cells(line: &[&Record], ask: &Question<'_>) -> Vec<Cell> {
    let mut places: Vec<(f64, String, Vec<&Record>)> = Vec::new();
    for record in line {
        let (order, at) = position(record, ask);
        match places.iter_mut().find(|(o, a, _)| o.total_cmp(&order).is_eq() && *a == at) {
            Some((_, _, members)) => members.push(record),
            None => places.push((order, at, vec![record])),
        }
    }
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    places
        .into_iter()
        .map(|(order, at, members)| {
            let column = |name: &str| members.iter().filter_map(|r| number(r, name)).collect::<Vec<_>>();
            let bad = |r: &&&Record| r.status != Status::Ok || number(r, ask.y).is_some_and(|y| !y.is_finite());
            let outcome = match members.iter().find(bad) {
                Some(first) => Outcome::Gap {
                    status: if first.status == Status::Ok { Status::Nonfinite } else { first.status },
                    bad: members.iter().filter(bad).count(),
                },
                None => Estimate::of(&column(ask.y)).map_or(Outcome::Missing, Outcome::Value),
            };
            Cell {
                at,
                order,
                x: Estimate::of(&column(ask.x)).map(|e| e.mean),
                outcome,
                floor: Estimate::of(&column(&floor_column(ask.y))).map(|e| e.mean),
                seeds: members.len(),
                samples: members[0].samples,
            }
        })
        .collect()
}

/// The floor over seeds: one number a seed, however many cells repeat it.
fn floor(line: &[&Record], y: &str) -> Option<Estimate> {
    let column = floor_column(y);
    let mut by_seed: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for record in line {
        if let Some(value) = number(record, &column).filter(|v| v.is_finite()) {
            by_seed.entry(record.seed).or_default().push(value);
        }
    }
    Estimate::of(&by_seed.values().map(|v| v.iter().sum::<f64>() / v.len() as f64).collect::<Vec<_>>())
}

/// Name of the column with the floor of a metric; both trajectory errors share one.
fn floor_column(y: &str) -> String {
    format!("{}_floor", y.strip_suffix("_median").unwrap_or(y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::testing::record;

    const ASK: Question<'_> = Question { y: "sliced-w2", x: "nfe_per_sample", samplers: &[] };

    fn records() -> Vec<Record> {
        let mut records = Vec::new();
        for sampler in ["euler", "heun"] {
            for steps in [20, 10] {
                for seed in 0..3 {
                    records.push(record(sampler, steps, seed, (seed + 1) as f64 / steps as f64));
                }
            }
        }
        records
    }

    #[test]
    fn seeds_become_one_point_with_an_interval_in_order_of_steps() {
        let lines = series(&records(), &ASK).expect("there are records");
        assert_eq!(lines.iter().map(|l| l.label.as_str()).collect::<Vec<_>>(), ["euler", "heun"]);
        let cell = &lines[1].cells[0];
        assert_eq!((cell.at.as_str(), cell.seeds, cell.x), ("10", 3, Some(20.0)));
        let Outcome::Value(e) = cell.outcome else { panic!("{cell:?}") };
        assert!((e.mean - 0.2).abs() < 1e-15 && e.n == 3);
        // s = 0.1, t_{0.975, 2} = 4.302653.
        assert!((e.half.expect("three seeds") - 0.430_265_3 / 3f64.sqrt()).abs() < 1e-7);
    }

    #[test]
    fn one_failed_seed_makes_a_gap_and_no_mean_of_the_survivors() {
        let mut records = records();
        records[1].status = Status::TimedOut;
        records[1].metrics.clear();
        let lines = series(&records, &ASK).expect("there are records");
        let gap = lines[0].cells.iter().find(|c| c.at == "20").expect("it is drawn");
        assert_eq!(gap.outcome, Outcome::Gap { status: Status::TimedOut, bad: 1 });
        assert_eq!(gap.x, Some(20.0));
    }

    #[test]
    fn a_metric_that_is_not_a_number_is_a_gap() {
        let mut records = records();
        records[0].metrics.insert("sliced-w2".into(), f64::INFINITY);
        let lines = series(&records, &ASK).expect("there are records");
        assert_eq!(lines[0].cells[1].outcome, Outcome::Gap { status: Status::Nonfinite, bad: 1 });
    }

    #[test]
    fn the_floor_counts_a_seed_once() {
        let floor = series(&records(), &ASK).expect("there are records")[0].floor.expect("has a column");
        assert_eq!(floor.n, 3);
        assert!((floor.mean - 0.01).abs() < 1e-15);
    }

    #[test]
    fn a_filter_keeps_each_line_its_place() {
        let samplers = ["heun".to_owned()];
        let lines = series(&records(), &Question { samplers: &samplers, ..ASK }).expect("there are records");
        assert_eq!((lines.len(), lines[0].index), (1, 1));
    }

    #[test]
    fn what_is_not_there_is_said() {
        let message = |ask: &Question<'_>| series(&records(), ask).expect_err("not there").to_string();
        insta::assert_snapshot!(message(&Question { y: "mmd", ..ASK }), @r#"no record has a number in column "mmd"; the metrics recorded are: sliced-w2, sliced-w2_floor"#);
        let samplers = ["hoin".to_owned()];
        insta::assert_snapshot!(message(&Question { samplers: &samplers, ..ASK }), @r#"the figure asks for sampler "hoin", but the records have: euler, heun"#);
    }

    #[test]
    fn a_repeated_cell_counts_once() {
        let mut twice = records();
        twice.extend(records());
        assert_eq!(series(&twice, &ASK).expect("records"), series(&records(), &ASK).expect("records"));
    }
}
