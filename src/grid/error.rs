//! What can be wrong with a grid.

use crate::process::Process;
use crate::units::{Steps, Time};
use std::path::PathBuf;

/// Why a grid cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum GridError {
    /// A parameter is out of range.
    #[error("{parameter} of the {grid} grid is {found}, but must be {allowed}")]
    Parameter {
        /// YAML name of the grid.
        grid: &'static str,
        /// YAML key of the parameter.
        parameter: &'static str,
        /// The value found.
        found: f64,
        /// The range in words.
        allowed: String,
    },
    /// A time lies outside the domain of the process.
    #[error("{what} is t = {t}, but {process} is defined for t in [{lo}, {hi}]")]
    Outside {
        /// Which time.
        what: &'static str,
        /// The time found.
        t: f64,
        /// YAML name of the process.
        process: &'static str,
        /// Lower end of the domain.
        lo: f64,
        /// Upper end of the domain.
        hi: f64,
    },
    /// A time of a grid lies outside the domain of the process.
    #[error("entry {index} of the grid is t = {t}, but {process} is defined for t in [{lo}, {hi}]")]
    EntryOutside {
        /// Its place, from 0.
        index: usize,
        /// The time found.
        t: f64,
        /// YAML name of the process.
        process: &'static str,
        /// Lower end of the domain.
        lo: f64,
        /// Upper end of the domain.
        hi: f64,
    },
    /// The ends are in the wrong order.
    #[error("sampling runs from t_begin = {t_begin} to t_end = {t_end}, but t_begin must be larger than t_end")]
    Reversed {
        /// The first time.
        t_begin: f64,
        /// The last time.
        t_end: f64,
    },
    /// Two entries do not fall.
    #[error("the times of a grid must fall strictly, but entry {index} is {found} after {before}")]
    NotFalling {
        /// Place of the second of the two, from 0.
        index: usize,
        /// The entry before it.
        before: f64,
        /// The entry itself.
        found: f64,
    },
    /// lambda is infinite where it must not be.
    #[error("sigma is 0 at {what} = {t}, but must be above 0 there; for a last step to sigma = 0 write `zero: true`")]
    NoNoise {
        /// YAML key of the time.
        what: &'static str,
        /// The time.
        t: f64,
    },
    /// `zero: true` after a time that is the clean end already.
    #[error("t_end = {t} is sigma = 0 already; leave out `zero`, or raise t_end")]
    CleanTwice {
        /// The time.
        t: f64,
    },
    /// A written list starts at alpha = 0.
    #[error(
        "the list of times starts at t = {t}, where alpha = 0, but this sampler needs lambda, f or g; start it later, \
         such as at 0.999"
    )]
    NoSignal {
        /// The first time.
        t: f64,
    },
    /// N is not given.
    #[error("the {grid} grid needs `steps`, the number of intervals")]
    StepsMissing {
        /// YAML name of the grid.
        grid: &'static str,
    },
    /// N is given and contradicts the list.
    #[error("steps is {found}, but the list of times has {fixed} intervals; leave out `steps`")]
    StepsFixed {
        /// N asked for.
        found: Steps,
        /// N of the list.
        fixed: Steps,
    },
    /// There is no list for this N.
    #[error("steps is {found}, but `times` has lists for {listed:?} only")]
    StepsUnlisted {
        /// N asked for.
        found: Steps,
        /// The N that have lists.
        listed: Vec<u32>,
    },
    /// A list has no interval.
    #[error("the list of times has {found} entries, but must have between {least} and {}", u32::MAX)]
    ListSize {
        /// How many there are.
        found: usize,
        /// How few may be.
        least: usize,
    },
    /// A list is not as long as its key says.
    #[error("the list of times for steps {steps} has {found} entries, but must have {needed}")]
    ListLength {
        /// N.
        steps: Steps,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A published table has not that many different indices.
    #[error(
        "the ddpm grid needs {rows} different indices from 0 to {last}, but its spacing reaches from {first} to \
         {largest}; lower steps or offset, or raise `of`"
    )]
    Table {
        /// How many are needed.
        rows: usize,
        /// The last index that exists.
        last: i64,
        /// The smallest that the spacing gives.
        first: i64,
        /// The largest that the spacing gives.
        largest: i64,
    },
    /// t_begin or t_end beside a table that has its own ends.
    #[error("{key} has no meaning for a ddpm grid, whose table has its own ends; write `fixed: true`, or leave it out")]
    EndsMove {
        /// The YAML key.
        key: &'static str,
    },
    /// The two ends of a grid whose ends depend on N.
    #[error("the ends of this grid depend on `steps`, so that a sampler without steps cannot use it")]
    NoEnds,
    /// The file of times was not loaded.
    #[error("the times in {} are not loaded", path.display())]
    NotLoaded {
        /// The file as written.
        path: PathBuf,
    },
    /// The file of times cannot be read.
    #[error("{} cannot be read as a numpy array of float64 with one axis", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ndarray_npy::ReadNpyError,
    },
}

impl GridError {
    /// The place of the time that is wrong among those of the grid, from 0, where the error is about one of them.
    #[must_use]
    pub fn entry(&self) -> Option<usize> {
        match self {
            Self::EntryOutside { index, .. } | Self::NotFalling { index, .. } => Some(*index),
            _ => None,
        }
    }

    /// [`GridError::Parameter`] unless the value lies between 0.1 and 100: an exponent outside overflows.
    pub(super) fn check_exponent(grid: &'static str, parameter: &'static str, found: f64) -> Result<f64, Self> {
        if (0.1..=100.0).contains(&found) {
            return Ok(found);
        }
        Err(Self::Parameter { grid, parameter, found, allowed: "between 0.1 and 100".to_owned() })
    }
}

/// A time that lies in the domain of the process.
pub(super) fn inside(process: &dyn Process, what: &'static str, t: f64) -> Result<Time, GridError> {
    let (lo, hi) = process.domain();
    match Time::new(t) {
        Ok(time) if lo <= time && time <= hi => Ok(time),
        _ => Err(GridError::Outside { what, t, process: process.name(), lo: lo.get(), hi: hi.get() }),
    }
}
