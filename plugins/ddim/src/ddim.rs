//! `ddim`: the prediction of x0, noised again to the level of s, in part with the old noise and in part with new.
//!
//! Equation, with `V = Var(x_s | x_t, x_0) = sigma_s² (1 − e^{−2h})`, h = lambda_s − lambda_t, eps = (x_t − alpha_t x0)/sigma_t:
//! `x_s = alpha_s x0(x_t, t) + d eps + eta √V z`, z the normalised increment of the sample's path from t to s;
//! `variance: preserving`: `d² = sigma_s² − eta² V`, so that x_s given x0 has the variance sigma_s²;
//! `variance: added`: `d = sigma_s − eta² V/(2 sigma_s)`, the same to first order in V: `eta⁴ V²/(4 sigma_s²)` comes on top.
//! Source: Song, Meng and Ermon 2021 (DDIM), equations 12 and 16, for any alpha and sigma; `added` is their expansion. Both
//! have the limit `dx = (f x − (1 + eta²)/2 g² score) dt + eta g dw`, whose law is p for every eta.
//! Kind: ode with eta = 0, of order 1; else sde, of strong and weak order 1. Evaluations a step: 1.
//! Choose eta = 0 for few steps (it is `euler` in sigma, and here also runs from alpha = 0); eta = 1 (it is `ddpm` with
//! the small variance) where hundreds of steps are spent and errors of the network should be forgotten. `preserving` is
//! refused where eta² V exceeds sigma_s², which needs eta > 1; `added` takes any eta.
//! `previous: floor` is the step of the diffusers package, see the module `floor`.
//! At the marked end alpha = 1, sigma = 0, where V = 0, it is the prediction of x0.

use crate::floor::Floor;
use ito_kit::abi::{KIND_PLATEAU, KIND_SDE};
use ito_kit::{FINAL_MEAN, Failure, Host, Info, Kind, Noise, ONE_STEP, Param, Plan, Prediction, Problem};
use ito_kit::{Level, Sampler, Step, Tensor, Values, open_share};

/// See the module.
#[derive(Debug)]
pub struct Ddim {
    eta: f64,
    preserving: bool,
    floor: Option<Floor>,
    x0: Tensor,
}

/// Direction and noise in units of sigma_s, `(d, eta √V)/sigma_s`, from `share = V/sigma_s²`; none where eta is too large.
fn split(eta: f64, preserving: bool, share: f64) -> Option<(f64, f64)> {
    let kept = 1.0 - eta * eta * share;
    let d = if preserving { kept.sqrt() } else { (1.0 + kept) / 2.0 };
    (!d.is_nan()).then_some((d, eta * share.sqrt()))
}

/// Refuses a grid with an interval that is too long for eta.
fn check(eta: f64, levels: &[Level]) -> Result<(), String> {
    let lambda = |at: &Level| (at.alpha / at.sigma).ln();
    for (at_t, at_s) in levels.iter().zip(levels.iter().skip(1)).filter(|(_, at_s)| at_s.sigma > 0.0) {
        let share = -(2.0 * (lambda(at_t) - lambda(at_s))).exp_m1();
        if split(eta, true, share).is_none() {
            return Err(format!(
                "with `variance: preserving` eta = {eta} asks for more than the variance at the end of the step from t = {} \
                 to {}: eta may be at most {:.6} there; take a finer grid, or `variance: added`",
                at_t.t,
                at_s.t,
                share.powf(-0.5)
            ));
        }
    }
    Ok(())
}

impl Sampler for Ddim {
    const INFO: Info = Info {
        id: c"ddim",
        name: c"DDIM",
        author: c"the ito authors",
        license: c"MIT OR Apache-2.0",
        summary: c"DDIM with noise: the prediction of x0, noised again to the next level with old and new noise.",
        equation: c"x_s = alpha_s x0 + d eps + eta sqrt(V) z; eps = (x_t - alpha_t x0)/sigma_t, V = sigma_s^2 (1 - exp(-2h)), h = lambda_s - lambda_t; preserving: d^2 = sigma_s^2 - eta^2 V; added: d = sigma_s - eta^2 V/(2 sigma_s)",
        source: c"Song, Meng and Ermon 2021 (DDIM), equations 12 and 16",
        choose: c"eta = 0 for few steps; eta = 1, which is ddpm with the small variance, where hundreds of steps are spent and errors of the network should be forgotten.",
        kind: Kind::Ode,
        order: 1.0,
        evals_per_step: 1,
        flags: ONE_STEP,
        params: &[
            Param::f64(c"eta", 0.0, c"share of the standard deviation of x_s given x_t and x_0 that is new noise; 1 is DDPM")
                .range(0.0, f64::INFINITY),
            Param::choice(
                c"variance",
                &[c"preserving", c"added"],
                0,
                c"how old noise makes room: exactly, so that x_s given x0 keeps its variance sigma_s^2, or to first order, which adds variance of the order of h^2 and takes any eta",
            ),
            Floor::PREVIOUS,
            Floor::OF,
        ],
        ..Info::DEFAULT
    };

    fn plan(values: &Values, plan: &mut Plan) -> Result<(), String> {
        let (eta, noisy) = (values.f64("eta"), values.f64("eta") > 0.0);
        if values.choice("variance") == 0 {
            check(eta, plan.levels())?;
        }
        if noisy {
            plan.kind = KIND_SDE;
            plan.flags |= FINAL_MEAN;
            plan.weak_order = 1.0;
        }
        if Floor::read(values).is_some() {
            Floor::check(values, plan.steps)?;
            if noisy {
                return Err("`previous: floor` reproduces runs without noise: it takes eta = 0".into());
            }
            (plan.kind, plan.order) = (KIND_PLATEAU, 0.0);
        }
        Ok(())
    }

    fn create(values: &Values) -> Result<Self, Failure> {
        let preserving = values.choice("variance") == 0;
        Ok(Self { eta: values.f64("eta"), preserving, floor: Floor::read(values), x0: Tensor::NONE })
    }

    fn begin(&mut self, host: &Host, problem: &Problem) -> Result<(), Failure> {
        self.x0 = host.make(c"x0")?;
        if let Some(floor) = &mut self.floor {
            floor.begin(problem);
        }
        Ok(())
    }

    fn step(&mut self, host: &Host, step: &mut Step) -> Result<(), Failure> {
        let t = step.t()?;
        let s = match &self.floor {
            Some(floor) => floor.end(t),
            None => {
                if step.clean() {
                    None
                } else {
                    Some(step.s()?)
                }
            }
        };
        let Some(s) = s else { return host.eval(step.x, t, Prediction::X0, step.out) };
        let (at_t, at_s) = (host.point(t)?, host.point(s)?);
        let split = split(self.eta, self.preserving, open_share(&at_t, &at_s));
        // `plan` has seen the grid; an inner step of another sampler may be longer.
        let (old, new) =
            split.ok_or_else(|| Failure::invalid(format!("eta = {} asks for too much noise", self.eta)))?;
        host.eval(step.x, t, Prediction::X0, self.x0)?;
        // x_t and x0 in place of eps: nothing is divided by alpha.
        let carry = at_s.sigma / at_t.sigma * old;
        let terms = [(carry.into(), step.x), ((at_s.alpha - carry * at_t.alpha).into(), self.x0)];
        if self.eta == 0.0 || step.mean() {
            return host.combine(step.out, &terms);
        }
        let scale = at_s.sigma * new;
        host.combine_noise(step.out, &terms, Noise::Path { t: t.into(), s: s.into(), scale: scale.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ddim, Sampler};
    use ito_kit::testing::{CIRCLE, FLOW, Given, Run};

    /// alpha, sigma = (0.6, 0.8), then (0.96, 0.28).
    const TIMES: [f64; 2] = [0.927_295_218_001_612_2, 0.283_794_109_208_327_8];

    #[test]
    fn the_descriptor_is_sound() {
        assert_eq!(Ddim::INFO.faults(), Vec::<String>::new());
    }

    /// Data N(0, 1), x_t = 1: x0 = 0.6, eps = 0.8. 1 − e^{−2h} = 1 − (0.28/0.96 · 0.6/0.8)² = 1 − 0.21875² =
    /// 0.9521484375, √V = 0.28 · 0.9757809372497497. eta = 0: 0.576 + 0.28 · 0.8; eta = 1: d = 0.28 · 0.21875;
    /// eta = 1/2: d = 0.28 √(1 − 0.9521484375/4) = 0.2444133601606099, added: d = 0.28 (1 − 0.9521484375/8) = 0.2466748046875.
    #[test]
    fn steps_by_hand() {
        let step = |eta, variance, draws| {
            let params = [("eta", Given::F64(eta)), ("variance", Given::Choice(variance))];
            Run { times: &TIMES, params: &params, draws, ..Run::new(&CIRCLE, 1.0) }.of::<Ddim>().unwrap().x
        };
        let noise = 0.28 * 0.975_780_937_249_749_7;
        for (found, hand) in [
            (step(0.0, "preserving", &[]), 0.8),
            (step(1.0, "preserving", &[-2.0]), 0.576 + 0.06125 * 0.8 - 2.0 * noise),
            (step(0.5, "preserving", &[1.0]), 0.576 + 0.244_413_360_160_609_88 * 0.8 + 0.5 * noise),
            (step(0.5, "added", &[1.0]), 0.576 + 0.246_674_804_687_5 * 0.8 + 0.5 * noise),
            (step(0.0, "added", &[]), 0.8),
        ] {
            assert!((found - hand).abs() < 1e-12, "{found} {hand}");
        }
    }

    /// From pure noise alpha = 0, x_t = 1, data N(0, 1): x0 = 0, eps = 1; x_s = sigma_s.
    #[test]
    fn it_starts_from_alpha_0() {
        let end = Run { times: &[1.0, 0.75], ..Run::new(&FLOW, 1.0) }.of::<Ddim>().unwrap();
        assert_eq!(end.x, 0.75);
    }

    /// The largest eta of the step above is 1/√0.9521484375 = 1.0248201843525...
    #[test]
    fn too_much_noise_is_refused_with_the_largest_eta() {
        let with = |eta| {
            let params = [("eta", Given::F64(eta))];
            Run { times: &TIMES, params: &params, draws: &[0.0], ..Run::new(&CIRCLE, 1.0) }.of::<Ddim>()
        };
        assert!(with(1.0248).is_ok());
        let text = with(1.0249).unwrap_err();
        assert!(text.contains("at most 1.024820") && text.contains("0.92729") && text.contains("0.28379"), "{text}");
    }
}
