//! Mistakes in the figures of an experiment, found from its plan before anything runs, each at its place in the YAML.

use super::image;
use crate::experiment::error::{Fault, Problem};
use crate::experiment::load::{Step, Tree};
use crate::experiment::measure::{columns, missing};
use crate::experiment::plan::Plan;
use crate::experiment::record::{Record, Status};
use crate::experiment::run::asked;
use crate::metric::MetricSpec;
use crate::plot::facets::{Along, facets, setting};
use crate::plot::series::COUNTS;
use crate::plot::{self, FigureSpec, PlotError, Source, loss, only};
use ndarray::Array2;
use serde_json::Value;
use std::collections::BTreeSet;

/// Replicates of a setting that decide whether a figure can be drawn: an interval needs two.
const SEEDS: usize = 2;

/// Height of a printed page's text, 9.5 inches, in points.
const PAGE: f64 = 9.5 * 72.0;

/// What is wrong with the figures of a plan, and what is right but shows less than was asked for. `dim` is that of the
/// model, where it is known.
pub(in crate::experiment) fn check(plan: &Plan, tree: &Tree, dim: Option<usize>) -> (Vec<Problem>, Vec<String>) {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    if plan.spec.figures.is_empty() || plan.cells.iter().all(|cell| cell.refused.is_some()) {
        return (problems, notes);
    }
    let records = records(plan);
    let curve = loss::Curve { network: "", step: &[1], loss: &[1.0], smoothed: &[1.0] };
    let pictures = dim.map(|dim| Array2::zeros((1, dim)));
    let source = Source {
        records: &records,
        samples: &|_| Ok(None),
        reference: pictures.as_ref().map(|x| x.view()),
        image: image(plan.data.as_deref().map(|data| &data.shape)),
        loss: if plan.spec.model.is_network() { &[curve] } else { &[] },
    };
    for (number, figure) in plan.spec.figures.iter().enumerate() {
        match plot::check(figure, &source) {
            // Where a sampler chooses its steps, only the run tells at which evaluations two samplers meet.
            Err(PlotError::NoPairs { .. } | PlotError::OneSeed { .. }) if cost_unknown(figure, &records) => {}
            Err(error) => problems.push(problem(tree, &plan.spec.metrics, &records, (number, figure), &error)),
            Ok(height) => {
                notes.extend(steps_missing(number, figure, &records));
                notes.extend(height.and_then(|height| taller_than_a_page(number, height)));
            }
        }
    }
    (problems, notes)
}

/// The records that the cells would have if every one ended well and every metric were 1.
fn records(plan: &Plan) -> Vec<Record> {
    let seeds: BTreeSet<u32> = plan.spec.sweep.seed.0.iter().take(SEEDS).copied().collect();
    let of = |cell: &crate::experiment::plan::Cell| {
        let mut record = asked(cell, plan, "", 1);
        let evaluations = cell.evaluations.unwrap_or(1);
        #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let per_sample = evaluations as f64;
        (record.nfe, record.nfe_per_sample, record.depth) = (Some(evaluations), Some(per_sample), Some(evaluations));
        (record.rejected, record.wall_s, record.model_s) = (Some(0), Some(1.0), Some(1.0));
        if cell.refused.is_some() {
            record.status = Status::Refused;
            return record;
        }
        let measured = missing(plan, cell, &record);
        let measured = measured.into_iter().flat_map(|measure| columns(std::slice::from_ref(&measure.spec)));
        // A floor far below its metric, so that no point is left out for it.
        record.metrics = measured.map(|c| if c.ends_with("_floor") { (c, 1e-6) } else { (c, 1.0) }).collect();
        record
    };
    plan.cells.iter().filter(|cell| seeds.contains(&cell.seed.get())).map(of).collect()
}

/// Whether a figure joins two samplers by evaluations that nobody knows before the run.
fn cost_unknown(figure: &FigureSpec, records: &[Record]) -> bool {
    matches!(figure, FigureSpec::Difference(f) if f.x == plot::difference::At::Nfe)
        && records.iter().any(|record| record.steps.is_none())
}

/// The columns of a figure of samples that stay empty.
fn steps_missing(number: usize, figure: &FigureSpec, records: &[Record]) -> Option<String> {
    let FigureSpec::Samples(samples) = figure else { return None };
    let records = only::kept(records, &samples.only).ok()?;
    let without = samples.steps.iter().filter(|n| records.iter().all(|record| record.steps != Some(**n)));
    let without: Vec<String> = without.map(u64::to_string).collect();
    let text =
        format!("figures[{number}].samples.steps: no cell has N = {}: these columns stay empty", without.join(", "));
    (!without.is_empty()).then_some(text)
}

/// A figure that no page of a paper holds.
fn taller_than_a_page(number: usize, height: f64) -> Option<String> {
    (height > PAGE).then(|| {
        format!(
            "figures[{number}] is {:.0} inches tall, more than a page: `samplers` and `only` choose what it shows",
            height / 72.0
        )
    })
}

/// What is wrong with a figure, at the key that is wrong; `records` are those that it was to be drawn from.
pub fn problem(
    tree: &Tree,
    metrics: &[MetricSpec],
    records: &[Record],
    (number, figure): (usize, &FigureSpec),
    error: &PlotError,
) -> Problem {
    let json = serde_json::to_value(figure).unwrap_or_default();
    let (kind, keys) = json.as_object().and_then(|map| map.iter().next()).unwrap_or_else(|| unreachable!("{json}"));
    let below = place(keys, error);
    let fault = fault(kind, below.first(), metrics, records, error);
    let mut path: Vec<Step> = vec!["figures".into(), number.into(), kind.as_str().into()];
    path.extend(below);
    // The mark stands under a wrong name, which for a list or a map is one of its keys or items.
    let of_value = matches!(fault, Fault::UnknownName { .. }) && !matches!(error, PlotError::NoSetting { .. });
    match value(&tree.root, &path).filter(|_| of_value) {
        Some(node) => tree.problem_at(node.mark, &path, fault),
        None => tree.problem(&path, fault),
    }
}

/// The node at a path.
fn value<'a>(root: &'a crate::experiment::load::Node, path: &[Step]) -> Option<&'a crate::experiment::load::Node> {
    use crate::experiment::load::Content;
    path.iter().try_fold(root, |node, step| match (step, &node.content) {
        (Step::Key(key), _) => node.get(key),
        (Step::Index(index), Content::List(items)) => items.get(*index),
        (Step::Index(_), _) => None,
    })
}

/// The key that is wrong, below the figure's kind; empty where it is the figure as a whole.
fn place(keys: &Value, error: &PlotError) -> Vec<Step> {
    let holds = |key: &str, name: &str| keys.get(key).and_then(Value::as_str) == Some(name);
    let item = |key: &str, name: &str| {
        let at = keys.get(key)?.as_array()?.iter().position(|value| text(value) == name)?;
        Some(vec![key.into(), at.into()])
    };
    let key = |among: &[&str], name: &str| among.iter().find(|key| holds(key, name)).map(|&key| vec![key.into()]);
    match error {
        PlotError::NoColumn { column, .. } => key(&["y", "value", "x", "reference"], column),
        PlotError::UnknownSampler { found, .. } => item("samplers", found).or_else(|| item("of", found)),
        PlotError::NoSetting { found, .. } => {
            let only =
                keys.get("only").and_then(|only| only.get(found)).map(|_| vec!["only".into(), found.as_str().into()]);
            only.or_else(|| key(&["columns", "by"], found))
        }
        PlotError::NoValue { name, found, .. } => {
            let mut path: Vec<Step> = vec!["only".into(), name.as_str().into()];
            let values = keys.get("only").and_then(|only| only.get(name)).and_then(Value::as_array);
            path.extend(values.and_then(|values| values.iter().position(|v| text(v) == *found)).map(Step::from));
            Some(path)
        }
        PlotError::SameSampler(_) | PlotError::NoPairs { .. } | PlotError::OneSeed { .. } => Some(vec!["of".into()]),
        PlotError::NoSteps { .. } => Some(vec!["steps".into()]),
        PlotError::NoBudget { key, .. } if keys.get(key).is_some_and(|n| !n.is_null()) => Some(vec![(*key).into()]),
        _ => None,
    }
    .unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is wrong there, in the words of the other keys.
fn fault(kind: &str, key: Option<&Step>, metrics: &[MetricSpec], records: &[Record], error: &PlotError) -> Fault {
    let unknown = |what: &str, found: &str, allowed: &[String]| Fault::UnknownName {
        what: what.into(),
        found: found.into(),
        allowed: allowed.to_vec(),
    };
    match error {
        PlotError::NoColumn { column, .. } => {
            let measured = columns(metrics);
            let metric = MetricSpec::name_of(column);
            match metric.filter(|name| metrics.iter().all(|metric| metric.name() != *name)) {
                _ if measured.contains(column) => {
                    Fault::Invalid(format!("none of the cells that this figure shows has a number in `{column}`"))
                }
                Some(name) => Fault::Invalid(format!(
                    "nothing measures `{column}`, which this figure shows: add `{name}` to `metrics`"
                )),
                None => unknown("column", column, &known(kind, key, &measured, records)),
            }
        }
        PlotError::UnknownSampler { found, have } => unknown("sampler of this experiment", found, &have.0),
        PlotError::NoSetting { found, have } => unknown("setting", found, &have.0),
        PlotError::NoValue { name, found, have } => unknown(&format!("value of {name}"), found, &have.0),
        other => Fault::Invalid(other.to_string()),
    }
}

/// The columns that may stand at a key.
fn known(kind: &str, key: Option<&Step>, measured: &[String], records: &[Record]) -> Vec<String> {
    let counts = COUNTS.iter().map(|&name| name.to_owned());
    let whole =
        |name: &&String| !name.ends_with("_floor") && *name != crate::experiment::measure::REFERENCE_EVALUATIONS;
    match key {
        Some(Step::Key(key)) if key == "x" => {
            let settings: BTreeSet<String> = records
                .iter()
                .flat_map(|r| facets(r, Along::Column("")).into_keys().filter(|name| setting(r, name).is_some()))
                .collect();
            counts.chain(settings).collect()
        }
        _ if matches!(kind, "lines" | "heat") => measured.iter().cloned().chain(counts).collect(),
        _ => measured.iter().filter(whole).cloned().collect(),
    }
}

#[cfg(test)]
mod tests;
