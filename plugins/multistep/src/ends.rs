//! A step of the flow in r = sigma/alpha, `d(x/alpha)/dr = eps`:
//! `x_s = alpha_s/alpha_t x_t + alpha_s int_{r_t}^{r_s} eps dr`
//! (Song, Meng and Ermon 2021, equation 14; Karras et al. 2022, equation 4). The marked end is r_s = 0, alpha_s = 1.

use ito_kit::{Failure, Host, Step, What};

/// The two ends of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ends {
    /// sigma_t/alpha_t
    pub(crate) r_t: f64,
    /// sigma_s/alpha_s
    pub(crate) r_s: f64,
    /// alpha_s/alpha_t
    pub(crate) carry: f64,
    /// alpha_s
    pub(crate) gain: f64,
}

impl Ends {
    pub(crate) fn of(host: &Host, step: &Step) -> Result<Self, Failure> {
        let at_s = if step.clean() { [1.0, 0.0] } else { at(host, step.s()?)? };
        Ok(Self::new(at(host, step.t()?)?, at_s))
    }

    /// From t to s, neither of which is the marked end.
    pub(crate) fn between(host: &Host, t: f64, s: f64) -> Result<Self, Failure> {
        Ok(Self::new(at(host, t)?, at(host, s)?))
    }

    fn new([alpha_t, r_t]: [f64; 2], [alpha_s, r_s]: [f64; 2]) -> Self {
        Self { r_t, r_s, carry: alpha_s / alpha_t, gain: alpha_s }
    }

    /// r_s − r_t, which is negative.
    pub(crate) fn h(&self) -> f64 {
        self.r_s - self.r_t
    }

    /// The factors of [`advance`](crate::past::Past::advance).
    pub(crate) fn factors(&self) -> (f64, f64) {
        (self.carry, self.gain)
    }
}

/// alpha and sigma/alpha.
pub(crate) fn at(host: &Host, t: f64) -> Result<[f64; 2], Failure> {
    let mut out = [0.0; 2];
    host.lookup(&[What::Alpha, What::Ratio], t.into(), &mut out)?;
    Ok(out)
}

/// alpha and sigma at s; 1 and 0 at the marked end, which may have no time.
pub(crate) fn rates_at_end(host: &Host, step: &Step) -> Result<[f64; 2], Failure> {
    if step.clean() { Ok([1.0, 0.0]) } else { rates(host, step.s()?) }
}

/// alpha and sigma.
pub(crate) fn rates(host: &Host, t: f64) -> Result<[f64; 2], Failure> {
    let mut out = [0.0; 2];
    host.lookup(&[What::Alpha, What::Sigma], t.into(), &mut out)?;
    Ok(out)
}
