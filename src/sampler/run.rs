//! One cell: all samples of a seed, in batches.

use super::context::Inner;
use super::fixed::Seen;
use super::scale::Scale;
use super::{Context, Draws, Failure, Fault, Final, Init, NoiseMode, Solver, adaptive, fixed, start};
use crate::grid::Grid;
use crate::noise::{Key, NoiseError, Paths, Stream, Tree};
use crate::process::Process;
use crate::score::Score;
use crate::state::{State, StateError};
use crate::units::{Seed, Time};
use ndarray::{Array2, Array3, Axis, s};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// A sampler ready to run: itself, its streams, and the samplers inside it in the order of their handles.
pub struct Running {
    /// The sampler.
    pub solver: Box<dyn Solver>,
    /// Its streams.
    pub streams: Vec<Stream>,
    /// The samplers inside; handle 1 is the first.
    pub inners: Vec<Inner>,
}

/// Everything that decides the samples.
pub struct Setup<'a> {
    /// The process.
    pub process: &'a dyn Process,
    /// The score.
    pub score: &'a dyn Score,
    /// The times.
    pub grid: &'a Grid,
    /// The last step.
    pub last_rule: Final,
    /// x_T.
    pub init: Init,
    /// What PATH reads.
    pub noise: NoiseMode,
    /// The Brownian tree of the process.
    pub tree: Arc<Tree>,
    /// Seed.
    pub seed: Seed,
    /// Index of the first sample.
    pub first: usize,
    /// Number of samples.
    pub samples: usize,
    /// Samples that run together.
    pub batch: usize,
    /// Whether the sampler chooses its steps.
    pub per_row_step: bool,
    /// Most tries of one sample.
    pub limit: u64,
    /// When the run is given up.
    pub deadline: Option<Instant>,
    /// Whether the states at the times of the grid are kept; of a sampler that chooses its steps those at its stops.
    pub keep_path: bool,
    /// States [samples, dim] that take the place of what the first steps leave, for exact starting values; fixed grids
    /// alone.
    pub given: &'a [Array2<f64>],
    /// Makes a state for a number of rows.
    pub state: &'a (dyn Fn(usize) -> Result<Box<dyn State>, StateError> + Sync),
    /// Raised when the user wants to stop.
    pub cancel: &'a AtomicBool,
}

/// The samples and what they cost.
#[derive(Debug)]
pub struct Outcome {
    /// [samples, dim].
    pub x: Array2<f64>,
    /// [N+1, samples, dim], when kept.
    pub path: Option<Array3<f64>>,
    /// Evaluations of each sample.
    pub nfe: Vec<u64>,
    /// Longest chain of evaluations that wait for each other.
    pub depth: u64,
    /// Operations that the sampler asked the host for, all batches.
    pub host_calls: u64,
    /// Rejected tries, summed over samples.
    pub rejected: u64,
    /// The earliest (step, sample) that was not finite.
    pub nonfinite: Option<(u64, usize)>,
    /// Samples that reached the limit of tries.
    pub exhausted: Vec<usize>,
    /// Time inside the model.
    pub model: Duration,
    /// Time of everything.
    pub wall: Duration,
}

/// The Brownian tree of a process, shared by all cells on it.
///
/// # Errors
/// [`NoiseError::Scale`] when sigma does not rise over the process's domain.
pub fn tree(process: &Arc<dyn Process>) -> Result<Arc<Tree>, NoiseError> {
    Tree::new(Scale(Arc::clone(process))).map(Arc::new)
}

/// Draws the samples of one cell; `make` creates the sampler anew for each batch.
///
/// # Errors
/// The first [`Failure`] of any batch.
pub fn sample(
    setup: &Setup<'_>,
    make: &mut dyn FnMut(&mut Context<'_>) -> Result<Running, Failure>,
) -> Result<Outcome, Failure> {
    let begin = Instant::now();
    let dim = setup.score.dim();
    room(setup, dim)?;
    let mut out = Outcome {
        x: Array2::zeros((setup.samples, dim)),
        path: setup.keep_path.then(|| Array3::zeros((setup.grid.times().len(), setup.samples, dim))),
        nfe: Vec::with_capacity(setup.samples),
        depth: 0,
        host_calls: 0,
        rejected: 0,
        nonfinite: None,
        exhausted: Vec::new(),
        model: Duration::ZERO,
        wall: Duration::ZERO,
    };
    let mut done = 0;
    while done < setup.samples {
        let rows = setup.batch.max(1).min(setup.samples - done);
        batch(setup, make, (done, rows, dim), &mut out)?;
        done += rows;
    }
    out.wall = begin.elapsed();
    Ok(out)
}

/// Whether the system would give the memory that the outcome takes: an array that gets none takes the process down.
fn room(setup: &Setup<'_>, dim: usize) -> Result<(), Failure> {
    let times = if setup.keep_path { setup.grid.times().len() } else { 0 };
    // x, the states that are kept, and the evaluations of each sample.
    let numbers = (times + 1).checked_mul(dim).and_then(|n| n.checked_add(1)?.checked_mul(setup.samples));
    if numbers.is_some_and(|n| Vec::<f64>::new().try_reserve_exact(n).is_ok()) {
        return Ok(());
    }
    let states = if times == 0 { String::new() } else { format!(" at {times} times") };
    let text = format!(
        "no room for {} samples of {dim} numbers{states}; ask for fewer `samples`{}",
        setup.samples,
        if times == 0 { "" } else { ", or `keep: samples`" }
    );
    Err(Failure::new(Fault::OutOfMemory, text))
}

fn batch(
    setup: &Setup<'_>,
    make: &mut dyn FnMut(&mut Context<'_>) -> Result<Running, Failure>,
    (done, rows, dim): (usize, usize, usize),
    out: &mut Outcome,
) -> Result<(), Failure> {
    let first = setup.first + done;
    let t_begin = Time::new(setup.grid.times()[0])?;
    let mut state = (setup.state)(rows)?;
    let slot = state.make()?;
    let x_t = start(&setup.init, setup.process, t_begin, setup.seed, first, (rows, dim));
    state.load(slot, x_t.view())?;
    let keys: Vec<Key> = (first..first + rows).map(|i| Key { seed: setup.seed.get(), sample: i as u32 }).collect();
    let paths = Paths::new(Arc::clone(&setup.tree), &keys, dim);
    let draws = Draws::new(keys, first, dim, setup.noise.clone(), paths);
    let mut ctx = Context::new(setup.process, setup.score, state, draws, setup.cancel);
    let x = ctx.adopt(slot, "x");
    let Running { mut solver, streams, inners } = make(&mut ctx)?;
    ctx.set_streams(streams);
    ctx.set_inners(inners);
    ctx.deadline = setup.deadline;
    let seen = if setup.per_row_step {
        adaptive::run(&mut ctx, &mut *solver, setup.grid, setup.last_rule, x, (setup.limit, setup.keep_path))
    } else {
        let given: Vec<_> = setup.given.iter().map(|x| x.slice(s![done..done + rows, ..])).collect();
        fixed::run(&mut ctx, &mut *solver, setup.grid, setup.last_rule, x, (setup.keep_path, &given))
    };
    let seen = match seen {
        Ok(seen) => seen,
        Err(failure) => {
            let failure = ctx.fail(failure);
            // `end` follows a failed step too; what it says then is less than the first failure.
            drop(fixed::end(&mut ctx, &mut *solver));
            return Err(failure);
        }
    };
    ctx.draws.finish()?;
    collect(&ctx, x, &seen, (done, first), out)
}

fn collect(
    ctx: &Context<'_>,
    x: u64,
    seen: &Seen,
    (done, first): (usize, usize),
    out: &mut Outcome,
) -> Result<(), Failure> {
    let x = ctx.state.read(ctx.slot(x)?)?;
    let rows = done..done + x.nrows();
    out.x.slice_mut(s![rows.clone(), ..]).assign(&x);
    if let Some(path) = &mut out.path {
        for (mut at, x) in path.axis_iter_mut(Axis(0)).zip(&seen.path) {
            at.slice_mut(s![rows.clone(), ..]).assign(x);
        }
    }
    out.nfe.extend_from_slice(&ctx.counter.per_row);
    out.depth = out.depth.max(ctx.counter.depth);
    out.host_calls += ctx.counter.calls;
    out.model += ctx.counter.model;
    out.rejected += seen.rejected;
    out.exhausted.extend(seen.exhausted.iter().map(|&row| first + row as usize));
    let found = seen.nonfinite.map(|(step, row)| (step, first + row as usize));
    out.nonfinite = match (out.nonfinite, found) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Ok(())
}
