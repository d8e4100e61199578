//! The only place where the number of intervals N becomes times.
//!
//! A grid has N + 1 strictly falling times; the first is t_begin and the last t_end, exactly, whatever N. With
//! `zero` the last entry is the marked clean end, alpha = 1 and sigma = 0, and the other N values run from t_begin
//! to t_end, as in Karras et al. 2022, arXiv 2206.00364, eq. 5.

mod ddpm;
mod error;
mod karras;
mod log_snr;
mod polyexponential;
mod power;
mod shift;
mod spec;
#[cfg(test)]
mod tests;
mod times;

pub use ddpm::{DdpmTableSpec, Spacing};
pub use error::GridError;
pub use karras::KarrasSpec;
pub use polyexponential::PolyexponentialSpec;
pub use power::PowerSpec;
pub use shift::ShiftSpec;
pub use spec::{EndsSpec, GridSpec};
pub use times::{ListCount, TimesFileSpec, TimesLists, TimesListsSpec, TimesSpec};

use crate::process::{Point, Process};
use crate::units::{Steps, Time};

/// N intervals of time, falling.
#[derive(Clone, Debug)]
pub struct Grid {
    times: Vec<f64>,
    clean: bool,
    moving_ends: bool,
}

impl Grid {
    /// N + 1 equal times: N updates of a Markov chain at one level.
    ///
    /// # Errors
    /// [`GridError::Outside`] when t is not in the domain, [`GridError::NoNoise`] where sigma(t) = 0.
    pub fn level(process: &dyn Process, t: Time, steps: Steps) -> Result<Self, GridError> {
        let t = error::inside(process, "level", t.get())?;
        if process.at(t).sigma == 0.0 {
            return Err(GridError::NoNoise { what: "level", t: t.get() });
        }
        Ok(Self { times: vec![t.get(); steps.get() as usize + 1], clean: false, moving_ends: false })
    }

    /// The grid of these times, and of the marked end after them where `zero` says so.
    ///
    /// A list that runs to the process's clean end by itself ends there too: it is marked as well.
    fn new(process: &dyn Process, mut times: Vec<f64>, zero: bool, moving_ends: bool) -> Result<Self, GridError> {
        let (lo, hi) = process.domain();
        let (lo, hi) = (lo.get(), hi.get());
        if let Some((index, &t)) = times.iter().enumerate().find(|(_, t)| !(lo..=hi).contains(*t)) {
            return Err(GridError::EntryOutside { index, t, process: process.name(), lo, hi });
        }
        if let Some(index) = times.windows(2).position(|pair| pair[1] >= pair[0]) {
            return Err(GridError::NotFalling { index: index + 1, before: times[index], found: times[index + 1] });
        }
        let clean_time = process.clean_time().map(Time::get);
        let at_clean_end = times.last().copied() == clean_time;
        if zero {
            if let (true, Some(t)) = (at_clean_end, clean_time) {
                return Err(GridError::CleanTwice { t });
            }
            times.push(clean_time.unwrap_or(f64::NAN));
        }
        Ok(Self { times, clean: zero || at_clean_end, moving_ends })
    }

    /// The first and the last time, and the marked end after them where there is one.
    fn ends(self) -> Self {
        let kept = if self.clean { 2 } else { 1 };
        let skipped = self.times.len().saturating_sub(kept).max(1);
        let mut times = vec![self.times[0]];
        times.extend_from_slice(&self.times[skipped..]);
        Self { times, ..self }
    }

    /// The grid with each interval cut into `parts` of equal length in t; the one to the marked end stays whole.
    #[must_use]
    pub fn split(&self, parts: usize) -> Self {
        let parts = parts.max(1);
        let whole = if self.clean { self.steps() - 1 } else { self.steps() };
        let mut times = Vec::with_capacity(whole * parts + 2);
        for pair in self.times[..=whole].windows(2) {
            let cut = |i: usize| pair[0] + (pair[1] - pair[0]) * (i as f64 / parts as f64);
            times.extend((0..parts).map(cut));
        }
        times.extend_from_slice(&self.times[whole..]);
        Self { times, ..self.clone() }
    }

    /// The N + 1 times. Where the grid is [`clean`](Self::clean) and the process has no time for that end, the last
    /// is NaN.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// N, the number of intervals.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.times.len() - 1
    }

    /// Whether the last interval goes to the marked end, alpha = 1 and sigma = 0. Nothing is evaluated there.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.clean
    }

    /// Whether the ends depend on N, as those of published tables do: no measure of an order.
    #[must_use]
    pub fn moving_ends(&self) -> bool {
        self.moving_ends
    }

    /// The process at the N + 1 times; the marked end is [`Point::clean`].
    #[must_use]
    pub fn points(&self, process: &dyn Process) -> Vec<Point> {
        let marked = |i: usize| self.clean && i == self.steps();
        let point = |(i, &t): (usize, &f64)| match Time::new(t) {
            Ok(t) if !marked(i) => process.at(t),
            _ => Point::clean(process.clean_time()),
        };
        self.times.iter().enumerate().map(point).collect()
    }
}
