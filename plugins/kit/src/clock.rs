//! The variable u whose steps an error control chooses: t, or ln(sigma/alpha) where the flow is solved in `log-sigma`.
//!
//! A step that suits one noise level then suits the next, also where t is sigma itself. All steps are back in time, and
//! positive numbers.

use crate::{Coef, Failure, Flow, Host, Prediction, Tensor, What};

/// The variable u, and its value at the end of the run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    log: bool,
    end: f64,
}

impl Clock {
    /// The one of a flow whose run ends at `t_end`.
    pub(crate) fn new(host: &Host, flow: Flow, t_end: f64) -> Result<Self, Failure> {
        let log = flow == Flow::LogSigma;
        let end = if log { -host.point(t_end)?.lambda } else { t_end };
        Ok(Self { log, end })
    }

    /// How far u has to go from the time t.
    pub(crate) fn left(&self, host: &Host, t: f64) -> Result<f64, Failure> {
        Ok(if self.log { -host.point(t)?.lambda - self.end } else { t - self.end })
    }

    /// The lengths in u of the steps from `t` to `s`.
    pub(crate) fn lengths(&self, host: &Host, t: &[f64], s: &[f64]) -> Result<Vec<f64>, Failure> {
        if !self.log {
            return Ok(t.iter().zip(s).map(|(t, s)| t - s).collect());
        }
        let (at_t, at_s) = (lambda(host, t)?, lambda(host, s)?);
        Ok(at_t.iter().zip(&at_s).map(|(t, s)| s - t).collect())
    }

    /// The steps in t that move u by `h` from `t`, but not past the end.
    pub(crate) fn steps(&self, host: &Host, t: &[f64], h: &[f64]) -> Result<Vec<f64>, Failure> {
        if !self.log {
            return Ok(h.to_vec());
        }
        let at_t = lambda(host, t)?;
        let at_s: Vec<f64> = at_t.iter().zip(h).map(|(lambda, h)| (lambda + h).min(-self.end)).collect();
        let mut s = vec![0.0; t.len()];
        host.times_of(What::Lambda, Coef::Each(&at_s), &mut s)?;
        Ok(t.iter().zip(&s).map(|(t, s)| t - s).collect())
    }

    /// dx/du at (x, t), from the slope k of the flow there; `room` for where it is not k itself.
    pub(crate) fn slope(
        &self,
        host: &Host,
        flow: Flow,
        (x, k): (Tensor, Tensor),
        t: f64,
        room: Tensor,
    ) -> Result<Tensor, Failure> {
        let at = host.point(t)?;
        let (of_x, of_k) = match flow {
            Flow::T => return Ok(k),
            Flow::Sigma => (at.drift, at.diffusion2 / (2.0 * at.sigma)),
            // du/dt = g²/(2 sigma²)
            Flow::LogSigma => (at.drift * 2.0 * at.sigma * at.sigma / at.diffusion2, at.alpha),
        };
        host.combine(room, &[(of_x.into(), x), (of_k.into(), k)])?;
        Ok(room)
    }

    /// `x := dx/du` at (x, t), one time a row; one evaluation.
    pub(crate) fn eval(&self, host: &Host, x: Tensor, t: &[f64]) -> Result<(), Failure> {
        host.eval(x, t, Prediction::Velocity, x)?;
        if !self.log {
            return Ok(());
        }
        let n = t.len();
        let mut at = vec![0.0; 2 * n];
        host.lookup(&[What::Sigma, What::Diffusion2], Coef::Each(t), &mut at)?;
        let rates: Vec<f64> = (0..n).map(|i| 2.0 * at[i] * at[i] / at[n + i]).collect();
        host.combine(x, &[(Coef::Each(&rates), x)])
    }
}

fn lambda(host: &Host, t: &[f64]) -> Result<Vec<f64>, Failure> {
    let mut out = vec![0.0; t.len()];
    host.lookup(&[What::Lambda], Coef::Each(t), &mut out)?;
    Ok(out)
}
