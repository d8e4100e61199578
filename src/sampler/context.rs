//! What a solver may ask the host for, during one run of one batch.

use super::handles::Handles;
use super::{Draws, Failure, Fault, Solver, StepIo};
use crate::noise::Stream;
use crate::process::{Point, Process};
use crate::score::{Prediction, Score};
use crate::state::{Coef, Mix, NoiseTerm, Norm, RowMap, Rows, Slot, State, StateError};
use crate::units::{Lambda, Sigma, Time};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Noise asked for by [`Context::combine`].
#[derive(Clone, Copy, Debug)]
pub enum NoiseAsk<'a> {
    /// Fresh normals; stream by position in the calling sampler's list.
    Draw {
        /// Position of the stream.
        stream: u32,
        /// Which draw.
        counter: u64,
        /// Standard deviation.
        scale: Coef<'a>,
    },
    /// Normalised increment of the sample's path.
    Path {
        /// Begin: one or one a row.
        t: &'a [f64],
        /// End.
        s: &'a [f64],
        /// Standard deviation.
        scale: Coef<'a>,
    },
}

/// A function of time that [`Context::lookup`] knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the definitions, see process::Point")]
pub enum Lookup {
    Alpha,
    Sigma,
    Lambda,
    Ratio,
    Drift,
    Diffusion2,
    AlphaDot,
    SigmaDot,
}

/// Another sampler, driven by the one that received it as a parameter.
pub struct Inner {
    /// The running sampler; `None` while it steps.
    pub solver: Option<Box<dyn Solver>>,
    /// Its streams, under a prefix of its own.
    pub streams: Vec<Stream>,
    /// Steps so far: the index of the next one, so that no draw repeats.
    pub steps: u64,
}

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
    cancel: &'a AtomicBool,
    pub(super) state: Box<dyn State>,
    pub(super) draws: Draws,
    pub(super) counter: Counter,
    /// Active row numbers; `all` says that none is missing.
    pub(super) active: Vec<u32>,
    pub(super) all: bool,
    handles: Handles,
    streams: Vec<Stream>,
    inners: Vec<Inner>,
    failure: Option<Failure>,
    /// When the run is given up.
    pub(super) deadline: Option<Instant>,
    z: Vec<f64>,
    points: Vec<Point>,
}

/// A score at given points, as a function on rows.
struct Predict<'a> {
    score: &'a dyn Score,
    want: Prediction,
    at: &'a [Point],
}

impl RowMap for Predict<'_> {
    fn f64(&self, x: &[f64], out: &mut [f64]) -> Result<(), String> {
        self.score.predict(self.want, self.at, x, out).map_err(|e| e.to_string())
    }

    fn f32(&self, x: &[f32], out: &mut [f32]) -> Result<(), String> {
        self.score.predict_f32(self.want, self.at, x, out).map_err(|e| e.to_string())
    }

    fn tensor(&self, x: burn::Tensor<2>) -> Option<Result<burn::Tensor<2>, String>> {
        Some(self.score.predict_tensor(self.want, self.at, &x)?.map_err(|e| e.to_string()))
    }
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
    pub fn describe(&self) -> (usize, usize, crate::state::Dtype) {
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

    /// A tensor of zeros.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn make(&mut self, tag: &str) -> Result<u64, Failure> {
        self.guarded(|c| {
            let slot = c.state.make()?;
            Ok(c.handles.add(slot, tag))
        })
    }

    /// A handle for a slot that exists already.
    pub(super) fn adopt(&mut self, slot: Slot, tag: &str) -> u64 {
        self.handles.add(slot, tag)
    }

    /// The random streams of the sampler that runs.
    pub(super) fn set_streams(&mut self, streams: Vec<Stream>) {
        self.streams = streams;
    }

    /// Gives a tensor back.
    ///
    /// # Errors
    /// [`Failure`] for a stale handle.
    pub fn free(&mut self, tensor: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let slot = c.handles.remove(tensor)?;
            c.state.free(slot);
            Ok(())
        })
    }

    /// The slot of a tensor.
    ///
    /// # Errors
    /// [`Failure`] for a stale handle.
    pub(super) fn slot(&self, tensor: u64) -> Result<Slot, Failure> {
        self.handles.slot(tensor)
    }

    /// `out := sum_j c_j x_j + noise`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn combine(&mut self, out: u64, terms: &[(Coef<'_>, u64)], noise: Option<NoiseAsk<'_>>) -> Result<(), Failure> {
        self.guarded(|c| {
            let mut list = [(Coef::One(0.0), 0); 16];
            if terms.len() > list.len() {
                let text = format!("combine has {} tensors; allowed: at most 16", terms.len());
                return Err(Failure::new(Fault::Invalid, text));
            }
            for (entry, (coef, x)) in list.iter_mut().zip(terms) {
                c.check_coef(*coef, "a coefficient of combine")?;
                *entry = (*coef, c.handles.slot(*x)?);
            }
            let out = c.handles.slot(out)?;
            let scale = match noise {
                None => None,
                Some(ask) => Some(c.fill_noise(ask)?),
            };
            let noise = scale.map(|scale| NoiseTerm { z: &c.z[..c.active.len() * c.state.dim()], scale });
            let rows = Self::selection(c.all, &c.active);
            Ok(c.state.combine(rows, out, &list[..terms.len()], noise)?)
        })
    }

    /// Puts the normals asked for into `self.z` and returns their scale.
    fn fill_noise<'n>(&mut self, ask: NoiseAsk<'n>) -> Result<Coef<'n>, Failure> {
        let n = self.active.len() * self.state.dim();
        if self.z.len() < n {
            self.z.resize(n, 0.0);
        }
        match ask {
            NoiseAsk::Draw { stream, counter, scale } => {
                self.check_coef(scale, "the scale of noise")?;
                let stream = self.stream(stream)?;
                self.draws.draw(&self.active, stream, counter, &mut self.z[..n])?;
                Ok(scale)
            }
            NoiseAsk::Path { t, s, scale } => {
                self.check_coef(scale, "the scale of noise")?;
                self.check_times(t, "the begin of PATH")?;
                self.check_times(s, "the end of PATH")?;
                self.draws.path(&self.active, t, s, &mut self.z[..n])?;
                Ok(scale)
            }
        }
    }

    fn stream(&self, position: u32) -> Result<Stream, Failure> {
        self.streams.get(position as usize).copied().ok_or_else(|| {
            let text = format!("random stream {position} is not declared; this sampler has {}", self.streams.len());
            Failure::new(Fault::Invalid, text)
        })
    }

    /// `out := a b`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn multiply(&mut self, out: u64, a: u64, b: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let (out, a, b) = (c.slot(out)?, c.slot(a)?, c.slot(b)?);
            Ok(c.state.multiply(Self::selection(c.all, &c.active), out, a, b)?)
        })
    }

    /// `out := min(max(x, lo), hi)`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn clamp(&mut self, out: u64, x: u64, lo: f64, hi: f64) -> Result<(), Failure> {
        self.guarded(|c| {
            if lo > hi || lo.is_nan() || hi.is_nan() {
                return Err(Failure::new(Fault::Invalid, format!("clamp to [{lo}, {hi}]: the range is empty")));
            }
            let (out, x) = (c.slot(out)?, c.slot(x)?);
            Ok(c.state.clamp(Self::selection(c.all, &c.active), out, x, lo, hi)?)
        })
    }

    /// `out := a` where the mask is not 0, else `b`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn select(&mut self, out: u64, mask: &[u32], a: u64, b: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let (out, a, b) = (c.slot(out)?, c.slot(a)?, c.slot(b)?);
            Ok(c.state.select(Self::selection(c.all, &c.active), out, mask, a, b)?)
        })
    }

    /// `out[r] :=` norm of active row r.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn norm(&mut self, x: u64, kind: Norm, out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let x = c.slot(x)?;
            Ok(c.state.norm(Self::selection(c.all, &c.active), x, kind, out)?)
        })
    }

    /// `out[r] := sum a b` over active row r.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn dot(&mut self, a: u64, b: u64, out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let (a, b) = (c.slot(a)?, c.slot(b)?);
            Ok(c.state.dot(Self::selection(c.all, &c.active), a, b, out)?)
        })
    }

    /// Error of each active row against its tolerance, see [`State::error_norm`].
    ///
    /// # Errors
    /// [`Failure`].
    pub fn error_norm(
        &mut self,
        pair: (u64, u64),
        size: (u64, u64),
        tolerance: (f64, f64),
        mix: Mix,
        out: &mut [f64],
    ) -> Result<(), Failure> {
        self.guarded(|c| {
            let pair = (c.slot(pair.0)?, c.slot(pair.1)?);
            let size = (c.slot(size.0)?, c.slot(size.1)?);
            Ok(c.state.error_norm(Self::selection(c.all, &c.active), pair, size, tolerance, mix, out)?)
        })
    }

    /// One uniform an active row.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn uniforms(&mut self, stream: u32, counter: u64, out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            let stream = c.stream(stream)?;
            c.draws.uniforms(&c.active, stream, counter, out);
            Ok(())
        })
    }

    /// `out :=` prediction at `(x, t)`: one evaluation a row, counted here.
    ///
    /// # Errors
    /// [`Failure`]; where sigma(t) = 0.
    pub fn eval(&mut self, x: u64, t: &[f64], want: Prediction, out: u64) -> Result<(), Failure> {
        self.guarded(|c| {
            let (x, out) = (c.slot(x)?, c.slot(out)?);
            c.check_times(t, "the time of an evaluation")?;
            c.points.clear();
            for &t in t {
                let point = c.point(t)?;
                if point.sigma <= 0.0 {
                    let text = format!("an evaluation at t = {t}, where sigma = 0: nothing is evaluated there");
                    return Err(Failure::new(Fault::Invalid, text));
                }
                c.points.push(point);
            }
            let cost = c.score.cost();
            for &row in &c.active {
                c.counter.per_row[row as usize] += cost;
            }
            c.counter.depth += 1;
            let begin = Instant::now();
            let map = Predict { score: c.score, want, at: &c.points };
            c.state.map(Self::selection(c.all, &c.active), x, out, &map)?;
            c.counter.model += begin.elapsed();
            Ok(())
        })
    }

    fn point(&self, t: f64) -> Result<Point, Failure> {
        let (low, high) = self.process.domain();
        if t < low.get() || t > high.get() || t.is_nan() {
            let text = format!("time {t} is outside the domain [{low}, {high}] of process `{}`", self.process.name());
            return Err(Failure::new(Fault::Invalid, text));
        }
        Ok(self.process.at(Time::new(t)?))
    }

    /// `out[j n + i] = what[j]` at `t[i]`.
    ///
    /// # Errors
    /// [`Failure`] for a time outside the domain.
    pub fn lookup(&mut self, what: &[Lookup], t: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            for (i, &time) in t.iter().enumerate() {
                let p = c.point(time)?;
                for (j, w) in what.iter().enumerate() {
                    out[j * t.len() + i] = match w {
                        Lookup::Alpha => p.alpha,
                        Lookup::Sigma => p.sigma,
                        Lookup::Lambda => p.lambda,
                        Lookup::Ratio => p.ratio(),
                        Lookup::Drift => p.drift,
                        Lookup::Diffusion2 => p.diffusion2,
                        Lookup::AlphaDot => p.alpha_dot,
                        Lookup::SigmaDot => p.sigma_dot,
                    };
                }
            }
            Ok(())
        })
    }

    /// The times where `what` has these values.
    ///
    /// # Errors
    /// [`Failure`] for anything but sigma, lambda and sigma/alpha.
    pub fn time_of(&mut self, what: Lookup, values: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            for (&value, t) in values.iter().zip(out) {
                *t = match what {
                    Lookup::Sigma => c.process.time_from_sigma(Sigma::new(value)?),
                    Lookup::Lambda => c.process.time_from_lambda(Lambda::new(value)?),
                    Lookup::Ratio => c.process.time_from_ratio(Sigma::new(value)?),
                    _ => {
                        let text = format!("no inverse of {what:?}; allowed: sigma, lambda, sigma/alpha");
                        return Err(Failure::new(Fault::Invalid, text));
                    }
                }
                .get();
            }
            Ok(())
        })
    }

    /// Takes over another sampler; the handle is what its owner receives as a parameter.
    pub(super) fn set_inners(&mut self, inners: Vec<Inner>) {
        self.inners = inners;
    }

    /// Number of inner samplers.
    pub(super) fn inner_count(&self) -> usize {
        self.inners.len()
    }

    /// The number of this step of an inner sampler.
    fn count_inner_step(&mut self, handle: u64) -> u64 {
        self.inners.get_mut((handle as usize).wrapping_sub(1)).map_or(0, |inner| {
            inner.steps += 1;
            inner.steps - 1
        })
    }

    /// Runs `f` on an inner sampler, with its own streams in place of the caller's.
    pub(super) fn with_inner<T>(
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
                let mut io = StepIo { index, last, mean, clean, inner: true, rows, t, s, x, out: x, tries: None };
                solver.step(c, &mut io)
            })
        })
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
