//! Functions of time, and their inverses.

use super::Context;
use crate::process::Point;
use crate::sampler::{Failure, Fault};
use crate::units::{Lambda, Sigma, Time};

/// A function of time that [`Context::lookup`] knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the definitions, see process::Point")]
pub enum Lookup {
    Alpha,
    Sigma,
    Lambda,
    Ratio,
    Drift,
    Diffusion2,
    AlphaDot,
    SigmaDot,
}

impl Context<'_> {
    /// The process at a time of its domain.
    pub(super) fn point(&self, t: f64) -> Result<Point, Failure> {
        let (low, high) = self.process.domain();
        if t < low.get() || t > high.get() || t.is_nan() {
            let text = format!("time {t} is outside the domain [{low}, {high}] of process `{}`", self.process.name());
            return Err(Failure::new(Fault::Invalid, text));
        }
        Ok(self.process.at(Time::new(t)?))
    }

    /// `out[j n + i] = what[j]` at `t[i]`.
    ///
    /// # Errors
    /// [`Failure`] for a time outside the domain.
    pub fn lookup(&mut self, what: &[Lookup], t: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            for (i, &time) in t.iter().enumerate() {
                let p = c.point(time)?;
                for (j, w) in what.iter().enumerate() {
                    out[j * t.len() + i] = match w {
                        Lookup::Alpha => p.alpha,
                        Lookup::Sigma => p.sigma,
                        Lookup::Lambda => p.lambda,
                        Lookup::Ratio => p.ratio(),
                        Lookup::Drift => p.drift,
                        Lookup::Diffusion2 => p.diffusion2,
                        Lookup::AlphaDot => p.alpha_dot,
                        Lookup::SigmaDot => p.sigma_dot,
                    };
                }
            }
            Ok(())
        })
    }

    /// The times where `what` has these values.
    ///
    /// # Errors
    /// [`Failure`] for anything but sigma, lambda and sigma/alpha.
    pub fn time_of(&mut self, what: Lookup, values: &[f64], out: &mut [f64]) -> Result<(), Failure> {
        self.guarded(|c| {
            for (&value, t) in values.iter().zip(out) {
                *t = match what {
                    Lookup::Sigma => c.process.time_from_sigma(Sigma::new(value)?),
                    Lookup::Lambda => c.process.time_from_lambda(Lambda::new(value)?),
                    Lookup::Ratio => c.process.time_from_ratio(Sigma::new(value)?),
                    _ => {
                        let text = format!("no inverse of {what:?}; allowed: sigma, lambda, sigma/alpha");
                        return Err(Failure::new(Fault::Invalid, text));
                    }
                }
                .get();
            }
            Ok(())
        })
    }
}
