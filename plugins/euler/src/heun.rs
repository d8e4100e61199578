//! `heun`: the mean of the slopes at both ends of the step, on the probability flow.
//!
//! Equation, with `k_1 = f(x_t, t)`: `x_hat = x_t + h k_1`, `k_2 = f(x_hat, s)`,
//! `x_s = x_t + h/2 (k_1 + k_2)`; `in: t`: f = velocity and h = s − t; `in: sigma`: the same for x/alpha, with
//! f = eps and `h = sigma_s/alpha_s − sigma_t/alpha_t`.
//! Source: Karras et al. 2022 (EDM), algorithm 1 (in t), algorithm 2 without churn (in sigma).
//! Kind: ode. Order: 2. Evaluations a step: 2, but 1 in a step to sigma = 0.
//! Choose it in sigma on a Karras grid from about 15 steps on, as EDM does; below that, and where a multistep
//! method of order 2 is at hand, its second evaluation does not pay.
//! At the marked end alpha = 1, sigma = 0 the second slope does not exist: the step is that of `euler`.

use ito_kit::{Failure, Flow, Host, Info, Kind, ONE_STEP, Plan, Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Heun {
    flow: Flow,
    k_1: Tensor,
    k_2: Tensor,
    x_hat: Tensor,
}

impl Sampler for Heun {
    const INFO: Info = Info {
        id: c"heun",
        name: c"Heun",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Heun's method on the probability flow, in t or in sigma (EDM without churn).",
        equation: c"x_hat = x_t + h k_1; k_2 = f(x_hat, s); x_s = x_t + h/2 (k_1 + k_2); t: f = velocity, h = s - t; sigma: for x/alpha, f = eps, h = sigma_s/alpha_s - sigma_t/alpha_t",
        source: c"Karras et al. 2022 (EDM), algorithms 1 and 2",
        choose: c"In sigma on a Karras grid from about 15 steps on; at fewer steps, or where a multistep method of order 2 is at hand, the second evaluation does not pay.",
        kind: Kind::Ode,
        order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP,
        params: &[Flow::PARAM],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        Flow::read(values).plan(plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { flow: Flow::read(values), k_1: Tensor::NONE, k_2: Tensor::NONE, x_hat: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.k_1 = host.make(c"k_1")?;
        self.k_2 = host.make(c"k_2")?;
        self.x_hat = host.make(c"x_hat")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        if step.clean() {
            return self.flow.clean_step(host, step, self.k_1);
        }
        let (t, s) = (step.t()?, step.s()?);
        let (carry, gain) = self.flow.weights(host, t, s)?;
        host.eval(step.x, t, self.flow.slope(), self.k_1)?;
        host.combine(self.x_hat, &[(carry.into(), step.x), (gain.into(), self.k_1)])?;
        host.eval(self.x_hat, s, self.flow.slope(), self.k_2)?;
        let half = gain / 2.0;
        host.combine(step.out, &[(carry.into(), step.x), (half.into(), self.k_1), (half.into(), self.k_2)])
    }
}

#[cfg(test)]
mod tests {
    use super::{Heun, Sampler};
    use ito_kit::testing::{FLOW, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Heun::INFO.faults(), Vec::<String>::new());
    }

    /// flow, data N(0, 1): velocity = (2t − 1) x/(1 − 2t + 2t²), eps = t x/(1 − 2t + 2t²). In t from x = 1 at 1 to 1/2:
    /// k_1 = 1, k_2 = 0, x_s = 1 − 1/4. In sigma from x = 1 at 3/4 to 1/2: r from 3 to 1, k_1 = 6/5, x_hat = 1/2 (4 − 2 · 6/5)
    /// = 4/5, k_2 = 1/2 · 2 · 4/5 = 4/5, x_s = 1/2 (4 − (6/5 + 4/5)) = 1.
    #[test]
    fn a_step_by_hand() {
        for (flow, times, hand) in [("t", [1.0, 0.5], 0.75), ("sigma", [0.75, 0.5], 1.0)] {
            let params = [("in", Given::Choice(flow))];
            let end = Run { times: &times, params: &params, ..Run::new(&FLOW, 1.0) }.of::<Heun>().unwrap();
            assert!((end.x - hand).abs() < 1e-12 && end.evaluations == 2, "{flow}: {end:?}");
        }
    }
}
