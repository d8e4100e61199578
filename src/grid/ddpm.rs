//! The published index tables of models with `of` discrete times, kept for reproduction.
//!
//! A table of n rows (n = N + 1, or N before the marked end with `zero`) picks the indices k, falling:
//! leading `k = j floor(of/n) + offset`, j = n − 1 ... 0; trailing `k = round(of − j of/n) − 1 + offset`,
//! j = 0 ... n − 1; linspace `k = round(j (of − 1)/(n − 1)) + offset`, j = n − 1 ... 0. Index k stands for
//! `t = t_begin (k + 1)/of`. Lin et al. 2024, arXiv 2305.08891, table 2; with `zero` these are the timesteps of
//! DDIM (arXiv 2010.02502) and of the diffusers package with `set_alpha_to_one`.
//!
//! First and last index change with N. `fixed` stretches the same spacing to the grid's own ends.

use super::GridError;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A published table of times, picked from a model's discrete times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DdpmTableSpec {
    /// How the indices are spaced.
    pub spacing: Spacing,
    /// Added to every index.
    #[serde(default)]
    pub offset: u32,
    /// How many discrete times the model has; index k stands for the fraction (k + 1)/of of t_begin.
    #[serde(default = "published_count")]
    pub of: u32,
    /// Whether the spacing is stretched to t_begin and t_end; else both ends change with N, and the record says so.
    #[serde(default)]
    pub fixed: bool,
    /// First time, with `fixed` only; without it that of the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t_begin: Option<f64>,
    /// Last time that has noise, with `fixed` only; without it that of the process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t_end: Option<f64>,
    /// Whether the last interval goes to alpha = 1, sigma = 0, after a table of N rows; the published samplers do.
    #[serde(default)]
    pub zero: bool,
}

fn published_count() -> u32 {
    1000
}

/// How the indices of a table are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    /// Multiples of floor(of/n), the smallest 0.
    Leading,
    /// Multiples of of/n from the top, less one, rounded.
    Trailing,
    /// Both 0 and of − 1, and equal parts between them, rounded to even.
    Linspace,
}

impl DdpmTableSpec {
    /// The indices of a table of n rows, falling.
    ///
    /// # Errors
    /// [`GridError::Parameter`], whatever n; [`GridError::Table`] when there are not n different indices.
    fn indices(&self, n: usize) -> Result<Vec<i64>, GridError> {
        let wrong = |parameter, found: u32, allowed: &str| {
            Err(GridError::Parameter { grid: "ddpm", parameter, found: found.into(), allowed: allowed.to_owned() })
        };
        if self.of == 0 {
            return wrong("of", self.of, "at least 1");
        }
        if self.offset >= self.of {
            return wrong("offset", self.offset, &format!("below `of`, which is {}", self.of));
        }
        let rows = i64::try_from(n).unwrap_or(i64::MAX);
        let (of, spaces) = (f64::from(self.of), n as f64);
        let index = |j: i64| match self.spacing {
            Spacing::Leading => (rows - 1 - j) * (i64::from(self.of) / rows),
            Spacing::Trailing => (of - j as f64 * (of / spaces)).round_ties_even() as i64 - 1,
            Spacing::Linspace if rows == 1 => 0,
            Spacing::Linspace => ((rows - 1 - j) as f64 * ((of - 1.0) / (spaces - 1.0))).round_ties_even() as i64,
        };
        let (first, largest) = (index(rows - 1) + i64::from(self.offset), index(0) + i64::from(self.offset));
        let error = GridError::Table { rows: n, last: i64::from(self.of) - 1, first, largest };
        if rows > i64::from(self.of) || first < 0 || largest >= i64::from(self.of) {
            return Err(error);
        }
        Ok((0..rows).map(|j| index(j) + i64::from(self.offset)).collect())
    }

    /// The times of a table of n rows whose ends are its own.
    ///
    /// # Errors
    /// As [`indices`](Self::indices).
    pub(super) fn times(&self, n: usize, t_begin: f64) -> Result<Vec<f64>, GridError> {
        let time = |k: i64| t_begin * ((k + 1) as f64 / f64::from(self.of));
        Ok(self.indices(n)?.into_iter().map(time).collect())
    }

    /// How far along each row of a table of n rows lies, from 0 to 1.
    ///
    /// # Errors
    /// As [`indices`](Self::indices).
    pub(super) fn fractions(&self, n: usize) -> Result<Vec<f64>, GridError> {
        let k = self.indices(n)?;
        let (first, last) = (k[0], k[k.len() - 1]);
        let fraction = |k: i64| (first - k) as f64 / (first - last).max(1) as f64;
        Ok(k.into_iter().map(fraction).collect())
    }
}
