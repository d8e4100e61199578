//! Other samplers, driven by the one that runs.

use super::Context;
use crate::noise::Stream;
use crate::sampler::{Failure, Fault, Problem, Solver, StepIo};

/// Another sampler, driven by the one that received it as a parameter.
pub struct Inner {
    /// The running sampler; `None` while it steps.
    solver: Option<Box<dyn Solver>>,
    /// Its streams, under a prefix of its own.
    streams: Vec<Stream>,
    /// Steps so far: the index of the next one, so that no draw repeats.
    steps: u64,
    /// Whether its `begin` is done and its `end` is not yet called.
    begun: bool,
}

impl Inner {
    /// A sampler that has not begun.
    #[must_use]
    pub fn new(solver: Box<dyn Solver>, streams: Vec<Stream>) -> Self {
        Self { solver: Some(solver), streams, steps: 0, begun: false }
    }
}

impl Context<'_> {
    /// Takes over another sampler; the handle is what its owner receives as a parameter.
    pub(in crate::sampler) fn set_inners(&mut self, inners: Vec<Inner>) {
        self.inners = inners;
    }

    /// `begin` of every inner sampler, those inside another one first.
    pub(in crate::sampler) fn begin_inners(
        &mut self,
        x: u64,
        (rows, dim): (usize, usize),
        times: &[f64],
    ) -> Result<(), Failure> {
        for at in 0..self.inners.len() {
            self.with_inner(at as u64 + 1, |inner, ctx| {
                inner.begin(ctx, &mut Problem { x, rows, dim, times, first_step: &mut [] })
            })?;
            self.inners[at].begun = true;
        }
        Ok(())
    }

    /// `end` of every inner sampler that has begun, once, in the same order; the first failure.
    pub(in crate::sampler) fn end_inners(&mut self) -> Result<(), Failure> {
        let mut answer = Ok(());
        for at in 0..self.inners.len() {
            if std::mem::take(&mut self.inners[at].begun) {
                answer = answer.and(self.with_inner(at as u64 + 1, |inner, ctx| inner.end(ctx)));
            }
        }
        answer
    }

    /// The number of this step of an inner sampler.
    fn count_inner_step(&mut self, handle: u64) -> u64 {
        self.inners.get_mut((handle as usize).wrapping_sub(1)).map_or(0, |inner| {
            inner.steps += 1;
            inner.steps - 1
        })
    }

    /// Runs `f` on an inner sampler, with its own streams in place of the caller's.
    pub(in crate::sampler) fn with_inner<T>(
        &mut self,
        handle: u64,
        f: impl FnOnce(&mut dyn Solver, &mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let at = (handle as usize).wrapping_sub(1);
        let Some(inner) = self.inners.get_mut(at) else {
            return Err(Failure::new(Fault::Handle, format!("sampler handle {handle} does not belong to this run")));
        };
        let Some(mut solver) = inner.solver.take() else {
            return Err(Failure::new(Fault::State, "a sampler drives itself through inner_step"));
        };
        std::mem::swap(&mut inner.streams, &mut self.streams);
        let answer = f(&mut *solver, self);
        let inner = &mut self.inners[at];
        std::mem::swap(&mut inner.streams, &mut self.streams);
        inner.solver = Some(solver);
        answer
    }

    /// One step of another sampler, x from t to s in place.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn inner_step(
        &mut self,
        handle: u64,
        x: u64,
        (t, s): (&[f64], &[f64]),
        (last, mean, clean): (bool, bool, bool),
    ) -> Result<(), Failure> {
        self.guarded(|c| {
            c.slot(x)?;
            c.check_times(t, "the begin of an inner step")?;
            if !clean {
                c.check_times(s, "the end of an inner step")?;
            }
            let rows = c.active.len();
            let index = c.count_inner_step(handle);
            c.with_inner(handle, |solver, c| {
                let mut io =
                    StepIo { index, last, mean, clean, inner: true, given: false, rows, t, s, x, out: x, tries: None };
                solver.step(c, &mut io)
            })
        })
    }
}
