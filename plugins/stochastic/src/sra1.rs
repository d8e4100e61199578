//! `sra1`: Rößler's Runge-Kutta method of strong order 1.5 for additive noise, on the reverse SDE.
//!
//! Equation, with h = t − s, m = t − 3h/4 and `a(x, t) = g_t² score(x, t) − f_t x`:
//! `I = √h z`, `J = √h (z/2 + y/√12)`, `x_m = x_t + 3/4 h a(x_t, t) + 3/2 g_s J`,
//! `x_s = x_t + h/3 a(x_t, t) + 2h/3 a(x_m, m) + g_s (I − J) + g_t J`,
//! z the normalised increment of the sample's path from t to s and y its normalised space-time Lévy area, so that I is
//! the increment and J the mean of the path over the step, both from the path's value at t.
//! Source: Rößler 2010, SIAM J. Numer. Anal. 48, method SRA1.
//! Kind: sde. Order: strong 1.5, weak 2. Evaluations a step: 2.
//! Choose it where samples must follow their own path: for couplings, multilevel estimates and references.
//! Needs the extension `ito.levy-area/1`. Divides by alpha: f = alpha'/alpha. At the marked end alpha = 1, sigma = 0 the
//! formula is finite where that end has a time, because no score is asked for there; elsewhere the step is the
//! prediction of x0.

use crate::reverse::Drift;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, LEVY_AREA, NEEDS_ALPHA, Noise, ONE_STEP, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct Sra1 {
    score: Tensor,
    score_m: Tensor,
    x_m: Tensor,
    i: Tensor,
    j: Tensor,
}

impl Sampler for Sra1 {
    const INFO: Info = Info {
        id: c"sra1",
        name: c"SRA1",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Roessler's Runge-Kutta method of strong order 1.5 for additive noise, on the reverse SDE.",
        equation: c"x_m = x_t + 3/4 h a(x_t, t) + 3/2 g_s J; x_s = x_t + h/3 a(x_t, t) + 2h/3 a(x_m, m) + g_s (I - J) + g_t J; h = t - s, m = t - 3h/4, a = g^2 score - f x, I = sqrt(h) z, J = sqrt(h) (z/2 + y/sqrt(12))",
        source: c"Roessler 2010, SIAM J. Numer. Anal. 48, method SRA1",
        choose: c"Where samples must follow their own path: for couplings, multilevel estimates and references.",
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
        Ok(Self { score: none, score_m: none, x_m: none, i: none, j: none })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        self.score_m = host.make(c"score_m")?;
        self.x_m = host.make(c"x_m")?;
        self.i = host.make(c"I")?;
        self.j = host.make(c"J")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        if step.clean() && s.is_nan() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let h = t - s;
        let m = t - 0.75 * h;
        let (at_t, at_m, at_s) = (Drift::at(host, t)?, Drift::at(host, m)?, Drift::at(host, s)?);
        // The mean of a last step is that of the drift: the whole step without noise.
        let length = if step.mean() { 0.0 } else { h.sqrt() };
        host.combine_noise(self.i, &[], Noise::Path { t: t.into(), s: s.into(), scale: length.into() })?;
        let area = Noise::Area { t: t.into(), s: s.into(), scale: (length / 12.0_f64.sqrt()).into() };
        host.combine_noise(self.j, &[(0.5.into(), self.i)], area)?;

        host.eval(step.x, t, Prediction::Score, self.score)?;
        let (first, second) = (h / 3.0, 2.0 * h / 3.0);
        host.combine(
            self.x_m,
            &[
                (at_t.keeps(0.75 * h).into(), step.x),
                (at_t.gains(0.75 * h).into(), self.score),
                ((1.5 * at_s.g).into(), self.j),
            ],
        )?;
        host.eval(self.x_m, m, Prediction::Score, self.score_m)?;
        host.combine(
            step.out,
            &[
                (at_t.keeps(first).into(), step.x),
                (at_t.gains(first).into(), self.score),
                ((at_m.keeps(second) - 1.0).into(), self.x_m),
                (at_m.gains(second).into(), self.score_m),
                (at_s.g.into(), self.i),
                ((at_t.g - at_s.g).into(), self.j),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, Sra1};
    use ito_kit::testing::{EDM, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Sra1::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm from t = 2 to s = 1: g² = 2t, so that a(x, t) = −2t x/(1 + t²) and m = 5/4. With z = 1/2 and
    /// y = −√3: I = 1/2, J = 1/4 − 1/2 = −1/4, g_t = 2, g_s = √2. From x = 1: a = −4/5, x_m = 1 − 3/5 − 3√2/8 = 2/5 − 3√2/8,
    /// a(x_m, 5/4) = −40/41 x_m, x_s = 1 − 4/15 − 80/123 x_m + 3√2/4 − 1/2 = 7/30 − 32/123 + 10√2/41 + 3√2/4.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[2.0, 1.0], draws: &[0.5, -(3.0_f64.sqrt())], ..Run::new(&EDM, 1.0) };
        let end = run.of::<Sra1>().expect("it runs");
        let hand = 7.0 / 30.0 - 32.0 / 123.0 + (10.0 / 41.0 + 0.75) * 2.0_f64.sqrt();
        assert!((end.x - hand).abs() < 1e-12 && end.evaluations == 2, "{end:?}");
    }
}
