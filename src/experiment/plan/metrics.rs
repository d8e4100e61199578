//! The metrics, with the points they are taken of where those are the same for all cells.

use super::Cell;
use super::axes::plain;
use crate::data::io::sha256_of;
use crate::data::{DataSet, read_points};
use crate::experiment::error::{Fault, Problem, Report, sentence};
use crate::experiment::load::yaml_path;
use crate::experiment::load::{Step, Tree};
use crate::experiment::spec::Spec;
use crate::metric::MetricSpec;
use crate::metric::likelihood::bits::Lattice;
use crate::metric::likelihood::{NllSpec, POINTS, PointsSpec, check_end};
use crate::units::Time;
use ndarray::{Array2, s};
use serde_json::json;
use std::sync::Arc;

/// A metric, ready to be measured.
#[derive(Clone, Debug)]
pub struct Measure {
    /// As written, its file absolute.
    pub spec: MetricSpec,
    /// The points it is taken of, [count, dim]: those of its file, or held-out data. `None` where it is taken of none,
    /// or of draws from the closed form.
    pub points: Option<Arc<Array2<f64>>>,
    /// What its numbers depend on beside the cell: its own settings and the SHA-256 of its points, as compact JSON.
    /// Empty for a metric without settings.
    pub settings: String,
}

/// The metrics of an experiment; `dim` is that of the model, where it is known.
pub(super) fn measures(
    spec: &Spec,
    tree: &Tree,
    data: Option<&DataSet>,
    dim: Option<usize>,
) -> Result<Vec<Measure>, Problem> {
    let measure = |(i, metric): (usize, &MetricSpec)| {
        let refused = |(key, text): (&[&str], String)| {
            let mut place = yaml_path!["metrics", i, metric.name()].to_vec();
            place.extend(key.iter().map(|&key| Step::from(key)));
            tree.problem(&place, Fault::Invalid(text))
        };
        let points = points(metric, spec.model.is_network(), data, dim).map_err(refused)?;
        let settings = settings(metric, points.as_ref());
        Ok(Measure { spec: metric.clone(), points: points.map(Arc::new), settings })
    };
    spec.metrics.iter().enumerate().map(measure).collect()
}

/// Times that metrics name, on the processes of all cells.
pub(super) fn check_times(spec: &Spec, tree: &Tree, cells: &[Cell]) -> Result<(), Report> {
    let problem = |(i, metric): (usize, &MetricSpec)| {
        let MetricSpec::Nll(NllSpec { t_end: Some(t), .. }) = metric else { return None };
        let t_end = Time::new(*t).ok()?;
        let mut built = cells.iter().filter_map(|cell| cell.process.build().ok());
        let allowed = built.find_map(|process| check_end(t_end, &*process).err())?;
        let fault = Fault::Invalid(format!("t_end = {t_end}: {allowed}"));
        Some(tree.problem(&yaml_path!["metrics", i, "nll", "t_end"], fault))
    };
    let problems: Vec<Problem> = spec.metrics.iter().enumerate().filter_map(problem).collect();
    if problems.is_empty() { Ok(()) } else { Err(Report(problems)) }
}

/// The points of a metric that do not depend on the cell; an error is at a key of the metric.
fn points(
    metric: &MetricSpec,
    network: bool,
    data: Option<&DataSet>,
    dim: Option<usize>,
) -> Result<Option<Array2<f64>>, (&'static [&'static str], String)> {
    let Some(of) = metric.points() else { return Ok(None) };
    let (x, whose) = match (of.file, data) {
        (Some(PointsSpec::File(file)), _) => {
            let all = read_points(file, dim).map_err(|e| (&["points", "file"][..], sentence(&e)))?;
            (first(&all, of.samples), "file")
        }
        (None, Some(data)) if network || of.lattice.is_some() => {
            (first(&data.held_out, of.samples.or(Some(POINTS))), "held-out data")
        }
        (None, _) => match of.lattice {
            None => return Ok(None),
            Some((_, key)) => {
                let text = "samples of a closed form lie on no levels: give `points: { file }`, or `data` that do";
                return Err((key, text.into()));
            }
        },
    };
    if let Some((lattice, key)) = of.lattice
        && let Err((row, column)) = lattice.numbers(x.view())
    {
        let Lattice { count, low, high } = lattice;
        let value = x[[row, column]];
        let text = format!(
            "{value} in row {row}, column {column} of the {whose} (both from 0) is none of the {count} levels from {low} \
             to {high}"
        );
        return Err((key, text));
    }
    Ok(Some(x))
}

fn first(x: &Array2<f64>, count: Option<u32>) -> Array2<f64> {
    let count = count.map_or(x.nrows(), |count| x.nrows().min(count as usize));
    x.slice(s![..count, ..]).as_standard_layout().into_owned()
}

/// Settings without the place of a file, which its numbers stand for.
fn settings(metric: &MetricSpec, points: Option<&Array2<f64>>) -> String {
    let mut own = plain(metric);
    let Some(keys) = own.get_mut(metric.name()).and_then(|own| own.as_object_mut()) else { return String::new() };
    keys.remove("points");
    if let Some(points) = points {
        keys.insert("points".into(), json!({ "sha256": sha256_of(&[points.view()]) }));
    }
    own.to_string()
}
