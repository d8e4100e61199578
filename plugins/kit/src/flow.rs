//! The probability flow in its variables, behind the parameter `in: t | sigma | log-sigma`.
//!
//! In `t` the flow is `dx/dt = velocity(x, t)`; it is finite at alpha = 0. In `sigma` it is
//! `d(x/alpha)/dr = eps(x, t)` with `r = sigma/alpha` (Karras et al. 2022, equation 1; Song, Meng and Ermon
//! 2021, equation 14), which solves data at one point exactly. In `log-sigma` it is `d(x/alpha)/d ln r = r eps`: the
//! variable of log-snr grids, in which steps of one size fit all noise levels; few steps are unstable there. A Runge-Kutta stage is the same line in
//! all: `x_tau = carry x_t + gain sum_j a_j k_j`, with
//!
//! | variable | k | carry | gain |
//! |---|---|---|---|
//! | t | velocity | 1 | s − t |
//! | sigma | eps | alpha_tau/alpha_t | alpha_tau (r_s − r_t) |
//! | log-sigma | r eps | alpha_tau/alpha_t | alpha_tau ln(r_s/r_t) |

use crate::{Coef, Failure, Host, NEEDS_ALPHA, Param, Plan, Prediction, Step, Tensor, Values, What};

/// The variable in which a sampler of the probability flow takes its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// `dx/dt = velocity`.
    T,
    /// `d(x/alpha)/d(sigma/alpha) = eps`.
    Sigma,
    /// `d(x/alpha)/d ln(sigma/alpha) = sigma/alpha eps`.
    LogSigma,
}

impl Flow {
    /// The parameter `in`, by default `t`.
    pub const PARAM: Param = Param::choice(
        c"in",
        &[c"t", c"sigma"],
        0,
        c"variable of the probability flow: dx/dt = velocity, or d(x/alpha)/d(sigma/alpha) = eps",
    );

    /// The parameter `in` with `log-sigma` too, by default `t`; for samplers that take their slopes from
    /// [`Flow::slope_at`].
    pub const PARAM_OF_THREE: Param = Param::choice(
        c"in",
        &[c"t", c"sigma", c"log-sigma"],
        0,
        c"variable of the probability flow: dx/dt = velocity; d(x/alpha)/dr = eps with r = sigma/alpha; or d(x/alpha)/d ln r = r eps",
    );

    /// The value of [`Flow::PARAM`] or [`Flow::PARAM_OF_THREE`].
    #[must_use]
    pub fn read(values: &Values) -> Self {
        match values.choice("in") {
            0 => Self::T,
            1 => Self::Sigma,
            _ => Self::LogSigma,
        }
    }

    /// In `sigma` and `log-sigma` a sampler divides by alpha: says so in `plan`.
    pub fn plan(self, plan: &mut Plan) {
        if self != Self::T {
            plan.flags |= NEEDS_ALPHA;
        }
    }

    /// The prediction that is the slope `k`; in `log-sigma` it is still to be multiplied by r.
    #[must_use]
    pub fn slope(self) -> Prediction {
        match self {
            Self::T => Prediction::Velocity,
            Self::Sigma | Self::LogSigma => Prediction::Eps,
        }
    }

    /// `out := k(x, t)`, the slope in this variable; one evaluation.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn slope_at(self, host: &Host, x: Tensor, t: Coef, out: Tensor) -> Result<(), Failure> {
        host.eval(x, t, self.slope(), out)?;
        if self != Self::LogSigma {
            return Ok(());
        }
        let mut r = vec![0.0; t.count()];
        host.lookup(&[What::Ratio], t, &mut r)?;
        host.combine(out, &[(Coef::Each(&r), out)])
    }

    /// `(carry, gain)` of a whole step from `t` to `s`.
    ///
    /// # Errors
    /// [`Failure`] of the host, for example where `t` is outside the process's domain.
    pub fn weights(self, host: &Host, t: f64, s: f64) -> Result<(f64, f64), Failure> {
        let end = self.span(host, vec![t], vec![s])?.node(host, 1.0)?;
        Ok((end.carry[0], end.gain[0]))
    }

    /// A step from `t` to `s`, one entry a row or one for all.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    ///
    /// # Panics
    /// Where `t` and `s` differ in length.
    pub fn span(self, host: &Host, t: Vec<f64>, s: Vec<f64>) -> Result<Span, Failure> {
        assert_eq!(t.len(), s.len(), "a step has as many ends as beginnings");
        let (begin, end) = (self.alpha_and_variable(host, &t)?, self.alpha_and_variable(host, &s)?);
        Ok(Span { flow: self, t, s, begin, end })
    }

    /// A step to the marked end alpha = 1, sigma = 0, for formulas that evaluate nothing at its end; `None` where the
    /// variable ends at infinity (`log-sigma`) or the end has no time (`t`).
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn clean_span(self, host: &Host, step: &Step) -> Result<Option<Span>, Failure> {
        let (t, s) = (step.times().to_vec(), step.ends().to_vec());
        match self {
            Self::T if s.iter().all(|s| s.is_finite()) => self.span(host, t, s).map(Some),
            Self::T | Self::LogSigma => Ok(None),
            Self::Sigma => {
                let begin = self.alpha_and_variable(host, &t)?;
                let end = [vec![1.0; t.len()], vec![0.0; t.len()]].concat();
                Ok(Some(Span { flow: self, t, s, begin, end }))
            }
        }
    }

    /// alpha, then r or ln r, at each time; nothing in `t`.
    fn alpha_and_variable(self, host: &Host, t: &[f64]) -> Result<Vec<f64>, Failure> {
        let variable = match self {
            Self::T => return Ok(Vec::new()),
            Self::Sigma => What::Ratio,
            Self::LogSigma => What::Lambda,
        };
        let mut out = vec![0.0; 2 * t.len()];
        host.lookup(&[What::Alpha, variable], Coef::Each(t), &mut out)?;
        if self == Self::LogSigma {
            out[t.len()..].iter_mut().for_each(|lambda| *lambda = -*lambda);
        }
        Ok(out)
    }

    /// The times at which the variable, t, r or ln r, has these values.
    fn times(self, host: &Host, values: &[f64]) -> Result<Vec<f64>, Failure> {
        let mut out = values.to_vec();
        match self {
            Self::T => {}
            Self::Sigma => host.times_of(What::Ratio, Coef::Each(values), &mut out)?,
            Self::LogSigma => {
                let lambda: Vec<f64> = values.iter().map(|u| -u).collect();
                host.times_of(What::Lambda, Coef::Each(&lambda), &mut out)?;
            }
        }
        Ok(out)
    }

    /// The step to the marked end alpha = 1, sigma = 0, where nothing can be evaluated: one step of Euler. In
    /// `sigma` that is the prediction of x0 (Karras et al. 2022, algorithm 2); in `t` the prediction
    /// of x0 takes its place where the end has no time, as in `log-sigma`, where the step would be infinite. One
    /// evaluation; `slope` is room for it.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn clean_step(self, host: &Host, step: &Step, slope: Tensor) -> Result<(), Failure> {
        let (t, s) = (step.times().to_vec(), step.ends().to_vec());
        if self != Self::T || s.iter().any(|s| s.is_nan()) {
            return host.eval(step.x, step.times(), Prediction::X0, step.out);
        }
        let gain = Self::T.span(host, t, s)?.node(host, 1.0)?.gain;
        host.eval(step.x, step.times(), Prediction::Velocity, slope)?;
        host.combine(step.out, &[(1.0.into(), step.x), (gain.as_slice().into(), slope)])
    }
}

/// A step of the flow from `t` to `s`; all lists have one entry a row, or one for all.
#[derive(Clone, Debug)]
pub struct Span {
    flow: Flow,
    t: Vec<f64>,
    s: Vec<f64>,
    /// alpha, then r or ln r; empty in `t`.
    begin: Vec<f64>,
    end: Vec<f64>,
}

/// Where a stage stands: `x_tau = carry x_t + gain sum_j a_j k_j`; one entry a row, or one for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The time of the stage.
    pub tau: Vec<f64>,
    /// Factor of x_t.
    pub carry: Vec<f64>,
    /// Factor of the weighted slopes.
    pub gain: Vec<f64>,
}

impl Span {
    /// The node at the fraction `c` of the step, in the flow's variable; c = 1 is `s` itself.
    ///
    /// # Errors
    /// [`Failure`] of the host.
    pub fn node(&self, host: &Host, c: f64) -> Result<Node, Failure> {
        let n = self.t.len();
        let between = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + c * (b - a)).collect::<Vec<f64>>();
        if self.flow == Flow::T {
            let tau = if c == 1.0 { self.s.clone() } else { between(&self.t, &self.s) };
            let gain = self.t.iter().zip(&self.s).map(|(t, s)| s - t).collect();
            return Ok(Node { tau, carry: vec![1.0; n], gain });
        }
        let ((alpha_t, u_t), u_s) = (self.begin.split_at(n), &self.end[n..]);
        let (tau, alpha) = if c == 1.0 {
            (self.s.clone(), self.end[..n].to_vec())
        } else {
            let (tau, mut alpha) = (self.flow.times(host, &between(u_t, u_s))?, vec![0.0; n]);
            host.lookup(&[What::Alpha], Coef::Each(&tau), &mut alpha)?;
            (tau, alpha)
        };
        let (carry, gain) = (0..n).map(|i| sigma_weights(alpha_t[i], u_t[i], alpha[i], u_s[i])).unzip();
        Ok(Node { tau, carry, gain })
    }
}

/// `(alpha_tau/alpha_t, alpha_tau (u_s − u_t))`, with u = r or ln r.
fn sigma_weights(alpha_t: f64, u_t: f64, alpha_tau: f64, u_s: f64) -> (f64, f64) {
    (alpha_tau / alpha_t, alpha_tau * (u_s - u_t))
}

#[cfg(test)]
mod tests {
    use super::sigma_weights;

    /// For data at one point x0 the noise eps is the same at all times, so that a step in sigma is exact.
    #[test]
    fn in_sigma_a_point_mass_is_solved_exactly() {
        let (x0, eps) = (0.7, -1.3);
        let (alpha_t, sigma_t, alpha_s, sigma_s) = (0.6, 0.8, 0.96, 0.28);
        let (carry, gain) = sigma_weights(alpha_t, sigma_t / alpha_t, alpha_s, sigma_s / alpha_s);
        let x_s = carry * (alpha_t * x0 + sigma_t * eps) + gain * eps;
        assert!((x_s - (alpha_s * x0 + sigma_s * eps)).abs() < 1e-15);
    }
}
