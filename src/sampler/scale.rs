//! The time scale of a process, as Brownian paths need it.

use crate::noise::TimeScale;
use crate::process::Process;
use crate::units::{Sigma, Time};
use std::sync::Arc;

/// A process seen by the Brownian tree: only how time and ln sigma belong together.
pub(super) struct Scale(pub(super) Arc<dyn Process>);

impl TimeScale for Scale {
    fn domain(&self) -> (f64, f64) {
        let (lower, upper) = self.0.domain();
        (lower.get(), upper.get())
    }

    fn ln_sigma_from_time(&self, t: f64) -> f64 {
        Time::new(t).map_or(f64::NAN, |t| self.0.at(t).sigma.ln())
    }

    fn time_from_ln_sigma(&self, ln_sigma: f64) -> f64 {
        Sigma::new(ln_sigma.exp()).map_or(f64::NAN, |sigma| self.0.time_from_sigma(sigma).get())
    }
}
