//! How a run goes: bars on a terminal, plain lines elsewhere, nothing with `--quiet`.

use super::args::Global;
use crate::experiment::record::{Record, Status};
use crate::experiment::run::Reporter;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal as _, Write};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// All bars of the program: whoever writes to stderr writes above them.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// stderr above the bars.
pub struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        BARS.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A line on stderr, above the bars.
pub fn line(text: &str) {
    // Nobody can be told that stderr is closed.
    let _ = Stderr.write_all(format!("{text}\n").as_bytes());
}

/// Shows how a run goes.
pub enum Progress {
    /// Not at all.
    Quiet,
    /// As lines.
    Lines {
        /// Cells done.
        done: AtomicUsize,
        /// Cells in all.
        total: AtomicUsize,
    },
    /// As bars.
    Bars {
        /// Cells.
        cells: ProgressBar,
        /// Steps of the training under way.
        training: ProgressBar,
    },
}

/// Lines that a training writes where there is no bar.
const TRAINING_LINES: u64 = 10;

impl Progress {
    /// As the user wants it and stderr allows.
    pub fn new(global: &Global) -> Self {
        if global.quiet {
            Self::Quiet
        } else if io::stderr().is_terminal() {
            Self::Bars { cells: BARS.add(ProgressBar::hidden()), training: BARS.add(ProgressBar::hidden()) }
        } else {
            Self::Lines { done: AtomicUsize::new(0), total: AtomicUsize::new(0) }
        }
    }

    /// Takes the bars away.
    pub fn clear(&self) {
        if let Self::Bars { cells, training } = self {
            cells.finish_and_clear();
            training.finish_and_clear();
        }
    }
}

impl Reporter for Progress {
    fn planned(&self, total: usize, there: usize, refused: usize) {
        let settled = there + refused;
        match self {
            Self::Quiet => {}
            Self::Lines { done, total: all } => {
                done.store(settled, Ordering::Relaxed);
                all.store(total, Ordering::Relaxed);
                let refused = if refused > 0 { format!(", {refused} refused") } else { String::new() };
                line(&format!("{total} cells, {there} there already{refused}"));
            }
            Self::Bars { cells, .. } => {
                cells.set_style(style("{wide_bar} {pos}/{len} cells, {elapsed} gone, {eta} left  {msg}"));
                cells.set_length(total as u64);
                cells.set_position(settled as u64);
                cells.reset_eta();
                cells.enable_steady_tick(Duration::from_secs(1));
            }
        }
    }

    fn training(&self, step: u64, steps: u64, loss: f64) {
        match self {
            Self::Quiet => {}
            Self::Lines { .. } => {
                let part = |step: u64| step.saturating_mul(TRAINING_LINES) / steps.max(1);
                if part(step) != part(step.saturating_sub(1)) {
                    line(&format!("training: step {step} of {steps}, loss {loss:.4}"));
                }
            }
            Self::Bars { training, .. } => {
                // One bar serves the trainings of a run one after the other.
                if training.is_finished() || training.length() != Some(steps) {
                    training.reset();
                    training.set_style(style("{wide_bar} {pos}/{len} training steps, {eta} left  {msg}"));
                    training.set_length(steps);
                    training.set_position(step);
                    training.reset_eta();
                }
                training.set_message(format!("loss {loss:.4}"));
                training.set_position(step);
                if step == steps {
                    training.finish_and_clear();
                }
            }
        }
    }

    fn finished(&self, record: &Record) {
        let words = outcome(record);
        match self {
            Self::Quiet => {}
            Self::Lines { done, total } => {
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                line(&format!("[{done}/{}] {words}", total.load(Ordering::Relaxed)));
            }
            Self::Bars { cells, .. } => {
                cells.inc(1);
                cells.set_message(record.sampler.clone());
                if record.status != Status::Ok {
                    line(&words);
                }
            }
        }
    }

    fn note(&self, text: &str) {
        if !matches!(self, Self::Quiet) {
            line(&format!("note: {text}"));
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates of this file are valid")
}

/// A finished cell in one line.
fn outcome(record: &Record) -> String {
    let steps = record.steps.map_or_else(|| "its own steps".to_owned(), |n| format!("{n} steps"));
    let cell: String = record.cell.chars().take(8).collect();
    let what = format!("{}, {steps}, seed {}, cell {cell}: {}", record.sampler, record.seed, record.status.word());
    match (&record.error, record.wall_s) {
        (Some(error), _) => format!("{what}: {error}"),
        (None, Some(wall)) => format!("{what}, {wall:.2} s"),
        (None, None) => what,
    }
}
