//! `euler-maruyama`: one drift and one increment of the Brownian path a step, on the reverse SDE.
//!
//! Equation, with h = t − s: `x_s = x_t − (f_t x_t − g_t² score(x_t, t)) h + g_t √h z`,
//! z the normalised increment of the sample's path from t to s.
//! Source: Song et al. 2021 (score SDE), equation 6 and section 4.1; Kloeden and Platen 1992, section 10.2.
//! Kind: sde. Order: strong 1, because the noise is additive (Kloeden and Platen, section 10.3: Milstein's
//! method is the same); weak 1. Evaluations a step: 1.
//! Choose it as the baseline of the SDE samplers and where hundreds of steps are cheap; for tens of steps an
//! ODE sampler or an exponential integrator of the SDE is far better.
//! Divides by alpha: f = alpha'/alpha. At the marked end alpha = 1, sigma = 0 the formula is finite where that
//! end has a time, because it uses f, g² and the score at t only; elsewhere the step is the prediction of x0.

use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Point, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct EulerMaruyama {
    score: Tensor,
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
        source: c"Song et al. 2021 (score SDE), equation 6 and section 4.1; Kloeden and Platen 1992, section 10.2",
        choose: c"The baseline of the SDE samplers, for hundreds of steps; for tens of steps take an ODE sampler or an exponential integrator.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        ..Info::DEFAULT
    };

    fn create(_: &Values) -> Result<Self, Failure> {
        Ok(Self { score: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        if step.clean() && s.is_nan() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (of_x, of_score, of_z) = weights(&host.point(t)?, t - s);
        host.eval(step.x, t, Prediction::Score, self.score)?;
        let terms = [(of_x.into(), step.x), (of_score.into(), self.score)];
        if step.mean() {
            return host.combine(step.out, &terms);
        }
        host.combine_noise(step.out, &terms, Noise::Path { t: t.into(), s: s.into(), scale: of_z.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::{EulerMaruyama, Point, Sampler, weights};

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
}
