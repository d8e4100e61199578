//! The drift of the reverse SDE in the direction of sampling, `a(x, t) = g² score(x, t) − f x`, Song et al. 2021 (score
//! SDE), equation 6.

use ito_kit::{Coef, Failure, Host, What};

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
        Ok(Self::all(host, &[t])?[0])
    }

    /// At several times, for rows that have their own.
    pub(crate) fn all(host: &Host, t: &[f64]) -> Result<Vec<Self>, Failure> {
        let mut found = vec![0.0; 2 * t.len()];
        host.lookup(&[What::Drift, What::Diffusion2], Coef::Each(t), &mut found)?;
        let (f, g2) = found.split_at(t.len());
        Ok(f.iter().zip(g2).map(|(f, g2)| Self { f: *f, g: g2.max(0.0).sqrt() }).collect())
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
