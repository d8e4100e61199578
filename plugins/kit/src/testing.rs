//! A host of one number, for the tests of a plugin: Gaussian data in one dimension under a process in closed form.
//!
//! Another sampler that a parameter names is here always the same one: Euler's step in sigma, without noise.
//!
//! It exists so that a step can be worked by hand: choose x, the times and the draws, compute x_s from the paper's
//! equation with pencil and paper, and compare. It answers every call by the header's text and refuses what the
//! header refuses; order, cost and identity on real problems are `ito orders`' matter.
//!
//! ```
//! use ito_kit::testing::{EDM, Run};
//! # use ito_kit::{Failure, Host, Info, Prediction, Problem, Sampler, Step, Tensor, Values};
//! # struct Euler { eps: Tensor }
//! # impl Sampler for Euler {
//! #     const INFO: Info = Info { id: c"e", ..Info::DEFAULT };
//! #     fn create(_: &Values) -> Result<Self, Failure> { Ok(Self { eps: Tensor::NONE }) }
//! #     fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> { self.eps = host.make(c"eps")?; Ok(()) }
//! #     fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
//! #         let (t, s) = (step.t()?, step.s()?);
//! #         host.eval(step.x, t, Prediction::Eps, self.eps)?;
//! #         host.combine(step.out, &[(1.0.into(), step.x), ((s - t).into(), self.eps)])
//! #     }
//! # }
//! // Data N(0, 1) under edm: eps = sigma x/(1 + sigma²), so from x = 1 at 2 to 1 the slope is 2/5.
//! let end = Run { times: &[2.0, 1.0], ..Run::new(&EDM, 1.0) }.of::<Euler>().unwrap();
//! assert_eq!((end.x, end.evaluations), (1.0 - 0.4, 1));
//! ```

mod bench;
mod extensions;
mod table;
mod tries;

use crate::{Failure, Info, Plan, Problem, Sampler, Step, Values, abi};
use bench::Bench;

pub use tries::Try;

/// A process in closed form: alpha and sigma with their derivatives, and the time of a ratio sigma/alpha.
#[derive(Clone, Copy, Debug)]
pub struct Process {
    /// `[alpha, sigma, alpha', sigma']` at t.
    pub at: fn(f64) -> [f64; 4],
    /// t where sigma/alpha is r.
    pub of_ratio: fn(f64) -> f64,
}

/// alpha = 1, sigma = t.
pub const EDM: Process = Process { at: |t| [1.0, t, 0.0, 1.0], of_ratio: |r| r };

/// alpha = 1 − t, sigma = t.
pub const FLOW: Process = Process { at: |t| [1.0 - t, t, -1.0, 1.0], of_ratio: |r| r / (1.0 + r) };

/// alpha = cos t, sigma = sin t: variance preserving, and easy by hand.
pub const CIRCLE: Process = Process { at: |t| [t.cos(), t.sin(), -t.sin(), t.cos()], of_ratio: f64::atan };

/// A value of a parameter.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// A number.
    F64(f64),
    /// A whole number.
    I64(i64),
    /// True or false.
    Bool(bool),
    /// One of the declared names.
    Choice(&'a str),
    /// A list of numbers.
    List(&'a [f64]),
}

/// One run on a fixed grid; start from [`Run::new`].
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The process.
    pub process: &'a Process,
    /// The data are N(mean, std²).
    pub data: (f64, f64),
    /// The state at the first time.
    pub x: f64,
    /// The grid.
    pub times: &'a [f64],
    /// The normals in the order in which they are asked for: increments, areas and fresh ones alike.
    pub draws: &'a [f64],
    /// The uniforms in the order in which they are asked for.
    pub uniforms: &'a [f64],
    /// Parameters that differ from their defaults; of alternatives the one that is given.
    pub params: &'a [(&'a str, Given<'a>)],
    /// The last step leaves out its noise.
    pub mean: bool,
    /// The last time is the marked end alpha = 1, sigma = 0.
    pub clean: bool,
    /// The kind that a sampler inside plans; by default that of the one that is there.
    pub inner_kind: u32,
    /// The order that it claims.
    pub inner_order: f64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct End {
    /// The state at the last time.
    pub x: f64,
    /// The states at all times.
    pub path: Vec<f64>,
    /// Evaluations made.
    pub evaluations: u64,
    /// Evaluations that waited for each other: those of one block count as one.
    pub depth: u64,
}

impl<'a> Run<'a> {
    /// From x over no time at all: data N(0, 1), no draws, default parameters.
    #[must_use]
    pub const fn new(process: &'a Process, x: f64) -> Self {
        let (mean, clean, inner_kind, inner_order) = (false, false, abi::KIND_ODE, 1.0);
        let (times, draws, uniforms): (&[f64], &[f64], &[f64]) = (&[], &[], &[]);
        let params: &[(&str, Given)] = &[];
        let data = (0.0, 1.0);
        Self { process, data, x, times, draws, uniforms, params, mean, clean, inner_kind, inner_order }
    }

    /// What a sampler plans for this run.
    ///
    /// # Errors
    /// The sentence of a refusal.
    ///
    /// # Panics
    /// Where a parameter is not declared.
    pub fn planned<S: Sampler>(&self) -> Result<Plan, String> {
        let values = self.values(S::INFO);
        // SAFETY: the payloads borrow `self.params`, which outlives this call.
        let values = unsafe { Values::new(S::INFO.params, &values) };
        let at = |i: usize| {
            let level = |(j, &t): (usize, &f64)| {
                let clean = self.clean && j + 1 == self.times.len();
                if clean { [1.0, 0.0][i] } else { (self.process.at)(t)[i] }
            };
            self.times.iter().enumerate().map(level).collect::<Vec<f64>>()
        };
        let (alpha, sigma) = (at(0), at(1));
        // SAFETY: the lists of this plan have one number a time and live to the end of this call.
        let mut plan = unsafe { Plan::read(&self.plan(S::INFO, (&alpha, &sigma))) };
        S::plan(&values, &mut plan)?;
        Ok(plan)
    }

    /// Runs a sampler.
    ///
    /// # Errors
    /// The sentence of a refusal or a failure; draws that are left over or were too few.
    ///
    /// # Panics
    /// Where a parameter is not declared, or the sampler chooses its own steps.
    pub fn of<S: Sampler>(&self) -> Result<End, String> {
        let values = self.values(S::INFO);
        // SAFETY: the payloads borrow `self.params`, which outlives this call.
        let values = unsafe { Values::new(S::INFO.params, &values) };
        self.planned::<S>()?;
        let mut bench = Bench::new(self);
        let told = |bench: &mut Bench, failure: Failure| bench.sentence(failure.text);
        let mut sampler = S::create(&values).map_err(|failure| told(&mut bench, failure))?;
        let x = bench.add(self.x);
        let problem = self.problem(x);
        // SAFETY: the problem and its times live to the end of this function.
        let problem = unsafe { Problem::new(&problem) };
        let begun = bench.during(|host| sampler.begin(host, &problem));
        begun.map_err(|failure| told(&mut bench, failure))?;
        let mut path = vec![self.x];
        for (index, ends) in self.times.windows(2).enumerate() {
            let mut io = self.step(index, ends, x);
            // SAFETY: the step and the times it points to live to the end of this turn.
            let mut step = unsafe { Step::new(&mut io) };
            let done = bench.during(|host| sampler.step(host, &mut step));
            done.map_err(|failure| told(&mut bench, failure))?;
            path.push(bench.read(x));
        }
        bench.during(|host| sampler.end(host)).map_err(|failure| told(&mut bench, failure))?;
        bench.all_drawn()?;
        Ok(End { x: bench.read(x), path, evaluations: bench.evaluations, depth: bench.depth })
    }

    fn problem(&self, x: abi::Tensor) -> abi::Problem {
        abi::Problem {
            struct_size: size_of::<abi::Problem>() as u32,
            flags: 0,
            x,
            rows: 1,
            dim: 1,
            n_times: self.times.len() as u64,
            times: self.times.as_ptr(),
            first_step: std::ptr::null_mut(),
        }
    }

    fn plan(&self, info: Info, (alpha, sigma): (&[f64], &[f64])) -> abi::Plan {
        let steps = self.times.len().saturating_sub(1) as u64;
        abi::Plan {
            struct_size: size_of::<abi::Plan>() as u32,
            flags: info.flags,
            kind: info.kind.code(),
            uniform_in: info.uniform_in,
            steps,
            evaluations: steps * info.evals_per_step,
            inner_steps: 0,
            order: info.order,
            weak_order: info.weak_order,
            n_times: self.times.len() as u64,
            times: self.times.as_ptr(),
            alpha: alpha.as_ptr(),
            sigma: sigma.as_ptr(),
            inner_kind: self.inner_kind,
            inner_flags: 0,
            inner_order: self.inner_order,
            inner_weak_order: 0.0,
        }
    }

    fn step(&self, index: usize, ends: &[f64], x: abi::Tensor) -> abi::Step {
        const ROW: &[u32] = &[0];
        let last = index + 2 == self.times.len();
        let flag = |on: bool, flag| if on { flag } else { 0 };
        abi::Step {
            struct_size: size_of::<abi::Step>() as u32,
            flags: flag(last, abi::STEP_LAST)
                | flag(last && self.mean, abi::STEP_MEAN)
                | flag(last && self.clean, abi::STEP_CLEAN),
            index: index as u64,
            rows: 1,
            t: abi::Reals { v: &raw const ends[0], n: 1 },
            s: abi::Reals { v: &raw const ends[1], n: 1 },
            x,
            out: x,
            fate: std::ptr::null(),
            accept: std::ptr::null_mut(),
            error: std::ptr::null_mut(),
            next: std::ptr::null_mut(),
            row: ROW.as_ptr(),
        }
    }

    /// The values in the order of the declared parameters, alternatives as the header says.
    fn values(&self, info: Info) -> Vec<abi::Value> {
        for (id, _) in self.params {
            assert!(info.params.iter().any(|p| p.id.to_bytes() == id.as_bytes()), "parameter `{id}` is not declared");
        }
        info.params.iter().map(|param| bench::value(param, info.params, self.params)).collect()
    }
}

#[cfg(test)]
mod tests;
