//! `mala`: Langevin dynamics at one noise level with Metropolis and Hastings' accept test.
//!
//! Equation: the proposal `y = x + a score(x, t) + √(2 a τ) z` takes the place of x where
//! `ln u < (ln p_t(y) − ln p_t(x))/τ + |z|²/2 − |z'|²/2`, `z' = (x − y − a score(y, t))/√(2 a τ)` the normals of the way
//! back, u uniform in (0, 1); N times at t = `level`, each sample for itself.
//! Source: Besag 1994; Roberts and Tweedie 1996 (MALA); Hastings 1970 for the test.
//! Kind: mcmc. Order: none, for there is no bias: p_t^{1/τ}, normalised, is the invariant law at every a.
//! Evaluations: 1 a step, and 1 before the first: score and density of x are kept. With `mean` the last step is the
//! proposal without its noise, taken without a test, and evaluates nothing.
//! Needs the density itself, and so a score in closed form: the kept energies are not counted as evaluations.
//! Choose it as the judge of the unadjusted chains; between separate modes it does not mix either.

use crate::update::{LEVEL_PARAM, STEP_ABSOLUTE, STEP_SIGMA, StepSize, TEMPERATURE};
use ito_kit::{Coef, ENERGY, Failure, Host, Info, Kind, LEVEL, Noise, Param, Plan, Prediction};
use ito_kit::{DefaultValue, Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Mala {
    size: StepSize,
    temperature: f64,
    /// Of the kept state: its score, and ln p_t in each row.
    score: Tensor,
    log_p: Vec<f64>,
    /// Of the proposal.
    y: Tensor,
    score_y: Tensor,
    log_p_y: Vec<f64>,
    z: Tensor,
    back: Tensor,
}

impl Sampler for Mala {
    const INFO: Info = Info {
        id: c"mala",
        name: c"Metropolis-adjusted Langevin",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Langevin dynamics at one noise level with an accept test, free of bias.",
        equation: c"y = x + a score(x, t) + sqrt(2 a tau) z; accepted where ln u < (ln p_t(y) - ln p_t(x))/tau + |z|^2/2 - |x - y - a score(y, t)|^2/(4 a tau); a = 2 (snr sigma_t)^2",
        source: c"Besag 1994; Roberts and Tweedie 1996 (MALA); Hastings 1970",
        choose: c"As the judge of unadjusted chains, for scores in closed form; between separate modes it does not mix.",
        kind: Kind::Mcmc,
        evals_per_step: 1,
        flags: LEVEL,
        params: &[
            LEVEL_PARAM,
            Param { default: DefaultValue::F64(Some(0.5)), ..STEP_SIGMA },
            STEP_ABSOLUTE,
            TEMPERATURE.above_min(),
        ],
        streams: &[c"langevin", c"accept"],
        required: &[ENERGY],
        ..Info::DEFAULT
    };

    fn plan(_: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.evaluations = plan.steps.saturating_add(1);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let (none, size, temperature) = (Tensor::NONE, StepSize::known(values), values.f64("temperature"));
        let (log_p, log_p_y) = (Vec::new(), Vec::new());
        Ok(Self { size, temperature, score: none, log_p, y: none, score_y: none, log_p_y, z: none, back: none })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        (self.score, self.score_y) = (host.make(c"score")?, host.make(c"score of y")?);
        (self.y, self.z, self.back) = (host.make(c"y")?, host.make(c"z")?, host.make(c"z'")?);
        (self.log_p, self.log_p_y) = (vec![0.0; problem.rows], vec![0.0; problem.rows]);
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (x, t, counter) = (step.x, step.t()?, step.index);
        if counter == 0 || step.given() {
            host.eval(x, t, Prediction::Score, self.score)?;
            host.log_density(x, t, &mut self.log_p)?;
        }
        let a = self.size.at(host, t)?;
        let scale = (2.0 * a * self.temperature).sqrt();
        let terms = [(1.0.into(), x), (a.into(), self.score), (scale.into(), self.z)];
        if step.mean() {
            return host.combine(step.out, &terms[..2]);
        }
        host.combine_noise(self.z, &[], Noise::Draw { stream: 0, counter, scale: 1.0.into() })?;
        host.combine(self.y, &terms)?;
        host.eval(self.y, t, Prediction::Score, self.score_y)?;
        host.log_density(self.y, t, &mut self.log_p_y)?;
        let of = |c: f64| Coef::One(c / scale);
        host.combine(self.back, &[(of(1.0), x), (of(-1.0), self.y), (of(-a), self.score_y)])?;
        let accepted = self.test(host, step)?;
        host.select(step.out, &accepted, self.y, x)?;
        host.select(self.score, &accepted, self.score_y, self.score)
    }
}

impl Mala {
    /// Which proposals are accepted; their densities are kept. One that is not finite never is.
    fn test(&mut self, host: &Host, step: &Step) -> Result<Vec<u32>, Failure> {
        let (mut u, mut z, mut back) = (vec![0.0; step.rows], vec![0.0; step.rows], vec![0.0; step.rows]);
        host.uniforms(1, step.index, &mut u)?;
        host.norm(self.z, &mut z)?;
        host.norm(self.back, &mut back)?;
        let mut accepted = vec![0; step.rows];
        for r in 0..step.rows {
            let gain = (self.log_p_y[r] - self.log_p[r]) / self.temperature;
            if u[r].ln() < gain + 0.5 * (z[r] * z[r] - back[r] * back[r]) {
                (accepted[r], self.log_p[r]) = (1, self.log_p_y[r]);
            }
        }
        Ok(accepted)
    }
}

#[cfg(test)]
mod tests;
