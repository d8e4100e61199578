//! Any column against any other, such as a variance against the temperature with the theory's line.

use super::axes::Scale;
use super::chart::{Chart, Curve, Mark, Scaled};
use super::error::floor;
use super::only::Only;
use super::quality::curve;
use super::series::{Outcome, Question, Series, series};
use super::style::{BLACK, Pen, Spread, Width};
use super::{Drawing, PlotError, caption};
use crate::experiment::record::Record;

/// Any column against any other.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// The metric.
    pub y: String,
    /// A numeric column of the records, or the path of a setting such as `params.temperature`.
    pub x: String,
    /// Horizontal axis: linear or log.
    #[serde(default)]
    pub x_scale: Scale,
    /// Vertical axis: linear or log.
    #[serde(default)]
    pub y_scale: Scale,
    /// A metric that holds what theory expects at each x; drawn black, without markers.
    #[serde(default)]
    pub reference: Option<String>,
    /// Words for the horizontal axis, with the unit; the column's name by default.
    #[serde(default)]
    pub x_title: Option<String>,
    /// Words for the vertical axis, with the unit; the column's name by default.
    #[serde(default)]
    pub y_title: Option<String>,
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

/// The figure of two columns.
///
/// # Errors
/// As [`series`].
pub fn draw(spec: &Lines, records: &[Record]) -> Result<Drawing, PlotError> {
    let ask = Question { y: &spec.y, x: &spec.x, samplers: &spec.samplers };
    // A sampler without this parameter has no place on the axis; a cell that failed is a gap.
    let placed =
        |line: &Series| line.cells.iter().any(|cell| cell.x.is_some() || matches!(cell.outcome, Outcome::Gap { .. }));
    let (lines, without): (Vec<Series>, Vec<Series>) = series(records, &ask)?.into_iter().partition(placed);
    let x_title = spec.x_title.clone().unwrap_or_else(|| caption::title(&spec.x));
    let y_title = spec.y_title.clone().unwrap_or_else(|| caption::title(&spec.y));
    let mut curves = Vec::new();
    if let Some(column) = &spec.reference {
        curves = references(&series(records, &Question { y: column, ..ask })?);
    }
    curves.extend(lines.iter().map(|line| curve(line, |_, _| false)));
    let marks = curves.iter().flat_map(|curve| &curve.marks).map(|mark| mark.y);
    let lowest = marks.filter(|y| *y > 0.0).fold(f64::INFINITY, f64::min);
    let level = floor(&lines, &spec.y, lowest, spec.y_scale);
    let log = |scale: Scale| if scale == Scale::Log { "logarithmic" } else { "linear" };
    let mut text = format!(
        "{y_title} ({} axis) against {x_title} ({} axis).\n{}{}{}",
        log(spec.y_scale),
        log(spec.x_scale),
        caption::times([&spec.x, &spec.y]),
        caption::no_target(&spec.y, records, &spec.samplers),
        caption::replicates(&lines)
    );
    if let Some(column) = &spec.reference {
        text.push_str(&format!("Black without markers: {}, which theory expects.\n", caption::title(column)));
    }
    if let Some((_, words)) = &level {
        text.push_str(words);
    }
    text.push_str(&caption::gaps(&lines));
    if spec.y_scale == Scale::Log {
        text.push_str(&caption::below_zero(&lines));
    }
    for line in &without {
        text.push_str(&format!("Not drawn, has no {}: {}.\n", caption::title(&spec.x), line.label));
    }
    let chart = Chart {
        width: spec.width,
        x: Scaled { title: x_title, scale: spec.x_scale },
        y: Scaled { title: y_title, scale: spec.y_scale },
        curves,
        level: level.map(|(level, _)| level),
        hollow: "",
    };
    Ok(Drawing { scene: chart.draw(), caption: text })
}

/// What theory expects, once where several lines expect the same.
fn references(lines: &[Series]) -> Vec<Curve> {
    let mut out: Vec<Curve> = Vec::new();
    for line in lines {
        let marks: Vec<Mark> = line
            .cells
            .iter()
            .filter_map(|cell| match (cell.outcome, cell.x) {
                (Outcome::Value(e), Some(x)) => {
                    Some(Mark { order: cell.order, x, y: e.mean, interval: None, hollow: false })
                }
                _ => None,
            })
            .collect();
        let known = |other: &Curve| marks.iter().all(|m| other.marks.contains(m));
        if !out.iter().any(known) {
            let pen = Pen { color: BLACK, width: 0.8, dash: &[], marker: None, spread: Spread::Band };
            out.push(Curve { label: None, pen, marks, gaps: Vec::new(), slope: None });
        }
    }
    if let Some(first) = out.first_mut() {
        first.label = Some("theory".into());
    }
    out
}
