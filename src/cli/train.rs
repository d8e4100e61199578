//! `ito train`: the networks of an experiment, trained or trained further.

use super::args::{self, Changes, Global};
use super::exit::{DONE, Stop, sentence};
use super::progress::Progress;
use super::{interrupt, output};
use crate::experiment::figures::{SMOOTHED, curve, trailing_mean};
use crate::experiment::models::{self, ModelFailure, Models};
use crate::experiment::plan::{Cell, Plan};
use crate::experiment::run::Reporter as _;
use crate::plot::{self, FigureSpec, Source, loss};
use crate::score::net::checkpoint::MODEL_FILE;
use clap::Args;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Train the networks of an experiment, or go on where an interrupted training stopped; `ito run` finds them.
#[derive(Debug, Args)]
#[command(after_help = "Example: ito train experiments/digits.yaml --device cuda:0")]
pub struct Train {
    /// The experiment's YAML file.
    file: PathBuf,
    /// The run directory, which keeps the networks in models/ [default: runs/<experiment>].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
}

/// Trains.
pub fn train(args: &Train, global: &Global) -> Result<u8, Stop> {
    let plan = global.plan(&args.file, &args.changes)?;
    let mut seen = HashSet::new();
    let networks: Vec<&Cell> =
        plan.cells.iter().filter(|cell| cell.model.is_network() && seen.insert(models::name(cell))).collect();
    if networks.is_empty() {
        let file = args.file.display();
        return Err(Stop::input(format!(
            "{file}: the model is a closed form, which needs no training; see key `model`"
        )));
    }
    let folder = args::run_dir(args.out.as_ref(), &plan.spec).join("models");
    args::writable(&folder)?;
    let cancel = interrupt::watch()?;
    let progress = Progress::new(global);
    let on_step = |step: u64, steps: u64, loss: f64| {
        progress.training(step, steps, loss);
        if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let models = Models::new(&plan, &folder, &on_step);
    for cell in networks {
        let got = models.get(cell);
        progress.clear();
        match got {
            Ok(_) => report(&plan, &models.folder(cell), global)?,
            Err(ModelFailure::Interrupted) => {
                return Err(Stop::interrupted("the training is saved; the same command goes on from there"));
            }
            Err(ModelFailure::Failed(text)) => return Err(Stop::failed(text)),
        }
    }
    Ok(DONE)
}

/// Draws the loss curve of a finished training and says where everything is.
fn report(plan: &Plan, folder: &Path, global: &Global) -> Result<(), Stop> {
    let csv = folder.join("loss.csv");
    let (step, loss) = curve(&csv).map_err(|e| Stop::environment(format!("{}: {e}", csv.display())))?;
    let smoothed = trailing_mean(&loss, SMOOTHED);
    let asked = plan.spec.figures.iter().find(|figure| matches!(figure, FigureSpec::Loss(_))).cloned();
    let figure = asked.unwrap_or(FigureSpec::Loss(loss::Loss {
        y_scale: plot::axes::Scale::Log,
        width: plot::style::Width::default(),
    }));
    let source = Source {
        records: &[],
        samples: &|_| Ok(None),
        reference: None,
        image: None,
        loss: &[loss::Curve { network: "", step: &step, loss: &loss, smoothed: &smoothed }],
    };
    let drawn = plot::draw(&figure, "loss", &source, folder).map_err(|e| Stop::environment(sentence(&e)))?;
    if !global.quiet {
        output::print(&format!("{}", folder.join(MODEL_FILE).display()))?;
        output::print_files(&[vec![csv], drawn].concat())?;
    }
    Ok(())
}
