//! `predictor-corrector`: another sampler's step, and Langevin updates that bring the state back to the law of its level.
//!
//! Equation, in the step t → s, M = `corrector_steps`: M times `x := x + a score(x, t) + √(2a) z`, then
//! `x_s = predictor(x, t, s)` (`first: corrector`); or the predictor, then M updates at s (`first: predictor`).
//! Source: Song et al. 2021 (score SDE), algorithm 1, with algorithms 4 and 5 as the correctors. Algorithm 1 has the
//! predictor first, the authors' code, on which their tables rest, the corrector; both visit the same levels but for the
//! two ends.
//! Step size: a = 2 (snr sigma)² at the level of the update; `score-norm` is the published rule, for comparison. On vp
//! algorithm 5 multiplies it by alpha_i = 1 − beta_i of a table of N betas, which a sub-VP process does not have:
//! `alpha: score-sde` does the same on vp. Table 5 has the published ratios of vp and ve.
//! Kind: plateau. Order: none claimed: with a fixed snr the updates have a bias that does not fall with N. Evaluations a
//! step: M and those of the predictor.
//! Choose it where the predictor's error is in the law, not in the path: a corrector costs an evaluation each, and at
//! the same cost a better predictor is mostly the better buy.
//! At the marked end alpha = 1, sigma = 0 there is no score: the corrector comes before, or is left out. With `mean` the
//! last noise is that of the predictor, or of the last update where it comes last.

use crate::update::{
    Chain, STEP_ABSOLUTE, STEP_NORM_ALPHA, STEP_NORM_OVER, STEP_NORM_SNR, STEP_SIGMA, STREAMS, StepSize,
};
use ito_kit::abi::STEP_MEAN;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, InnerSampler, Kind, Param, Plan, Problem, Sampler};
use ito_kit::{Step, Values};

/// See the module.
#[derive(Debug)]
pub struct PredictorCorrector {
    predictor: InnerSampler,
    chain: Chain,
    corrector_steps: u64,
    predictor_first: bool,
}

fn corrector_steps(values: &Values) -> u64 {
    values.i64("corrector_steps").unsigned_abs()
}

impl Sampler for PredictorCorrector {
    const INFO: Info = Info {
        id: c"predictor-corrector",
        name: c"Predictor-corrector",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Another sampler's steps, each with Langevin updates at its level.",
        equation: c"corrector_steps times x := x + a score(x, t) + sqrt(2 a) z, then x_s = predictor(x, t, s); a = 2 (snr sigma_t)^2",
        source: c"Song et al. 2021 (score SDE), algorithms 1, 4 and 5",
        choose: c"Where the predictor gets the law wrong and evaluations are plenty; at the same cost a better predictor is mostly the better buy.",
        kind: Kind::Plateau,
        evals_per_step: 0,
        flags: FINAL_MEAN,
        params: &[
            Param::sampler_or(
                c"predictor",
                c"reverse-diffusion",
                c"the sampler that goes from t to s; it keeps nothing between steps",
            ),
            Param::i64(c"corrector_steps", 1, c"Langevin updates in each step").range(0.0, 1e6),
            Param::choice(
                c"first",
                &[c"corrector", c"predictor"],
                0,
                c"the updates at t before the predictor, as the authors' code, or at s after it, as their algorithm 1",
            ),
            STEP_SIGMA,
            STEP_ABSOLUTE,
            STEP_NORM_SNR,
            STEP_NORM_OVER,
            STEP_NORM_ALPHA,
        ],
        streams: STREAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.evaluations = plan.steps.saturating_mul(corrector_steps(values));
        plan.inner_steps = plan.steps;
        StepSize::read(values).plan(plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let (predictor, size) = (values.sampler("predictor"), StepSize::read(values));
        let chain = Chain::new(size, 1.0);
        let published = matches!(size, StepSize::ScoreNorm(_)) && values.choice("step.score-norm.alpha") == 1;
        let chain = if published { chain.with_table() } else { chain };
        let (corrector_steps, predictor_first) = (corrector_steps(values), values.choice("first") == 1);
        Ok(Self { predictor, chain, corrector_steps, predictor_first })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.chain.begin(host, problem)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        if !self.predictor_first {
            self.correct(host, step, step.t()?, false)?;
        }
        let corrected = self.predictor_first && self.corrector_steps > 0 && !step.clean();
        let flags = if corrected { step.flags() & !STEP_MEAN } else { step.flags() };
        host.inner_step(self.predictor, step.out, step.times(), step.ends(), flags)?;
        if corrected { self.correct(host, step, step.s()?, step.mean()) } else { Ok(()) }
    }
}

impl PredictorCorrector {
    /// The updates at one level; with `mean` the last one is without noise.
    fn correct(&self, host: &Host, step: &Step, level: f64, mean: bool) -> Result<(), Failure> {
        (0..self.corrector_steps).try_for_each(|i| {
            let last = i + 1 == self.corrector_steps;
            let counter = step.index * self.corrector_steps + i;
            self.chain.update(host, (step.out, step.rows), level, counter, mean && last)
        })
    }
}

#[cfg(test)]
mod tests;
