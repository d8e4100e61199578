//! `euler-ancestral`: Euler's step in sigma to less noise than s has, then new noise.
//!
//! Equation, with r = sigma/alpha, `V = sigma_s² (1 − e^{−2h})`, h = lambda_s − lambda_t:
//! `up = min(sigma_s, eta √V)`, `r_down = √(sigma_s² − up²)/alpha_s`,
//! `x_s = alpha_s (x_t/alpha_t + (r_down − r_t) eps(x_t, t)) + s_noise up z`,
//! z the normalised increment of the sample's path from t to s.
//! Source: k-diffusion, sample_euler_ancestral, there for alpha = 1; with s_noise = 1 and where up < sigma_s it is the
//! step of Song, Meng and Ermon 2021 (DDIM), equations 12 and 16, and so `ddim` with the same eta.
//! Kind: sde. Order: strong 1, weak 1; with s_noise other than 1 the limit has another law. eta = 0: ode, of order 1, and
//! the bits of `euler` in sigma. Evaluations a step: 1.
//! Choose it for runs that other programs made under this name; `ddim` says what is refused and runs from alpha = 0.
//! Divides by alpha. At the marked end alpha = 1, sigma = 0, where up = 0, it is the prediction of x0.

use crate::ancestral::{PARAMS, finish, read};
use ito_kit::{
    Ancestral, FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, ONE_STEP, Plan, Prediction, Problem, Sampler,
};
use ito_kit::{Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct EulerAncestral {
    ancestral: Ancestral,
    eps: Tensor,
}

impl Sampler for EulerAncestral {
    const INFO: Info = Info {
        id: c"euler-ancestral",
        name: c"Euler ancestral",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Euler's step in sigma to less noise than the next level has, then new noise.",
        equation: c"x_s = alpha_s (x_t/alpha_t + (r_down - r_t) eps(x_t, t)) + s_noise up z; r = sigma/alpha, up = min(sigma_s, eta sqrt(V)), r_down = sqrt(sigma_s^2 - up^2)/alpha_s, V = sigma_s^2 (1 - exp(2 lambda_t - 2 lambda_s))",
        source: c"k-diffusion, sample_euler_ancestral; Song, Meng and Ermon 2021 (DDIM), equations 12 and 16",
        choose: c"For runs that other programs made under this name; with s_noise = 1 it is ddim with the same eta.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &PARAMS,
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        read(values).plan((1.0, 1), plan);
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { ancestral: read(values), eps: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.eps = host.make(c"eps")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let (r_down, up) = self.ancestral.split(&at_t, &at_s);
        host.eval(step.x, t, Prediction::Eps, self.eps)?;
        let weights = [at_s.alpha / at_t.alpha, at_s.alpha * (r_down - at_t.ratio), up];
        finish(self.ancestral, host, step, weights, self.eps)
    }
}

#[cfg(test)]
mod tests {
    use super::{EulerAncestral, Sampler};
    use crate::Euler;
    use ito_kit::testing::{CIRCLE, EDM, FLOW, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(EulerAncestral::INFO.faults(), Vec::<String>::new());
    }

    /// edm, data N(0, 1), from x = 1 at 2 to 1: eps = 2/5, up² = 1 (4 − 1)/4, down = 1/2:
    /// 1 + (1/2 − 2) 2/5 + 3 √(3/4) · 1.5 with z = 3 and s_noise = 1.5.
    #[test]
    fn a_step_by_hand() {
        let params = [("s_noise", Given::F64(1.5))];
        let run = Run { times: &[2.0, 1.0], draws: &[3.0], params: &params, ..Run::new(&EDM, 1.0) };
        let hand = 0.4 + 4.5 * 0.75_f64.sqrt();
        assert!((run.of::<EulerAncestral>().unwrap().x - hand).abs() < 1e-12);
    }

    #[test]
    fn without_noise_it_has_the_bits_of_euler_in_sigma() {
        for process in [&CIRCLE, &FLOW] {
            let run = Run { times: &[0.9, 0.63, 0.3, 0.01], data: (0.4, 0.3), ..Run::new(process, 1.3) };
            let euler = Run { params: &[("in", Given::Choice("sigma"))], ..run }.of::<Euler>().unwrap();
            let found = Run { params: &[("eta", Given::F64(0.0))], ..run }.of::<EulerAncestral>().unwrap();
            assert_eq!(found.path, euler.path);
        }
    }
}
