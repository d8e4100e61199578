//! The samples themselves: a row a sampler, a column a step count; pictures or points of the plane.

mod page;

use super::axes::trimmed;
use super::facets::labels;
use super::only::Only;
use super::series::{Question, group};
use super::style::Width;
use super::{Drawing, PlotError, Source};
use crate::experiment::record::{Record, Status};
use ndarray::{Array2, ArrayView2};
use page::View;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The samples, a row a sampler, a column a step count.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// The step counts that become columns.
    pub steps: Vec<u64>,
    /// Pictures a panel; the first samples of the cell.
    #[serde(default = "sixteen")]
    pub pictures: usize,
    /// Points a panel; the first samples of the cell.
    #[serde(default = "thousand")]
    pub points: usize,
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

fn sixteen() -> usize {
    16
}

fn thousand() -> usize {
    1000
}

/// How a sample is a picture: numbers in the order [channels, height, width].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Image {
    /// One (grey) or three (red, green, blue).
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// The number that is black.
    pub low: f64,
    /// The number that is white (or full colour).
    pub high: f64,
}

/// A cell of the figure: its record and, where they were kept, its samples.
type Kept<'a> = Option<(&'a Record, Option<Array2<f64>>)>;

/// A row of panels.
struct Row<'a> {
    index: usize,
    name: String,
    cells: Vec<Kept<'a>>,
}

/// The figure of samples. Of several seeds, the smallest is shown.
///
/// # Errors
/// As [`series`](super::series::series); [`PlotError::NoSteps`], [`PlotError::Shape`],
/// [`PlotError::Samples`].
pub fn draw(spec: &Samples, source: &Source<'_>) -> Result<Drawing, PlotError> {
    let (rows, left_out) = gather(spec, source)?;
    let kept = rows.iter().flat_map(|r| &r.cells).flatten().filter_map(|(_, x)| x.as_ref().map(|x| x.view()));
    let sets: Vec<ArrayView2<'_, f64>> = source.reference.into_iter().chain(kept).collect();
    for set in &sets {
        check(set.ncols(), source.image)?;
    }
    let behind = source.reference.filter(|_| source.image.is_none());
    let view = View { spec, image: source.image, window: window(sets.first()), behind };
    let scene = view.page(&rows, source.reference.as_ref());

    let mut caption = view.caption();
    let drawn = || rows.iter().flat_map(|r| &r.cells).flatten().map(|(r, _)| *r);
    let seeds: BTreeSet<String> = drawn().map(|r| r.seed.to_string()).collect();
    let seeds = seeds.into_iter().collect::<Vec<_>>().join(", ");
    let _ = writeln!(caption, "The samples of seed {seeds}. Network evaluations per sample:");
    for row in &rows {
        let cost = |(r, _): &(&Record, _)| Some(format!("{} at N = {}", trimmed(r.nfe_per_sample?), r.steps?));
        let costs: Vec<String> = row.cells.iter().flatten().filter_map(cost).collect();
        let _ = writeln!(caption, "  {}: {}", row.name, costs.join(", "));
    }
    if !left_out.is_empty() {
        let _ = writeln!(caption, "Not drawn, without a cell of these step counts: {}.", left_out.join(", "));
    }
    Ok(Drawing { scene, caption })
}

/// The rows, and the names of the lines without any of the step counts.
fn gather<'a>(spec: &Samples, source: &Source<'a>) -> Result<(Vec<Row<'a>>, Vec<String>), PlotError> {
    let lines = group(source.records, &Question { y: "", x: "steps", samplers: &spec.samplers })?;
    let names = labels(&lines.iter().map(|line| line.facets.clone()).collect::<Vec<_>>());
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for (line, name) in lines.iter().zip(names) {
        let load = |steps: &u64| {
            let of_steps = line.records.iter().copied().filter(|r| r.steps == Some(*steps));
            let Some(record) = of_steps.min_by_key(|r| r.seed) else { return Ok(None) };
            Ok(Some((record, if record.status == Status::Ok { (source.samples)(record)? } else { None })))
        };
        let cells: Vec<Kept<'_>> = spec.steps.iter().map(load).collect::<Result<_, PlotError>>()?;
        if cells.iter().any(Option::is_some) {
            rows.push(Row { index: line.index, name, cells });
        } else {
            left_out.push(name);
        }
    }
    if rows.is_empty() {
        let join = |n: &mut dyn Iterator<Item = u64>| n.map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        let have: BTreeSet<u64> = source.records.iter().filter_map(|r| r.steps).collect();
        let (wanted, have) = (join(&mut spec.steps.iter().copied()), join(&mut have.into_iter()));
        return Err(PlotError::NoSteps { wanted, have });
    }
    Ok((rows, left_out))
}

fn check(dim: usize, image: Option<Image>) -> Result<(), PlotError> {
    match image {
        Some(i) if i.channels * i.height * i.width == dim && matches!(i.channels, 1 | 3) => Ok(()),
        Some(_) => Err(PlotError::Shape { dim, allowed: "channels (1 or 3) x height x width must give the dimension" }),
        None if dim >= 2 => Ok(()),
        None => Err(PlotError::Shape { dim, allowed: "points need at least two coordinates" }),
    }
}

/// The square that holds all but the outermost hundredth of a set on each side, a tenth wider.
fn window(set: Option<&ArrayView2<'_, f64>>) -> (f64, f64, f64) {
    let ends = |axis: usize| {
        let mut values: Vec<f64> = set
            .iter()
            .filter(|x| x.ncols() > axis)
            .flat_map(|x| x.column(axis).to_vec())
            .filter(|v| v.is_finite())
            .collect();
        values.sort_by(f64::total_cmp);
        match values.len() {
            0 => (-1.0, 1.0),
            n => (values[n / 100], values[n - 1 - n / 100]),
        }
    };
    let (x, y) = (ends(0), ends(1));
    let side = 1.2 * f64::max(x.1 - x.0, y.1 - y.0).max(1e-12);
    (0.5 * (x.0 + x.1 - side), 0.5 * (y.0 + y.1 - side), side)
}
