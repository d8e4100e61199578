//! `ito run`: what is missing of an experiment, then its figures; or one recorded cell again.

use super::args::{self, Changes, Filter, Global};
use super::exit::{self, CELLS, DONE, INTERRUPTED, Stop};
use super::progress::Progress;
use super::{interrupt, output, progress};
use crate::experiment::figures::Why;
use crate::experiment::plan::Plan;
use crate::experiment::record::{Record, Status};
use crate::experiment::run::{self, Drawn, Options, Rerun, RunError, Summary};
use crate::experiment::table;
use crate::plot::PlotError;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

const EXAMPLE: &str = "Example:
  ito run experiments/digits.yaml --jobs 2 --set samples=200
  ito run experiments/digits.yaml --only sampler=heun,euler,steps=10
  ito run experiments/digits.yaml --only status=failed --retry
  ito run experiments/digits.yaml --time   then wall times, of cells alone
  ito run --cell 5f3c9a1e runs/digits      one cell again: the same samples, or others?

A second run does only what is missing; two runs on one directory share the work.";

/// Run what is missing of an experiment and draw its figures.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Run {
    /// The experiment's YAML file; with --cell, the run directory.
    file: PathBuf,
    /// The run directory [default: runs/<experiment>].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Cells run side by side [default: the experiment's own `jobs`].
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    jobs: Option<u64>,
    /// Run only every N-th cell, from the I-th on, so that N machines share an experiment.
    #[arg(long, value_name = "I/N", value_parser = args::shard)]
    shard: Option<(u64, u64)>,
    /// Run only cells with one of these values in each of these columns of records.csv, or settings as in the `only` of a
    /// figure (grid=log-snr, params.eta=0.5); may be repeated. Results, such as status, are those of the records that
    /// are there.
    #[arg(long, value_name = "COLUMN=VALUE,...")]
    only: Vec<Filter>,
    /// Try cells again that failed, timed out or ran out of memory.
    #[arg(long)]
    retry: bool,
    /// Then take wall times: each cell that ended well runs alone, once to warm up and five times that count; their
    /// medians and spread go into times.csv. Figures against time show these and no others. Let nothing else run.
    #[arg(long)]
    time: bool,
    /// Run one recorded cell again and say whether its samples are the same; nothing is stored. The first digits of
    /// its key suffice.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["out", "set", "device", "jobs", "shard", "only", "retry", "time"])]
    cell: Option<String>,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs an experiment.
pub fn run(args: &Run, global: &Global) -> Result<u8, Stop> {
    if let Some(key) = &args.cell {
        return again(key, args, global);
    }
    let plan = global.plan(&args.file, &args.changes)?;
    let options = Options {
        out: args::run_dir(args.out.as_ref(), &plan.spec),
        jobs: args.jobs,
        shard: args.shard,
        only: args.only.iter().flat_map(|filter| filter.0.clone()).collect(),
        retry: args.retry,
        time: args.time,
    };
    let cancel = interrupt::watch()?;
    let progress = Progress::new(global);
    plan.notes.iter().for_each(|text| global.note(text));
    let summary = run::run(&plan, &options, cancel, &progress);
    progress.clear();
    let summary = summary?;
    let code = code(&summary);
    let drawn = if summary.interrupted { Drawn::default() } else { run::draw(&plan, &options.out)? };
    report(args, global, &plan, &summary, &drawn.files)?;
    if summary.interrupted {
        return Err(Stop::interrupted("what was finished is kept; the same command goes on from there"));
    }
    let partial = code != DONE || options.shard.is_some() || !options.only.is_empty();
    let mut stop = Ok(code);
    for failed in drawn.failed {
        let untimed = !args.time && matches!(failed.why, Why::Plot(PlotError::NoTimes(_)));
        match RunError::from(failed) {
            RunError::Figure(text) if untimed => global.note(&format!("not drawn: {text}")),
            // Where cells are missing or failed, there need not be enough for every figure.
            RunError::Figure(text) if partial => global.note(&format!("not drawn: {text}")),
            // The first is said at the end.
            error if stop.is_ok() => stop = Err(error.into()),
            error => progress::line(&format!("error: {}", exit::sentence(&error))),
        }
    }
    stop
}

/// The exit code of a run that was not interrupted.
fn code(summary: &Summary) -> u8 {
    if summary.incomplete > 0 { CELLS } else { exit::of(&summary.by_status) }
}

/// Cells to which a metric could not be added.
fn incomplete(summary: &Summary) -> Option<String> {
    let cells = summary.incomplete;
    let text = format!(
        "{cells} cells lack a metric, or samples, that were asked for after they ran and could not be had; their \
         records stay as they were"
    );
    (cells > 0).then_some(text)
}

/// Why exit code 1, where no line of progress has said it.
fn first_failure(records: &[Record]) -> Option<String> {
    let failed: Vec<&Record> = records.iter().filter(|record| exit::is_failure(record.status)).collect();
    let first = failed.first()?;
    let (cell, sampler) = (&first.cell[..first.cell.len().min(8)], &first.sampler);
    let why = first.error.as_deref().unwrap_or_default();
    Some(format!(
        "error: {} cells did not end well; the first, cell {cell} ({sampler}), {}: {why}",
        failed.len(),
        first.status.word()
    ))
}

/// The summary, as the user wants it.
fn report(args: &Run, global: &Global, plan: &Plan, summary: &Summary, figures: &[PathBuf]) -> Result<(), Stop> {
    if args.json {
        return output::print_json(&summary_json(summary, figures));
    }
    let records = table::read(&summary.dir.join("records.csv")).map_err(|e| Stop::environment(exit::sentence(&e)))?;
    if global.quiet {
        let failed = (code(summary) != DONE).then(|| first_failure(&records)).flatten();
        failed.iter().for_each(|text| progress::line(text));
        incomplete(summary).iter().for_each(|text| progress::line(&format!("error: {text}")));
        return Ok(());
    }
    output::print(&by_sampler(plan, &records))?;
    let Summary { total, there, refused, ran, dir, .. } = summary;
    let refused = if *refused > 0 { format!(", {refused} refused") } else { String::new() };
    output::print(&format!("{}: {total} cells, {there} there before, {ran} run now{refused}", dir.display()))?;
    if let Some(text) = incomplete(summary) {
        output::print(&text)?;
    }
    if records.iter().any(|record| !record.status.is_final()) {
        global.note("cells that failed are tried again with --retry");
    }
    output::print_files(figures)
}

fn summary_json(summary: &Summary, figures: &[PathBuf]) -> Value {
    json!({
        "dir": summary.dir,
        "total": summary.total,
        "there": summary.there,
        "refused": summary.refused,
        "ran": summary.ran,
        "incomplete": summary.incomplete,
        "by_status": summary.by_status,
        "interrupted": summary.interrupted,
        "exit": if summary.interrupted { INTERRUPTED } else { code(summary) },
        "figures": figures,
    })
}

/// How the cells of each sampler ended, over the whole plan.
fn by_sampler(plan: &Plan, records: &[Record]) -> String {
    const REST: [Status; 5] =
        [Status::Nonfinite, Status::Refused, Status::Failed, Status::TimedOut, Status::OutOfMemory];
    let shown: Vec<Status> = [Status::Ok]
        .into_iter()
        .chain(REST.into_iter().filter(|status| records.iter().any(|record| record.status == *status)))
        .collect();
    let mut samplers: Vec<&str> = Vec::new();
    for cell in &plan.cells {
        let id = cell.sampler.info().id.as_str();
        if !samplers.contains(&id) {
            samplers.push(id);
        }
    }
    let there: HashSet<&str> = records.iter().map(|record| record.cell.as_str()).collect();
    let to_do = plan.cells.iter().any(|cell| !there.contains(cell.key.as_str()));
    let words = shown.iter().map(|status| status.word());
    let mut table = output::table(["sampler", "cells"].into_iter().chain(words).chain(to_do.then_some("to do")));
    for id in samplers {
        let cells = plan.cells.iter().filter(|cell| cell.sampler.info().id == id);
        let missing = cells.clone().filter(|cell| !there.contains(cell.key.as_str())).count();
        let ended = |status: Status| records.iter().filter(|r| r.sampler == id && r.status == status).count();
        let counts = [cells.count()].into_iter().chain(shown.iter().map(|&status| ended(status)));
        let counts = counts.chain(to_do.then_some(missing)).map(|n| n.to_string());
        table.add_row([id.to_owned()].into_iter().chain(counts));
    }
    output::right(&mut table, 1);
    table.to_string()
}

/// Runs one recorded cell again.
fn again(key: &str, args: &Run, global: &Global) -> Result<u8, Stop> {
    let dir: &Path = &args.file;
    let plan = global.plan(&args::spec_file(dir)?, &Changes::default())?;
    let keys = plan.cells.iter().map(|cell| cell.key.as_str());
    let Some(key) = whole_key(key, keys).map_err(Stop::input)? else {
        return Err(run::absent(&plan, key, dir)?.into());
    };
    let cancel = interrupt::watch()?;
    let same = match run::rerun(&plan, key, dir, cancel) {
        Err(_) if cancel.load(Ordering::Relaxed) => return Err(Stop::interrupted("the cell was not compared")),
        other => other?,
    };
    let (code, text, found) = match &same {
        Rerun::Same => (DONE, "same: the samples agree bit for bit with those recorded".to_owned(), None),
        Rerun::Damaged { recorded, kept } => (
            CELLS,
            format!(
                "the samples drawn now are those recorded, with SHA-256 {recorded}, but the file kept of them holds \
                 others, with {kept}: remove cells/{key} and run again"
            ),
            Some((recorded, kept)),
        ),
        Rerun::Different { recorded, found } => (
            CELLS,
            format!("different: the samples recorded have SHA-256 {recorded}, those drawn now {found}"),
            Some((recorded, found)),
        ),
    };
    if args.json {
        let (recorded, found) = found.unzip();
        output::print_json(&json!({ "cell": key, "same": same == Rerun::Same, "recorded": recorded, "found": found }))?;
    } else {
        output::print(&format!("cell {key}: {text}"))?;
    }
    Ok(code)
}

/// The only key that begins like this, if there is one.
fn whole_key<'a>(begin: &str, keys: impl Iterator<Item = &'a str>) -> Result<Option<&'a str>, String> {
    let mut found: Vec<&str> = keys.filter(|key| key.starts_with(begin)).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [key] => Ok(Some(key)),
        [] => Ok(None),
        more => Err(format!("{} cells begin with `{begin}`: give more digits of the key", more.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_first_digits_of_a_key_suffice_if_no_other_has_them() {
        let keys = || ["12ab", "12cd", "34ef", "34ef"].into_iter();
        assert_eq!(whole_key("12a", keys()), Ok(Some("12ab")));
        assert_eq!(whole_key("34", keys()), Ok(Some("34ef")));
        assert_eq!(whole_key("12", keys()), Err("2 cells begin with `12`: give more digits of the key".into()));
        assert_eq!(whole_key("5", keys()), Ok(None));
    }

    #[test]
    fn the_summary_says_its_exit_code() {
        let mut summary = Summary {
            total: 3,
            there: 1,
            refused: 0,
            ran: 2,
            incomplete: 0,
            by_status: BTreeMap::from([(Status::Ok, 2), (Status::TimedOut, 1)]),
            interrupted: false,
            dir: "runs/x".into(),
        };
        let json = summary_json(&summary, &["a.png".into()]);
        assert_eq!((&json["by_status"]["timed-out"], &json["exit"]), (&json!(1), &json!(1)));
        assert_eq!(json["figures"], json!(["a.png"]));
        assert_eq!(incomplete(&summary), None);
        (summary.by_status, summary.incomplete) = (BTreeMap::from([(Status::Ok, 3)]), 2);
        let json = summary_json(&summary, &[]);
        assert_eq!((&json["incomplete"], &json["exit"]), (&json!(2), &json!(1)));
        assert!(incomplete(&summary).is_some_and(|text| text.starts_with("2 cells lack a metric")));
        summary.interrupted = true;
        assert_eq!(summary_json(&summary, &[])["exit"], json!(130));
    }
}
