//! What a solver may ask the host for, during one run of one batch.

mod eval;
mod inner;
mod schedule;
mod tensors;

pub use inner::Inner;
pub use schedule::Lookup;
pub use tensors::NoiseAsk;

use super::handles::Handles;
use super::{Draws, Failure, Fault};
use crate::noise::Stream;
use crate::process::{Point, Process};
use crate::score::Score;
use crate::state::{Coef, Dtype, Rows, Slot, State, StateError};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Evaluations of a batch: counted where the call happens.
#[derive(Debug)]
pub(super) struct Counter {
    /// Per row.
    pub(super) per_row: Vec<u64>,
    /// Longest chain of evaluations that wait for each other.
    pub(super) depth: u64,
    /// Operations of any kind that the sampler asked for.
    pub(super) calls: u64,
    /// Time inside the model.
    pub(super) model: Duration,
}

/// The host's side of one run of one batch.
pub struct Context<'a> {
    process: &'a dyn Process,
    score: &'a dyn Score,
    /// Never written again: `cancelled` of the border reads it from other threads.
    pub(crate) cancel: &'a AtomicBool,
    pub(super) state: Box<dyn State>,
    pub(super) draws: Draws,
    pub(super) counter: Counter,
    /// Active row numbers; `all` says that none is missing.
    pub(super) active: Vec<u32>,
    pub(super) all: bool,
    handles: Handles,
    streams: Vec<Stream>,
    inners: Vec<Inner>,
    /// Whether `begin` of the sampler that runs is done and its `end` is not yet called.
    pub(super) begun: bool,
    failure: Option<Failure>,
    /// When the run is given up.
    pub(super) deadline: Option<Instant>,
    z: Vec<f64>,
    points: Vec<Point>,
}

impl<'a> Context<'a> {
    /// A context with all rows active and no tensors.
    pub(super) fn new(
        process: &'a dyn Process,
        score: &'a dyn Score,
        state: Box<dyn State>,
        draws: Draws,
        cancel: &'a AtomicBool,
    ) -> Self {
        let rows = state.rows();
        Self {
            process,
            score,
            cancel,
            draws,
            counter: Counter { per_row: vec![0; rows], depth: 0, calls: 0, model: Duration::ZERO },
            active: (0..rows as u32).collect(),
            all: true,
            handles: Handles::default(),
            streams: Vec::new(),
            inners: Vec::new(),
            begun: false,
            failure: None,
            deadline: None,
            z: Vec::new(),
            points: Vec::new(),
            state,
        }
    }

    /// Number of active rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.active.len()
    }

    /// The numbers of the active rows, rising.
    #[must_use]
    pub fn active_rows(&self) -> &[u32] {
        &self.active
    }

    /// Rows, numbers a sample, and the precision of the state.
    #[must_use]
    pub fn describe(&self) -> (usize, usize, Dtype) {
        (self.state.rows(), self.state.dim(), self.state.dtype())
    }

    /// Fails for a stale or foreign handle.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn check_handle(&self, tensor: u64) -> Result<(), Failure> {
        self.slot(tensor).map(drop)
    }

    /// The first mishap; every operation after it fails with it.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Records a mishap; the first one stays.
    pub fn fail(&mut self, failure: Failure) -> Failure {
        self.failure.get_or_insert(failure).clone()
    }

    /// Stops a run that has failed or outlived its deadline; asked between steps.
    pub(super) fn go_on(&mut self) -> Result<(), Failure> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Err(self.fail(Failure::new(Fault::TimedOut, "the time limit of a cell was reached")));
        }
        Ok(())
    }

    /// Whether the user wants to stop.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Runs an operation unless something failed before; keeps its failure.
    #[inline]
    fn guarded<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        self.counter.calls += 1;
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let answer =
            if self.cancelled() { Err(Failure::new(Fault::Cancelled, "interrupted by the user")) } else { f(self) };
        answer.map_err(|failure| self.fail(failure))
    }

    fn selection<'r>(all: bool, active: &'r [u32]) -> Rows<'r> {
        if all { Rows::All } else { Rows::Some(active) }
    }

    fn check_coef(&self, c: Coef<'_>, what: &str) -> Result<(), Failure> {
        match c {
            Coef::Each(v) if v.len() != self.active.len() => Err(self.wrong_length(v.len(), what)),
            _ => Ok(()),
        }
    }

    #[cold]
    fn wrong_length(&self, found: usize, what: &str) -> Failure {
        let text = format!("{what} has {found} numbers; allowed: 1 or the {} active rows", self.active.len());
        Failure::new(Fault::Invalid, text)
    }

    fn check_times(&self, t: &[f64], what: &str) -> Result<(), Failure> {
        if t.len() != 1 && t.len() != self.active.len() {
            return Err(self.wrong_length(t.len(), what));
        }
        if t.iter().any(|t| t.is_nan()) {
            return Err(Failure::new(Fault::Invalid, format!("{what} is NaN: this end has no time on this process")));
        }
        Ok(())
    }

    /// A handle for a slot that exists already.
    pub(super) fn adopt(&mut self, slot: Slot, tag: &str) -> u64 {
        self.handles.add(slot, tag)
    }

    /// The random streams of the sampler that runs.
    pub(super) fn set_streams(&mut self, streams: Vec<Stream>) {
        self.streams = streams;
    }

    /// The slot of a tensor.
    ///
    /// # Errors
    /// [`Failure`] for a stale handle.
    pub(super) fn slot(&self, tensor: u64) -> Result<Slot, Failure> {
        self.handles.slot(tensor)
    }
}

impl From<StateError> for Failure {
    fn from(e: StateError) -> Self {
        let fault = match &e {
            StateError::OutOfMemory { .. } => Fault::OutOfMemory,
            StateError::Map(_) => Fault::Model,
            StateError::Backend(_) => Fault::Internal,
        };
        Self::new(fault, e.to_string())
    }
}
