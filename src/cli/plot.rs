//! `ito plot`: the figures of a run directory again, from its records alone.

use super::args::{self, Global};
use super::exit::{DONE, Stop, sentence};
use super::output;
use crate::experiment::figures;
use crate::experiment::load;
use crate::experiment::plan::Plan;
use crate::experiment::spec::Spec;
use clap::Args;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Draw the figures and tables of a run directory again, from its records alone; no plugin is needed.
#[derive(Debug, Args)]
#[command(after_help = "Example: ito plot runs/digits
The figures are those of spec.yaml in the run directory, which may be edited: only its key `figures` counts.")]
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
    let files = figures::draw(&plan, &args.run_dir)?;
    if files.is_empty() {
        global.note("spec.yaml names no figures");
    }
    if !global.quiet {
        output::print_files(&files)?;
    }
    Ok(DONE)
}
