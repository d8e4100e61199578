//! Rectified flow, `alpha = 1 − t`, `sigma = t`; as an SDE `f = −1/(1 − t)`, `g² = 2t/(1 − t)`.
//!
//! Liu et al. 2023, arXiv 2209.03003; Lipman et al. 2023, arXiv 2210.02747, section 4.1, with time reversed.
//! `g² = (t²)' + 2 t²/(1 − t) = 2t/(1 − t)`, infinite at the noisy end.

use super::{Point, Process, clip, level, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rectified flow: alpha = 1 − t, sigma = t. It has no parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FlowSpec {}

/// The straight path from data to noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow;

impl Process for Flow {
    fn name(&self) -> &'static str {
        "flow"
    }

    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let alpha = 1.0 - t;
        Point {
            t,
            alpha,
            sigma: t,
            alpha_dot: -1.0,
            sigma_dot: 1.0,
            lambda: (-t).ln_1p() - t.ln(),
            drift: -1.0 / alpha,
            diffusion2: 2.0 * t / alpha,
        }
    }

    fn domain(&self) -> (Time, Time) {
        (time(0.0), time(1.0))
    }

    fn ends(&self) -> (Time, Time) {
        (time(1.0), time(1e-3))
    }

    fn prior_std(&self) -> Sigma {
        level(1.0)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        clip(self, 1.0 / (1.0 + lambda.get().exp()))
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        clip(self, 1.0 / (1.0 + 1.0 / ratio.get()))
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        clip(self, sigma.get())
    }

    fn clean_time(&self) -> Option<Time> {
        Some(time(0.0))
    }
}
