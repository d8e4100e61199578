//! The step of DPM-2: the slope in the middle of ln sigma, along which the whole step in sigma is taken.

use ito_kit::{Failure, Host, Point, Prediction, Tensor, What};

/// Room for the slope and for the state in the middle.
#[derive(Debug)]
pub(crate) struct Midpoint {
    /// After [`Midpoint::slope`] the slope of the whole step.
    pub(crate) k: Tensor,
    x_m: Tensor,
}

impl Midpoint {
    pub(crate) const NONE: Self = Self { k: Tensor::NONE, x_m: Tensor::NONE };

    pub(crate) fn begin(&mut self, host: &Host) -> Result<(), Failure> {
        *self = Self { k: host.make(c"k")?, x_m: host.make(c"x_m")? };
        Ok(())
    }

    /// Leaves in `k` the slope `eps(x_m, m)`, with `r_m = √(r_t r)` and
    /// `x_m = alpha_m (x_t/alpha_t + (r_m − r_t) eps(x_t, t))`, for a step to the ratio r; eps(x_t, t), one evaluation, where r = 0.
    ///
    /// A process ends at some ratio: a middle below it (an ancestral step goes below r_s) is taken at its end.
    pub(crate) fn slope(&self, host: &Host, x: Tensor, at_t: &Point, r: f64) -> Result<(), Failure> {
        host.eval(x, at_t.t, Prediction::Eps, self.k)?;
        if r <= 0.0 {
            return Ok(());
        }
        let at_m = host.point(host.time_of(What::Ratio, (at_t.ratio * r).sqrt())?)?;
        let (carry, gain) = (at_m.alpha / at_t.alpha, at_m.alpha * (at_m.ratio - at_t.ratio));
        host.combine(self.x_m, &[(carry.into(), x), (gain.into(), self.k)])?;
        host.eval(self.x_m, at_m.t, Prediction::Eps, self.k)
    }
}
