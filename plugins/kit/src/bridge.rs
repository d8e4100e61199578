//! x_s between x_t and x_0: the law that ancestral samplers draw from.

use crate::{FINAL_MEAN, Plan, Point, abi};

/// The share of sigma_s² that stays open when x_t and x_0 are known, `Var(x_s | x_t, x_0)/sigma_s² = 1 − e^{−2h}`, with
/// h = lambda_s − lambda_t ≥ 0; from 0 to 1.
///
/// For every Gaussian process `x_t = alpha_t x_0 + sigma_t eps`:
/// `x_s | x_t, x_0 ~ N(alpha_s x_0 + e^{−h} sigma_s eps, (1 − e^{−2h}) sigma_s² I)`.
/// At alpha_t = 0 and at sigma_s = 0, where h is infinite, it is 1.
/// Source: Ho, Jain and Abbeel 2020 (DDPM), equations 6 and 7; the algebra is the same for any alpha and sigma.
#[must_use]
pub fn open_share(at_t: &Point, at_s: &Point) -> f64 {
    open(at_t.lambda, at_s.lambda)
}

fn open(lambda_t: f64, lambda_s: f64) -> f64 {
    -(2.0 * (lambda_t - lambda_s)).exp_m1()
}

/// The share of sigma_s² that is new noise in a step of strength eta: `min(1, eta² (1 − e^{−2h}))`.
#[must_use]
pub fn new_share(eta: f64, at_t: &Point, at_s: &Point) -> f64 {
    new_of(eta, at_t.lambda, at_s.lambda)
}

fn new_of(eta: f64, lambda_t: f64, lambda_s: f64) -> f64 {
    (eta * eta * open(lambda_t, lambda_s)).min(1.0)
}

/// The ancestral split of a step: down to less noise than s has, then new noise up to s.
///
/// With `V = sigma_s² (1 − e^{−2h})`, the variance of x_s given x_t and x_0, and r = sigma/alpha: `up = min(sigma_s, eta √V)`,
/// `down² = sigma_s² − up²`, `r_down = down/alpha_s`. A sampler of the probability flow goes from r_t to r_down, then
/// s_noise up z is added. In units of x/alpha these are sigma_up and sigma_down of k-diffusion's `get_ancestral_step`.
#[derive(Clone, Copy, Debug)]
pub struct Ancestral {
    /// Share of √V that is new noise; 0 is the sampler of the flow.
    pub eta: f64,
    /// How much more noise is added than was taken away.
    pub s_noise: f64,
}

impl Ancestral {
    /// `r_down` and the standard deviation of the new noise. eta = 0 gives r_s itself, bit for bit.
    #[must_use]
    pub fn split(self, at_t: &Point, at_s: &Point) -> (f64, f64) {
        let new = new_share(self.eta, at_t, at_s);
        (at_s.ratio * (1.0 - new).sqrt(), at_s.sigma * new.sqrt() * self.s_noise)
    }

    /// What it claims around a sampler of the flow of order `flow` with `evaluations` a step: without noise that order,
    /// with another factor than 1 no law. A step with r_down = 0 is the prediction of x0 and noise, one evaluation.
    pub fn plan(self, (flow, evaluations): (f64, u64), plan: &mut Plan) {
        if self.eta == 0.0 {
            (plan.kind, plan.order, plan.weak_order) = (abi::KIND_ODE, flow, 0.0);
            plan.flags &= !FINAL_MEAN;
        } else if self.s_noise != 1.0 {
            plan.weak_order = 0.0;
        }
        let lambda: Vec<f64> = plan.levels().iter().map(|level| (level.alpha / level.sigma).ln()).collect();
        let short = lambda.windows(2).filter(|ends| new_of(self.eta, ends[0], ends[1]) == 1.0).count() as u64;
        plan.evaluations = plan.evaluations.saturating_sub(short * (evaluations - 1));
    }
}

#[cfg(test)]
mod tests {
    use super::{Ancestral, open_share};
    use crate::Point;

    /// From sigma = 2 to 1 with alpha = 1: V = 1 (1 − 1/4) = 3/4, r_down = 1/2 for eta = 1; beyond eta = √(4/3) all is new.
    #[test]
    fn the_split_by_hand() {
        for (eta, s_noise, down, up) in [(0.0, 2.0, 1.0, 0.0), (1.0, 2.0, 0.5, 3.0_f64.sqrt()), (1.2, 1.0, 0.0, 1.0)] {
            let split = Ancestral { eta, s_noise }.split(&point(1.0, 2.0), &point(1.0, 1.0));
            assert!((split.0 - down).abs() < 1e-15 && (split.1 - up).abs() < 1e-15, "{eta}: {split:?}");
        }
    }

    fn point(alpha: f64, sigma: f64) -> Point {
        let lambda = (alpha / sigma).ln();
        Point { t: 0.5, alpha, sigma, lambda, ratio: sigma / alpha, drift: -1.0, diffusion2: 1.0 }
    }

    /// The variance in its other form, `sigma_s²/sigma_t² (sigma_t² − (alpha_t/alpha_s)² sigma_s²)`, with
    /// (0.6, 0.8) and (0.96, 0.28): 0.28²/0.8² (0.8² − 0.175²) = 0.28² (1 − 0.21875²).
    #[test]
    fn it_is_the_posterior_variance() {
        let share = open_share(&point(0.6, 0.8), &point(0.96, 0.28));
        assert!((share - (1.0 - 0.218_75 * 0.218_75)).abs() < 1e-15, "{share}");
    }

    #[test]
    fn it_is_one_from_pure_noise_and_to_no_noise() {
        assert_eq!(open_share(&point(0.0, 1.0), &point(0.6, 0.8)), 1.0);
        assert_eq!(open_share(&point(0.6, 0.8), &point(1.0, 0.0)), 1.0);
    }
}
