//! `ito check`: what would run, and what it would cost.

use super::args::{Changes, Global};
use super::exit::{DONE, Stop};
use super::output;
use crate::experiment::plan::{Cell, Plan};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Read an experiment, open its plugins, data and device, and print its cells and their cost. No cell is
/// drawn; where a last step costs less than declared, one sample is, to count its evaluations.
#[derive(Debug, Args)]
#[command(after_help = "Example: ito check experiments/digits.yaml --set samples=100")]
pub struct Check {
    /// The experiment's YAML file.
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Print the cells as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the plan.
pub fn check(args: &Check, global: &Global) -> Result<u8, Stop> {
    let plan = global.plan(&args.file, &args.changes)?;
    if args.json {
        output::print_json(&plan_json(&plan))?;
    } else {
        output::print(&plan.table())?;
    }
    Ok(DONE)
}

fn plan_json(plan: &Plan) -> Value {
    let (evaluations, own_steps) = plan.cost();
    json!({
        "experiment": plan.spec.experiment,
        "cells": plan.cells.iter().map(cell_json).collect::<Value>(),
        "evaluations": evaluations,
        "cells_of_unknown_cost": own_steps,
        "notes": plan.notes,
    })
}

fn cell_json(cell: &Cell) -> Value {
    json!({
        "cell": cell.key,
        "sampler": cell.sampler.info().id,
        "params": cell.sampler.params(),
        "process": cell.process,
        "grid": cell.grid,
        "times": cell.times.as_ref().map(|grid| grid.times()),
        "init": cell.init,
        "noise": cell.noise,
        "final": cell.last,
        "model": cell.identity,
        "steps": cell.steps,
        "nfe_asked": cell.nfe_asked,
        "evaluations": cell.evaluations,
        "seed": cell.seed.get(),
        "samples": cell.samples,
        "batch": cell.batch,
        "dtype": cell.dtype,
        "device": cell.device,
        "refused": cell.refused,
    })
}
