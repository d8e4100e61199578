//! The loop on a fixed grid: every row takes the same steps.

use super::{Context, Failure, Final, Problem, Solver, StepIo};
use crate::grid::Grid;
use crate::score::Prediction;
use crate::state::Rows;
use ndarray::{Array2, ArrayView2};

/// What the loop saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// First row that became non-finite, and after which step.
    pub(super) nonfinite: Option<(u64, u32)>,
    /// The states at the times of the grid, when asked for.
    pub(super) path: Vec<Array2<f64>>,
    /// Rejected tries, all rows.
    pub(super) rejected: u64,
    /// Rows that reached the limit of tries.
    pub(super) exhausted: Vec<u32>,
}

impl Seen {
    /// Looks for rows that are no longer finite; the earliest step and lowest row is kept.
    pub(super) fn check(
        &mut self,
        ctx: &mut Context<'_>,
        x: u64,
        step: u64,
        flags: &mut [bool],
    ) -> Result<(), Failure> {
        if self.nonfinite.is_none() {
            let slot = ctx.slot(x)?;
            if !ctx.state.finite(Rows::All, slot, flags)? {
                self.nonfinite = flags.iter().position(|ok| !ok).map(|row| (step, row as u32));
            }
        }
        Ok(())
    }

    fn keep(&mut self, ctx: &Context<'_>, x: u64, keep: bool) -> Result<(), Failure> {
        if keep {
            self.path.push(ctx.state.read(ctx.slot(x)?)?);
        }
        Ok(())
    }
}

/// Advances `x` over all intervals of the grid.
///
/// A row that is no longer finite goes on to the end: what the others cost and give must not depend on it. The states
/// `given` take the place of what the first steps leave.
pub(super) fn run(
    ctx: &mut Context<'_>,
    solver: &mut dyn Solver,
    grid: &Grid,
    last_rule: Final,
    x: u64,
    (keep, given): (bool, &[ArrayView2<'_, f64>]),
) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    let (rows, dim, _) = ctx.describe();
    let mut flags = vec![true; rows];
    seen.keep(ctx, x, keep)?;
    let times = grid.times();
    begin(ctx, solver, times, x, (rows, dim), &mut [])?;
    let n = grid.steps();
    for i in 0..n {
        let last = i + 1 == n;
        let mut io = StepIo {
            index: i as u64,
            last,
            mean: last && last_rule == Final::Mean,
            clean: last && grid.clean(),
            inner: false,
            given: (1..=given.len()).contains(&i),
            rows,
            t: &times[i..=i],
            s: &times[i + 1..=i + 1],
            x,
            out: x,
            tries: None,
        };
        solver.step(ctx, &mut io)?;
        ctx.go_on()?;
        if let Some(given) = given.get(i) {
            let slot = ctx.slot(x)?;
            ctx.state.load(slot, *given)?;
        }
        seen.check(ctx, x, i as u64 + 1, &mut flags)?;
        seen.keep(ctx, x, keep)?;
    }
    end(ctx, solver)?;
    finish(ctx, last_rule, x, (!grid.clean()).then(|| times[n]))?;
    seen.check(ctx, x, n as u64 + 1, &mut flags)?;
    Ok(seen)
}

/// `begin` of the solver and of every sampler inside it.
pub(super) fn begin(
    ctx: &mut Context<'_>,
    solver: &mut dyn Solver,
    times: &[f64],
    x: u64,
    (rows, dim): (usize, usize),
    first_step: &mut [f64],
) -> Result<(), Failure> {
    ctx.begin_inners(x, (rows, dim), times)?;
    solver.begin(ctx, &mut Problem { x, rows, dim, times, first_step })?;
    ctx.begun = true;
    Ok(())
}

/// `end` of every sampler inside that has begun, then of the solver if it has; each once, however often this is called.
pub(super) fn end(ctx: &mut Context<'_>, solver: &mut dyn Solver) -> Result<(), Failure> {
    let inners = ctx.end_inners();
    if std::mem::take(&mut ctx.begun) { inners.and(solver.end(ctx)) } else { inners }
}

/// `final: x0` spends one counted evaluation at `t_end`; at the clean end there is nothing left to predict.
pub(super) fn finish(ctx: &mut Context<'_>, last_rule: Final, x: u64, t_end: Option<f64>) -> Result<(), Failure> {
    match (last_rule, t_end) {
        (Final::X0, Some(t_end)) => ctx.eval(x, &[t_end], Prediction::X0, x),
        _ => Ok(()),
    }
}
