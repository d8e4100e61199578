//! What can be wrong with an experiment, and where it says so.
//!
//! A [`Report`] reads like a compiler's: place, YAML path, what was found; the line with a mark under it;
//! what is allowed; the nearest name.

use std::error::Error;
use std::fmt;
use std::fmt::Write as _;

/// What is wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The YAML file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// Not YAML.
    #[error("this is not YAML: {0}")]
    Syntax(String),
    /// A tab where YAML wants spaces.
    #[error("a tab in the indentation: YAML is indented with spaces")]
    Tab,
    /// Nothing but comments.
    #[error("the file is empty: an experiment has at least `experiment`, `model`, `sweep` and `samples`")]
    Empty,
    /// YAML that an experiment has no use for.
    #[error("{0}")]
    Unsupported(String),
    /// The same key twice in one map.
    #[error("duplicate key `{key}`: it is already in line {first}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Line of the first.
        first: usize,
    },
    /// A key that nobody reads.
    #[error("unknown key `{found}`")]
    UnknownKey {
        /// What was found.
        found: String,
        /// The keys that exist here.
        allowed: Vec<String>,
    },
    /// A name that does not exist.
    #[error("unknown {what} `{found}`")]
    UnknownName {
        /// Name of what.
        what: String,
        /// What was found.
        found: String,
        /// The names that exist.
        allowed: Vec<String>,
    },
    /// A key without which the map says too little.
    #[error("missing key `{0}`")]
    MissingKey(String),
    /// A value of another type.
    #[error("found {found}, expected {expected}")]
    WrongType {
        /// What was found.
        found: String,
        /// What is allowed.
        expected: String,
    },
    /// A value that its type refuses: out of range, or in contradiction to another.
    #[error("{0}")]
    Invalid(String),
    /// A sampler or its parameters, in the words of the plugin border.
    #[error("{0}")]
    Sampler(String),
    /// A file that the experiment names and that is not there.
    #[error("no such file: {0}")]
    MissingFile(String),
    /// A `--set` that is not `key=value`.
    #[error("`--set` takes `key=value`, such as `--set sweep.steps=[10, 20]`")]
    Set,
}

impl Fault {
    /// The names that would be right here, and the one that was found.
    fn names(&self) -> Option<(&str, &[String])> {
        match self {
            Self::UnknownKey { found, allowed } | Self::UnknownName { found, allowed, .. } => Some((found, allowed)),
            _ => None,
        }
    }
}

/// Where a problem lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named, or the `--set`.
    pub origin: String,
    /// Line and column, both from 1; `None` where the file as a whole is meant.
    pub at: Option<(usize, usize)>,
    /// Characters that the mark spans.
    pub width: usize,
    /// The line's text.
    pub line: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub fault: Fault,
    /// The YAML path, such as `sweep.sampler[2].heun.inn`; empty at the top.
    pub path: String,
    /// Where.
    pub place: Box<Place>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        f.write_str(&place.origin)?;
        if let Some((line, column)) = place.at {
            write!(f, ":{line}:{column}")?;
        }
        if !self.path.is_empty() {
            write!(f, ": {}", self.path)?;
        }
        write!(f, ": {}", self.fault)?;
        if let Some((line, column)) = place.at {
            let number = line.to_string();
            let blank = " ".repeat(number.len());
            // A tab in the source stays a tab under it, so that the mark stays below its text.
            let indent: String = place.line.chars().take(column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
            write!(f, "\n  {number} | {}\n  {blank} | {indent}{}", place.line, "^".repeat(place.width.max(1)))?;
        }
        if let Some((found, allowed)) = self.fault.names() {
            write!(f, "\n  allowed: {}", if allowed.is_empty() { "nothing".into() } else { allowed.join(", ") })?;
            if let Some(near) = nearest(found, allowed) {
                write!(f, "\n  did you mean `{near}`?")?;
            }
        }
        Ok(())
    }
}

/// All that is wrong with the input. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Report(pub Vec<Problem>);

impl Report {
    /// The exit code of a wrong input.
    pub const EXIT_CODE: u8 = 2;

    /// The report for a terminal: the same text, the mark and the fault in red and bold.
    #[must_use]
    pub fn coloured(&self) -> String {
        let mut out = String::new();
        for line in self.to_string().lines() {
            let mark = line.trim_start().starts_with('|') && line.trim_end().ends_with('^');
            let style = if mark {
                "\u{1b}[31m"
            } else if line.starts_with(' ') {
                ""
            } else {
                "\u{1b}[1m"
            };
            let reset = if style.is_empty() { "" } else { "\u{1b}[0m" };
            let _ = writeln!(out, "{style}{line}{reset}");
        }
        out
    }
}

impl From<Problem> for Report {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// An error with its causes, as far as its own text does not name them already.
#[must_use]
pub fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

/// The name that was most likely meant, if any is near: Jaro-Winkler similarity of at least 0.7.
#[must_use]
pub fn nearest<'a>(found: &str, names: &'a [String]) -> Option<&'a str> {
    let likeness = |name: &String| strsim::jaro_winkler(&found.to_lowercase(), &name.to_lowercase());
    let best = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= 0.7).then_some(best)
}

#[cfg(test)]
mod tests;
