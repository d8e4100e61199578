//! `ito plot`: the figures of a run directory again, from what was recorded.

use super::args::{self, Global};
use super::exit::{DONE, Stop, sentence};
use super::output;
use crate::experiment::error::Report;
use crate::experiment::figures::{self, Drawn, Failed, Why, problem};
use crate::experiment::load;
use crate::experiment::load::Tree;
use crate::experiment::plan::Plan;
use crate::experiment::run::RunError;
use crate::experiment::spec::Spec;
use crate::experiment::store::Store;
use crate::experiment::table;
use crate::plot::PlotError;
use clap::Args;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Draw the figures and tables of a run directory again, from what was recorded; nothing is sampled or trained, and
/// no plugin is needed.
#[derive(Debug, Args)]
#[command(after_help = "Example: ito plot runs/digits
The figures are those of spec.yaml in the run directory, whose key `figures` may be edited. A figure `samples` needs
the samples kept in cells/, `loss` the curves in models/, one against time times.csv.")]
pub struct Plot {
    /// The run directory, with spec.yaml and records.csv.
    run_dir: PathBuf,
}

/// Draws.
pub fn plot(args: &Plot, global: &Global) -> Result<u8, Stop> {
    let tree = load::read(&args::spec_file(&args.run_dir)?, &[])?;
    let spec: Spec = load::typed(&tree)?;
    // The data are only what samples are shown beside; the files of a resolved spec are absolute.
    let data = spec.data.as_ref().and_then(|data| match data.load("".as_ref()) {
        Ok(data) => Some(Arc::new(data)),
        Err(error) => {
            global.note(&format!("figures are drawn without the data: {}", sentence(&error)));
            None
        }
    });
    let plan = Plan { spec, cells: Vec::new(), notes: Vec::new(), metrics: Vec::new(), data, finest: HashMap::new() };
    if let Some(newer) = newer(&args.run_dir) {
        global.note(&format!(
            "{newer} cells ended after records.csv was written and are not in it: `ito run` writes it anew"
        ));
    }
    let Drawn { files, failed } = figures::draw(&plan, &args.run_dir)?;
    if plan.spec.figures.is_empty() {
        global.note("spec.yaml names no figures");
    }
    if !global.quiet {
        output::print_files(&files)?;
    }
    if failed.is_empty() { Ok(DONE) } else { Err(stop(&tree, &plan, &args.run_dir, failed)?) }
}

/// How many cells a run has finished since it last wrote the table, as after a kill; `None` where there are none.
fn newer(dir: &Path) -> Option<usize> {
    let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let csv = dir.join("records.csv");
    let (written, records) = (time(&csv)?, table::read(&csv).ok()?);
    let there: HashSet<&str> = records.iter().map(|record| record.cell.as_str()).collect();
    let keys = Store::reading(dir).keys().ok()?;
    let ended = |key: &&String| time(&dir.join("cells").join(key.as_str()).join("record.json"));
    let count = keys.iter().filter(|key| !there.contains(key.as_str()) && ended(key) > Some(written)).count();
    (count > 0).then_some(count)
}

/// Mistakes in `figures` at their places; whatever else stopped a figure comes first, for the user can do less about it.
fn stop(tree: &Tree, plan: &Plan, dir: &Path, failed: Vec<Failed>) -> Result<Stop, Stop> {
    let records = table::read(&dir.join("records.csv")).map_err(|e| Stop::environment(sentence(&e)))?;
    let mut problems = Vec::new();
    for failed in failed {
        match &failed.why {
            Why::Plot(error) if !matches!(error, PlotError::Write { .. } | PlotError::NoRecords) => {
                let figure = (failed.number, &plan.spec.figures[failed.number]);
                problems.push(problem(tree, &plan.spec.metrics, &records, figure, error));
            }
            _ => return Ok(RunError::from(failed).into()),
        }
    }
    Ok(Report(problems).into())
}
