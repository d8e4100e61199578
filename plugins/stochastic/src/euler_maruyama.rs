//! `euler-maruyama`: one drift and one increment of the Brownian path a step, on the reverse SDE.
//!
//! Equation, with h = t − s: `x_s = x_t − (f_t x_t − g_t² score(x_t, t)) h + g_t √h z`,
//! z the normalised increment of the sample's path from t to s.
//! Source: Song et al. 2021 (score SDE), equation 6 and section 4.1; Kloeden and Platen 1992, the Euler scheme.
//! Kind: sde. Order: strong 1, because the noise is additive; weak 1. Evaluations a step: 1.
//! There is no Milstein sampler: Milstein's method adds (b b'/2)(ΔW² − h) for a noise factor b that depends on x (Kloeden
//! and Platen), and here b = g(t) does not, so that it would be this sampler.
//! Choose it as the baseline of the SDE samplers and where hundreds of steps are cheap; for tens of steps an
//! ODE sampler or an exponential integrator of the SDE is far better.
//! Divides by alpha: f = alpha'/alpha. At the marked end alpha = 1, sigma = 0 the formula is finite where that
//! end has a time, because it uses f, g² and the score at t only; elsewhere the step is the prediction of x0.
//!
//! `step: 1/N` takes h = 1/N whatever t and s are, also into the marked end, as `score_sde` does with N times that lie
//! (1 − eps)/(N − 1) apart. The lengths then do not add up to the grid's, so that no order is claimed.

use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Param, Plan, Point, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, UNIFORM_T, Values, abi};

/// See the module.
#[derive(Debug)]
pub struct EulerMaruyama {
    score: Tensor,
    /// `step: 1/N`: the length of every step, once N is known.
    equal: Option<f64>,
}

/// Factors of x_t, score and z in a step of length h > 0.
fn weights(at_t: &Point, h: f64) -> (f64, f64, f64) {
    (1.0 - at_t.drift * h, at_t.diffusion2 * h, (at_t.diffusion2 * h).sqrt())
}

impl Sampler for EulerMaruyama {
    const INFO: Info = Info {
        id: c"euler-maruyama",
        name: c"Euler-Maruyama",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Euler-Maruyama on the reverse SDE.",
        equation: c"x_s = x_t - (f_t x_t - g_t^2 score(x_t, t)) (t - s) + g_t sqrt(t - s) z",
        source: c"Song et al. 2021 (score SDE), equation 6 and section 4.1; Kloeden and Platen 1992, the Euler scheme",
        choose: c"The baseline of the SDE samplers, for hundreds of steps; for tens of steps take an ODE sampler or an exponential integrator. It is Milstein's method too: g does not depend on x, so that its extra term is zero.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[Param::choice(
            c"step",
            &[c"grid", c"1/N"],
            0,
            c"length of a step: that of the grid, or 1/N as score_sde, which its grid's steps are not",
        )],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        if values.choice("step") == 1 {
            (plan.kind, plan.uniform_in) = (abi::KIND_PLATEAU, UNIFORM_T);
            (plan.order, plan.weak_order) = (0.0, 0.0);
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { score: Tensor::NONE, equal: (values.choice("step") == 1).then_some(1.0) })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        self.equal = self.equal.map(|_| 1.0 / (problem.times.len() - 1).max(1) as f64);
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        if step.clean() && s.is_nan() && self.equal.is_none() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (of_x, of_score, of_z) = weights(&host.point(t)?, self.equal.unwrap_or(t - s));
        host.eval(step.x, t, Prediction::Score, self.score)?;
        let terms = [(of_x.into(), step.x), (of_score.into(), self.score)];
        if step.mean() || s.is_nan() {
            return host.combine(step.out, &terms);
        }
        host.combine_noise(step.out, &terms, Noise::Path { t: t.into(), s: s.into(), scale: of_z.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::{EulerMaruyama, Point, Sampler, weights};
    use ito_kit::testing::{EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(EulerMaruyama::INFO.faults(), Vec::<String>::new());
    }

    /// The reverse SDE keeps the marginals. For data N(0, I) under a variance-preserving process they are all
    /// N(0, I): with score = −x, f = −beta/2 and g² = beta the variance of x_s is (1 − beta h/2)² + beta h,
    /// 1 + O(h²); without the noise, or with the drift in the wrong direction, it is not.
    #[test]
    fn a_step_keeps_the_variance_to_second_order() {
        let beta = 3.0;
        let at_t = Point {
            t: 0.5,
            alpha: 0.8,
            sigma: 0.6,
            lambda: (0.8f64 / 0.6).ln(),
            ratio: 0.75,
            drift: -beta / 2.0,
            diffusion2: beta,
        };
        for h in [1e-2, 1e-3] {
            let (of_x, of_score, of_z) = weights(&at_t, h);
            let variance = (of_x - of_score).powi(2) + of_z * of_z;
            assert!((variance - 1.0 - (beta * h / 2.0).powi(2)).abs() < 1e-14, "{variance}");
        }
    }

    /// Data N(0, 1) under edm: score = −x/(1 + t²), g² = 2t. N = 2, so that h = 1/2 whatever the times: from 1 at 2
    /// `1 − 4 · 1/5 · 1/2 = 3/5`, then at 1, into an end without a time, `3/5 (1 − 2 · 1/2 · 1/2) = 3/10`.
    #[test]
    fn equal_steps_by_hand() {
        let params = [("step", Given::Choice("1/N"))];
        let run =
            Run { times: &[2.0, 1.0, f64::NAN], draws: &[0.0], params: &params, clean: true, ..Run::new(&EDM, 1.0) };
        let end = run.of::<EulerMaruyama>().expect("it runs");
        assert!((end.path[1] - 0.6).abs() < 1e-12 && (end.x - 0.3).abs() < 1e-12, "{:?}", end.path);
    }
}
