//! The difference of a metric between two samplers, seed by seed: what the same noise for both buys.
//!
//! With the same seed two samplers start from the same x_T and, with `noise: paired`, follow the same Brownian path.
//! Their errors then rise and fall together, and the interval of the mean difference over seeds is narrower than one
//! that is built from the intervals of the two.

mod names;
mod pairs;

use super::axes::{Scale, decimal, trimmed};
use super::chart::{Chart, Curve, Level, Scaled};
use super::interval::Estimate;
use super::only::Only;
use super::quality::curve;
use super::series::{Cell, Outcome, Series, ended, metric_names, number};
use super::style::{Pen, Spread, Width};
use super::{Drawing, PlotError, caption};
use crate::experiment::record::{Record, Status};
use pairs::{Meeting, Pairs, pairs};
use std::collections::BTreeSet;

/// Where two samplers meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum At {
    /// N, the number of grid intervals.
    #[default]
    Steps,
    /// Counted network evaluations per sample.
    Nfe,
}

impl At {
    /// The column of the records.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Nfe => "nfe_per_sample",
        }
    }

    /// In messages.
    fn word(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Nfe => "NFE",
        }
    }
}

/// The difference of a metric between two samplers.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The metric, named as under `metrics`.
    pub y: String,
    /// Two samplers; the second is subtracted from the first. A sampler is named by its id, or as in the legends where
    /// an id has several parameters (`ddim, eta = 0`).
    pub of: [String; 2],
    /// Where both are compared; cells are joined where it, the seed and all settings are the same.
    #[serde(default)]
    pub x: At,
    /// A column of the records, such as `noise`, whose values make lines of their own and name them first. Other
    /// settings that vary make lines of their own, too.
    #[serde(default)]
    pub by: Option<String>,
    /// Only cells with these settings, `{ grid: log-snr }`: a setting by name (`grid`, `process`, `noise`, `final`,
    /// `params.order`, `nfe`, `steps`), with one value or several.
    #[serde(default, skip_serializing_if = "Only::is_empty")]
    pub only: Only,
    /// Printed width.
    #[serde(default)]
    pub width: Width,
}

/// The figure of a difference.
///
/// # Errors
/// [`PlotError`]: no records, a name that is not one sampler's, a column that is no setting, no pairs of cells, one
/// seed alone, no number in `y`.
pub fn draw(spec: &Difference, records: &[Record]) -> Result<Drawing, PlotError> {
    let Pairs { names: [first, second], lines: joined, notes } = pairs(spec, records)?;
    let meetings = || joined.iter().flat_map(|line| &line.places);
    if meetings().all(|m| m.pairs.len() < 2) {
        let seeds: BTreeSet<u64> = meetings().flat_map(|m| m.pairs.iter().map(|(r, _)| r.seed)).collect();
        let word = if seeds.len() == 1 { "seed" } else { "at each place one of the seeds" };
        let seeds = seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        return Err(PlotError::OneSeed { first, second, seeds: format!("{word} {seeds}") });
    }
    let of_line = |(index, line): (usize, &pairs::Joined<'_>)| Series {
        label: line.label.clone(),
        index,
        cells: line.places.iter().map(|m| cell(m, &spec.y)).collect(),
        floor: None,
    };
    let lines: Vec<Series> = joined.iter().enumerate().map(of_line).collect();
    if lines.iter().flat_map(|l| &l.cells).all(|c| c.outcome == Outcome::Missing) {
        return Err(PlotError::NoColumn { column: spec.y.clone(), have: metric_names(records) });
    }
    let (x_title, y_title) = (caption::title(spec.x.column()), caption::title(&spec.y));
    let mut text = format!(
        "{y_title} of {first} minus that of {second} against {x_title} (logarithmic axis), seed by seed at equal \
         settings; below the zero line {first} has the lower number.\n{}",
        caption::replicates(&lines)
    );
    text.push_str(
        "In the legend: half the width of the interval, its mean over the places where all lines have one (over the \
         line's own, should there be none).\nWhere no bar is seen, it is shorter than the marker",
    );
    let single = |cell: &Cell| matches!(cell.outcome, Outcome::Value(Estimate { half: None, .. }));
    let or = if lines.iter().flat_map(|l| &l.cells).any(single) { ", or only one seed is there" } else { "" };
    text.push_str(&format!("{or}.\n"));
    if lines.len() > 1 {
        text.push_str("Lines stand side by side at each place, so that their bars do not hide each other.\n");
    }
    let compared = joined.iter().flat_map(|line| &line.places).flat_map(|m| &m.pairs).flat_map(|&(a, b)| [a, b]);
    text.push_str(&caption::no_target(&spec.y, compared, &[]));
    text.push_str(&notes);
    let alone: usize = meetings().map(|m| m.alone).sum();
    if alone > 0 {
        text.push_str(&format!("Left out: {alone} cells whose seed the other sampler does not have at that place.\n"));
    }
    text.push_str(&caption::gaps(&lines));
    let chart = Chart {
        width: spec.width,
        x: Scaled { title: x_title, scale: Scale::Log },
        y: Scaled { title: format!("difference in {y_title}"), scale: Scale::Linear },
        curves: curves(&lines, spec.width),
        level: Some(Level { label: format!("{first} − {second} = 0"), mean: Some(0.0), interval: None }),
        hollow: "",
    };
    Ok(Drawing { scene: chart.draw(), caption: text })
}

/// The differences at one place, one a seed.
fn cell(meeting: &Meeting<'_>, y: &str) -> Cell {
    let end = |(a, b): &(&Record, &Record)| [ended(a, y), ended(b, y)].into_iter().find(|s| *s != Status::Ok);
    let bad: Vec<Status> = meeting.pairs.iter().filter_map(end).collect();
    let difference = |(a, b): &(&Record, &Record)| Some(number(a, y)? - number(b, y)?);
    let outcome = match bad.first() {
        Some(&status) => Outcome::Gap { status, bad: bad.len() },
        None => {
            let values: Vec<f64> = meeting.pairs.iter().filter_map(difference).collect();
            Outcome::of(&values, meeting.pairs.len())
        }
    };
    let (place, seeds) = (&meeting.place, meeting.pairs.len());
    let samples = meeting.pairs[0].0.samples;
    Cell { at: place.at.clone(), order: place.order, x: place.x, outcome, floor: None, seeds, samples }
}

fn half(cell: &Cell) -> Option<f64> {
    if let Outcome::Value(e) = cell.outcome { e.half } else { None }
}

/// The mean half width of each line's intervals over the places where all lines have one, so that the numbers can be
/// compared; over its own places where there are none such.
fn halves(lines: &[Series]) -> Vec<Option<f64>> {
    let at = |line: &Series, x: Option<f64>| line.cells.iter().find(|c| c.x == x).and_then(half);
    let shared = |cell: &&Cell| lines.iter().all(|line| at(line, cell.x).is_some());
    let mean = |halves: Vec<f64>| Estimate::of(&halves).map(|e| e.mean);
    let of_line = |line: &Series| {
        let all = || line.cells.iter().filter(|c| half(c).is_some());
        mean(all().filter(shared).filter_map(half).collect()).or_else(|| mean(all().filter_map(half).collect()))
    };
    lines.iter().map(of_line).collect()
}

fn curves(lines: &[Series], width: Width) -> Vec<Curve> {
    let middle = 0.5 * lines.len().saturating_sub(1) as f64;
    let apart = apart(lines, width);
    let draw = |(i, (line, half)): (usize, (&Series, Option<f64>))| {
        let pen = Pen { spread: Spread::Bars(apart * (i as f64 - middle)), width: 0.6, ..Pen::of(i) };
        let half = half.map(|h| format!(" (±{})", half_width(h))).unwrap_or_default();
        let curve = curve(line, |_, _| false);
        Curve { label: curve.label.map(|label| format!("{label}{half}")), pen, ..curve }
    };
    lines.iter().zip(halves(lines)).enumerate().map(draw).collect()
}

/// How far apart neighbouring lines stand, in points: all of them have room between two places and inside the frame.
fn apart(lines: &[Series], width: Width) -> f64 {
    /// Between two bars where there is room enough.
    const WANTED: f64 = 6.0;
    /// Free at either end of the axis, markers and half a bar left out.
    const MARGIN: f64 = 4.0;
    /// Of the printed width is axis, at least.
    const AXIS: f64 = 0.5;
    let mut places: Vec<f64> = lines.iter().flat_map(|l| &l.cells).filter_map(|c| Some(c.x?.ln())).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let range = places.last().zip(places.first()).map_or(0.0, |(last, first)| last - first);
    let nearest = places.windows(2).map(|p| p[1] - p[0]).fold(f64::INFINITY, f64::min);
    let room = if range > 0.0 { nearest / range * AXIS * width.points() } else { f64::INFINITY };
    let gaps = lines.len().saturating_sub(1).max(1) as f64;
    WANTED.min(2.0 * MARGIN / gaps).min(room / lines.len().max(1) as f64)
}

/// `0.0021`, `3.4·10⁻⁵`: an interval has no more digits than these.
fn half_width(value: f64) -> String {
    let rounded: f64 = format!("{value:.1e}").parse().unwrap_or(value);
    // Plain as on the vertical axis, even where other figures write powers of ten, so that lines compare at a glance.
    if (1e-4..1e-3).contains(&rounded) { decimal(rounded, 5) } else { trimmed(rounded) }
}

#[cfg(test)]
mod tests;
