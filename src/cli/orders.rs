//! `ito orders`: the order of convergence of samplers, measured against closed forms.

use super::args::Global;
use super::exit::{CELLS, DONE, Stop};
use super::{output, progress};
use crate::data::io::sha256_hex;
use crate::experiment::orders::{Extent, Kept, Request, measure, page, table};
use crate::plugin::{Registry, search_path};
use clap::Args;
use std::path::PathBuf;

const EXAMPLE: &str = "Example:
  ito orders                              all samplers
  ito orders heun euler-maruyama          these two
  ito orders --quick                      all samplers, two processes, fewer steps: some ten minutes
  ito orders --brief                      all samplers, one process, their default choices: a minute or two
  ito orders --keep rows.jsonl            all samplers; once more after a stop, and it goes on
  ito orders --plugin build/libmine.so    those of one plugin";

/// Measure orders of convergence against closed forms and compare them with those that plugins declare.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Orders {
    /// Ids of samplers [default: all].
    samplers: Vec<String>,
    /// A plugin's shared library, whose samplers are measured.
    #[arg(long, value_name = "FILE", conflicts_with = "samplers")]
    plugin: Option<PathBuf>,
    /// Measure less by the same rules: vp and edm alone, N to 160 for strong errors, 256 Brownian paths, and of the choices
    /// of a sampler one at a time; seconds to a minute a sampler instead of ten minutes or more for one of an SDE.
    #[arg(long)]
    quick: bool,
    /// Measure less still: edm alone, one kind of data a test, the default choices.
    #[arg(long, conflicts_with = "quick")]
    brief: bool,
    /// Keep the rows that pass in this file as they are measured, and measure only those that are not there yet: a table
    /// that was stopped goes on. Rows of another program or another plugin do not count.
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// Print the rows as JSON, with every error.
    #[arg(long)]
    json: bool,
    /// Print the page of all samplers in Markdown, docs/samplers.md, with the rows as its last part.
    #[arg(long, conflicts_with_all = ["json", "samplers", "plugin"])]
    markdown: bool,
}

/// Measures; a row that fails makes exit code 1.
pub fn orders(args: &Orders, global: &Global) -> Result<u8, Stop> {
    let (ids, registry) = chosen(args, global)?;
    let say = |text: &str| {
        if !global.quiet {
            progress::line(text);
        }
    };
    let extent = match (args.quick, args.brief) {
        (true, _) => Extent::Quick,
        (_, true) => Extent::Brief,
        _ => Extent::Table,
    };
    let kept = args.keep.as_deref().map(|path| Kept::open(path, program()?)).transpose().map_err(Stop::input)?;
    let request = Request { extent, ids: &ids, registry: &registry, kept: kept.as_ref() };
    let rows = measure(&request, &say).map_err(Stop::input)?;
    if args.json {
        output::print_json(&rows)?;
    } else if args.markdown {
        output::print(&page(&registry, &rows, extent))?;
    } else {
        output::print(&table(&rows))?;
    }
    Ok(if rows.iter().all(|row| row.pass) { DONE } else { CELLS })
}

/// The hash of this program.
fn program() -> Result<String, String> {
    let read = || std::fs::read(std::env::current_exe()?);
    read().map(|bytes| sha256_hex(&bytes)).map_err(|e| format!("cannot read the program itself: {e}"))
}

/// The ids to measure, none for all, and the registry that has them.
fn chosen(args: &Orders, global: &Global) -> Result<(Vec<String>, Registry), Stop> {
    let Some(file) = &args.plugin else { return Ok((args.samplers.clone(), global.registry()?)) };
    let mine = Registry::open(std::slice::from_ref(file))?;
    let ids = mine.samplers().iter().map(|info| info.id.clone()).collect();
    // First in the path, so that its samplers hide others of the same name.
    let mut given = vec![file.clone()];
    given.extend(global.plugin_path.iter().cloned());
    Ok((ids, Registry::open(&search_path(&given))?))
}
