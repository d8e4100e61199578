//! Warnings of plugins on stderr, and words for a panic.

use super::exit::Stop;
use super::progress;
use std::backtrace::{Backtrace, BacktraceStatus};
use tracing_subscriber::filter::LevelFilter;

/// The variable that sets the level.
const VARIABLE: &str = "ITO_LOG";

/// Sends log lines to stderr, above the progress bars, from level `ITO_LOG` on (default: `warn`).
///
/// # Errors
/// Where `ITO_LOG` is no level.
pub fn start(colored: bool) -> Result<(), Stop> {
    let level = match std::env::var(VARIABLE) {
        Ok(text) => level(&text).map_err(Stop::input)?,
        Err(_) => LevelFilter::WARN,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(colored)
        .with_target(false)
        .without_time()
        .with_writer(|| progress::Stderr)
        .init();
    Ok(())
}

fn level(text: &str) -> Result<LevelFilter, String> {
    let allowed = "`off`, `error`, `warn`, `info`, `debug` or `trace`";
    if text.is_empty() {
        return Ok(LevelFilter::WARN);
    }
    text.parse().map_err(|_| format!("{VARIABLE} is `{text}`, but must be {allowed}"))
}

/// A panic is a mistake in ito: says so, and where it is.
pub fn watch_for_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("a panic without words");
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let version = env!("CARGO_PKG_VERSION");
        let mut text = format!(
            "bug in ito {version}: {what}\n  at {place}\n  \
             This is no fault of yours; what was finished is kept. Please report it with these lines and the command."
        );
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            text = format!("{text}\n{trace}");
        }
        progress::line(&text);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_names() {
        assert_eq!(level("debug"), Ok(LevelFilter::DEBUG));
        assert_eq!(level(""), Ok(LevelFilter::WARN));
        let error = level("loud").expect_err("no level");
        assert_eq!(error, "ITO_LOG is `loud`, but must be `off`, `error`, `warn`, `info`, `debug` or `trace`");
    }
}
