//! `stochastic-heun`: the trapezoidal rule for the drift and for g of the reverse SDE, with one increment a step.
//!
//! Equation, with h = t − s and `a(x, t) = g_t² score(x, t) − f_t x`:
//! `x_p = x_t + h a(x_t, t) + g_t √h z`, `x_s = x_t + h/2 (a(x_t, t) + a(x_p, s)) + (g_t + g_s)/2 √h z`,
//! z the normalised increment of the sample's path from t to s.
//! Source: Kloeden and Platen 1992, explicit weak schemes of order 2 (additive noise); as a sampler of diffusion models
//! Karras et al. 2022, section 4, discuss the family.
//! Kind: sde. Order: strong 1, weak 2. Evaluations a step: 2.
//! Choose it over `euler-maruyama` where the law of the samples matters and 50 evaluations or more are spent.
//! Divides by alpha: f = alpha'/alpha. Into the marked end alpha = 1, sigma = 0, where nothing can be evaluated, it is
//! the step of `euler-maruyama`; where that end has no time, the prediction of x0.

use crate::reverse::Drift;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values};

/// See the module.
#[derive(Debug)]
pub struct StochasticHeun {
    score: Tensor,
    score_p: Tensor,
    x_p: Tensor,
    /// √h z; asked for once, because every request for noise is another draw where a file replays it.
    w: Tensor,
}

impl Sampler for StochasticHeun {
    const INFO: Info = Info {
        id: c"stochastic-heun",
        name: c"Stochastic Heun",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"The trapezoidal rule on the reverse SDE.",
        equation: c"x_p = x_t + h a(x_t, t) + g_t sqrt(h) z; x_s = x_t + h/2 (a(x_t, t) + a(x_p, s)) + (g_t + g_s)/2 sqrt(h) z; h = t - s, a = g^2 score - f x",
        source: c"Kloeden and Platen 1992, explicit weak schemes of order 2",
        choose: c"Where the law of the samples matters and 50 evaluations or more are spent: weak order 2 for twice the cost of euler-maruyama.",
        kind: Kind::Sde,
        order: 1.0,
        weak_order: 2.0,
        evals_per_step: 2,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        ..Info::DEFAULT
    };

    fn create(_: &Values) -> Result<Self, Failure> {
        let none = Tensor::NONE;
        Ok(Self { score: none, score_p: none, x_p: none, w: none })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        self.score_p = host.make(c"score_p")?;
        self.x_p = host.make(c"x_p")?;
        self.w = host.make(c"w")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let (t, s) = (step.t()?, step.s()?);
        if step.clean() && s.is_nan() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let h = t - s;
        let at_t = Drift::at(host, t)?;
        let scale = if step.mean() { 0.0 } else { h.sqrt() };
        host.combine_noise(self.w, &[], Noise::Path { t: t.into(), s: s.into(), scale: scale.into() })?;
        host.eval(step.x, t, Prediction::Score, self.score)?;
        let x_p = if step.clean() { step.out } else { self.x_p };
        let euler = [(at_t.keeps(h).into(), step.x), (at_t.gains(h).into(), self.score), (at_t.g.into(), self.w)];
        host.combine(x_p, &euler)?;
        if step.clean() {
            return Ok(());
        }
        let at_s = Drift::at(host, s)?;
        host.eval(x_p, s, Prediction::Score, self.score_p)?;
        host.combine(
            step.out,
            &[
                (at_t.keeps(h / 2.0).into(), step.x),
                (at_t.gains(h / 2.0).into(), self.score),
                ((at_s.keeps(h / 2.0) - 1.0).into(), x_p),
                (at_s.gains(h / 2.0).into(), self.score_p),
                (((at_t.g + at_s.g) / 2.0).into(), self.w),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Sampler, StochasticHeun};
    use ito_kit::testing::{EDM, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(StochasticHeun::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1) under edm from 2 to 1: g² = 2t, a(x, t) = −2t x/(1 + t²). From x = 1 with z = 1/2: x_p = 1 − 4/5 + 1 =
    /// 6/5, a(x_p, 1) = −6/5, x_s = 1 − 1/2 (4/5 + 6/5) + (2 + √2)/2 · 1/2 = (2 + √2)/4; the mean of a last step leaves out
    /// z: x_p = 1/5, x_s = 1 − 1/2 (4/5 + 1/5) = 1/2.
    #[test]
    fn a_step_by_hand() {
        let run = Run { times: &[2.0, 1.0], draws: &[0.5], ..Run::new(&EDM, 1.0) };
        for (mean, hand) in [(false, (2.0 + 2.0_f64.sqrt()) / 4.0), (true, 0.5)] {
            let end = Run { mean, ..run }.of::<StochasticHeun>().expect("it runs");
            assert!((end.x - hand).abs() < 1e-12 && end.evaluations == 2, "{end:?}");
        }
    }
}
