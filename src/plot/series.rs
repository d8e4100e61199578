//! From records to lines: cells that differ by their seed become one point with an interval, or a gap.

mod column;
mod group;

use super::PlotError;
use super::caption::untargeted;
use super::facets::labels;
use super::interval::Estimate;
use crate::experiment::record::{Record, Status};
use std::collections::BTreeMap;

use column::floor_column;
pub(super) use column::metric_names;
pub use column::{COUNTS, TIMES, number};
pub(super) use group::{Line, WITH_STEPS, group, position};

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
    /// Some seeds ended well but do not have this metric: no mean is formed of the others.
    Partly {
        /// How many do not have it.
        lacking: usize,
    },
    /// The cells ended well but do not have this metric.
    Missing,
}

impl Outcome {
    /// The mean of what this many seeds gave; a gap where it is not finite, for no axis has a place for it.
    pub(super) fn of(values: &[f64], seeds: usize) -> Self {
        match Estimate::of(values) {
            None => Self::Missing,
            Some(_) if values.len() < seeds => Self::Partly { lacking: seeds - values.len() },
            Some(e) if e.mean.is_finite() => Self::Value(e),
            Some(e) => Self::Gap { status: Status::Nonfinite, bad: e.n },
        }
    }
}

/// The lines of a figure, in the order of the records.
///
/// # Errors
/// [`PlotError::NoRecords`], [`PlotError::UnknownSampler`]; [`PlotError::NoColumn`] where no record has a
/// number in `x`, or none that ended well has one in `y`; [`PlotError::NoTimes`] for a column of times.
pub fn series(records: &[Record], ask: &Question<'_>) -> Result<Vec<Series>, PlotError> {
    let lines = group(records, ask)?;
    let chosen = || lines.iter().flat_map(|line| line.records.iter().copied());
    let none_ended_well = chosen().all(|r| r.status != Status::Ok);
    for (column, excused) in [(ask.x, false), (ask.y, none_ended_well)] {
        if !excused && chosen().all(|r| number(r, column).is_none()) {
            if TIMES.contains(&column) {
                return Err(PlotError::NoTimes(column.to_owned()));
            }
            return Err(PlotError::NoColumn { column: column.to_owned(), have: metric_names(records) });
        }
    }
    let names = labels(&lines.iter().map(|line| line.facets.clone()).collect::<Vec<_>>());
    let sum_up = |(line, label): (&Line<'_>, String)| Series {
        label: targeted(label, &line.records, ask.y),
        index: line.index,
        cells: cells(&line.records, ask),
        floor: floor(&line.records, ask.y),
    };
    Ok(lines.iter().zip(names).map(sum_up).collect())
}

/// A label that says where no target is claimed.
fn targeted(label: String, records: &[&Record], y: &str) -> String {
    if records.iter().any(|r| untargeted(y, r).is_some()) { format!("{label} (no target)") } else { label }
}

/// The records at one place of a line, one a seed.
pub(super) struct Place<'a> {
    /// As [`Cell::at`].
    pub at: String,
    /// As [`Cell::order`].
    pub order: f64,
    /// As [`Cell::x`].
    pub x: Option<f64>,
    /// In the order of the records.
    pub records: Vec<&'a Record>,
}

/// The places of a line in order.
pub(super) fn places<'a>(line: &[&'a Record], ask: &Question<'_>) -> Vec<Place<'a>> {
    let mut places: Vec<Place<'_>> = Vec::new();
    for record in line {
        let (order, at) = position(record, ask);
        match places.iter_mut().find(|p| p.order.total_cmp(&order).is_eq() && p.at == at) {
            Some(place) => place.records.push(record),
            None => places.push(Place { at, order, x: None, records: vec![record] }),
        }
    }
    for place in &mut places {
        let mut known: Vec<f64> = place.records.iter().filter_map(|r| number(r, ask.x)).collect();
        // What was refused or failed has no evaluations but those it was planned for.
        if known.is_empty() && ["nfe", "nfe_per_sample"].contains(&ask.x) {
            known.extend(place.records.iter().filter_map(|r| number(r, "nfe_asked")));
        }
        place.x = Estimate::of(&known).map(|e| e.mean).filter(|x| x.is_finite());
    }
    places.sort_by(|a, b| a.order.total_cmp(&b.order));
    places
}

/// How a record ended for a figure of `y`: a metric that is not finite is no success.
pub(super) fn ended(record: &Record, y: &str) -> Status {
    match record.status {
        Status::Ok if number(record, y).is_some_and(|y| !y.is_finite()) => Status::Nonfinite,
        status => status,
    }
}

fn cells(line: &[&Record], ask: &Question<'_>) -> Vec<Cell> {
    let cell = |place: Place<'_>| {
        let (outcome, floor) = summed(&place.records, ask.y);
        let (seeds, samples) = (place.records.len(), place.records[0].samples);
        Cell { at: place.at, order: place.order, x: place.x, outcome, floor, seeds, samples }
    };
    places(line, ask).into_iter().map(cell).collect()
}

/// What the seeds of a cell gave together, and the mean of their floors.
pub(super) fn summed(records: &[&Record], y: &str) -> (Outcome, Option<f64>) {
    let column = |name: &str| records.iter().filter_map(|r| number(r, name)).collect::<Vec<_>>();
    let bad: Vec<Status> = records.iter().map(|r| ended(r, y)).filter(|s| *s != Status::Ok).collect();
    let outcome = match bad.first() {
        Some(&status) => Outcome::Gap { status, bad: bad.len() },
        None => Outcome::of(&column(y), records.len()),
    };
    (outcome, Estimate::of(&column(&floor_column(y))).map(|e| e.mean))
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

    /// As after a metric that was asked for later and has been measured on one seed alone.
    #[test]
    fn a_metric_that_some_seeds_lack_is_a_gap_and_no_mean_of_the_others() {
        let mut records = records();
        records.iter_mut().filter(|r| r.seed == 0).for_each(|r| {
            r.metrics.insert("mmd".into(), 0.5);
        });
        let lines = series(&records, &Question { y: "mmd", ..ASK }).expect("there are records");
        assert!(lines.iter().flat_map(|l| &l.cells).all(|c| c.outcome == Outcome::Partly { lacking: 2 }), "{lines:?}");
        let gaps = crate::plot::caption::gaps(&lines[..1]);
        assert!(gaps.contains("euler at 10: 2 of 3 seeds not measured"), "{gaps}");
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
