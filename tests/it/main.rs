//! Tests of the whole: plugins from their shared libraries, through the border, to records.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod architecture;
mod bits;
mod border;
mod cli;
mod counting;
mod docs;
mod langevin;
mod orders;
mod resume;
mod smoke;
mod support;
