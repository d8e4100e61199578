//! `shark`: a Runge-Kutta method of strong order 1.5 for additive noise, shifted by the space-time Lévy area, on the
//! reverse SDE.
//!
//! Equation, with h = t − s, m = t − 5h/6 and `a(x, t) = g_t² score(x, t) − f_t x`:
//! `W = √h z`, `H = √(h/12) y`, `x_1 = x_t + g_t H`, `x_2 = x_1 + 5/6 (h a(x_1, t) + g_t W)`,
//! `x_s = x_t + 2h/5 a(x_1, t) + 3h/5 a(x_2, m) + (g_t + g_s)/2 W + (g_t − g_s) H`,
//! z the normalised increment of the sample's path from t to s and y its normalised space-time Lévy area. The paper's g
//! is constant; the last two terms are `int g dW` for a g that is linear in the step, and `g W` where it is constant.
//! Source: Foster, dos Reis and Strange 2023, High order splitting methods for SDEs satisfying a commutativity
//! condition, equation 6.1 (ShARK).
//! Kind: sde. Order: strong 1.5, weak 2. Evaluations a step: 2.
//! Choose it as `sra1`: where samples must follow their own path. Its error is of the same size, larger on Gaussian data.
//! Needs the extension `ito.levy-area/1`. Divides by alpha: f = alpha'/alpha. At the marked end alpha = 1, sigma = 0 the
//! formula is finite where that end has a time, because no score is asked for there; elsewhere the step is the
//! prediction of x0.

use crate::reverse::Drift;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, LEVY_AREA, NEEDS_ALPHA, Noise, ONE_STEP, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Shark {
    score: Tensor,
    score_2: Tensor,
    x_1: Tensor,
    x_2: Tensor,
    w: Tensor,
    h: Tensor,
}

impl Sampler for Shark {
    const INFO: Info = Info {
        id: c"shark",
        name: c"ShARK",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Foster, dos Reis and Strange's Runge-Kutta method of strong order 1.5 for additive noise, on the reverse SDE.",
        equation: c"x_1 = x_t + g_t H; x_2 = x_1 + 5/6 (h a(x_1, t) + g_t W); x_s = x_t + 2h/5 a(x_1, t) + 3h/5 a(x_2, m) + (g_t + g_s)/2 W + (g_t - g_s) H; h = t - s, m = t - 5h/6, a = g^2 score - f x, W = sqrt(h) z, H = sqrt(h/12) y",
        source: c"Foster, dos Reis and Strange 2023, High order splitting methods for SDEs satisfying a commutativity condition, equation 6.1",
        choose: c"Where samples must follow their own path: for couplings, multilevel estimates and references; compare with sra1, which costs the same.",
        kind: Kind::Sde,
        order: 1.5,
        weak_order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        required: &[LEVY_AREA],
        ..Info::DEFAULT
    };

    fn create(_: &Values) -> Result<Self, Failure> {
        let none = Tensor::NONE;
        Ok(Self { score: none, score_2: none, x_1: none, x_2: none, w: none, h: none })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        self.score_2 = host.make(c"score_2")?;
        self.x_1 = host.make(c"x_1")?;
        self.x_2 = host.make(c"x_2")?;
        self.w = host.make(c"W")?;
        self.h = host.make(c"H")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        if step.clean() && s.is_nan() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let h = t - s;
        let m = t - 5.0 * h / 6.0;
        let (at_t, at_m, at_s) = (Drift::at(host, t)?, Drift::at(host, m)?, Drift::at(host, s)?);
        // The mean of a last step is that of the drift: the whole step without noise.
        let length = if step.mean() { 0.0 } else { h.sqrt() };
        host.combine_noise(self.w, &[], Noise::Path { t: t.into(), s: s.into(), scale: length.into() })?;
        let area = (length / 12.0_f64.sqrt()).into();
        host.combine_noise(self.h, &[], Noise::Area { t: t.into(), s: s.into(), scale: area })?;

        host.combine(self.x_1, &[(1.0.into(), step.x), (at_t.g.into(), self.h)])?;
        host.eval(self.x_1, t, Prediction::Score, self.score)?;
        let (far, first, second) = (5.0 * h / 6.0, 0.4 * h, 0.6 * h);
        host.combine(
            self.x_2,
            &[
                (at_t.keeps(far).into(), self.x_1),
                (at_t.gains(far).into(), self.score),
                ((5.0 / 6.0 * at_t.g).into(), self.w),
            ],
        )?;
        host.eval(self.x_2, m, Prediction::Score, self.score_2)?;
        host.combine(
            step.out,
            &[
                (1.0.into(), step.x),
                ((at_t.keeps(first) - 1.0).into(), self.x_1),
                (at_t.gains(first).into(), self.score),
                ((at_m.keeps(second) - 1.0).into(), self.x_2),
                (at_m.gains(second).into(), self.score_2),
                (((at_t.g + at_s.g) / 2.0).into(), self.w),
                ((at_t.g - at_s.g).into(), self.h),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Shark};
    use ito_kit::testing::{EDM, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Shark::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm from t = 2 to s = 1: g² = 2t, so that a(x, t) = −2t x/(1 + t²) and m = 7/6.
    /// With z = 1/2 and y = −√3: W = 1/2, H = −1/2, g_t = 2, g_s = √2. From x = 1:
    /// x_1 = 0, a = 0, x_2 = 5/6 · 2 · 1/2 = 5/6, a(x_2, 7/6) = −(7/3)(5/6)/(1 + 49/36) = −14/17,
    /// x_s = 1 − 3/5 · 14/17 + (2 + √2)/4 − (2 − √2)/2 = 1/2 − 42/85 + 3√2/4.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[2.0, 1.0], draws: &[0.5, -(3.0_f64.sqrt())], ..Run::new(&EDM, 1.0) };
        let end = run.of::<Shark>().expect("it runs");
        assert!((end.x - (0.5 - 42.0 / 85.0 + 0.75 * 2.0_f64.sqrt())).abs() < 1e-12, "{}", end.x);
        assert_eq!(end.evaluations, 2);
    }
}
