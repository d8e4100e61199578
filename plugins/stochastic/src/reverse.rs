//! The drift of the reverse SDE in the direction of sampling, `a(x, t) = g² score(x, t) − f x`, Song et al. 2021 (score
//! SDE), equation 6.

use ito_kit::{Failure, Host};

/// The process at one time, as the reverse SDE needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drift {
    /// f = alpha'/alpha
    f: f64,
    /// g
    pub(crate) g: f64,
}

impl Drift {
    pub(crate) fn at(host: &Host, t: f64) -> Result<Self, Failure> {
        let at = host.point(t)?;
        Ok(Self { f: at.drift, g: at.diffusion2.max(0.0).sqrt() })
    }

    /// The factor of x in `x + h a(x, t)`.
    pub(crate) fn keeps(&self, h: f64) -> f64 {
        1.0 - h * self.f
    }

    /// The factor of the score in it.
    pub(crate) fn gains(&self, h: f64) -> f64 {
        h * self.g * self.g
    }
}
