//! The trajectory error against step count, with the orders that its lines show.

use super::axes::{Scale, trimmed};
use super::chart::{Chart, Curve, Level, Scaled};
use super::only::Only;
use super::quality::{Cost, ONE_LINE, curve};
use super::series::{Outcome, Question, Series, series};
use super::style::{Pen, Width};
use super::{Drawing, PlotError, caption, slope};
use crate::experiment::record::Record;

/// Points below this many floors are not read as error.
const FLOORS: f64 = 3.0;

/// The trajectory error against step count or evaluations.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Error {
    /// What it is drawn against.
    #[serde(default = "steps")]
    pub x: Cost,
    /// Whether the median over samples is drawn as well, thin and without markers.
    #[serde(default)]
    pub median: bool,
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

fn steps() -> Cost {
    Cost::Steps
}

impl Default for Error {
    fn default() -> Self {
        Self { x: steps(), median: false, samplers: Vec::new(), only: Only::new(), width: Width::default() }
    }
}

/// The figure of the trajectory error.
///
/// # Errors
/// As [`series`].
pub fn draw(spec: &Error, records: &[Record]) -> Result<Drawing, PlotError> {
    let ask = Question { y: "trajectory", x: spec.x.column(), samplers: &spec.samplers };
    let all = series(records, &ask)?;
    // Kinds mcmc and plateau have no trajectory error: not a gap, but nothing to draw.
    let (lines, without): (Vec<Series>, Vec<Series>) =
        all.into_iter().partition(|l| l.cells.iter().any(|c| !matches!(c.outcome, Outcome::Missing)));
    let below = |mean: f64, floor: Option<f64>| floor.is_some_and(|f| mean < FLOORS * f);
    let mut curves = Vec::new();
    if spec.median {
        for line in &series(records, &Question { y: "trajectory_median", ..ask })? {
            let thin = Pen { width: 0.5, marker: None, ..Pen::of(line.index) };
            let mut median = Curve { label: None, pen: thin, gaps: Vec::new(), ..curve(line, below) };
            median.marks.iter_mut().for_each(|m| m.interval = None);
            curves.push(median);
        }
    }
    curves.extend(lines.iter().map(|line| {
        let mut curve = curve(line, below);
        let read: Vec<(f64, f64)> = curve.marks.iter().filter(|m| !m.hollow).map(|m| (m.x, m.y)).collect();
        if let Some(order) = slope::fitted(&read) {
            // Without the sign of a slope that rounds to zero.
            let shown = (10.0 * order).round() / 10.0 + 0.0;
            curve.label = curve.label.map(|label| format!("{label}, slope {shown:.1}"));
            curve.slope = Some(order);
        }
        curve
    }));
    let lowest = curves.iter().flat_map(|c| &c.marks).map(|m| m.y).filter(|y| *y > 0.0).fold(f64::INFINITY, f64::min);
    let level = floor(&lines, "trajectory", lowest, Scale::Log);
    let mut text = format!(
        "{} against {}, both axes logarithmic; one line a sampler.\n\
         Error: RMS over samples of |x − x*|/√D, where x* is the sampler's own limit from the same start.\n",
        caption::title("trajectory"),
        caption::title(spec.x.column()),
    );
    if spec.median {
        text.push_str("Thin lines: the median over samples in place of the RMS.\n");
    }
    text.push_str("Slopes: minus the least-squares slope over the last four points above three floors.\n");
    text.push_str(&caption::replicates(&lines));
    if let Some((_, words)) = &level {
        text.push_str(words.trim_end());
        text.push_str(" Points below three floors are hollow, not joined and not read as error.\n");
    }
    text.push_str(&caption::gaps(&lines));
    text.push_str(&caption::below_zero(&lines));
    for line in &without {
        text.push_str(&format!("Not drawn, has no trajectory error: {}.\n", line.label));
    }
    let chart = Chart {
        width: spec.width,
        x: Scaled { title: caption::title(spec.x.column()), scale: Scale::Log },
        y: Scaled { title: caption::title("trajectory"), scale: Scale::Log },
        curves,
        level: level.map(|(level, _)| level),
        hollow: "below three floors",
    };
    Ok(Drawing { scene: chart.draw(), caption: text })
}

/// The floors of all cells as one grey band, and in words; `lowest` is the lowest point of the figure.
pub(super) fn floor(lines: &[Series], y: &str, lowest: f64, scale: Scale) -> Option<(Level, String)> {
    let (label, what) = caption::floor(y);
    let floors = || lines.iter().flat_map(|l| l.cells.iter().filter_map(|c| c.floor)).filter(|f| f.is_finite());
    let ends = |(low, high), f| (f64::min(low, f), f64::max(high, f));
    let (low, high) = floors().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
    if low.is_infinite() {
        return None;
    }
    // As one line where they differ too little to be seen as a band.
    let one = high - low <= ONE_LINE * low.abs();
    let band = if low == high { trimmed(high) } else { format!("{} to {}", trimmed(low), trimmed(high)) };
    let mut level = Level { label: label.into(), mean: Some(high), interval: None };
    if !one {
        level = Level { mean: None, interval: Some((low, high)), ..level };
    }
    let near = level.near(lowest, scale == Scale::Log);
    if !near {
        level = Level { label: format!("floor at {band}: below the axis"), mean: None, interval: None };
    }
    let drawn = if near { "grey" } else { "below the axis" };
    let text = format!("Floor ({drawn}): {what}: {band}.\n");
    Some((level, text))
}
