//! The grid as written in an experiment, and how it becomes times.

use super::{DdpmTableSpec, Grid, GridError, KarrasSpec, PolyexponentialSpec, PowerSpec, ShiftSpec, TimesSpec};
use super::{error::inside, karras, log_snr, polyexponential, power, shift};
use crate::process::Process;
use crate::units::{Steps, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where a grid starts that may not start at alpha = 0.
const FIRST_SIGNAL: f64 = 0.999;

/// The times of sampling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GridSpec {
    /// Uniform in t.
    Uniform(EndsSpec),
    /// Uniform in t^{1/p}.
    Power(PowerSpec),
    /// Uniform in √t.
    Quadratic(EndsSpec),
    /// Uniform in lambda = ln(alpha/sigma).
    LogSnr(EndsSpec),
    /// Uniform in (sigma/alpha)^{1/rho}.
    Karras(KarrasSpec),
    /// A power of the way in lambda.
    Polyexponential(PolyexponentialSpec),
    /// Uniform in u, t = shift u/(1 + (shift − 1) u).
    Shift(ShiftSpec),
    /// A published table of times, picked from a model's discrete times.
    Ddpm(DdpmTableSpec),
    /// The times one by one.
    Times(TimesSpec),
}

/// The ends of a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EndsSpec {
    /// First time; without it that of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_begin: Option<f64>,
    /// Last time that has noise; without it that of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_end: Option<f64>,
    /// Whether the last interval goes to alpha = 1, sigma = 0 and the other N values run from t_begin to t_end.
    pub zero: bool,
}

impl Default for GridSpec {
    fn default() -> Self {
        Self::Uniform(EndsSpec::default())
    }
}

impl GridSpec {
    /// The YAML name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Uniform(_) => "uniform",
            Self::Power(_) => "power",
            Self::Quadratic(_) => "quadratic",
            Self::LogSnr(_) => "log-snr",
            Self::Karras(_) => "karras",
            Self::Polyexponential(_) => "polyexponential",
            Self::Shift(_) => "shift",
            Self::Ddpm(_) => "ddpm",
            Self::Times(_) => "times",
        }
    }

    /// The same with the times of a file in place of its name; relative paths start at `base`.
    ///
    /// # Errors
    /// [`GridError::File`] when it cannot be read as an npy file of one axis of f64.
    pub fn load(&self, base: &Path) -> Result<Self, GridError> {
        match self {
            Self::Times(times) => times.resolve(base).map(Self::Times),
            other => Ok(other.clone()),
        }
    }

    /// The same with t_begin and t_end filled in, as they will be used: what a record shows.
    ///
    /// # Errors
    /// As [`build`](Self::build), for what concerns the ends.
    pub fn with_ends(&self, process: &dyn Process, needs_alpha: bool) -> Result<Self, GridError> {
        let mut spec = self.clone();
        let fixed = !matches!(self, Self::Ddpm(table) if !table.fixed);
        let (begin, end) = match &mut spec {
            Self::Uniform(e) | Self::Quadratic(e) | Self::LogSnr(e) => (&mut e.t_begin, &mut e.t_end),
            Self::Power(e) => (&mut e.t_begin, &mut e.t_end),
            Self::Karras(e) => (&mut e.t_begin, &mut e.t_end),
            Self::Polyexponential(e) => (&mut e.t_begin, &mut e.t_end),
            Self::Shift(e) => (&mut e.t_begin, &mut e.t_end),
            Self::Ddpm(e) => (&mut e.t_begin, &mut e.t_end),
            Self::Times(_) => return Ok(spec),
        };
        let (t_begin, t_end) = self.ends(process, needs_alpha)?;
        if fixed {
            (*begin, *end) = (Some(t_begin.get()), Some(t_end.get()));
        }
        Ok(spec)
    }

    /// The N that have a written list; `None` where every N has a grid.
    ///
    /// # Errors
    /// [`GridError::ListSize`], [`GridError::NotLoaded`].
    pub fn listed_steps(&self) -> Result<Option<Vec<Steps>>, GridError> {
        match self {
            Self::Times(times) => times.steps().map(Some),
            _ => Ok(None),
        }
    }

    /// The grid with N = `steps` intervals. `needs_alpha`: the sampler needs lambda, f or g, and so alpha > 0.
    ///
    /// Where alpha(t_begin) = 0, log-snr and karras, and any grid with `needs_alpha`, start at 0.999; a written list
    /// is refused there instead.
    ///
    /// # Errors
    /// [`GridError`], with what was found and what is allowed.
    pub fn build(&self, process: &dyn Process, steps: Option<Steps>, needs_alpha: bool) -> Result<Grid, GridError> {
        if let Self::Times(times) = self {
            return times.build(process, steps, needs_alpha);
        }
        let steps = steps.ok_or(GridError::StepsMissing { grid: self.name() })?;
        let zero = self.zero();
        let rows = steps.get() as usize + usize::from(!zero);
        let ends @ (begin, end) = self.ends(process, needs_alpha)?;
        let (t_begin, t_end) = (begin.get(), end.get());
        let even = || (0..rows).map(move |i| i as f64 / (rows - 1).max(1) as f64);
        let line = |w: f64| t_begin + w * (t_end - t_begin);
        let times = match self {
            // Written times have returned above.
            Self::Uniform(_) | Self::Times(_) => spread(ends, even(), line),
            Self::Quadratic(_) => spread(ends, even(), power::times(2.0, t_begin, t_end)?),
            Self::Power(PowerSpec { p, .. }) => spread(ends, even(), power::times(*p, t_begin, t_end)?),
            Self::LogSnr(_) => spread(ends, even(), log_snr::times(process, begin, end)?),
            Self::Karras(KarrasSpec { rho, .. }) => spread(ends, even(), karras::times(process, *rho, begin, end)?),
            Self::Polyexponential(PolyexponentialSpec { rho, .. }) => {
                spread(ends, even(), polyexponential::times(process, *rho, begin, end)?)
            }
            Self::Shift(ShiftSpec { shift, .. }) => spread(ends, even(), shift::times(process, *shift, begin, end)?),
            Self::Ddpm(table) if table.fixed => spread(ends, table.fractions(rows)?.into_iter(), line),
            Self::Ddpm(table) => return Grid::new(process, table.times(rows, t_begin)?, zero, true),
        };
        Grid::new(process, times, zero, false)
    }

    /// The two ends alone, for samplers that choose their own steps, and the marked end after them where there is
    /// one: N = 1 or 2.
    ///
    /// # Errors
    /// As [`build`](Self::build); [`GridError::NoEnds`] where the ends depend on N; [`GridError::NoNoise`] where
    /// sigma(t_end) = 0.
    pub fn ends_only(&self, process: &dyn Process, needs_alpha: bool) -> Result<Grid, GridError> {
        match self {
            Self::Times(times) => match times.steps()?[..] {
                [only] => Ok(times.build(process, Some(only), needs_alpha)?.ends()),
                _ => Err(GridError::NoEnds),
            },
            Self::Ddpm(table) if !table.fixed => Err(GridError::NoEnds),
            _ => {
                let (begin, end) = self.ends(process, needs_alpha)?;
                if process.at(end).sigma == 0.0 {
                    return Err(GridError::NoNoise { what: "t_end", t: end.get() });
                }
                Grid::new(process, vec![begin.get(), end.get()], self.zero(), false)
            }
        }
    }

    fn zero(&self) -> bool {
        match self {
            Self::Uniform(e) | Self::Quadratic(e) | Self::LogSnr(e) => e.zero,
            Self::Power(e) => e.zero,
            Self::Karras(e) => e.zero,
            Self::Polyexponential(e) => e.zero,
            Self::Shift(e) => e.zero,
            Self::Ddpm(e) => e.zero,
            Self::Times(e) => e.zero(),
        }
    }

    /// t_begin and t_end of every grid but a written list.
    fn ends(&self, process: &dyn Process, needs_alpha: bool) -> Result<(Time, Time), GridError> {
        let (begin, end) = match self {
            Self::Uniform(e) | Self::Quadratic(e) | Self::LogSnr(e) => (e.t_begin, e.t_end),
            Self::Power(e) => (e.t_begin, e.t_end),
            Self::Karras(e) => (e.t_begin, e.t_end),
            Self::Polyexponential(e) => (e.t_begin, e.t_end),
            Self::Shift(e) => (e.t_begin, e.t_end),
            Self::Ddpm(e) if e.fixed => (e.t_begin, e.t_end),
            Self::Ddpm(DdpmTableSpec { t_begin: Some(_), .. }) => return Err(GridError::EndsMove { key: "t_begin" }),
            Self::Ddpm(DdpmTableSpec { t_end: Some(_), .. }) => return Err(GridError::EndsMove { key: "t_end" }),
            Self::Ddpm(_) | Self::Times(_) => (None, None),
        };
        let (default_begin, default_end) = process.ends();
        let mut t_begin = begin.map_or(Ok(default_begin), |t| inside(process, "t_begin", t))?;
        let t_end = end.map_or(Ok(default_end), |t| inside(process, "t_end", t))?;
        let in_lambda = matches!(self, Self::LogSnr(_) | Self::Karras(_) | Self::Polyexponential(_));
        if (needs_alpha || in_lambda) && process.at(t_begin).alpha == 0.0 {
            t_begin = inside(process, "the first time with alpha above 0", FIRST_SIGNAL)?;
        }
        if t_end >= t_begin {
            return Err(GridError::Reversed { t_begin: t_begin.get(), t_end: t_end.get() });
        }
        Ok((t_begin, t_end))
    }
}

/// The times at these fractions of the way, 0 and 1 exactly at the two ends.
fn spread((begin, end): (Time, Time), fractions: impl Iterator<Item = f64>, at: impl Fn(f64) -> f64) -> Vec<f64> {
    let exact = |w: f64| match w {
        0.0 => begin.get(),
        1.0 => end.get(),
        _ => at(w),
    };
    fractions.map(exact).collect()
}
