//! Ctrl-C, and the signals by which systems stop a program.

use super::exit::{INTERRUPTED, Stop};
use super::progress;
use std::sync::atomic::{AtomicBool, Ordering};

static CANCEL: AtomicBool = AtomicBool::new(false);

/// From now on the first signal raises the flag that is returned, and the second ends the program at once.
///
/// # Errors
/// Where the system has no such handler.
pub fn watch() -> Result<&'static AtomicBool, Stop> {
    let handler = || {
        if CANCEL.swap(true, Ordering::SeqCst) {
            // Cells exist whole or not at all, so nothing half-written stays behind.
            std::process::exit(i32::from(INTERRUPTED));
        }
        progress::line("interrupted: stopping; press Ctrl-C again to leave at once");
    };
    ctrlc::set_handler(handler).map_err(|e| Stop::environment(format!("Ctrl-C cannot be caught: {e}")))?;
    Ok(&CANCEL)
}
