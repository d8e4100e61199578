//! `dpmpp-sde`: two-stage exponential integrator of the reverse SDE, in the prediction of x0.
//!
//! Equation, with m where lambda_m = (lambda_t + lambda_s)/2, and for tau = m or s, h = lambda_tau − lambda_t:
//! q = min(1, eta² (1 − e^{−2h})), d = e^{−h} √(1 − q) and
//! `to(tau, x0) = d alpha_tau/alpha_t x_t + alpha_tau (1 − d) x0 + sigma_tau √q z(t, tau)`:
//! `x_m = to(m, x0(x_t, t))`, `x_s = to(s, x0(x_m, m))`; z(t, tau) the normalised increment of the sample's path from t to
//! tau, so that both stages see one path: with `paths: overlapping` under `noise: independent` they do not, and the weak
//! order is 1.
//! Source: k-diffusion, `sample_dpmpp_sde` with r = 1/2.
//! Kind: sde; at eta = 0, where it asks for no noise, ode of order 2, DPM-Solver++(2S). Order: 1, weak 2. Evaluations a
//! step: 2, but 1 in a step to sigma = 0.
//! eta is DDIM's, and eta = 1 that of `dpmpp-2m-sde` too. The law of the limit is p_t for every eta
//! where s_noise = 1; else no weak order is claimed.
//! Choose it at 10 to 15 evaluations, where `dpmpp-2m-sde` leaves modes too wide; at more that one has twice the steps.
//! Divides by alpha. The step into the marked end alpha = 1, sigma = 0 is the prediction of x0.

use crate::scheme::S_NOISE;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Param, Plan, Point, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values, What, abi, new_share};

/// See the module.
#[derive(Debug)]
pub struct DpmppSde {
    eta: f64,
    s_noise: f64,
    overlapping: bool,
    x0: Tensor,
    x_m: Tensor,
    z: Tensor,
}

/// A stage from t: factors of x_t and x0, and the standard deviation of its noise.
fn stage(eta: f64, at_t: &Point, end: &Point) -> (f64, f64, f64) {
    let h = end.lambda - at_t.lambda;
    let q = new_share(eta, at_t, end);
    // ln d, so that 1 − d is accurate for short steps
    let ln_d = (-q).ln_1p() / 2.0 - h;
    (ln_d.exp() * end.alpha / at_t.alpha, -end.alpha * ln_d.exp_m1(), end.sigma * q.sqrt())
}

impl DpmppSde {
    /// Both stages, with one increment of the path for each half, or as k-diffusion draws them.
    fn noisy(&self, host: &Host, step: &Step, [at_t, at_m, at_s]: [&Point; 3]) -> Result<(), Failure> {
        let (t, m, s) = (at_t.t, at_m.t, at_s.t);
        let path = |t: f64, s: f64, scale: f64| Noise::Path { t: t.into(), s: s.into(), scale: scale.into() };
        let ((x_m, d_m, g_m), (x_s, d_s, g_s)) = (stage(self.eta, at_t, at_m), stage(self.eta, at_t, at_s));
        let (g_m, g_s) = (self.s_noise * g_m, self.s_noise * g_s);
        host.combine_noise(self.z, &[], path(t, m, 1.0))?;
        let first = [(x_m.into(), step.x), (d_m.into(), self.x0), (g_m.into(), self.z)];
        host.combine(self.x_m, &first)?;
        host.eval(self.x_m, m, Prediction::X0, self.x0)?;
        let whole = [(x_s.into(), step.x), (d_s.into(), self.x0)];
        if step.mean() {
            return host.combine(step.out, &whole);
        }
        if self.overlapping {
            return host.combine_noise(step.out, &whole, path(t, s, g_s));
        }
        // z(t, s) √(t − s) = z(t, m) √(t − m) + z(m, s) √(m − s)
        let (before, after) = (((t - m) / (t - s)).sqrt(), ((m - s) / (t - s)).sqrt());
        let [x, x0] = whole;
        host.combine_noise(step.out, &[x, x0, ((g_s * before).into(), self.z)], path(m, s, g_s * after))
    }
}

impl Sampler for DpmppSde {
    const INFO: Info = Info {
        id: c"dpmpp-sde",
        name: c"DPM-Solver++ (SDE)",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Two-stage exponential integrator of the reverse SDE, in the prediction of x0.",
        equation: c"x_m = to(m, x0(x_t, t)); x_s = to(s, x0(x_m, m)); to(tau, x0) = d alpha_tau/alpha_t x_t + alpha_tau (1 - d) x0 + s_noise sigma_tau sqrt(q) z(t, tau); lambda_m = (lambda_t + lambda_s)/2, h = lambda_tau - lambda_t, q = min(1, eta^2 (1 - exp(-2h))), d = exp(-h) sqrt(1 - q)",
        source: c"k-diffusion, sample_dpmpp_sde with r = 1/2",
        choose: c"At 10 to 15 evaluations, where dpmpp-2m-sde leaves modes too wide; at more that one has twice the steps.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[
            Param::f64(c"eta", 1.0, c"strength of the noise, as DDIM's; 0 is DPM-Solver++(2S)").range(0.0, 100.0),
            S_NOISE,
            Param::choice(
                c"paths",
                &[c"disjoint", c"overlapping"],
                0,
                c"the path is read from t to m and from m to s, or as k-diffusion does from t to m and from t to s: the same samples, but for noise of a file, where normals must be independent, and noise: independent, where the two draws are, so that the weak order is 1",
            ),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        if values.f64("eta") == 0.0 {
            (plan.kind, plan.order, plan.weak_order) = (abi::KIND_ODE, 2.0, 0.0);
            plan.flags &= !FINAL_MEAN;
        } else if values.f64("s_noise") != 1.0 {
            plan.weak_order = 0.0;
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let (overlapping, none) = (values.choice("paths") == 1, Tensor::NONE);
        let (eta, s_noise) = (values.f64("eta"), values.f64("s_noise"));
        Ok(Self { eta, s_noise, overlapping, x0: none, x_m: none, z: none })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.x0 = host.make(c"x0")?;
        self.x_m = host.make(c"x_m")?;
        self.z = host.make(c"z")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (at_t, at_s) = (host.point(t)?, host.point(step.s()?)?);
        let at_m = host.point(host.time_of(What::Lambda, (at_t.lambda + at_s.lambda) / 2.0)?)?;
        host.eval(step.x, t, Prediction::X0, self.x0)?;
        if self.eta * self.s_noise > 0.0 {
            return self.noisy(host, step, [&at_t, &at_m, &at_s]);
        }
        for (end, out) in [(&at_m, self.x_m), (&at_s, step.out)] {
            let (of_x, of_x0, _) = stage(self.eta, &at_t, end);
            host.combine(out, &[(of_x.into(), step.x), (of_x0.into(), self.x0)])?;
            if out == self.x_m {
                host.eval(self.x_m, end.t, Prediction::X0, self.x0)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{DpmppSde, Sampler};
    use ito_kit::testing::{CIRCLE, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(DpmppSde::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0.5, 0.36) under alpha = cos t, sigma = sin t; k-diffusion's recipe for x/alpha in 40 digits: sigma_up =
    /// min(sigma_s, eta √(sigma_s² (sigma_t² − sigma_s²)/sigma_t²)), sigma_down = √(sigma_s² − sigma_up²), here sigma/alpha.
    #[test]
    fn two_steps_by_hand() {
        for (eta, x) in [(1.0, 0.854_391_426_711_003_3), (0.5, 1.042_839_253_901_451_5), (3.0, 0.889_385_452_143_25)] {
            let draws = &[0.7, -0.4, 1.5, 0.2];
            let params = &[("eta", Given::F64(eta)), ("paths", Given::Choice("overlapping"))];
            let run = Run { data: (0.5, 0.6), times: &[1.2, 0.9, 0.5], draws, params, ..Run::new(&CIRCLE, 1.1) };
            let end = run.of::<DpmppSde>().expect("it runs");
            assert!((end.x - x).abs() < 1e-12, "eta = {eta}: {end:?}");
            assert_eq!(end.evaluations, 4);
        }
    }

    /// Data at one point and no noise: eps is constant, and x_s = 0.5 alpha_s + sigma_s eps.
    #[test]
    fn a_point_mass_is_solved_exactly() {
        let params = &[("eta", Given::F64(0.0))];
        let end = Run { data: (0.5, 0.0), times: &[1.2, 0.9, 0.3], params, ..Run::new(&CIRCLE, 1.1) };
        let (x, eps) = (end.of::<DpmppSde>().expect("it runs").x, (1.1 - 0.5 * 1.2f64.cos()) / 1.2f64.sin());
        assert!((x - (0.5 * 0.3f64.cos() + 0.3f64.sin() * eps)).abs() < 1e-14, "{x}");
    }
}
