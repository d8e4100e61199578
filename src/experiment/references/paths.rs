//! The limits x* that the metric `trajectory` compares with, and the states on the way there.

use super::Limits;
use crate::experiment::execute::Ready;
use crate::experiment::limit::{self, Limit, OWN_STEPS, SPLIT};
use crate::experiment::plan::{Cell, Plan};
use crate::grid::{EndsSpec, Grid, GridSpec};
use crate::metric::{FlowEnd, flow_ends};
use crate::plugin::SamplerSpec;
use crate::sampler::{Final, NoiseMode, Outcome, start};
use crate::units::{Steps, Time};
use ndarray::{Array2, Array3, Axis};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Tolerance of the flow reference for closed forms, and for networks, whose f32 noise forbids less.
const TOLERANCE: (f64, f64) = (1e-11, 1e-6);

/// Where the limit of a sampler of the flow ends.
///
/// With the marked end it is the prediction of x0 at the last time before, which must be that of the limit and not of
/// this N: the grid's `t_end`, which one interval alone does not have; for lists that of the longest.
pub(super) fn flow_end(ready: &Ready<'_>, needs_alpha: bool) -> Result<FlowEnd, String> {
    let (cell, process) = (ready.cell, &*ready.process);
    let of_limit = || {
        let longest = cell.grid.listed_steps().ok()?.and_then(|listed| listed.into_iter().max());
        match longest {
            Some(_) => cell.grid.build(process, longest, needs_alpha).ok(),
            // Not for a published table, whose ends move with N.
            None => cell.grid.ends_only(process, needs_alpha).ok(),
        }
    };
    let clean = ready.grid.clean();
    let grid = if clean { of_limit() } else { None }.unwrap_or_else(|| ready.grid.clone());
    let last = grid.steps() - usize::from(clean);
    let t_end = if last == 0 { process.ends().1 } else { Time::new(grid.times()[last]).map_err(|e| e.to_string())? };
    Ok(if clean || cell.last == Final::X0 { FlowEnd::X0At(t_end) } else { FlowEnd::At(t_end) })
}

/// x* by the probability flow.
pub(super) fn flow(ready: &Ready<'_>, end: FlowEnd, count: usize) -> Result<Limits, String> {
    let cell = ready.cell;
    let t_begin = Time::new(ready.grid.times()[0]).map_err(|e| e.to_string())?;
    let shape = (count, ready.model.score.dim());
    let x_t = start(&ready.init, &*ready.process, t_begin, cell.seed, 0, shape);
    let tolerance = if cell.model.is_network() { TOLERANCE.1 } else { TOLERANCE.0 };
    let ends = flow_ends(&*ready.model.score, &*ready.process, t_begin, end, x_t.view(), tolerance)
        .map_err(|e| e.to_string())?;
    Ok(Limits { floor: Some(ends.rms_floor()), evaluations: ends.evaluations, x: ends.x })
}

/// Most bytes of the states of a fine run of an SDE sampler.
const MOST_BYTES: usize = 1 << 30;

/// The exact states of the samples at the times of their cell, from the starts on, [N+1, samples, dim]: along the
/// probability flow, or for an SDE sampler on the path that leads to its limit. `ends`: the x* of the same samples.
///
/// # Errors
/// One sentence; also where there is no such path, or it does not fit into memory.
pub fn exact_path(
    ready: &Ready<'_>,
    plan: &Plan,
    ends: &Array2<f64>,
    cancel: &AtomicBool,
) -> Result<Array3<f64>, String> {
    let cell = ready.cell;
    let steps = ready.grid.steps();
    let shape = (steps + 1, ready.samples, ready.model.score.dim());
    let mut x = Array3::zeros(shape);
    let (limit, times) = (limit::of(cell, plan)?, ready.grid.times());
    if let Limit::Split(finest) = &limit {
        let bytes = (finest.steps() * SPLIT).saturating_mul(ends.len() * size_of::<f64>());
        if bytes > MOST_BYTES {
            return Err(format!("its fine steps need {bytes} bytes: fewer samples have room, or fewer steps"));
        }
        let outcome = fine(ready, cell, finest.split(SPLIT), ready.samples, true, cancel)?;
        let path = outcome.path.ok_or("the states on the way are not there")?;
        let fine = finest.split(SPLIT);
        for (i, t) in times.iter().enumerate() {
            // The marked end need not have a time.
            let at = if i == steps { Some(fine.steps()) } else { fine.times().iter().position(|found| found == t) };
            x.index_axis_mut(Axis(0), i).assign(&path.index_axis(Axis(0), at.ok_or("the fine grid has other times")?));
        }
        return Ok(x);
    }
    if !matches!(limit, Limit::Flow) {
        return Err("it chooses its steps on a Brownian path".to_owned());
    }
    let time = |t: f64| Time::new(t).map_err(|e| e.to_string());
    let begin = time(times[0])?;
    let mut state = start(&ready.init, &*ready.process, begin, cell.seed, 0, (ready.samples, shape.2));
    let tolerance = if cell.model.is_network() { TOLERANCE.1 } else { TOLERANCE.0 };
    for i in 0..=steps {
        if i == steps && (ready.grid.clean() || cell.last != Final::X0) {
            state.assign(ends);
        } else if i > 0 {
            let (t, s) = (time(times[i - 1])?, FlowEnd::At(time(times[i])?));
            let found = flow_ends(&*ready.model.score, &*ready.process, t, s, state.view(), tolerance);
            state = found.map_err(|e| e.to_string())?.x;
        }
        x.index_axis_mut(Axis(0), i).assign(&state);
    }
    Ok(x)
}

/// x* of an SDE sampler: a cell of it on the sample's shared path, on a grid that is fine enough.
pub(super) fn on_the_path(
    ready: &Ready<'_>,
    cell: &Cell,
    grid: Grid,
    count: usize,
    cancel: &AtomicBool,
) -> Result<Limits, String> {
    let outcome = fine(ready, cell, grid, count, false, cancel)?;
    Ok(Limits { x: outcome.x, floor: None, evaluations: outcome.nfe.iter().sum() })
}

/// A cell on another grid, on the samples' shared paths.
fn fine(
    ready: &Ready<'_>,
    cell: &Cell,
    grid: Grid,
    count: usize,
    keep_path: bool,
    cancel: &AtomicBool,
) -> Result<Outcome, String> {
    let reference = Ready {
        cell,
        model: ready.model.clone(),
        process: Arc::clone(&ready.process),
        tree: Arc::clone(&ready.tree),
        grid,
        init: ready.init.clone(),
        noise: NoiseMode::Paired,
        samples: count,
        tries: ready.tries,
        keep_path,
        timeout: None,
    };
    reference.run(cancel).map_err(|e| e.to_string())
}

/// x* of an SDE sampler that chooses its steps: its formula with control off, in equal steps of lambda. Into the marked
/// end, where the host takes the last interval itself, it is the prediction of x0 too.
pub(super) fn uncontrolled(
    ready: &Ready<'_>,
    off: &SamplerSpec,
    end: FlowEnd,
    count: usize,
    cancel: &AtomicBool,
) -> Result<Limits, String> {
    let process = &*ready.process;
    let t_begin = Time::new(ready.grid.times()[0]).map_err(|e| e.to_string())?;
    let (FlowEnd::At(t_end) | FlowEnd::X0At(t_end)) = end;
    let ends = EndsSpec { t_begin: Some(t_begin.get()), t_end: Some(t_end.get()), zero: false };
    // lambda is -inf where alpha = 0.
    let spec = if process.at(t_begin).alpha > 0.0 { GridSpec::LogSnr(ends) } else { GridSpec::Uniform(ends) };
    let steps = Steps::new(OWN_STEPS).map_err(|e| e.to_string())?;
    let grid = spec.build(process, Some(steps), false).map_err(|e| e.to_string())?;
    let last = if let FlowEnd::X0At(_) = end { Final::X0 } else { ready.cell.last };
    let cell = Cell { sampler: off.clone(), steps: Some(u64::from(OWN_STEPS)), last, ..ready.cell.clone() };
    on_the_path(ready, &cell, grid, count, cancel)
}
