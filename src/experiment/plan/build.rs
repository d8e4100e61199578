//! One cell: its times, its cost, and why it is refused.

use super::axes::Setting;
use super::count;
use super::steps::{Count, checked};
use super::{Cell, Files};
use crate::experiment::spec::Spec;
use crate::grid::{Grid, GridSpec};
use crate::plugin::{ENERGY, Kind};
use crate::process::Process;
use crate::sampler::Final;
use crate::score::net::DeviceKind;
use crate::units::{Seed, Time};

/// Relative deviation from equal spacing that counts as rounding.
const EQUAL: f64 = 1e-6;

/// The cell of a setting and a count, still without key, and what `check` says about it.
pub(super) fn cell(spec: &Spec, setting: &Setting<'_>, count: &Count, seed: Seed) -> (Cell, Vec<String>) {
    let mut notes = Vec::new();
    let (steps, nfe_asked) = match count {
        Count::Steps(n) => (Ok(Some(*n)), None),
        Count::Nfe { asked, steps } => (steps.clone().map(Some), Some(*asked)),
        Count::Own => (Ok(None), None),
    };
    let steps = steps.and_then(|steps| served(setting).map(|()| steps));
    let made = steps.clone().and_then(|steps| {
        let times = times(setting, steps)?;
        let evaluations = cost(setting, steps, &times)?;
        Ok((times, evaluations))
    });
    let (times, evaluations, refused) = match made {
        Ok((times, evaluations)) => (Some(times), evaluations, None),
        Err(reason) => (None, None, Some(reason)),
    };
    let (process, built) = setting.process;
    if let Some(times) = &times {
        notes.extend(remarks(spec, setting, count, times));
    }
    let network = setting.model.0.is_network();
    let cell = Cell {
        key: String::new(),
        sampler: setting.sampler.clone(),
        process: process.clone(),
        // Where the ends are wrong the cell is refused, and shows the grid as written.
        grid: setting
            .grid
            .with_ends(built.as_ref(), setting.flags.needs_alpha)
            .unwrap_or_else(|_| setting.grid.clone()),
        times,
        init: setting.init.0.clone(),
        noise: setting.noise.0.clone(),
        last: setting.last,
        model: setting.model.0.clone(),
        identity: setting.model.1.clone(),
        files: Files { init: setting.init.1.clone(), noise: setting.noise.1.clone() },
        steps: steps.ok().flatten(),
        nfe_asked,
        evaluations,
        seed,
        samples: spec.samples.get(),
        batch: setting.batch,
        dtype: setting.dtype,
        device: if network { spec.device } else { DeviceKind::Cpu },
        refused,
    };
    (cell, notes)
}

/// Whether the model has what the sampler asks for beyond a score, and there is a last noise to leave out where it must.
fn served(setting: &Setting<'_>) -> Result<(), String> {
    if setting.last == Final::Mean && setting.flags.per_row_step && setting.sampler.info().kind == Kind::Sde {
        let id = &setting.sampler.info().id;
        return Err(format!(
            "`final: mean` leaves out the noise of the last step, which `{id}` chooses for each sample by an error that \
             this noise is part of; allowed: state, x0, or steps of the grid"
        ));
    }
    if setting.sampler.requires(ENERGY) && setting.model.0.is_network() {
        let id = &setting.sampler.info().id;
        return Err(format!(
            "`{id}` needs the log density, which a network does not give; allowed: a model in closed form"
        ));
    }
    Ok(())
}

/// The times of N steps, or the two ends.
pub(super) fn times(setting: &Setting<'_>, steps: Option<u64>) -> Result<Grid, String> {
    let process = setting.process.1.as_ref();
    let needs_alpha = setting.flags.needs_alpha;
    let Some(steps) = steps else {
        return setting.grid.ends_only(process, needs_alpha).map_err(|e| e.to_string());
    };
    let steps = checked(steps)?;
    if setting.flags.level {
        let level = setting.sampler.f64("level").ok_or("the sampler has no value for `level`")?;
        let level = Time::new(level).map_err(|e| e.to_string())?;
        return Grid::level(process, level, steps).map_err(|e| e.to_string());
    }
    setting.grid.build(process, Some(steps), needs_alpha).map_err(|e| e.to_string())
}

/// Asks the sampler even where the cost is not known, so that it can refuse its values.
fn cost(setting: &Setting<'_>, steps: Option<u64>, times: &Grid) -> Result<Option<u64>, String> {
    let steps = steps.unwrap_or(1);
    let points = times.points(setting.process.1.as_ref());
    let levels: Vec<[f64; 3]> = points.iter().map(|p| [p.t, p.alpha, p.sigma]).collect();
    // By the plan that knows the grid: a step of it may be cheaper than most.
    let declared = setting.with_last(setting.sampler.plan_on(steps, &levels)?.evaluations);
    // Where it cannot be counted, the run will meet the reason.
    let counted = if setting.cheap_last() { count::evaluations(setting, times).ok() } else { None };
    let evaluations = counted.unwrap_or(declared);
    Ok((!setting.flags.per_row_step).then_some(evaluations))
}

fn remarks(spec: &Spec, setting: &Setting<'_>, count: &Count, times: &Grid) -> Vec<String> {
    let id = &setting.sampler.info().id;
    let mut notes = Vec::new();
    if *count == Count::Own && (spec.sweep.steps.is_some() || spec.sweep.nfe.is_some()) {
        notes.push(format!(
            "`{id}` chooses its own steps: it is planned once, not for each of `steps` or `nfe`; sweep `tol` in \
             `params`, or set `stops: true`"
        ));
    }
    if let (Count::Steps(_), Some([n]), Some(steps)) = (count, setting.listed, &spec.sweep.steps)
        && !setting.flags.level
        && steps.iter().any(|asked| asked.get() != *n)
    {
        notes.push(format!("a list of times fixes N: its cells have {n} steps, whatever `steps` asks of other grids"));
    }
    if times.moving_ends() {
        notes.push(format!(
            "the ends of the {} grid move with N (moving-ends): kept for reproduction, no measure of an order",
            setting.grid.name()
        ));
    }
    let spacing = setting.sampler.plan(times.steps() as u64).map_or(ito_abi::ANY_SPACING, |plan| plan.uniform_in);
    let variable = match spacing {
        ito_abi::UNIFORM_T => Some("t"),
        ito_abi::UNIFORM_LAMBDA => Some("lambda"),
        ito_abi::UNIFORM_INDEX => Some("index"),
        _ => None,
    };
    if let Some(variable) = variable
        && !is_uniform(setting.grid, setting.process.1.as_ref(), times, variable)
    {
        notes.push(format!(
            "the weights of `{id}` assume equal spacing in {variable}, which the {} grid on {} does not have",
            setting.grid.name(),
            setting.process.1.name()
        ));
    }
    notes
}

fn is_uniform(spec: &GridSpec, process: &dyn Process, times: &Grid, variable: &str) -> bool {
    let mut points = times.points(process);
    if times.clean() {
        points.pop();
    }
    let values: Vec<f64> = match variable {
        // The index of a published table; every rule but a written list has one value an index.
        "index" => return !matches!(spec, GridSpec::Times(_)),
        "t" => points.iter().map(|p| p.t).collect(),
        _ => points.iter().map(|p| p.lambda).collect(),
    };
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = steps.iter().sum::<f64>() / steps.len().max(1) as f64;
    steps.iter().all(|h| (h - mean).abs() <= EQUAL * mean.abs())
}
