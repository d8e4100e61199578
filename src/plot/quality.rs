//! A metric against its cost: log-log, one line a sampler, intervals, gaps and the floor.

use super::axes::{Scale, trimmed};
use super::chart::{Chart, Curve, Gap, Level, Mark, Scaled};
use super::interval::Estimate;
use super::only::Only;
use super::series::{Outcome, Question, Series, series};
use super::style::{Pen, Width};
use super::{Drawing, PlotError, caption};
use crate::experiment::record::Record;
use std::collections::BTreeSet;

/// What the quality is drawn against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cost {
    /// N, the number of grid intervals.
    Steps,
    /// Counted network evaluations per sample.
    #[default]
    Nfe,
    /// Wall time of a cell alone in seconds, as `ito run --time` takes it.
    Time,
}

impl Cost {
    /// The column of the records.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Nfe => "nfe_per_sample",
            Self::Time => "wall_s",
        }
    }
}

/// A metric against step count, evaluations or time.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// The metric, named as under `metrics`.
    pub y: String,
    /// What it is drawn against.
    #[serde(default)]
    pub x: Cost,
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

/// The figure of a metric.
///
/// # Errors
/// As [`series`].
pub fn draw(spec: &Quality, records: &[Record]) -> Result<Drawing, PlotError> {
    let lines = series(records, &Question { y: &spec.y, x: spec.x.column(), samplers: &spec.samplers })?;
    let level = floor(&lines, &spec.y);
    let chart = Chart {
        width: spec.width,
        x: Scaled { title: caption::title(spec.x.column()), scale: Scale::Log },
        y: Scaled { title: caption::title(&spec.y), scale: Scale::Log },
        curves: lines.iter().map(|line| curve(line, |_, _| false)).collect(),
        level: level.as_ref().map(|(level, _)| level.clone()),
        hollow: "",
    };
    let text = format!(
        "{} against {}, both axes logarithmic; one line a sampler.\n{}{}{}{}{}{}{}",
        caption::title(&spec.y),
        caption::title(spec.x.column()),
        caption::times([spec.x.column(), &spec.y]),
        caption::bound(&spec.y, records),
        caption::no_target(&spec.y, records, &spec.samplers),
        caption::replicates(&lines),
        level.map_or_else(|| "No floor was recorded for this metric.\n".to_owned(), |(_, text)| text),
        caption::gaps(&lines),
        caption::below_zero(&lines),
    );
    Ok(Drawing { scene: chart.draw(), caption: text })
}

/// A line of a chart; `hollow(mean, floor)` says which points are not read as numbers. Its label names the gaps that have
/// no place on the axis for a cross.
pub(super) fn curve(line: &Series, hollow: impl Fn(f64, Option<f64>) -> bool) -> Curve {
    let mut out = Curve {
        label: Some(line.label.clone()),
        pen: Pen::of(line.index),
        marks: Vec::new(),
        gaps: Vec::new(),
        slope: None,
    };
    for cell in &line.cells {
        match (cell.outcome, cell.x) {
            (Outcome::Value(e), Some(x)) => out.marks.push(Mark {
                order: cell.order,
                x,
                y: e.mean,
                interval: e.half.map(|_| (e.low(), e.high())),
                hollow: hollow(e.mean, cell.floor),
            }),
            (Outcome::Gap { status, .. }, x) => out.gaps.push(Gap { order: cell.order, x, why: status.word() }),
            (Outcome::Partly { .. }, x) => out.gaps.push(Gap { order: cell.order, x, why: "not measured" }),
            (Outcome::Missing | Outcome::Value(_), _) => {}
        }
    }
    let nowhere: Vec<&str> = out.gaps.iter().filter(|gap| gap.x.is_none()).map(|gap| gap.why).collect();
    if !nowhere.is_empty() {
        let (gone, cells) = (nowhere.len(), line.cells.len());
        let words = nowhere.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
        let share = if gone < cells { format!("{gone} of {cells} ") } else { String::new() };
        out.label = Some(format!("{} ({share}{words})", line.label));
    }
    out
}

/// Floors that differ by less of their size are drawn as one line.
pub(super) const ONE_LINE: f64 = 0.01;

/// The floors of several lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floors {
    first: Estimate,
    /// Lowest and highest end of any interval.
    low: f64,
    high: f64,
    /// Whether all agree but for rounding.
    common: bool,
    /// Whether they differ by so little that one number stands for all: `final: mean` and `state` compare with laws that
    /// all but agree.
    pub(super) one: bool,
}

impl Floors {
    /// `None` where no line has a floor.
    pub(super) fn of(lines: &[Series]) -> Option<Self> {
        let floors: Vec<Estimate> = lines.iter().filter_map(|l| l.floor).collect();
        let first = *floors.first()?;
        Some(Self {
            first,
            low: floors.iter().map(Estimate::low).fold(f64::INFINITY, f64::min),
            high: floors.iter().map(Estimate::high).fold(f64::NEG_INFINITY, f64::max),
            common: floors.iter().all(|f| f.same(&first)),
            one: floors.iter().all(|f| (f.mean - first.mean).abs() <= ONE_LINE * first.mean.abs()),
        })
    }

    /// The first floor with an interval that holds those of the others.
    pub(super) fn together(&self) -> Estimate {
        let Estimate { mean, half, .. } = self.first;
        let widest = (self.high - mean).max(mean - self.low);
        Estimate { half: if self.common { half } else { half.map(|_| widest) }, ..self.first }
    }
}

/// The floor as a grey level and in words: one with its interval where the lines share it, else the band from
/// the lowest to the highest.
fn floor(lines: &[Series], y: &str) -> Option<(Level, String)> {
    let (label, what) = caption::floor(y);
    let Floors { first, low, high, common, one } = Floors::of(lines)?;
    let mut level = Level {
        label: label.into(),
        mean: one.then_some(first.mean),
        interval: (!common || first.half.is_some()).then_some((low, high)),
    };
    let (low, high) = (trimmed(low), trimmed(high));
    let means = lines.iter().flat_map(|l| &l.cells).filter_map(|cell| match cell.outcome {
        Outcome::Value(e) if e.mean > 0.0 => Some(e.mean),
        _ => None,
    });
    // An axis that reached down to the tolerance of a reference would leave the lines no room.
    let lowest = means.fold(f64::INFINITY, f64::min);
    let mut drawn = "grey";
    if y.starts_with("trajectory") && !level.near(lowest, true) {
        level =
            Level { label: format!("{label} at {}: below the axis", trimmed(first.mean)), mean: None, interval: None };
        drawn = "below the axis";
    }
    let text = if common {
        format!("Floor ({drawn}): {what}: {}.\n", caption::estimate(&first))
    } else {
        format!("Floor ({drawn}): {what}; the lines have floors of their own, the band covers all: {low} to {high}.\n")
    };
    Some((level, text))
}
