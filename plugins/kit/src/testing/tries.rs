//! One try of a sampler that chooses its steps.

use super::{Bench, Failure, Problem, Run, Sampler, Step, Values, abi};

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Try {
    /// The first step that the sampler wanted, in time.
    pub first: f64,
    /// The state it proposes.
    pub x: f64,
    /// Whether it accepts that.
    pub accepted: bool,
    /// Its error over the tolerance.
    pub error: f64,
    /// The step it wants next, in time.
    pub next: f64,
    /// Evaluations made, those before the try included.
    pub evaluations: u64,
}

impl Run<'_> {
    /// The first try of a sampler, from the first time to `to`; the times are its stops.
    ///
    /// # Errors
    /// The sentence of a refusal or a failure; draws that are left over or were too few.
    ///
    /// # Panics
    /// Where a parameter is not declared.
    pub fn tried<S: Sampler>(&self, to: f64) -> Result<Try, String> {
        let values = self.values(S::INFO);
        // SAFETY: the payloads borrow `self.params`, which outlives this call.
        let values = unsafe { Values::new(S::INFO.params, &values) };
        self.planned::<S>()?;
        let mut bench = Bench::new(self);
        let told = |bench: &mut Bench, failure: Failure| bench.sentence(failure.text);
        let mut sampler = S::create(&values).map_err(|failure| told(&mut bench, failure))?;
        let (x, out) = (bench.add(self.x), bench.add(0.0));
        let mut first = f64::NAN;
        let problem = abi::Problem { first_step: &raw mut first, ..self.problem(x) };
        // SAFETY: the problem, its times and the first step live to the end of this function.
        let problem = unsafe { Problem::new(&problem) };
        let begun = bench.during(|host| sampler.begin(host, &problem));
        begun.map_err(|failure| told(&mut bench, failure))?;
        let (ends, fate, mut accept, mut error, mut next) = ([self.times[0], to], 0, 0, f64::NAN, f64::NAN);
        let mut io = abi::Step {
            flags: 0,
            out,
            fate: &raw const fate,
            accept: &raw mut accept,
            error: &raw mut error,
            next: &raw mut next,
            ..self.step(0, &ends, x)
        };
        // SAFETY: the step and what it points to live to the end of this function; there is one row.
        let mut step = unsafe { Step::new(&mut io) };
        let done = bench.during(|host| sampler.step(host, &mut step));
        done.map_err(|failure| told(&mut bench, failure))?;
        bench.all_drawn()?;
        let (x, evaluations) = (bench.read(out), bench.evaluations);
        Ok(Try { first, x, accepted: accept != 0, error, next, evaluations })
    }
}
