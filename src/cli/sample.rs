//! `ito sample`: samples of one sampler, in a file.

mod scatter;
mod target;

use super::args::{self, Changes, Global, writable};
use super::exit::{CELLS, DONE, Stop};
use super::progress::Progress;
use super::{interrupt, output};
use crate::data::SampleShape;
use crate::experiment::error::{Fault as Mistake, Report};
use crate::experiment::execute::Ready;
use crate::experiment::limit;
use crate::experiment::load::{self, Content, Tree};
use crate::experiment::models::{ModelFailure, Models};
use crate::experiment::plan::{self, Cell, Plan};
use crate::experiment::references::{References, exact_path};
use crate::experiment::run::Reporter as _;
use crate::experiment::store::Kept;
use crate::sampler::{Failure, Fault};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use ndarray::{Array2, Array3};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use target::Target;

const EXAMPLE: &str = "Example:
  ito sample experiments/digits.yaml --sampler heun --steps 20 --count 64 --out digits.png
  ito sample x.yaml --sampler '{ heun: { in: sigma } }' --steps 20 --count 1000 --out x.npy
  ito sample x.yaml --sampler heun --steps 20 --count 1000 --exact --out ends.npy
  ito sample x.yaml --sampler heun --steps 20 --count 8 --exact --out path.safetensors

Where the experiment sweeps something else, such as the grid, its first value counts; --set chooses another.";

/// Draw samples of an experiment's model with one sampler and write them to a file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Sample {
    /// The experiment's YAML file.
    file: PathBuf,
    /// The sampler: its id, or a one-key map of YAML with its parameters.
    #[arg(long, value_name = "SAMPLER")]
    sampler: String,
    /// Grid intervals N; not for samplers that choose their own steps.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u32>::new().range(1..))]
    steps: Option<u32>,
    /// Number of samples.
    #[arg(long, value_name = "K", value_parser = RangedU64ValueParser::<u32>::new().range(1..))]
    count: u32,
    /// Seed of the samples; with the seed of a cell these are the first samples of that cell.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u32,
    /// The file: .png (images, or points of the plane), .npy (float64, [samples, dim]) or .safetensors (tensor `x` in
    /// the experiment's dtype).
    #[arg(long, value_name = "FILE")]
    out: Target,
    /// Write the exact ends of the samples' paths instead of what the sampler reaches: the ends of the probability flow
    /// from the same starts, or for samplers of an SDE the sampler's own limit on the same Brownian paths. Into
    /// .safetensors go, beside these ends `x`, the N+1 times of the grid `t` and the exact states there, `path`
    /// [N+1, samples, dim], from the starts on: what a new sampler's states can be compared with, one by one.
    #[arg(long)]
    exact: bool,
    /// The run directory that has the trained network, or where it will be trained [default: runs/<experiment>].
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
}

/// Draws samples and writes them.
pub fn sample(args: &Sample, global: &Global) -> Result<u8, Stop> {
    let plan = one_cell(args, global)?;
    let [cell] = plan.cells.as_slice() else {
        return Err(Stop::input(format!("this makes {} cells instead of one: give --steps", plan.cells.len())));
    };
    if let Some(reason) = &cell.refused {
        return Err(Stop::input(reason));
    }
    global.check_device(&plan, &args.changes)?;
    if let Some(data) = plan.data.as_ref().filter(|_| cell.model.is_network()) {
        args.out.check(data.shape)?;
    }
    writable(args.out.path.parent().unwrap_or(Path::new("")))?;
    let Drawn { x, path } = draw(args, &plan, cell, global)?;
    let shape = plan.data.as_ref().map(|data| data.shape).filter(|shape| shape.dim() == x.ncols());
    let shape = shape.unwrap_or(SampleShape::Vector { dim: x.ncols() });
    args.out.check(shape)?;
    let path = cell.times.as_ref().map(|grid| grid.times()).zip(path.as_ref());
    args.out.write(&Kept { x: &x, dtype: cell.dtype, path }, shape, &plan)?;
    let lost = x.rows().into_iter().filter(|row| !row.iter().all(|v| v.is_finite())).count();
    if lost > 0 {
        global.note(&format!("{lost} of {} samples are not finite", x.nrows()));
    }
    if !global.quiet {
        output::print(&args.out.path.display().to_string())?;
    }
    Ok(if lost > 0 { CELLS } else { DONE })
}

/// The experiment, narrowed to one cell.
fn one_cell(args: &Sample, global: &Global) -> Result<Plan, Stop> {
    let registry = global.registry()?;
    let mut tree = load::read(&args.file, &args.changes.sets())?;
    for note in narrow(&mut tree) {
        global.note(&note);
    }
    replace(&mut tree, "--sampler", "sweep.sampler", &args.sampler)?;
    replace(&mut tree, "--seed", "sweep.seed", &args.seed.to_string())?;
    replace(&mut tree, "--count", "samples", &args.count.to_string())?;
    if let Some(steps) = args.steps {
        replace(&mut tree, "--steps", "sweep.steps", &steps.to_string())?;
    }
    plan::from_tree(tree, &registry).map_err(|report| {
        let no_steps = Mistake::MissingKey("steps".into());
        if args.steps.is_none() && report.0.iter().any(|problem| problem.fault == no_steps) {
            return Stop::input(format!("sampler `{}` does not choose its own steps: give --steps N", args.sampler));
        }
        report.into()
    })
}

/// Keeps of each key of the sweep the first value, and says where there were others. Figures of the sweep go.
fn narrow(tree: &mut Tree) -> Vec<String> {
    /// Keys that flags replace.
    const REPLACED: [&str; 5] = ["sampler", "params", "steps", "nfe", "seed"];
    let mut notes = Vec::new();
    if let Content::Map(keys) = &mut tree.root.content {
        keys.retain(|(key, _)| key.text != "figures");
    }
    let Some(Content::Map(sweep)) = tree.root.get_mut("sweep").map(|node| &mut node.content) else { return notes };
    sweep.retain(|(key, _)| !REPLACED.contains(&key.text.as_str()));
    for (key, node) in sweep {
        if let Content::List(values) = &mut node.content
            && values.len() > 1
        {
            notes.push(format!("the first of {} values of `sweep.{}` is taken", values.len(), key.text));
            values.truncate(1);
        }
    }
    notes
}

/// As `--set path=value`, but mistakes are shown at the flag.
fn replace(tree: &mut Tree, flag: &str, path: &str, value: &str) -> Result<(), Report> {
    let origin = format!("{flag} {value}");
    let done = load::set(tree, &format!("{path}={value}"));
    if let Some(source) = tree.sources.last_mut() {
        source.origin.clone_from(&origin);
    }
    done.map_err(|mut report| {
        report.0.iter_mut().for_each(|problem| problem.place.origin.clone_from(&origin));
        report
    })
}

/// What goes into the file.
struct Drawn {
    /// [samples, dim]
    x: Array2<f64>,
    /// The exact states on the way, [N+1, samples, dim], where they are asked for.
    path: Option<Array3<f64>>,
}

/// The samples of the cell; its network is trained first if it is not there.
fn draw(args: &Sample, plan: &Plan, cell: &Cell, global: &Global) -> Result<Drawn, Stop> {
    let cancel = interrupt::watch()?;
    let progress = Progress::new(global);
    let on_step = |step: u64, steps: u64, loss: f64| {
        progress.training(step, steps, loss);
        if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let models = Models::new(plan, &args::run_dir(args.run.as_ref(), &plan.spec).join("models"), &on_step);
    let model = models.get(cell);
    progress.clear();
    let model = model.map_err(|failure| match failure {
        ModelFailure::Interrupted => Stop::interrupted("the training is saved; the same command goes on from there"),
        ModelFailure::Failed(text) => Stop::failed(text),
    })?;
    let mut ready = Ready::new(cell, &plan.spec, model).map_err(Stop::failed)?;
    ready.keep_path = false;
    if args.exact {
        return exact(&ready, plan, args.out.takes_path(), cancel, global);
    }
    let outcome = ready.run(cancel).map_err(|failure| match failure {
        Failure { fault: Fault::Cancelled, .. } => Stop::interrupted("no samples were written"),
        Failure { text, .. } => Stop::failed(text),
    })?;
    if let Some(first) = outcome.exhausted.first() {
        let text = format!(
            "sample {first} did not reach the end within the limit of tries: loosen rtol or raise `limits.tries`"
        );
        return Err(Stop::failed(text));
    }
    let evaluations = outcome.nfe.iter().sum::<u64>() as f64 / outcome.nfe.len().max(1) as f64;
    let wall = outcome.wall.as_secs_f64();
    global.note(&format!("{} samples, {evaluations} evaluations each, {wall:.2} s", outcome.x.nrows()));
    Ok(Drawn { x: outcome.x, path: None })
}

/// The limits x* of the samples, which the metric `trajectory` compares with, and the states on the way there.
fn exact(ready: &Ready<'_>, plan: &Plan, with_path: bool, cancel: &AtomicBool, global: &Global) -> Result<Drawn, Stop> {
    let interrupted = || cancel.load(Ordering::Relaxed).then(|| Stop::interrupted("no samples were written"));
    let limits = References::default().limits(ready, plan, ready.samples, cancel);
    let limits = limits.map_err(|text| interrupted().unwrap_or_else(|| Stop::failed(text)))?;
    let sampler = &ready.cell.sampler.info().id;
    let why = || limit::of(ready.cell, plan).err().unwrap_or("has no limit");
    let limits =
        limits.ok_or_else(|| Stop::input(format!("--exact: there are no exact ends, since `{sampler}` {}", why())))?;
    let floor = limits.floor.map_or_else(String::new, |floor| format!(", known to {floor:.1e}"));
    global.note(&format!("{} exact ends{floor}, {} evaluations", limits.x.nrows(), limits.evaluations));
    let path = if with_path { Some(exact_path(ready, plan, &limits.x, cancel)) } else { None };
    let path = match path.transpose() {
        Ok(path) => path,
        Err(why) => {
            if let Some(stop) = interrupted() {
                return Err(stop);
            }
            global.note(&format!("without the states on the way: {why}"));
            None
        }
    };
    Ok(Drawn { x: limits.x.clone(), path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_is_narrowed_to_one_cell() {
        let text = "sweep: { sampler: [a, b], nfe: 10, params: { rtol: 1 }, grid: [uniform, karras], final: [x0] }\nfigures: [{ quality: { y: mmd } }]";
        let mut tree = load::parse("x.yaml", text).expect("YAML");
        assert_eq!(narrow(&mut tree), ["the first of 2 values of `sweep.grid` is taken"]);
        assert_eq!(tree.root.get("figures"), None);
        replace(&mut tree, "--sampler", "sweep.sampler", "{ heun: { in: sigma } }").expect("YAML");
        let sweep = serde_json::json!({
            "grid": ["uniform"], "final": ["x0"], "sampler": { "heun": { "in": "sigma" } }
        });
        assert_eq!(tree.root.get("sweep").map(load::Node::to_json), Some(sweep));
        let report = replace(&mut tree, "--sampler", "sweep.sampler", "{ heun").expect_err("no YAML");
        assert_eq!(report.0[0].place.origin, "--sampler { heun");
    }
}
