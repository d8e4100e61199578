//! `sgld`: Langevin dynamics at one noise level, without an accept test (ULA).
//!
//! Equation: `x := x + a score(x, t) + √(2 a τ) z`, N times at t = `level`; `step: { sigma: snr }`:
//! a = 2 (snr sigma_t)²; `{ absolute: a }`; `{ score-norm: { snr, over: batch } }`: a = 2 (snr |z|/|score|)².
//! Source: Welling and Teh 2011, equation 4 with epsilon = 2a, the score in place of the gradient of a
//! posterior; Roberts and Tweedie 1996 (ULA); score-norm: Song et al. 2021 (score SDE), algorithms 4 and 5.
//! Kind: mcmc. Order: the bias of the invariant law is proportional to a (weak order 1); score-norm claims none:
//! a step that depends on the state samples a wrong law. Evaluations a step: 1.
//! Choose it to sample p_t itself, with one mode or modes that overlap; between separate modes it does not mix,
//! take `annealed-langevin` or a reverse diffusion there.

use crate::update::{Chain, STEP_ABSOLUTE, STEP_NORM_OVER, STEP_NORM_SNR, STEP_SIGMA, STREAMS, StepSize, TEMPERATURE};
use ito_kit::{Failure, Host, Info, Kind, LEVEL, ONE_STEP, Param, Plan, Problem, Sampler, Step, Values};

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
        source: c"Welling and Teh 2011, equation 4 with epsilon = 2a; Roberts and Tweedie 1996; Song et al. 2021 (score SDE), algorithms 4 and 5",
        choose: c"To sample p_t itself where its modes overlap; between separate modes it does not mix: take annealed-langevin.",
        kind: Kind::Mcmc,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | LEVEL,
        params: &[
            Param::optional_f64(c"level", c"the time t of the target p_t").range(0.0, f64::INFINITY).unit(c"time").required(),
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
        if let StepSize::ScoreNorm(_) = StepSize::read(values) {
            plan.weak_order = 0.0;
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self(Chain::read(values)))
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.0.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        self.0.update(host, (step.x, step.rows), step.t()?, step.index, step.mean())
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Sgld};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Sgld::INFO.faults(), Vec::<String>::new());
    }
}
