//! A table of K betas as a process in continuous time: `ln alpha` is piecewise linear in t, with the knots
//! `ln alpha((k+1)/K) = ½ sum_{j<=k} ln(1 − beta_j)`.
//!
//! Ho et al. 2020, arXiv 2006.11239, eq. 4 (alpha here is the root of their alpha-bar) and section 4 (the linear
//! table); the interpolation is that of the code of Lu et al. 2022, arXiv 2206.00927.

use super::{Point, Process, ProcessError, clip, level, preserving, time};
use crate::units::{Lambda, Sigma, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::FRAC_PI_2;

/// The smallest beta.
const SMALLEST: f64 = 1e-12;

/// A table of K betas; index k stands for t = (k+1)/K.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DdpmSpec {
    /// The betas: `{ linear: { count, first, last } }`, `{ cosine: { count, s, max } }` or `{ list: [...] }`.
    pub betas: BetasSpec,
}

/// The betas of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BetasSpec {
    /// Equally spaced betas.
    Linear(LinearBetasSpec),
    /// Betas whose product follows the cosine schedule.
    Cosine(CosineBetasSpec),
    /// The betas one by one, each above 0 and below 1, at least two.
    List(Vec<f64>),
}

/// Equally spaced betas.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LinearBetasSpec {
    /// How many, K: at least 2.
    pub count: usize,
    /// The first, above 0 and below 1.
    pub first: f64,
    /// The last, above 0 and below 1.
    pub last: f64,
}

impl Default for LinearBetasSpec {
    fn default() -> Self {
        Self { count: 1000, first: 1e-4, last: 0.02 }
    }
}

/// `beta_k = min(1 − f((k+1)/K)/f(k/K), max)` with `f(u) = cos²((u + s)/(1 + s) π/2)`: Nichol and Dhariwal 2021, arXiv
/// 2102.09672, eq. 17 and the clipping below it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CosineBetasSpec {
    /// How many, K: at least 2.
    pub count: usize,
    /// The offset s, above 0.
    pub s: f64,
    /// The largest beta, above 0 and below 1.
    pub max: f64,
}

impl Default for CosineBetasSpec {
    fn default() -> Self {
        Self { count: 1000, s: 0.008, max: 0.999 }
    }
}

impl Default for BetasSpec {
    fn default() -> Self {
        Self::Linear(LinearBetasSpec::default())
    }
}

impl BetasSpec {
    /// The process of these betas.
    ///
    /// # Errors
    /// [`ProcessError::Parameter`] for a number of a rule that is out of range; else those of [`Ddpm::new`].
    pub(super) fn build(&self) -> Result<Ddpm, ProcessError> {
        let check = |parameter, found: f64, inside: bool, allowed: &str| {
            ProcessError::check("ddpm", parameter, found, inside, || allowed.to_owned())
        };
        let is_beta = |beta: f64| (SMALLEST..1.0).contains(&beta);
        match self {
            Self::List(betas) => Ddpm::of(betas, "betas.list"),
            Self::Linear(LinearBetasSpec { count, first, last }) => {
                check("betas.linear.count", *count as f64, *count >= 2, "at least 2")?;
                check("betas.linear.first", *first, is_beta(*first), "at least 1e-12 and below 1")?;
                check("betas.linear.last", *last, is_beta(*last), "at least 1e-12 and below 1")?;
                Ddpm::new(&self.to_vec())
            }
            Self::Cosine(CosineBetasSpec { count, s, max }) => {
                check("betas.cosine.count", *count as f64, *count >= 2, "at least 2")?;
                check("betas.cosine.s", *s, *s > 0.0 && s.is_finite(), "above 0 and finite")?;
                check("betas.cosine.max", *max, is_beta(*max), "at least 1e-12 and below 1")?;
                Ddpm::new(&self.to_vec())
            }
        }
    }

    /// The betas themselves.
    #[must_use]
    pub fn to_vec(&self) -> Vec<f64> {
        match self {
            Self::List(betas) => betas.clone(),
            Self::Cosine(CosineBetasSpec { count, s, max }) => {
                let f = |k: usize| ((k as f64 / *count as f64 + s) / (1.0 + s) * FRAC_PI_2).cos().powi(2);
                (0..*count).map(|k| (1.0 - f(k + 1) / f(k)).min(*max)).collect()
            }
            Self::Linear(LinearBetasSpec { count, first, last }) => {
                let weight = |k: usize| k as f64 / count.saturating_sub(1).max(1) as f64;
                (0..*count).map(|k| (1.0 - weight(k)) * first + weight(k) * last).collect()
            }
        }
    }
}

/// The process of a table of betas.
#[derive(Clone, Debug, PartialEq)]
pub struct Ddpm {
    /// `ln alpha` at t = (k+1)/K; falls strictly.
    log_alpha: Vec<f64>,
}

impl Ddpm {
    /// The process of these K betas.
    ///
    /// # Errors
    /// [`ProcessError::TooFewBetas`] for K < 2; [`ProcessError::Beta`] unless every beta is above 0 and below 1
    /// and leaves alpha above 1e-150.
    pub fn new(betas: &[f64]) -> Result<Self, ProcessError> {
        Self::of(betas, "betas")
    }

    /// The same, with the key of the betas for errors.
    fn of(betas: &[f64], key: &'static str) -> Result<Self, ProcessError> {
        if betas.len() < 2 {
            return Err(ProcessError::TooFewBetas { key, found: betas.len() });
        }
        let mut sum = 0.0;
        let log_alpha = betas
            .iter()
            .enumerate()
            .map(|(index, &beta)| {
                sum += 0.5 * (-beta).ln_1p();
                // The second test also keeps out a beta so small that ln alpha would not fall.
                if (SMALLEST..1.0).contains(&beta) && sum > -345.0 {
                    Ok(sum)
                } else {
                    Err(ProcessError::Beta { key, index, found: beta })
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { log_alpha })
    }

    /// K.
    fn count(&self) -> f64 {
        self.log_alpha.len() as f64
    }

    /// The time with this `−2 ln alpha`, clipped.
    fn time_from_twice_log(&self, twice_log: f64) -> Time {
        let target = -0.5 * twice_log;
        let upper = self.log_alpha.partition_point(|&l| l > target);
        if upper == 0 || upper == self.log_alpha.len() {
            return clip(self, upper as f64);
        }
        let (above, below) = (self.log_alpha[upper - 1], self.log_alpha[upper]);
        clip(self, (upper as f64 + (above - target) / (above - below)) / self.count())
    }
}

impl Default for Ddpm {
    fn default() -> Self {
        Self::new(&BetasSpec::default().to_vec()).expect("the defaults are in range")
    }
}

impl Process for Ddpm {
    fn name(&self) -> &'static str {
        "ddpm"
    }

    /// At a knot f and g² are those of the interval below, which a step from there goes through; at 1/K those
    /// of the interval above, as there is none below.
    fn at(&self, t: Time) -> Point {
        let t = t.get();
        let count = self.count();
        let place = t * count;
        let knot = place.round();
        let on_knot = knot / count == t;
        // The interval runs from place k + 1 to k + 2.
        let k = if on_knot { knot - 2.0 } else { place.floor() - 1.0 }.clamp(0.0, count - 2.0);
        let (above, below) = (self.log_alpha[k as usize], self.log_alpha[k as usize + 1]);
        let weight = if on_knot { knot } else { place } - (k + 1.0);
        preserving::point(t, (1.0 - weight) * above + weight * below, (below - above) * count)
    }

    fn domain(&self) -> (Time, Time) {
        (time(1.0 / self.count()), time(1.0))
    }

    fn ends(&self) -> (Time, Time) {
        (time(1.0), time(1.0 / self.count()))
    }

    fn prior_std(&self) -> Sigma {
        level(1.0)
    }

    fn time_from_lambda(&self, lambda: Lambda) -> Time {
        self.time_from_twice_log(preserving::twice_log_from_lambda(lambda))
    }

    fn time_from_ratio(&self, ratio: Sigma) -> Time {
        self.time_from_lambda(preserving::lambda_from_ratio(ratio))
    }

    fn time_from_sigma(&self, sigma: Sigma) -> Time {
        self.time_from_twice_log(preserving::twice_log_from_sigma(sigma))
    }

    fn clean_time(&self) -> Option<Time> {
        None
    }
}
