//! The driver: the one loop that advances x from `t_begin` to `t_end`, and counts.
//!
//! A [`Solver`] advances one step and asks the [`Context`] for everything it needs: operations on tensors,
//! the score, noise, the schedule. Every evaluation passes through [`Context::eval`], so that is where it is
//! counted, and nowhere else.

mod adaptive;
mod context;
mod draws;
mod fixed;
mod handles;
mod init;
mod run;
mod scale;

pub use context::{Context, Inner, Lookup, NoiseAsk};
pub use draws::{Draws, NoiseMode, Read, Source};
pub use init::{Init, prior_std, start};
pub use run::{Outcome, Running, Setup, sample, tree};

use crate::units::OutOfRange;

/// What becomes of the last step.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Final {
    /// The state as it is.
    #[default]
    State,
    /// The last noise is left out.
    Mean,
    /// One more, counted evaluation at `t_end`: the prediction of x0.
    X0,
}

/// One step as a solver sees it.
#[derive(Debug)]
pub struct StepIo<'a> {
    /// The i of `t_i → t_{i+1}` on a fixed grid, else the number of the try.
    pub index: u64,
    /// No step follows.
    pub last: bool,
    /// Leave out the last noise.
    pub mean: bool,
    /// s is the marked end alpha = 1, sigma = 0.
    pub clean: bool,
    /// Driven by another sampler.
    pub inner: bool,
    /// x was set anew since the last step.
    pub given: bool,
    /// Number of active rows.
    pub rows: usize,
    /// Times of begin: one, or one an active row.
    pub t: &'a [f64],
    /// Times of end.
    pub s: &'a [f64],
    /// Handle of the state at t.
    pub x: u64,
    /// Handle that receives the state at s.
    pub out: u64,
    /// For solvers that choose their steps.
    pub tries: Option<Tries<'a>>,
}

/// What a solver with steps of its own reads and writes, one entry an active row.
#[derive(Debug)]
pub struct Tries<'a> {
    /// What became of the last try: 0 none, 1 kept, 2 dropped.
    pub fate: &'a [u32],
    /// 1 accepted, 0 rejected.
    pub accept: &'a mut [u32],
    /// Error over tolerance.
    pub error: &'a mut [f64],
    /// The next step h > 0.
    pub next: &'a mut [f64],
}

/// A run of one batch as a solver sees it.
#[derive(Debug)]
pub struct Problem<'a> {
    /// Handle of the state.
    pub x: u64,
    /// Samples in the batch.
    pub rows: usize,
    /// Numbers a sample.
    pub dim: usize,
    /// The N+1 times, or the stops.
    pub times: &'a [f64],
    /// Where a solver with steps of its own writes the first ones; empty for the others.
    pub first_step: &'a mut [f64],
}

/// A running sampler, behind whatever border.
pub trait Solver {
    /// Before the first step.
    ///
    /// # Errors
    /// [`Failure`].
    fn begin(&mut self, context: &mut Context<'_>, problem: &mut Problem<'_>) -> Result<(), Failure>;
    /// Advances from `io.t` to `io.s`.
    ///
    /// # Errors
    /// [`Failure`].
    fn step(&mut self, context: &mut Context<'_>, io: &mut StepIo<'_>) -> Result<(), Failure>;
    /// Once for each `begin` that was done: after the last step, also after a failure; of samplers inside before their
    /// owner's.
    ///
    /// # Errors
    /// [`Failure`].
    fn end(&mut self, context: &mut Context<'_>) -> Result<(), Failure>;
}

/// What kind of mishap stopped a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An argument is outside its domain.
    Invalid,
    /// This process, grid or host cannot do it.
    Unsupported,
    /// No room.
    OutOfMemory,
    /// Unknown, freed or foreign handle.
    Handle,
    /// Called at the wrong moment.
    State,
    /// The user interrupted.
    Cancelled,
    /// The time limit was reached.
    TimedOut,
    /// The score failed.
    Model,
    /// The sampler panicked or threw.
    Panic,
    /// Anything else.
    Internal,
}

/// Why a run stopped: the first mishap, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    /// What kind.
    pub fault: Fault,
    /// The sentence.
    pub text: String,
}

impl Failure {
    pub(crate) fn new(fault: Fault, text: impl Into<String>) -> Self {
        Self { fault, text: text.into() }
    }
}

impl From<OutOfRange> for Failure {
    fn from(e: OutOfRange) -> Self {
        Self::new(Fault::Invalid, e.to_string())
    }
}
