//! `dpm-2-ancestral`: the step of `dpm-2` to less noise than s has, then new noise.
//!
//! Equation, with r = sigma/alpha, `V = sigma_s² (1 − e^{−2h})`, h = lambda_s − lambda_t:
//! `up = min(sigma_s, eta √V)`, `r_down = √(sigma_s² − up²)/alpha_s`, `r_m = √(r_t r_down)`,
//! `x_m = alpha_m (x_t/alpha_t + (r_m − r_t) eps(x_t, t))`,
//! `x_s = alpha_s (x_t/alpha_t + (r_down − r_t) eps(x_m, m)) + s_noise up z`,
//! z the normalised increment of the sample's path from t to s. For eta = 1 r_down = r_s²/r_t, so that m = s.
//! Source: k-diffusion, sample_dpm_2_ancestral, there for alpha = 1. Where all noise is new (up = sigma_s, eta > 1) that
//! program leaves it out; here it is added.
//! Kind: sde. Order: strong 1; weak 2, because noise from r_down to r_s keeps the marginals exactly and the way down is
//! of order 2; with s_noise other than 1 the limit has another law. eta = 0: ode, of order 2, and the bits of `dpm-2`.
//! Evaluations a step: 2, but 1 in a step to sigma = 0 and where r_down = 0: eta > 1 and a step so long that all noise of s
//! is new.
//! Choose it over `euler-ancestral` where the law of the samples matters and many steps are taken: weak order 2 for
//! twice the cost.
//! Divides by alpha. At the marked end alpha = 1, sigma = 0, where up = 0, it is the prediction of x0.

use crate::ancestral::{PARAMS, finish, read};
use crate::midpoint::Midpoint;
use ito_kit::{
    Ancestral, FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, ONE_STEP, Plan, Prediction, Problem, Sampler,
};
use ito_kit::{Step, Values};

/// See the module.
#[derive(Debug)]
pub struct Dpm2Ancestral {
    ancestral: Ancestral,
    midpoint: Midpoint,
}

impl Sampler for Dpm2Ancestral {
    const INFO: Info = Info {
        id: c"dpm-2-ancestral",
        name: c"DPM-2 ancestral",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"The step of dpm-2 to less noise than the next level has, then new noise.",
        equation: c"x_m = alpha_m (x_t/alpha_t + (r_m - r_t) eps(x_t, t)); x_s = alpha_s (x_t/alpha_t + (r_down - r_t) eps(x_m, m)) + s_noise up z; r = sigma/alpha, up = min(sigma_s, eta sqrt(V)), r_down = sqrt(sigma_s^2 - up^2)/alpha_s, r_m = sqrt(r_t r_down), V = sigma_s^2 (1 - exp(2 lambda_t - 2 lambda_s))",
        source: c"k-diffusion, sample_dpm_2_ancestral",
        choose: c"In place of euler-ancestral where the law of the samples matters and many steps are taken: weak order 2 for twice the cost.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        read(values).plan((2.0, 2), plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { ancestral: read(values), midpoint: Midpoint::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.midpoint.begin(host)
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let (r_down, up) = self.ancestral.split(&at_t, &at_s);
        self.midpoint.slope(host, step.x, &at_t, r_down)?;
        let weights = [at_s.alpha / at_t.alpha, at_s.alpha * (r_down - at_t.ratio), up];
        finish(self.ancestral, host, step, weights, self.midpoint.k)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dpm2Ancestral, Sampler};
    use crate::Dpm2;
    use ito_kit::testing::{CIRCLE, EDM, FLOW, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Dpm2Ancestral::INFO.faults(), Vec::<String>::new());
    }

    /// edm, data N(0, 1), from x = 1 at 2 to 1: up² = 3/4, r_down = 1/2, r_m = 1; eps = 2/5, x_m = 1 − 2/5 = 3/5,
    /// eps_m = 3/10, x_s = 1 − 3/2 · 3/10 + √(3/4) z = 11/20 + √(3/4) z.
    #[test]
    fn a_step_by_hand() {
        let end = Run { times: &[2.0, 1.0], draws: &[3.0], ..Run::new(&EDM, 1.0) }.of::<Dpm2Ancestral>().unwrap();
        assert!((end.x - 0.55 - 3.0 * 0.75_f64.sqrt()).abs() < 1e-12 && end.evaluations == 2, "{end:?}");
    }

    /// eta² = 9/4: from 4 to 2 and from 2 to 1 V is 3/4 of sigma_s², so that all noise is new; from 1 to 0.9 it is 0.19.
    #[test]
    fn a_step_of_new_noise_alone_costs_one_evaluation() {
        let params = [("eta", Given::F64(1.5))];
        let run = Run { times: &[4.0, 2.0, 1.0, 0.9], draws: &[0.1, 0.2, 0.3], params: &params, ..Run::new(&EDM, 1.0) };
        let (plan, end) = (run.planned::<Dpm2Ancestral>().unwrap(), run.of::<Dpm2Ancestral>().unwrap());
        assert_eq!((plan.evaluations, end.evaluations), (4, 4));
    }

    #[test]
    fn without_noise_it_has_the_bits_of_dpm_2() {
        for process in [&CIRCLE, &FLOW] {
            let run = Run { times: &[0.9, 0.63, 0.3, 0.01], data: (0.4, 0.3), ..Run::new(process, 1.3) };
            let found = Run { params: &[("eta", Given::F64(0.0))], ..run }.of::<Dpm2Ancestral>().unwrap();
            assert_eq!(found.path, run.of::<Dpm2>().unwrap().path);
        }
    }
}
