//! The loop for solvers that choose their steps: each row has its own t, h, error and outcome.
//!
//! A try writes into a second tensor and the accepted rows are copied, so that a rejected or non-finite
//! try touches nothing. Finished rows leave the list of active ones: they cost nothing more.

use super::fixed::{Seen, begin, end, finish};
use super::{Context, Failure, Fault, Final, Solver, StepIo, Tries};
use crate::grid::Grid;
use crate::score::Prediction;
use crate::state::{Coef, Rows};
use ndarray::Array2;

/// One row's own clock.
#[derive(Clone, Debug)]
struct Clock {
    t: f64,
    h: f64,
    /// Index of the next stop.
    stop: usize,
    tries: u64,
    fate: u32,
}

/// Per-try arrays, one entry an active row; kept to spare allocations.
#[derive(Debug, Default)]
struct Scratch {
    t: Vec<f64>,
    s: Vec<f64>,
    fate: Vec<u32>,
    accept: Vec<u32>,
    error: Vec<f64>,
    next: Vec<f64>,
    finite: Vec<bool>,
    kept: Vec<u32>,
    /// Stop and row of those that came to a stop.
    arrived: Vec<(usize, usize)>,
}

impl Scratch {
    fn fill(&mut self, clocks: &[Clock], active: &[u32], stops: &[f64]) {
        let n = active.len();
        self.t.clear();
        self.s.clear();
        self.fate.clear();
        for &row in active {
            let clock = &clocks[row as usize];
            let stop = stops[clock.stop];
            self.t.push(clock.t);
            // The last sliver before a stop is taken with the step, so that no step is below round-off.
            let reaches = clock.h * (1.0 + 1e-10) >= clock.t - stop;
            self.s.push(if reaches { stop } else { clock.t - clock.h });
            self.fate.push(clock.fate);
        }
        self.accept.clear();
        self.accept.resize(n, 0);
        self.error.clear();
        self.error.resize(n, f64::NAN);
        self.next.clear();
        self.next.resize(n, f64::NAN);
        self.finite.clear();
        self.finite.resize(n, true);
    }
}

/// Advances every row of `x` from the first to the last stop of the grid; with `keep` the states at all of its times are
/// kept.
pub(super) fn run(
    ctx: &mut Context<'_>,
    solver: &mut dyn Solver,
    grid: &Grid,
    last_rule: Final,
    x: u64,
    (limit, keep): (u64, bool),
) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    let (rows, dim, _) = ctx.describe();
    let times = grid.times();
    if keep {
        // A row that never comes to a stop has no state there.
        seen.path = vec![Array2::from_elem((rows, dim), f64::NAN); times.len()];
        seen.path[0] = ctx.state.read(ctx.slot(x)?)?;
    }
    // The marked end has sigma = 0, where nothing is evaluated: the host takes that interval itself.
    let stops = if grid.clean() { &times[..times.len() - 1] } else { times };
    let t_begin = stops[0];
    // One interval alone, to the marked end: the sampler has no way to go and no step to propose.
    if stops.len() == 1 {
        return to_the_end(ctx, seen, grid, last_rule, x, 0);
    }
    let mut first = vec![f64::NAN; rows];
    begin(ctx, solver, stops, x, (rows, dim), &mut first)?;
    if let Some(h) = first.iter().find(|h| !(h.is_finite() && **h > 0.0)) {
        let text = format!("the sampler proposed a first step of {h}; allowed: above 0");
        return Err(Failure::new(Fault::Invalid, text));
    }
    let mut clocks: Vec<Clock> = first.iter().map(|&h| Clock { t: t_begin, h, stop: 1, tries: 0, fate: 0 }).collect();
    let y = ctx.make("proposal")?;
    let mut scratch = Scratch::default();
    let mut index = 0;
    while !ctx.active.is_empty() {
        scratch.fill(&clocks, &ctx.active, stops);
        let tries = Tries {
            fate: &scratch.fate,
            accept: &mut scratch.accept,
            error: &mut scratch.error,
            next: &mut scratch.next,
        };
        let mut io = StepIo {
            index,
            last: false,
            mean: false,
            clean: false,
            inner: false,
            given: false,
            rows: ctx.active.len(),
            t: &scratch.t,
            s: &scratch.s,
            x,
            out: y,
            tries: Some(tries),
        };
        solver.step(ctx, &mut io)?;
        ctx.go_on()?;
        judge(ctx, &mut clocks, &mut scratch, &mut seen, (x, y), stops, limit)?;
        index += 1;
    }
    ctx.active = (0..rows as u32).collect();
    ctx.all = true;
    end(ctx, solver)?;
    to_the_end(ctx, seen, grid, last_rule, x, index)
}

/// The interval to the marked end, where there is one, and `final`, after so many tries.
fn to_the_end(
    ctx: &mut Context<'_>,
    mut seen: Seen,
    grid: &Grid,
    last_rule: Final,
    x: u64,
    tries: u64,
) -> Result<Seen, Failure> {
    let times = grid.times();
    if grid.clean() {
        ctx.eval(x, &[times[times.len() - 2]], Prediction::X0, x)?;
        if let Some(end) = seen.path.last_mut() {
            *end = ctx.state.read(ctx.slot(x)?)?;
        }
    }
    finish(ctx, last_rule, x, (!grid.clean()).then(|| times[times.len() - 1]))?;
    let mut flags = vec![true; ctx.rows()];
    seen.check(ctx, x, tries, &mut flags)?;
    Ok(seen)
}

/// Keeps or drops the try of each active row and moves the clocks.
fn judge(
    ctx: &mut Context<'_>,
    clocks: &mut [Clock],
    scratch: &mut Scratch,
    seen: &mut Seen,
    (x, y): (u64, u64),
    stops: &[f64],
    limit: u64,
) -> Result<(), Failure> {
    let (x, y) = (ctx.slot(x)?, ctx.slot(y)?);
    let selection = if ctx.all { Rows::All } else { Rows::Some(&ctx.active) };
    ctx.state.finite(selection, y, &mut scratch.finite)?;
    scratch.kept.clear();
    scratch.arrived.clear();
    for (i, &row) in ctx.active.iter().enumerate() {
        let clock = &mut clocks[row as usize];
        let kept = scratch.accept[i] != 0 && scratch.finite[i];
        let h_tried = scratch.t[i] - scratch.s[i];
        let proposed = scratch.next[i];
        clock.tries += 1;
        // A proposal that is not a step, or that would repeat a non-finite try, is replaced by a tenth.
        let usable = proposed.is_finite() && proposed > 0.0 && (scratch.finite[i] || proposed < h_tried);
        clock.h = if usable { proposed } else { 0.1 * h_tried };
        if kept {
            scratch.kept.push(row);
            clock.t = scratch.s[i];
            if clock.t <= stops[clock.stop] {
                scratch.arrived.push((clock.stop, row as usize));
                clock.stop += 1;
            }
        } else {
            seen.rejected += 1;
        }
        clock.fate = if kept { 1 } else { 2 };
        let stuck = clock.h <= f64::EPSILON * clock.t.abs();
        if clock.stop < stops.len() && (clock.tries >= limit || stuck) {
            seen.exhausted.push(row);
            clock.stop = stops.len();
        }
    }
    ctx.state.combine(Rows::Some(&scratch.kept), x, &[(Coef::One(1.0), y)], None)?;
    if !(seen.path.is_empty() || scratch.arrived.is_empty()) {
        let now = ctx.state.read(x)?;
        for &(stop, row) in &scratch.arrived {
            seen.path[stop].row_mut(row).assign(&now.row(row));
        }
    }
    let before = ctx.active.len();
    ctx.active.retain(|&row| clocks[row as usize].stop < stops.len());
    ctx.all &= ctx.active.len() == before;
    Ok(())
}
