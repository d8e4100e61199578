//! Exit codes, and why a subcommand stopped.

use crate::experiment::error::Report;
pub use crate::experiment::error::sentence;
use crate::experiment::record::Status;
use crate::experiment::run::RunError;
use crate::plugin::PluginError;
use std::collections::BTreeMap;

/// Everything was done.
pub const DONE: u8 = 0;
/// Some cells are nonfinite, failed, timed out, ran out of memory or lack a metric.
pub const CELLS: u8 = 1;
/// The input is wrong.
pub const INPUT: u8 = Report::EXIT_CODE;
/// The environment is wrong: a plugin cannot be loaded, a device is missing, a folder cannot be written.
pub const ENVIRONMENT: u8 = 3;
/// The user interrupted; what was finished is kept.
pub const INTERRUPTED: u8 = 130;

/// The exit code of cells that ended like this; refusals are announced and no failure.
pub fn of(by_status: &BTreeMap<Status, usize>) -> u8 {
    if by_status.iter().any(|(&status, &cells)| cells > 0 && is_failure(status)) { CELLS } else { DONE }
}

/// Whether a cell that ended like this makes exit code 1.
pub fn is_failure(status: Status) -> bool {
    !matches!(status, Status::Ok | Status::Refused)
}

/// Why a subcommand stopped.
#[derive(Debug)]
pub enum Stop {
    /// Mistakes in an experiment, each with its place.
    Report(Report),
    /// One sentence and its exit code.
    Said {
        /// The exit code.
        code: u8,
        /// What is wrong and what to do.
        text: String,
    },
}

impl Stop {
    /// A sentence about the input.
    pub fn input(text: impl Into<String>) -> Self {
        Self::Said { code: INPUT, text: text.into() }
    }

    /// A sentence about the environment.
    pub fn environment(text: impl Into<String>) -> Self {
        Self::Said { code: ENVIRONMENT, text: text.into() }
    }

    /// A computation that failed.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Said { code: CELLS, text: text.into() }
    }

    /// The user interrupted; the text says how to go on.
    pub fn interrupted(text: impl Into<String>) -> Self {
        Self::Said { code: INTERRUPTED, text: format!("interrupted: {}", text.into()) }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Report(_) => INPUT,
            Self::Said { code, .. } => *code,
        }
    }

    /// What is printed.
    pub fn text(&self, colored: bool) -> String {
        match self {
            Self::Report(report) if colored => report.coloured().trim_end().to_owned(),
            Self::Report(report) => report.to_string(),
            Self::Said { code: INTERRUPTED, text } => text.clone(),
            Self::Said { text, .. } if colored => format!("\u{1b}[1;31merror:\u{1b}[0m {text}"),
            Self::Said { text, .. } => format!("error: {text}"),
        }
    }
}

impl From<Report> for Stop {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

impl From<PluginError> for Stop {
    fn from(error: PluginError) -> Self {
        Self::environment(sentence(&error))
    }
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Self::Said { code: error.exit_code(), text: sentence(&error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::DataError;

    #[test]
    fn only_bad_cells_make_code_one() {
        let counts = |of: &[(Status, usize)]| of.iter().copied().collect::<BTreeMap<_, _>>();
        assert_eq!(of(&counts(&[])), DONE);
        assert_eq!(of(&counts(&[(Status::Ok, 3), (Status::Refused, 2), (Status::Failed, 0)])), DONE);
        for bad in [Status::Nonfinite, Status::Failed, Status::TimedOut, Status::OutOfMemory] {
            assert_eq!(of(&counts(&[(Status::Ok, 3), (bad, 1)])), CELLS, "{bad:?}");
        }
    }

    #[test]
    fn causes_are_said_once() {
        let source = || std::io::Error::other("disk on fire");
        let hidden = DataError::Io { action: "write", path: "x.npy".into(), source: source() };
        assert_eq!(sentence(&hidden), "cannot write x.npy: disk on fire");
        let shown = PluginError::Io { path: "p.so".into(), what: "cannot be read", source: source() };
        assert_eq!(sentence(&shown), "p.so: cannot be read: disk on fire");
    }

    #[test]
    fn every_stop_has_the_code_that_is_promised() {
        assert_eq!(Stop::from(Report(Vec::new())).code(), 2);
        assert_eq!(Stop::from(PluginError::NotFound { path: "x".into() }).code(), 3);
        assert_eq!(Stop::failed("").code(), 1);
        let stop = Stop::interrupted("run it again");
        assert_eq!((stop.code(), stop.text(true)), (130, "interrupted: run it again".to_owned()));
    }
}
