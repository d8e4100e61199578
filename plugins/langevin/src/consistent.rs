//! `consistent-annealed`: annealed Langevin dynamics whose noise is that of the next level, neither more nor less.
//!
//! Equation, in the step t → s, with r = sigma/alpha, gamma = r_s/r_t and eta = max(2 snr², 1 − gamma):
//! `x_s = alpha_s/alpha_t (x_t + eta sigma_t² score(x_t, t)) + sigma_s √(1 − ((1 − eta)/gamma)²) z`.
//! For data at one point, x_t = alpha_t x0 + sigma_t eps becomes alpha_s x0 + sigma_s eps' exactly; annealed Langevin
//! dynamics leaves each level with another noise than the next one is made for.
//! Source: Jolicoeur-Martineau et al. 2021 (arXiv 2009.05475), consistent annealed sampling, with eta =
//! epsilon/sigma_L²; there alpha = 1.
//! An eta below 1 − gamma, which the paper refuses, would ask for less noise than none: then eta = 1 − gamma, the step of
//! DDIM, so that every grid is served; Serrà et al. 2021 (arXiv 2104.03725) on the bounds of eta.
//! Kind: plateau. Order: none claimed: while the levels are coarse it is DDIM, and with many levels a floor of order eta
//! stays. Several updates a level are a finer ladder, in the paper too. Evaluations a step: 1.
//! Choose it in place of `annealed-langevin` on the same ladder; a reverse diffusion has no floor.
//! Divides by alpha. At the marked end alpha = 1, sigma = 0 the formula is the prediction of x0, its last step in the paper.

use crate::update::STEP_SIGMA;
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, NEEDS_ALPHA, Noise, ONE_STEP, Param, Point, Prediction};
use ito_kit::{Problem, Sampler, Step, Tensor, Values};
use std::f64::consts::FRAC_1_SQRT_2;

/// See the module.
#[derive(Debug)]
pub struct ConsistentAnnealed {
    snr: f64,
    score: Tensor,
}

/// Factors of x_t, score and z.
fn weights(at_t: &Point, at_s: &Point, snr: f64) -> (f64, f64, f64) {
    let gamma = at_s.ratio / at_t.ratio;
    // Share of the noise of x_t in that of x_s.
    let kept = ((1.0 - 2.0 * snr * snr) / gamma).min(1.0);
    let eta = 1.0 - kept * gamma;
    let carry = at_s.alpha / at_t.alpha;
    (carry, carry * eta * at_t.sigma * at_t.sigma, at_s.sigma * ((1.0 - kept) * (1.0 + kept)).max(0.0).sqrt())
}

impl Sampler for ConsistentAnnealed {
    const INFO: Info = Info {
        id: c"consistent-annealed",
        name: c"Consistent annealed sampling",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"Annealed Langevin dynamics with exactly the noise of the next level.",
        equation: c"x_s = alpha_s/alpha_t (x_t + eta sigma_t^2 score(x_t, t)) + sigma_s sqrt(1 - ((1 - eta)/gamma)^2) z; gamma = (sigma_s/alpha_s)/(sigma_t/alpha_t), eta = max(2 snr^2, 1 - gamma)",
        source: c"Jolicoeur-Martineau et al. 2021 (arXiv 2009.05475), consistent annealed sampling; Serra et al. 2021 (arXiv 2104.03725)",
        choose: c"In place of annealed-langevin on the same ladder of levels; a reverse diffusion has no floor.",
        kind: Kind::Plateau,
        evals_per_step: 1,
        flags: ONE_STEP | NEEDS_ALPHA | FINAL_MEAN,
        params: &[Param { id: c"snr", doc: c"eta = 2 snr^2, the step in units of sigma_t^2", ..STEP_SIGMA }
            .range(0.0, FRAC_1_SQRT_2)],
        streams: &[c"langevin"],
        ..Info::DEFAULT
    };

    fn create(values: &Values) -> Result<Self, Failure> {
        Ok(Self { snr: values.f64("snr"), score: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, _: &Problem) -> Result<(), Failure> {
        self.score = host.make(c"score")?;
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        if step.clean() {
            return host.eval(step.x, t, Prediction::X0, step.out);
        }
        let (of_x, of_score, of_z) = weights(&host.point(t)?, &host.point(step.s()?)?, self.snr);
        host.eval(step.x, t, Prediction::Score, self.score)?;
        let terms = [(of_x.into(), step.x), (of_score.into(), self.score)];
        if step.mean() {
            return host.combine(step.out, &terms);
        }
        host.combine_noise(step.out, &terms, Noise::Draw { stream: 0, counter: step.index, scale: of_z.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::{ConsistentAnnealed, Sampler};
    use ito_kit::testing::{CIRCLE, EDM, Given, Run};

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(ConsistentAnnealed::INFO.faults(), Vec::<String>::new());
    }

    /// sigma from 2 to 1.6, gamma = 0.8, eta = 2/4 = ½: x + ½ · 4 · (−x/5) + 1.6 √(1 − (½/0.8)²) z, from 1 with z = 1:
    /// 0.6 + 1.6 · 0.7806247497997998 = 1.84899959967968.
    #[test]
    fn a_step_by_hand() {
        let params = &[("snr", Given::F64(0.5))];
        let run = Run { times: &[2.0, 1.6], draws: &[1.0], params, ..Run::new(&EDM, 1.0) };
        let end = run.of::<ConsistentAnnealed>().unwrap();
        assert!((end.x - 1.84899959967968).abs() < 1e-12, "{}", end.x);
    }

    /// Data at x0 = 0.7: the law of x_s is N(alpha_s x0, sigma_s²), where the step of NCSN has noise and where it is DDIM.
    #[test]
    fn a_point_mass_stays_on_the_ladder() {
        for s in [1.1, 0.4] {
            let law = |x: f64, z: f64| {
                let (data, params) = ((0.7, 0.0), &[("snr", Given::F64(0.5))]);
                let run = Run { data, times: &[1.2, s], draws: &[z], params, ..Run::new(&CIRCLE, x) };
                run.of::<ConsistentAnnealed>().unwrap().x
            };
            let mean = law(0.7 * 1.2f64.cos(), 0.0);
            let of_eps = law(0.7 * 1.2f64.cos() + 1.2f64.sin(), 0.0) - mean;
            let of_z = law(0.7 * 1.2f64.cos(), 1.0) - mean;
            assert!((mean - 0.7 * s.cos()).abs() < 1e-14 && (of_eps.hypot(of_z) - s.sin()).abs() < 1e-14);
            assert_eq!(of_z == 0.0, s == 0.4);
        }
    }
}
