//! `annealed-langevin`: Langevin dynamics on a ladder of noise levels, the times of the grid.
//!
//! Equation, in the step t → s: `steps_per_level` times `x := x + a score(x, s) + √(2 a τ) z`, with a of `step`
//! at level s: the state comes from level t and moves to the law at s.
//! Source: Song and Ermon 2019 (NCSN), annealed Langevin dynamics: `step: { ncsn: epsilon }`, a = epsilon/2
//! (sigma_s/sigma_L)², which is `{ sigma: snr }` with snr = √epsilon/(2 sigma_L): the same chain, but a snr says by itself,
//! without the ladder, how large the bias is; Song et al. 2021 (score SDE), algorithms 4 and 5 without predictor, for
//! `score-norm`.
//! Kind: plateau. Order: none claimed; the error stays at a floor that the step size and the updates at a level
//! decide, not the number of levels. Evaluations a step: `steps_per_level`.
//! Choose it with a network that has a score and no process, or to reproduce NCSN; a reverse diffusion needs far fewer
//! evaluations, and `consistent-annealed` keeps the noise at the level of the ladder.
//! By default one update a level, as score_sde (`n_steps_each`); NCSN has 100 on 10 levels, NCSNv2 5 on 232.
//! At the marked end alpha = 1, sigma = 0 there is no score: the step is the prediction of x0.

use crate::update::{Chain, STEP_ABSOLUTE, STEP_NCSN, STEP_NORM_OVER, STEP_NORM_SNR, STEP_SIGMA, STREAMS};
use crate::update::{StepSize, TEMPERATURE};
use ito_kit::{Failure, Host, Info, Kind, ONE_STEP, Param, Plan, Prediction, Problem, Sampler, Step, Values};

/// See the module.
#[derive(Debug)]
pub struct AnnealedLangevin {
    chain: Chain,
    steps_per_level: u64,
}

fn steps_per_level(values: &Values) -> u64 {
    values.i64("steps_per_level").unsigned_abs()
}

impl Sampler for AnnealedLangevin {
    const INFO: Info = Info {
        id: c"annealed-langevin",
        name: c"Annealed Langevin dynamics",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Langevin dynamics on a ladder of noise levels, as in NCSN.",
        equation: c"steps_per_level times x := x + a score(x, s) + sqrt(2 a tau) z; a = 2 (snr sigma_s)^2",
        source: c"Song and Ermon 2019 (NCSN), annealed Langevin dynamics; Song et al. 2021 (score SDE), algorithms 4 and 5 without predictor",
        choose: c"To reproduce NCSN, or for a score without a process; a reverse diffusion needs far fewer evaluations.",
        kind: Kind::Plateau,
        evals_per_step: 1,
        flags: ONE_STEP,
        params: &[
            STEP_SIGMA,
            STEP_NCSN,
            STEP_ABSOLUTE,
            STEP_NORM_SNR,
            STEP_NORM_OVER,
            TEMPERATURE,
            Param::i64(c"steps_per_level", 1, c"updates at each level").range(1.0, 1e6),
        ],
        streams: STREAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        plan.evaluations = plan.steps.saturating_mul(steps_per_level(values));
        StepSize::on_ladder(values).plan(plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let chain = Chain::new(StepSize::on_ladder(values), values.f64("temperature"));
        Ok(Self { chain, steps_per_level: steps_per_level(values) })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.chain.begin(host, problem)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        if step.clean() {
            return host.eval(step.x, step.t()?, Prediction::X0, step.out);
        }
        let s = step.s()?;
        for i in 0..self.steps_per_level {
            let mean = step.mean() && i + 1 == self.steps_per_level;
            self.chain.update(host, (step.x, step.rows), s, step.index * self.steps_per_level + i, mean)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{AnnealedLangevin, Sampler};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(AnnealedLangevin::INFO.faults(), Vec::<String>::new());
    }

    /// The chain of NCSN with epsilon = 0.1 and sigma_L = 1, two updates at sigma = 2 from 4, where p = N(0, 5):
    /// alpha = 0.1 · 2² = 0.4, x := x + alpha/2 (−x/5) + √alpha z with z = 1, −1:
    /// 3.84 + √0.4 = 4.472455532033676, then 0.96 · 4.472455532033676 − √0.4 = 3.661101778718653;
    /// to the clean end x0 = x/(1 + 2²) of the state before.
    #[test]
    fn ncsn_by_hand() {
        let params = &[("step.ncsn", Given::F64(0.1)), ("steps_per_level", Given::I64(2))];
        let run = Run { times: &[3.0, 2.0, 1.0], draws: &[1.0, -1.0, 0.0, 0.0], params, ..Run::new(&EDM, 4.0) };
        let end = run.of::<AnnealedLangevin>().unwrap();
        assert!((end.path[1] - 3.661101778718653).abs() < 1e-12, "{:?}", end.path);
        // Without a time for the end, sigma_L is that of the last level with noise: now 2.
        let clean = Run { times: &[3.0, 2.0, f64::NAN], draws: &[1.0, -1.0], clean: true, ..run };
        let end = clean.of::<AnnealedLangevin>().unwrap();
        // alpha = 0.1: 0.99 · 4 + √0.1, then 0.99 of it less √0.1; a fifth of that at the end.
        let x = 0.99 * (3.96 + 0.1f64.sqrt()) - 0.1f64.sqrt();
        assert!((end.x - x / 5.0).abs() < 1e-12, "{}", end.x);
    }
}
