//! The limits x* that the metric `trajectory` compares with.

use super::Limits;
use crate::experiment::execute::Ready;
use crate::experiment::limit::OWN_STEPS;
use crate::experiment::plan::Cell;
use crate::grid::{EndsSpec, Grid, GridSpec};
use crate::metric::{FlowEnd, flow_ends};
use crate::plugin::SamplerSpec;
use crate::sampler::{Final, NoiseMode, start};
use crate::units::{Steps, Time};
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

/// x* of an SDE sampler: a cell of it on the sample's shared path, on a grid that is fine enough.
pub(super) fn on_the_path(
    ready: &Ready<'_>,
    cell: &Cell,
    grid: Grid,
    count: usize,
    cancel: &AtomicBool,
) -> Result<Limits, String> {
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
        keep_path: false,
        timeout: None,
    };
    let outcome = reference.run(cancel).map_err(|e| e.to_string())?;
    Ok(Limits { x: outcome.x, floor: None, evaluations: outcome.nfe.iter().sum() })
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
