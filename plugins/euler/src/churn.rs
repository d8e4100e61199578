//! `churn`: a little noise goes in before each step of another sampler, which then starts from a higher level.
//!
//! Equation, with r = sigma/alpha: `gamma = min(s_churn/N, √2 − 1)` where s_min ≤ r_t ≤ s_max, else 0;
//! `r_hat = (1 + gamma) r_t`, `x_hat = alpha_hat (x_t/alpha_t + √(r_hat² − r_t²) s_noise z)`, `x_s = sampler(x_hat, t_hat, s)`,
//! z the normalised increment of the sample's path from t to s, t_hat the time where sigma/alpha is r_hat, at most the
//! upper end of the process's times.
//! Source: Karras et al. 2022 (EDM), algorithm 2, there for alpha = 1 and with the sampler `heun` in sigma; k-diffusion
//! has it in sample_euler, sample_heun and sample_dpm_2.
//! Kind: sde with a limit of its own, the probability flow with Langevin noise of the rate s_churn over the whole grid.
//! Order: strong 1; weak that of the sampler, 0 where it claims none, because noise from r_t to r_hat keeps the marginals
//! exactly: around `rk3` in sigma the law of one Gaussian converges with 2.98. With s_noise other than 1 the limit has another law. s_churn = 0: the sampler itself, bit for bit, and no draw.
//! Evaluations a step: those of the sampler.
//! Choose it with `heun` in sigma on a Karras grid where hundreds of evaluations are spent; the paper takes s_churn from
//! 30 to 80. The sampler must be of kind ode: one that reads the path would get the same noise twice.
//! In a step with gamma = 0 noise of standard deviation 0 is drawn, as in both programs. Divides by alpha. In the step
//! to a marked end that has no time there is no churn.

use crate::inner::of_the_flow;
use ito_kit::abi::{KIND_ODE, STEP_CLEAN, STEP_LAST, STEP_MEAN};
use ito_kit::{Failure, Host, Info, InnerSampler, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Param, Plan, Problem, Sampler};
use ito_kit::{Step, Values, What};

/// See the module.
#[derive(Debug)]
pub struct Churn {
    inner: InnerSampler,
    rule: Rule,
    s_noise: f64,
    /// N.
    steps: f64,
}

/// Where and how much.
#[derive(Clone, Copy, Debug)]
struct Rule {
    s_churn: f64,
    s_min: f64,
    s_max: f64,
}

impl Rule {
    /// gamma at the ratio r in a run of N steps.
    fn gamma(&self, r: f64, steps: f64) -> f64 {
        if r < self.s_min || r > self.s_max { 0.0 } else { (self.s_churn / steps).min(2.0_f64.sqrt() - 1.0) }
    }
}

impl Sampler for Churn {
    const INFO: Info = Info {
        id: c"churn",
        name: c"Churn",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"A little noise before each step of another sampler, which starts from a higher level.",
        equation: c"r_hat = (1 + gamma) r_t, gamma = min(s_churn/N, sqrt(2) - 1) where s_min <= r_t <= s_max, else 0; x_hat = alpha_hat (x_t/alpha_t + sqrt(r_hat^2 - r_t^2) s_noise z); x_s = sampler(x_hat, t_hat, s); r = sigma/alpha",
        source: c"Karras et al. 2022 (EDM), algorithm 2",
        choose: c"With heun in sigma on a Karras grid and hundreds of evaluations; s_churn 30 to 80 in the paper. Only around a sampler of the probability flow.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        evals_per_step: 0,
        flags: ONE_STEP | NEEDS_ALPHA,
        params: &[
            Param::sampler_or(c"sampler", c"heun", c"the sampler that takes the steps, one of the probability flow"),
            Param::f64(c"s_churn", 0.0, c"noise over the whole grid: gamma N").range(0.0, f64::INFINITY),
            Param::f64(c"s_min", 0.0, c"smallest sigma/alpha at which noise goes in").range(0.0, f64::INFINITY),
            Param::optional_f64(c"s_max", c"largest sigma/alpha at which noise goes in; without it no bound")
                .range(0.0, f64::INFINITY),
            Param::f64(c"s_noise", 1.0, c"factor of the noise; other values than 1 sample another law")
                .range(0.0, f64::INFINITY),
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        (plan.evaluations, plan.inner_steps) = (0, plan.steps);
        if values.f64("s_churn") == 0.0 {
            (plan.kind, plan.order, plan.weak_order) = (KIND_ODE, plan.inner_order, 0.0);
        } else {
            plan.weak_order = if values.f64("s_noise") == 1.0 { plan.inner_order } else { 0.0 };
        }
        of_the_flow(plan)
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let s_max = values.get_f64("s_max").unwrap_or(f64::INFINITY);
        let rule = Rule { s_churn: values.f64("s_churn"), s_min: values.f64("s_min"), s_max };
        Ok(Self { inner: values.sampler("sampler"), rule, s_noise: values.f64("s_noise"), steps: 1.0 })
    }

    fn begin(&mut self, _: &Host, problem: &Problem) -> Result<(), Failure> {
        self.steps = (problem.times.len().max(2) - 1) as f64;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        let flags = step.flags() & (STEP_LAST | STEP_MEAN | STEP_CLEAN);
        if self.rule.s_churn == 0.0 || s.is_nan() {
            return host.inner_step(self.inner, step.x, t.into(), s.into(), flags);
        }
        let at_t = host.point(t)?;
        let gamma = self.rule.gamma(at_t.ratio, self.steps);
        // The host ends at the last time of the process; without churn t itself stays, whatever rounding makes of it.
        let raised = if gamma > 0.0 { host.time_of(What::Ratio, (1.0 + gamma) * at_t.ratio)? } else { t };
        let at_hat = host.point(raised.max(t))?;
        let spread = ((at_hat.ratio - at_t.ratio) * (at_hat.ratio + at_t.ratio)).max(0.0).sqrt();
        let scale = at_hat.alpha * spread * self.s_noise;
        let noise = Noise::Path { t: t.into(), s: s.into(), scale: scale.into() };
        host.combine_noise(step.x, &[((at_hat.alpha / at_t.alpha).into(), step.x)], noise)?;
        host.inner_step(self.inner, step.x, at_hat.t.into(), s.into(), flags)
    }
}

#[cfg(test)]
mod tests {
    use super::{Churn, Rule, Sampler};
    use ito_kit::abi::{KIND_ODE, KIND_SDE};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Churn::INFO.faults(), Vec::<String>::new());
    }

    /// The bench's sampler inside is of order 1, and noise that keeps the marginals takes nothing from it.
    #[test]
    fn the_law_converges_as_the_sampler_inside() {
        let claims = |s_churn: f64, s_noise: f64, inner_order: f64| {
            let params = [("s_churn", Given::F64(s_churn)), ("s_noise", Given::F64(s_noise))];
            let run = Run { times: &[4.0, 2.0], params: &params, inner_order, ..Run::new(&EDM, 1.0) };
            run.planned::<Churn>().map(|plan| (plan.kind, plan.order, plan.weak_order)).unwrap()
        };
        assert_eq!([1.0, 3.0, 0.0].map(|order| claims(4.0, 1.0, order).2), [1.0, 3.0, 0.0]);
        assert_eq!(claims(4.0, 1.003, 3.0), (KIND_SDE, 1.0, 0.0));
        assert_eq!(claims(0.0, 1.003, 3.0), (KIND_ODE, 3.0, 0.0));
    }

    /// edm, data N(0, 1), the bench's Euler in sigma inside, s_churn = 1/2 in one step from x = 1 at 3 to 1, z = 2: gamma =
    /// √2 − 1 is the most, so 1/2 becomes 0.414…: r_hat = 3√2, spread √(18 − 9) = 3, x_hat = 1 + 3 · 2 = 7;
    /// eps = 3√2/19 · 7, x_s = 7 + (1 − 3√2) 21√2/19 = 7 + (21√2 − 126)/19 = (7 + 21√2)/19. With s_noise = 1/2 x_hat = 4:
    /// x_s = 4/7 of that.
    #[test]
    fn a_step_by_hand() {
        let hand = (7.0 + 21.0 * 2.0_f64.sqrt()) / 19.0;
        for (s_noise, hand) in [(1.0, hand), (0.5, hand * 4.0 / 7.0)] {
            let params = [("s_churn", Given::F64(0.5)), ("s_noise", Given::F64(s_noise))];
            let end = Run { times: &[3.0, 1.0], draws: &[2.0], params: &params, ..Run::new(&EDM, 1.0) };
            let end = end.of::<Churn>().unwrap();
            assert!((end.x - hand).abs() < 1e-12 && end.evaluations == 1, "{end:?}");
        }
    }

    /// EDM, ImageNet-64: s_churn = 40, s_min = 0.05, s_max = 50; N = 256 gives 0.15625, N = 18 the largest, √2 − 1.
    #[test]
    fn gamma_by_hand() {
        let rule = Rule { s_churn: 40.0, s_min: 0.05, s_max: 50.0 };
        assert_eq!([0.049, 0.05, 50.0, 50.1].map(|r| rule.gamma(r, 256.0)), [0.0, 0.15625, 0.15625, 0.0]);
        assert!((rule.gamma(1.0, 18.0) - 0.414_213_562_373_095).abs() < 1e-15);
    }
}
