//! The ancestral split of a step: down to less noise than s has, then new noise up to s.
//!
//! With `V = sigma_s² (1 − e^{−2h})`, the variance of x_s given x_t and x_0, h = lambda_s − lambda_t, and r = sigma/alpha:
//! `up = min(sigma_s, eta √V)`, `down² = sigma_s² − up²`, `r_down = down/alpha_s`. A sampler of the probability flow
//! goes from r_t to r_down, then s_noise up z is added. In units of x/alpha these are sigma_up and sigma_down of k-diffusion.

use ito_kit::abi::KIND_ODE;
use ito_kit::{FINAL_MEAN, Failure, Host, Noise, Param, Plan, Point, Step, Tensor, Values, open_share};

/// How much of the noise is new, and how much more of it is added than was taken away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ancestral {
    eta: f64,
    s_noise: f64,
}

impl Ancestral {
    pub(crate) const PARAMS: [Param; 2] = [
        Param::f64(c"eta", 1.0, c"share of the standard deviation of x_s given x_t and x_0 that is new noise")
            .range(0.0, f64::INFINITY),
        Param::f64(c"s_noise", 1.0, c"factor of the new noise; other values than 1 sample another law")
            .range(0.0, f64::INFINITY),
    ];

    pub(crate) fn read(values: &Values) -> Self {
        Self { eta: values.f64("eta"), s_noise: values.f64("s_noise") }
    }

    /// Without noise it is a sampler of the flow, of order `flow`; with another factor than 1 it claims no weak order.
    pub(crate) fn plan(values: &Values, flow: f64, plan: &mut Plan) {
        if values.f64("eta") == 0.0 {
            (plan.kind, plan.order, plan.weak_order) = (KIND_ODE, flow, 0.0);
            plan.flags &= !FINAL_MEAN;
        } else if values.f64("s_noise") != 1.0 {
            plan.weak_order = 0.0;
        }
    }

    /// `r_down` and the standard deviation of the new noise. eta = 0 gives r_s itself, bit for bit.
    pub(crate) fn split(self, at_t: &Point, at_s: &Point) -> (f64, f64) {
        let up = (self.eta * open_share(at_t, at_s).sqrt()).min(1.0);
        (at_s.ratio * (1.0 - up * up).sqrt(), at_s.sigma * up * self.s_noise)
    }

    /// `x_s = carry x_t + gain k + up z`, without noise where eta = 0 or the last noise is left out.
    pub(crate) fn finish(
        self,
        host: &Host,
        step: &Step,
        [carry, gain, up]: [f64; 3],
        k: Tensor,
    ) -> Result<(), Failure> {
        let terms = [(carry.into(), step.x), (gain.into(), k)];
        if self.eta == 0.0 || step.mean() {
            return host.combine(step.out, &terms);
        }
        host.combine_noise(step.out, &terms, Noise::Path { t: step.times(), s: step.ends(), scale: up.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::Ancestral;
    use ito_kit::Point;

    /// From sigma = 2 to 1 with alpha = 1: V = 1 (1 − 1/4) = 3/4, r_down = 1/2 for eta = 1; beyond eta = √(4/3) all is new.
    #[test]
    fn the_split_by_hand() {
        let point = |sigma: f64| {
            let (t, lambda, ratio) = (sigma, -sigma.ln(), sigma);
            Point { t, alpha: 1.0, sigma, lambda, ratio, drift: 0.0, diffusion2: 2.0 * sigma }
        };
        for (eta, s_noise, down, up) in [(0.0, 2.0, 1.0, 0.0), (1.0, 2.0, 0.5, 3.0_f64.sqrt()), (1.2, 1.0, 0.0, 1.0)] {
            let split = Ancestral { eta, s_noise }.split(&point(2.0), &point(1.0));
            assert!((split.0 - down).abs() < 1e-15 && (split.1 - up).abs() < 1e-15, "{eta}: {split:?}");
        }
    }
}
