//! The formula of one interval, `x_s = carry x_t + gain k`, for every interval of the grid.

use ito_kit::{Failure, Flow, Host, What};

/// The intervals of a grid: Euler's step on the probability flow.
#[derive(Debug, Default)]
pub(crate) struct Intervals {
    /// Where each begins.
    pub(crate) times: Vec<f64>,
    /// carry and gain of each.
    pub(crate) weights: Vec<(f64, f64)>,
    /// `√Var(x_s | x_t, x_0)` of each.
    pub(crate) noise: Vec<f64>,
}

/// alpha, sigma and their derivatives.
type At = [f64; 4];

fn look(host: &Host, t: f64) -> Result<At, Failure> {
    let mut at = [0.0; 4];
    host.lookup(&[What::Alpha, What::Sigma, What::AlphaDot, What::SigmaDot], t.into(), &mut at)?;
    Ok(at)
}

/// The weights of the prediction of x0 from the slope k at t, where the end has no time. In sigma k is eps; in t it is
/// `alpha' x0 + sigma' eps`, solved with `x = alpha x0 + sigma eps`.
fn to_data(flow: Flow, [alpha, sigma, alpha_dot, sigma_dot]: At) -> (f64, f64) {
    match flow {
        // The parameter offers no other variable.
        Flow::Sigma | Flow::LogSigma => (1.0 / alpha, -sigma / alpha),
        Flow::T => {
            let det = sigma * alpha_dot - sigma_dot * alpha;
            (-sigma_dot / det, sigma / det)
        }
    }
}

/// `sigma_s/sigma_t √(sigma_t² − (alpha_t/alpha_s)² sigma_s²)`, the noise that an ancestral step adds.
fn noise([alpha_t, sigma_t, ..]: At, [alpha_s, sigma_s, ..]: At) -> f64 {
    let known = alpha_t / alpha_s * sigma_s;
    sigma_s / sigma_t * ((sigma_t - known) * (sigma_t + known)).max(0.0).sqrt()
}

impl Intervals {
    /// Those of a grid; its last time is NaN where the marked end has none.
    pub(crate) fn new(host: &Host, flow: Flow, grid: &[f64]) -> Result<Self, Failure> {
        let mut all = Self::default();
        for ends in grid.windows(2) {
            let (t, s) = (ends[0], ends[1]);
            let at_t = look(host, t)?;
            let clean = s.is_nan();
            all.times.push(t);
            all.weights.push(if clean { to_data(flow, at_t) } else { flow.weights(host, t, s)? });
            all.noise.push(if clean { 0.0 } else { noise(at_t, look(host, s)?) });
        }
        Ok(all)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.times.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Flow, noise, to_data};

    /// From x0 = 0.7 and eps = −1.3 at t = 0.9 on the circle, where velocity = −sin t x0 + cos t eps.
    #[test]
    fn both_slopes_lead_to_the_data() {
        let (t, x0, eps) = (0.9f64, 0.7, -1.3);
        let at = [t.cos(), t.sin(), -t.sin(), t.cos()];
        let x = at[0] * x0 + at[1] * eps;
        for (flow, k) in [(Flow::Sigma, eps), (Flow::T, at[2] * x0 + at[3] * eps)] {
            let (carry, gain) = to_data(flow, at);
            assert!((carry * x + gain * k - x0).abs() < 1e-14);
        }
    }

    /// alpha = 1, sigma from 5 to 3: Var = 9/25 · 16, the root 2.4.
    #[test]
    fn the_noise_of_an_ancestral_step() {
        assert!((noise([1.0, 5.0, 0.0, 1.0], [1.0, 3.0, 0.0, 1.0]) - 2.4).abs() < 1e-15);
        assert_eq!(noise([1.0, 5.0, 0.0, 1.0], [1.0, 0.0, 0.0, 1.0]), 0.0);
    }
}
