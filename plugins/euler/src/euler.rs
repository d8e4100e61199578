//! `euler`: one slope at the beginning of the step, on the probability flow.
//!
//! Equation, `in: t`: `x_s = x_t + (s − t) velocity(x_t, t)`;
//! `in: sigma`: `x_s = alpha_s (x_t/alpha_t + (sigma_s/alpha_s − sigma_t/alpha_t) eps(x_t, t))`, which is DDIM.
//! Source: Song et al. 2021 (score SDE), equation 13, is the flow; Song, Meng and Ermon 2021 (DDIM),
//! equation 14, the step in sigma.
//! Kind: ode. Order: 1. Evaluations a step: 1.
//! Choose it as the baseline, in sigma for few steps on concentrated data (exact for data at one point); for
//! accuracy at the same cost choose a multistep method or `heun`.
//! At the marked end alpha = 1, sigma = 0: in t the formula where that end has a time, else the prediction of
//! x0; in sigma the formula is the prediction of x0.

use ito_kit::{Failure, Flow, Host, Info, Kind, ONE_STEP, Plan, Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Euler {
    flow: Flow,
    k: Tensor,
}

impl Sampler for Euler {
    const INFO: Info = Info {
        id: c"euler",
        name: c"Euler",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Euler's method on the probability flow, in t or in sigma (DDIM).",
        equation: c"t: x_s = x_t + (s - t) velocity(x_t, t); sigma: x_s = alpha_s (x_t/alpha_t + (sigma_s/alpha_s - sigma_t/alpha_t) eps(x_t, t))",
        source: c"Song et al. 2021 (score SDE), equation 13; Song, Meng and Ermon 2021 (DDIM), equation 14",
        choose: c"The baseline. In sigma it is exact for data at one point and good at few steps; for accuracy take heun or a multistep method.",
        kind: Kind::Ode,
        order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP,
        params: &[Flow::PARAM],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Flow::read(values).plan(plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { flow: Flow::read(values), k: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.k = host.make(c"k")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        if step.clean() {
            return self.flow.clean_step(host, step, self.k);
        }
        let (t, s) = (step.t()?, step.s()?);
        let (carry, gain) = self.flow.weights(host, t, s)?;
        host.eval(step.x, t, self.flow.slope(), self.k)?;
        host.combine(step.out, &[(carry.into(), step.x), (gain.into(), self.k)])
    }
}

#[cfg(test)]
mod tests {
    use super::{Euler, Sampler};
    use ito_kit::testing::{FLOW, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Euler::INFO.faults(), Vec::<String>::new());
    }

    /// flow, data N(0, 1): velocity = (2t − 1) x/(1 − 2t + 2t²), eps = t x/(1 − 2t + 2t²). In t from x = 1 at 1 to 1/2:
    /// velocity = 1, x_s = 1 − 1/2. In sigma from x = 1 at 3/4 to 1/2: r from 3 to 1, eps = 3/4 · 8/5 = 6/5,
    /// x_s = 1/2 (4 − 2 · 6/5) = 4/5.
    #[test]
    fn a_step_by_hand() {
        for (flow, times, hand) in [("t", [1.0, 0.5], 0.5), ("sigma", [0.75, 0.5], 0.8)] {
            let params = [("in", Given::Choice(flow))];
            let end = Run { times: &times, params: &params, ..Run::new(&FLOW, 1.0) }.of::<Euler>().unwrap();
            assert!((end.x - hand).abs() < 1e-12 && end.evaluations == 1, "{flow}: {end:?}");
        }
    }
}
