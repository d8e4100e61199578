//! `sgld`: Langevin dynamics at one noise level, without an accept test (ULA).
//!
//! Equation: `x := x + a score(x, t) + √(2 a τ) z`, N times at t = `level`; `step: { sigma: snr }`:
//! a = 2 (snr sigma_t)²; `{ absolute: a }`; `{ score-norm: { snr, over: batch } }`: a = 2 (snr |z|/|score|)².
//! Source: Welling and Teh 2011 (SGLD) with epsilon = 2a, the score in place of the gradient of a
//! posterior; Roberts and Tweedie 1996 (ULA); score-norm: Song et al. 2021 (score SDE), algorithms 4 and 5.
//! Kind: mcmc. Order: the bias of the invariant law is proportional to a (weak order 1); score-norm claims none:
//! a step that depends on the state samples a wrong law. Evaluations a step: 1.
//! Choose it to sample p_t itself, with one mode or modes that overlap; between separate modes it does not mix,
//! take `annealed-langevin` or a reverse diffusion there.

use crate::update::{
    Chain, LEVEL_PARAM, STEP_ABSOLUTE, STEP_NORM_OVER, STEP_NORM_SNR, STEP_SIGMA, STREAMS, StepSize, TEMPERATURE,
};
use ito_kit::{Failure, Host, Info, Kind, LEVEL, ONE_STEP, Plan, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Sgld(Chain);

impl Sampler for Sgld {
    const INFO: Info = Info {
        id: c"sgld",
        name: c"Langevin dynamics at one level",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Unadjusted Langevin dynamics with the score at one noise level.",
        equation: c"x := x + a score(x, t) + sqrt(2 a tau) z, N times at t = level; a = 2 (snr sigma_t)^2",
        source: c"Welling and Teh 2011 (SGLD) with epsilon = 2a; Roberts and Tweedie 1996; Song et al. 2021 (score SDE), algorithms 4 and 5",
        choose: c"To sample p_t itself where its modes overlap; between separate modes it does not mix: take annealed-langevin.",
        kind: Kind::Mcmc,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | LEVEL,
        params: &[
            LEVEL_PARAM,
            STEP_SIGMA,
            STEP_ABSOLUTE,
            STEP_NORM_SNR,
            STEP_NORM_OVER,
            TEMPERATURE,
        ],
        streams: STREAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let size = StepSize::read(values);
        if let StepSize::ScoreNorm(_) = size {
            plan.weak_order = 0.0;
        }
        size.plan(plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Chain::new(StepSize::read(values), values.f64("temperature"))))
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.0.begin(host, problem)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.update(host, (step.x, step.rows), step.t()?, step.index, step.mean())
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Sgld};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Sgld::INFO.faults(), Vec::<String>::new());
    }

    /// p_t = N(0, 1 + 3²) at level 3; a = 2 (1/6 · 3)² = ½, score = −2/10: 2 − 0.1 + √(2 · ½ · 4) · ½ = 2.9.
    #[test]
    fn an_update_by_hand() {
        let params =
            &[("level", Given::F64(3.0)), ("step.sigma", Given::F64(1.0 / 6.0)), ("temperature", Given::F64(4.0))];
        let end = Run { times: &[3.0, 3.0], draws: &[0.5], params, ..Run::new(&EDM, 2.0) }.of::<Sgld>().unwrap();
        assert!((end.x - 2.9).abs() < 1e-12, "{}", end.x);
    }
}
